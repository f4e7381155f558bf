"""Office documents: today's by walks of our own, those before them and OpenDocument through an office suite.

The suite saves them in today's form, in the task's scratch folder; from there on they are like any other.
"""

from __future__ import annotations

import shutil
import zipfile
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Final, Protocol

from randaemon.errors import DAMAGE, Refused, Unreadable
from randaemon.model import Converted, Expand, Task

_OWN: Final = {
    "docx": "randaemon.stages.convert.office.docx",
    "xlsx": "randaemon.stages.convert.office.xlsx",
    "pptx": "randaemon.stages.convert.office.pptx",
}
_TODAY: Final = {"wordprocessing": "docx", "spreadsheet": "xlsx", "presentation": "pptx"}
_FORMER: Final = {
    "application/msword": "docx",
    "application/rtf": "docx",
    "application/vnd.ms-excel": "xlsx",
    "application/vnd.ms-powerpoint": "pptx",
}
_OPEN: Final = {b"text": "docx", b"spreadsheet": "xlsx", b"presentation": "pptx"}


class OfficeSuite(Protocol):
    """Saves documents of former formats in today's."""

    def saves(self, form: str) -> bool:
        """True when it is installed and can write `docx`, `xlsx` or `pptx`."""

    def save_as(self, source: Path, form: str, folder: Path) -> Path | None:
        """Where the document now lies below `folder`, None when the suite could not read it."""


def convert(task: Task) -> Converted | Expand:
    """A DOCX, XLSX or PPTX; raises Unreadable E_OFFICE."""
    media_type = str(task.meta.get("media_type", ""))
    return _read(task, next((form for word, form in _TODAY.items() if word in media_type), "docx"))


def convert_former(task: Task, suite: OfficeSuite | None) -> Converted | Expand:
    """A DOC, RTF, XLS, PPT or OpenDocument; raises Unreadable E_OFFICE, Refused E_UNSUPPORTED without a suite."""
    form = _form(task)
    if suite is None or not suite.saves(form):
        raise Refused(
            "a document of a former office format",
            hint=f"save it as {form.upper()} or install LibreOffice",
            code="E_UNSUPPORTED",
        )
    folder = task.scratch / "office"
    folder.mkdir(parents=True)
    try:
        saved = suite.save_as(task.source, form, folder)
        if saved is None:
            raise Unreadable("the office document is damaged", hint=f"save it as {form.upper()}", code="E_OFFICE")
        converted = _read(replace(task, source=saved), form)
    finally:
        shutil.rmtree(folder)
    return replace(converted, meta={**converted.meta, "saved_as": form})


def _read(task: Task, form: str) -> Converted | Expand:
    converted: Converted | Expand = import_module(_OWN[form]).convert(task)
    return converted


def _form(task: Task) -> str:
    """What to save it as."""
    media_type = str(task.meta.get("media_type", ""))
    if media_type in _FORMER:
        return _FORMER[media_type]
    try:
        with zipfile.ZipFile(task.source) as archive:
            kind = archive.read("mimetype").strip().rsplit(b".", 1)[-1].split(b"-")[0]
    except DAMAGE as error:
        raise Unreadable("the office document is damaged", hint="open it and save it anew", code="E_OFFICE") from error
    if kind not in _OPEN:
        raise Refused(
            "an OpenDocument that is neither text, sheet nor slides", hint="export it as PDF", code="E_UNSUPPORTED"
        )
    return _OPEN[kind]
