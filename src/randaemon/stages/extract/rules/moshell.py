"""Rule over sessions of AMOS/moshell: what they set, read and print of managed objects, one line a command.

`set EUtranCellFDD=1 qRxLevMin -124`, `hget EUtranFreqRelation threshXHigh|threshXLow`, and rows of print-outs such as
`1043 ENodeBFunction=1,EUtranCellFDD=1 operationalState 1 (ENABLED)`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence

from randaemon.model import Category
from randaemon.ran import names
from randaemon.stages.extract.finds import FAIR, STRONG, WEAK, Finds, Origin, category_of
from randaemon.stages.extract.page import Page
from randaemon.stages.extract.rules.mining import facts

_LDN = r"(?:[A-Z][A-Za-z0-9]{1,80}+=[A-Za-z0-9_.-]{1,80}+,){0,12}"
_NAME = r"[a-z][A-Za-z0-9]{1,120}+"
_WHAT = (
    rf" {_LDN}(?P<owner>[A-Z][A-Za-z0-9]{{1,80}}+)(?:=[A-Za-z0-9_.*-]{{0,80}}+)?"
    rf"[ \t]{{1,8}}+(?P<names>{_NAME}(?:\|{_NAME}){{0,40}}+)(?=[ \t\n]|\Z)"
)
#: Each begins with letters of its own, which makes the search fast; what stands before them is asked afterwards.
_COMMANDS = (re.compile(rf"et (?<=[gs]et ){_WHAT[1:]}"), re.compile(rf"mx[a-z]{{0,3}}+{_WHAT}"))
_ROW = re.compile(rf"=(?<=[A-Za-z]=)[A-Za-z0-9_.-]{{1,80}}+[ \t]{{1,40}}+(?P<names>{_NAME})[ \t]{{1,40}}+(?=\S)")
#: What `hget` prints: the attributes as heads of columns, under them a line and the first object.
_HEADED = re.compile(
    rf"\n[ \t]{{0,24}}+MO(?P<names>(?:[ \t]{{1,60}}+{_NAME}){{1,24}}+)[ \t]{{0,24}}+\n"
    rf"[ \t]{{0,24}}+={{8,200}}+[ \t]{{0,8}}+\n"
    rf"[ \t]{{0,24}}+(?:\d{{1,6}}[ \t]{{1,12}})?{_LDN}(?P<owner>[A-Z][A-Za-z0-9]{{1,80}}+)="
)
_PROMPT = re.compile(r"(?:[A-Za-z0-9_.-]{1,60}+> ?)?[ \t]{0,12}(?P<verb>(?:lh?|h|r|lr|p)?[gs]|p)\Z")
_PROXY = re.compile(rf"[ \t]{{0,12}}(?:\d{{1,6}}[ \t]{{1,12}})?{_LDN}(?P<owner>[A-Z][A-Za-z0-9]{{1,80}}+)\Z")
_WIDEST = 400  # characters of a line before what is looked for


def read_sessions(finds: Finds) -> None:
    """Find the attributes and counters that lines of a session name; those of patterns may be halves of names."""
    if not finds.page.is_ran:
        return
    text = finds.page.markdown
    _read_described(finds)
    told = [(found, _PROMPT.match(_before(text, found.start()))) for each in _COMMANDS for found in each.finditer(text)]
    for found, prompt in told:
        if prompt and prompt["verb"].endswith("s"):
            _keep(finds, found["owner"], found.span("names"), FAIR)
    _read_print_outs(finds)
    reading = [found for found, prompt in told if prompt and not prompt["verb"].endswith("s")]
    known = sorted({names.split_name(item.name)[1] for item in finds.items}) if reading else []
    for found in reading:
        if not _begins_another(known, found["names"]):
            _keep(finds, found["owner"], found.span("names"), WEAK)


def _read_print_outs(finds: Finds) -> None:
    text = finds.page.markdown
    for found in _HEADED.finditer(text) if "====" in text else ():
        _keep(finds, found["owner"], found.span("names"), FAIR)
    for found in _ROW.finditer(text, finds.page.first_equals):
        row = _PROXY.match(_before(text, found.start()))
        if row:
            _keep(finds, row["owner"], found.span("names"), FAIR)


def _begins_another(told: Sequence[str], pattern: str) -> bool:
    """True of `pmIbex`, which lists `pmIbexHits` and what else begins so."""
    at = bisect_right(told, pattern)
    return at < len(told) and told[at].startswith(pattern) and pattern not in told[max(0, at - 1) : at]


def is_pattern(page: Page, found: re.Match[str]) -> bool:
    """True of what a command looks for and the page prints longer: `pget EUtranCellFDD pmIbex` above `pmIbexHits`."""
    if _READING.match(_before(found.string, found.start())) is None:
        return False
    return any(name.startswith(found[0]) for name in page.names - {found[0]})


_READING = re.compile(r"(?:[A-Za-z0-9_.-]{1,60}+> ?)?[ \t]{0,12}(?:(?:lh?|h|r|lr|p)?get|pm[rx][a-z]{0,3}+) ")


def _read_described(finds: Finds) -> None:
    """Find what `momd` describes: `PaceGroup   paceRate   long   readOnly` and below it what the model says."""
    page, text = finds.page, finds.page.markdown
    for found in _DESCRIBED.finditer(text) if _DESCRIBED_HEAD.search(text) else ():
        owner, local, at = found["owner"], found["name"], page.piece_at(found.start("name"))
        if at is None or not (names.is_attribute(local) or local == f"{owner}Id"):
            continue
        begin = text.find("\n", found.end()) + 1 or len(text)
        begin += len(text[begin : begin + 1]) if text.startswith("\n", begin) else 0
        end = text.find("\n\n", begin)
        said = facts(page, begin, end if end >= 0 else len(text))
        flags = found["flags"] or ""
        told = {"mo": page.span(*found.span("owner")), "type": page.span(*found.span("type"))}
        counted = "pm" in flags.split(",")
        category = Category.COUNTER if counted else category_of(f"{owner}.{local}", found["type"])
        span, origin = page.span(*found.span("name")), Origin("momd", STRONG, at.heading)
        finds.add(category, f"{owner}.{local}", span, origin, {**said, **({} if counted else told), "mo": told["mo"]})


_DESCRIBED_HEAD = re.compile(r"Attribute[ \t]{1,60}+Type[ \t]{1,40}+Flags")
_DESCRIBED = re.compile(
    r"^(?:#{1,6} )?(?P<owner>[A-Z][A-Za-z0-9]{1,80}+)[ \t]{1,60}+(?P<name>[A-Za-z][A-Za-z0-9]{1,120}+)[ \t]{1,60}+"
    r"(?P<type>(?:long(?:long)?|string|boolean|u?int\d{0,2}|float|double|moRef)(?![A-Za-z0-9:])"
    r"|(?:sequence|enum|struct|derived|moRef|array)[:<][A-Za-z0-9_:<>,]{1,80}+)"
    r"(?:[ \t]{1,40}+(?P<flags>[A-Za-z]{2,24}+(?:,[A-Za-z]{2,24}+){0,12}+))?[ \t]{0,40}+$",
    re.MULTILINE,
)


def _before(text: str, start: int) -> str:
    """What stands on the line before an offset."""
    begin = text.rfind("\n", max(0, start - _WIDEST), start) + 1
    return text[begin or max(0, start - _WIDEST) : start]


def _keep(finds: Finds, owner: str, place: tuple[int, int], confidence: float) -> None:
    at = finds.page.piece_at(place[0])
    if at is None or not finds.is_class(owner):
        return
    for found in _EACH.finditer(finds.page.markdown, *place):
        if names.is_attribute(found[0]) and names.has_hump(found[0]):
            name = f"{owner}.{found[0]}"
            category = category_of(name)
            finds.add(category, name, finds.page.span(*found.span()), Origin("session", confidence, at.heading))


_EACH = re.compile(_NAME)
