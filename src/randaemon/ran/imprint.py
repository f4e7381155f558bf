"""What the head and foot of its pages say of a document: number, revision and date often stand nowhere else.

Prepared (also subject responsible if other) | No.
EAB/FX Some Body                             | 12/221 04-LZA 701 6014/1 Uen
Approved | Checked | 2019-03-11 | PB2        |             with the heads Approved, Checked, Date, Rev, Reference

12/221 04-LZA 701 6014/1 Uen PB2 | 2019-03-11

Houses that have no such numbers have codes: `ATR-2024-0117`, `TS-0012-NR`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

#: What is documented, by its own number, with version and language.
_PRODUCT = r"[A-Z]{3} ?\d{3} ?\d{2,4}(?: ?\d{2,4})?(?:/\d{1,3}[A-Z0-9]{0,4}(?![a-z]))?(?: U[a-z]{2}\b)?"
_NUMBER = re.compile(rf"(?<![\w/-])(?:\d{{1,4}}/)?\d{{2,5}}(?: \d{{2}})?[-–]{_PRODUCT}")
#: In running text a number is believed that is whole; its clue begins with a letter of its own, and is fast therefore.
_IN_TEXT = re.compile(
    rf"(?<![A-Za-z0-9/])(?:\d{{1,4}}/\d{{3,5}}(?: \d{{2}})?-{_PRODUCT}"
    r"|\d{3,5}(?: \d{2})?-[A-Z]{3} \d{3} \d{2,4}(?: \d{2,4})?(?:/\d{1,3})? U[a-z]{2}\b)"
)
_CLUE = re.compile(r"-(?<=\d-)[A-Z]{3} ?\d{3} ?\d{2}")
_REFERENCE = re.compile(r"[ \t]*+(?:[-*] )?\\?\[\d{1,3}\\?\]")  # `[2] Micro Sleep, 77/221 04-…`
_REVISION = r"(?:P?[A-Z]{1,2}\d{0,3}|\d{1,3}(?:\.\d{1,3}){0,3}[A-Z]?)"
_BEHIND = re.compile(
    rf"[ \t]*+[|,;]?[ \t]*+(?:(?:(?i:rev(?:ision)?)\b[.:]?)[ \t]*+)?(?P<value>{_REVISION})(?=\s*(?:$|[|,;(]|\d{{4}}-))",
)
_DATE = re.compile(r"(?<!\d)(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?!\d)")
_IN_A_LINE = re.compile(rf"(?P<date>{_DATE.pattern})[ \t]+(?P<revision>{_REVISION})(?=[ \t]|$)")
_HEADS = re.compile(r"\bDate\s+Rev\b")
_VALUES: Final = {
    "document_number": re.compile(r"(?=[^\n]*\d)(?!\d{1,4}\s*(?:\(|/|of\b)\s*\d{1,4}\)?$)[A-Z\d][^\n]{3,59}"),
    "revision": re.compile(_REVISION),
    "date": _DATE,
}
_LABELS: Final = {
    "document_number": r"no|(?:doc(?:ument)?|reg(?:istration)?)\.?[ ]?(?:no|nr|number|id)",
    "revision": r"rev(?:ision)?|issue|version",
    "date": r"date|issue date|date of issue",
}
_LABELLED: Final = {
    key: re.compile(rf"(?:{label})[.:]*(?:[:\s]\s*(?P<value>\S.*))?", re.IGNORECASE) for key, label in _LABELS.items()
}


@dataclass(frozen=True, slots=True)
class Imprint:
    """As far as it was printed; "" for the rest."""

    number: str = ""
    revision: str = ""
    date: str = ""

    def meta(self) -> dict[str, str]:
        """By the names that documents know them under."""
        told = {"document_number": self.number, "revision": self.revision, "date": self.date}
        return {key: value for key, value in told.items() if value}


def read(rows: Iterable[Sequence[str]]) -> Imprint:
    """The imprint in heads and feet; a line of text is a row of one cell, cells have lines of their own.

    A value stands behind its label, below it in its cell, or in the cell below that. Without labels a number tells
    itself, and a revision or date stands behind one.
    """
    found: dict[str, str] = {}
    above: Sequence[str] = ()
    for row in rows:
        for column, cell in enumerate(row):
            _labelled(found, cell, above[column] if len(above) == len(row) else "")
            _plain(found, cell)
        if len(row) == len(above) == 1 and _HEADS.search(above[0]) and (told := _IN_A_LINE.search(row[0])):
            found = told.groupdict() | found
        above = row
    return Imprint(found.get("document_number", ""), found.get("revision", ""), found.get("date", ""))


def document_number(text: str) -> str:
    """The first document number in running text: `106/221 04-LZA 701 6014/1 Uen`; "" when none is printed."""
    for found in _IN_TEXT.finditer(text) if _CLUE.search(text) else ():
        if not _REFERENCE.match(text, text.rfind("\n", 0, found.start()) + 1):
            return " ".join(found[0].split())
    return ""


def house_number(text: str) -> str:
    """A number of the operator's own that the opening of a text prints: at an end of its title (`METHOD OF PROCEDURE
    MOP-RAN-2291`), alone on its line, or behind a label (`Doc: RAN-FN-0093`, `| Report | ATR-2026-118 |`); "" without.
    """
    if not (_DASHED.search(text) or "–" in text):
        return ""  # most texts
    lines = [line for line in text[:_OPENING].split("\n") if line.strip()][:_LINES]
    if lines and (titled := _TITLED.match(lines[0]) or _TITLING.match(lines[0])):
        return titled["number"]
    found = [told for line in lines if (told := _ALONE.fullmatch(" ".join(_FRAME.sub(" ", line).split())))]
    meant = [each for each in found if each["label"]] or (found if len(found) == 1 else [])  # else it is a list
    if meant:
        return _spelled(meant[0]["code"] or meant[0]["number"])
    numbered = _NUMBERED.search(text)
    return numbered["number"] if numbered else ""


_OPENING, _LINES = 1_200, 12  # characters and lines of a text within which it tells its number
_DASHED = re.compile(r"-(?<=[A-Z0-9]-)[A-Z0-9]")  # what every such number holds
_FRAME = re.compile(r"[|*_#`]")
#: A word of a house, then groups of which one has three digits; standards are told so too.
_CODE = (
    r"(?!(?:FAJ|CXC|LZ[AN]|ISO|IEC|IEEE|RFC|CVE|UTF|ITU)-)(?=[A-Z0-9-]{0,40}\d{3})"
    r"[A-Z]{2,6}(?:-[A-Z0-9]{2,8}){2,4}+(?![A-Za-z0-9-])"
)
_TITLED = re.compile(
    rf"(?:# )?[A-Z][A-Za-z ]{{2,60}}?(?:[A-Z]{{2,6}}[- ]ID)?:?[ \t]{{1,8}}(?P<number>{_CODE})[ \t]{{0,8}}\Z"
)
_TITLING = re.compile(rf"(?:# )?(?P<number>{_CODE})(?:: | [–-] | )(?=[A-Z])")
_NAMED = (
    r"(?i:(?:doc(?:ument)?|report|ref(?:erence)?|spec(?:ification)?|procedure|mop|number|id)\b\.?"
    r"(?: ?(?:no|nr|number|id|identity|ref(?:erence)?)\b\.?)?)"
)
_ALONE = re.compile(
    rf"(?:(?P<label>{_NAMED} ?[:=]? ))?(?:(?P<code>{_CODE})|(?P<number>{_NUMBER.pattern}))"
    rf"(?:,? (?:(?i:rev(?:ision)?|issue|version)[.:]? ?)?{_REVISION})?(?:,? {_DATE.pattern})?"
)


