"""Former office formats saved in today's by LibreOffice, or text by what macOS has of its own (`textutil`).

Both run inside the worker's process group, so that its deadline ends them too, with a profile and a home in the task's
scratch folder: nothing of the user's settings is read or changed, no macro of a document is trusted, and nothing that a
document links to is fetched.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

_ON_A_MAC: Final = "/Applications/LibreOffice.app/Contents/MacOS/soffice"
_TEXTUTIL: Final = "/usr/bin/textutil"
_PATH: Final = "/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin:/snap/bin"
_FILTERS: Final = {
    "docx": "docx:MS Word 2007 XML",
    "xlsx": "xlsx:Calc MS Excel 2007 XML",
    "pptx": "pptx:Impress MS PowerPoint 2007 XML",
}
_SETTINGS: Final = (  # path, name, value: a document has no say in what is loaded besides it
    ("Office.Common/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
    ("Office.Common/Security/Scripting", "DisableActiveContent", "true"),
    ("Office.Common/Security/Scripting", "DisableMacrosExecution", "true"),
    ("Office.Common/Security/Scripting", "MacroSecurityLevel", "3"),
    ("Office.Writer/Content/Update", "Link", "0"),
    ("Office.Calc/Content/Update", "Link", "2"),
    ("Inet/Settings", "ooInetProxyType", "2"),  # should it try all the same, it is sent to a port where nobody listens
    *(
        ("Inet/Settings", f"ooInet{kind}Proxy{part}", value)
        for kind in ("HTTP", "HTTPS")
        for part, value in (("Name", "127.0.0.1"), ("Port", "9"))
    ),
)


class Suite:
    """What is installed on this machine."""

    def __init__(self, soffice: str | None = None, textutil: str | None = None) -> None:
        self._soffice = soffice if soffice is not None else _found("soffice", _ON_A_MAC)
        self._textutil = textutil if textutil is not None else _found("textutil", _TEXTUTIL)

    def saves(self, form: str) -> bool:
        """True when `docx`, `xlsx` or `pptx` can be written."""
        return bool(self._soffice or (self._textutil and form == "docx"))

    def save_as(self, source: Path, form: str, folder: Path) -> Path | None:
        """Where the document now lies below `folder`, None when it could not be read."""
        saved = folder / f"saved.{form}"
        if self._soffice:
            _write_settings(folder / "profile" / "user")
            _run(_soffice(self._soffice, source, form, folder), folder)
            found = next(iter(folder.glob(f"out/*.{form}")), None)
            return found.rename(saved) if found else None
        _run([self._textutil, "-convert", form, "-output", str(saved), str(source)], folder)
        return saved if saved.exists() else None


def _found(name: str, elsewhere: str) -> str:
    return shutil.which(name, path=os.environ.get("PATH", "") + ":" + _PATH) or (
        elsewhere if Path(elsewhere).exists() else ""
    )


def _soffice(program: str, source: Path, form: str, folder: Path) -> list[str]:
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    quiet = ("--headless", "--norestore", "--nologo", "--nolockcheck", "--nodefault")
    return [program, profile, *quiet, "--convert-to", _FILTERS[form], "--outdir", str(folder / "out"), str(source)]


def _write_settings(user: Path) -> None:
    items = "".join(
        f'<item oor:path="/org.openoffice.{path}">'
        f'<prop oor:name="{name}" oor:op="fuse"><value>{value}</value></prop></item>'
        for path, name, value in _SETTINGS
    )
    user.mkdir(parents=True)
    (user / "registrymodifications.xcu").write_text(
        f'<?xml version="1.0" encoding="UTF-8"?><oor:items xmlns:oor="http://openoffice.org/2001/registry">{items}</oor:items>',
        encoding="utf-8",
    )


def _run(command: Sequence[str], folder: Path) -> None:
    """Its messages say nothing to a user, and its status is 0 even where it failed: what counts is the file."""
    environment = {"HOME": str(folder), "TMPDIR": str(folder), "PATH": _PATH, "LC_ALL": "C.UTF-8"}
    with Path(os.devnull).open("r+b") as nothing:
        subprocess.run(command, env=environment, cwd=folder, check=False, stdin=nothing, stdout=nothing, stderr=nothing)
