"""Former office formats saved in today's by LibreOffice, or text by what macOS has of its own (`textutil`).

Both run inside the worker's process group, so that its deadline ends them too, with a profile and a home in the task's
scratch folder: nothing of the user's settings is read or changed, and no macro of a document is trusted.
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


def _run(command: Sequence[str], folder: Path) -> None:
    """Its messages say nothing to a user, and its status is 0 even where it failed: what counts is the file."""
    environment = {"HOME": str(folder), "TMPDIR": str(folder), "PATH": _PATH, "LC_ALL": "C.UTF-8"}
    with Path(os.devnull).open("r+b") as nothing:
        subprocess.run(command, env=environment, cwd=folder, check=False, stdin=nothing, stdout=nothing, stderr=nothing)