_NUMBERED = re.compile(
    r"(?:\A|\n)(?:\| )?[*_]{0,2}(?i:doc(?:ument)?(?:\.? ?(?:no|nr|number|id)\.?)?|[a-z]{2,6} (?:number|no\.?|id))"
    r"[*_]{0,2}(?::[*_]{0,2}| \|)[ \t]{1,4}(?P<number>[A-Z]{2,6}(?:-[A-Z0-9]{2,8}){0,3}-\d{2,6})(?![\w-])"
)


def _labelled(found: dict[str, str], cell: str, above: str) -> None:
    lines = [line.strip() for line in cell.split("\n") if line.strip()]
    if not lines:
        return
    if key := _label(above.strip()):
        _keep(found, key, lines[0])
    for number, line in enumerate(lines):
        for key, label in _LABELLED.items():
            if told := label.fullmatch(line):
                _keep(found, key, told["value"] or (lines[number + 1] if number + 1 < len(lines) else ""))


def _label(text: str) -> str:
    """What a cell that holds a label and nothing else announces."""
    return next((key for key, label in _LABELLED.items() if (told := label.fullmatch(text)) and not told["value"]), "")


def _keep(found: dict[str, str], key: str, value: str) -> None:
    value = value.partition(" (")[0].strip()
    printed = _NUMBER.match(value) if key == "document_number" else None
    if printed or (not _label(value) and _VALUES[key].fullmatch(value)):
        found.setdefault(key, _spelled(printed[0] if printed else value))


def _plain(found: dict[str, str], cell: str) -> None:
    text = " ".join(cell.split())
    printed = _NUMBER.search(text) or _CODED.match(text)
    if printed is None:
        return
    found.setdefault("document_number", _spelled(printed[0]))
    if found["document_number"] == _spelled(printed[0]):
        if behind := _BEHIND.match(text, printed.end()):
            found.setdefault("revision", behind["value"])
        if date := _DATE.search(text, printed.end()):
            found.setdefault("date", date[0])


_CODED = re.compile(rf"{_CODE}(?={_BEHIND.pattern}|(?:,? {_DATE.pattern})?\Z)")


def _spelled(number: str) -> str:
    return " ".join(number.replace("–", "-").split())
