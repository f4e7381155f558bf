"""Rules for activation and deactivation procedures: prerequisites, ordered steps, what to do after."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from randaemon.model import Category, Span
from randaemon.ran.feature import NOTHING, PROCEDURE_PARTS, PROCEDURES, Role, bare_title, procedure_depth, role_of
from randaemon.ran.listing import column_key
from randaemon.stages.extract.finds import STRONG, Finds, Origin
from randaemon.stages.extract.page import Cell, Page
from randaemon.stages.extract.pieces import Piece


@dataclass(slots=True)
class _Procedure:
    heading: Piece
    prerequisites: list[Piece] = field(default_factory=list)
    steps: list[Cell] = field(default_factory=list)
    after: list[Piece] = field(default_factory=list)
    commands: list[Cell] = field(default_factory=list)  # printed alone, they are the steps
    rows: list[Cell] = field(default_factory=list)  # of a table of steps, where there are no others


def read_procedures(finds: Finds) -> None:
    """Find every section that activates or deactivates something and has at least one step.

    Only in RAN documents: other manuals activate environments and accounts.
    """
    if not finds.page.is_ran:
        return
    for section in _sections(finds.page.pieces):
        head = section[0]
        if head.kind == "heading" and role_of(head.heading[-1]) in PROCEDURES:
            _keep(finds, _read(finds.page, head, section[1:]))
    for title, code in _above_code(finds.page):
        _keep(finds, _Procedure(title, commands=list(_commands(finds.page, code))))
    if "ACTIVATED" in finds.page.markdown:
        for section in _untitled(finds.page):
            _keep(finds, _read_untitled(finds.page, section))


def _above_code(page: Page) -> Iterator[tuple[Piece, Piece]]:
    """The code blocks outside of procedures below a line that is a title: `Activation Command Examples`."""
    for piece in page.pieces:
        above = page.before(piece) if piece.kind == "code" and not procedure_depth(piece.heading) else None
        titled = above is not None and above.kind == "text" and _TITLE.fullmatch(page.markdown, above.body, above.end)
        if above is not None and titled and role_of(titled[0]) in PROCEDURES:
            yield above, piece


_TITLE = re.compile(r"[A-Z][a-z]{2,20}(?: [A-Za-z0-9-]{2,24}){1,6}")


def _untitled(page: Page) -> Iterator[Sequence[Piece]]:
    """The sections whose headings do not tell what they are, each without those below it."""
    for head in page.headings:
        if role_of(head.heading[-1]) in _UNTOLD and not procedure_depth(head.heading):
            yield page.section(head)


_REMEDY = re.compile(r"larm is (?<=\b[Aa]larm is )(?:issued|raised|generated|triggered|sent)\b")
_UNTOLD = frozenset({Role.NONE, Role.STEPS})
#: Whoever tells to set the state of a feature tells how to activate it, under whatever heading.
_SETS = re.compile(r"et (?<=[Ss]et )[^\n]{0,200}?featureState\b[^\n]{0,160}?\b(?:DE)?ACTIVATED\b")


def _read_untitled(page: Page, section: Sequence[Piece]) -> _Procedure:
    """The procedure of a section that sets the state of a feature in a step or a command; without steps elsewhere, and
    in the remedy of an alarm, which may end by switching something off.
    """
    if not _SETS.search(page.markdown, section[0].start, section[-1].end) or _REMEDY.search(page.opening):
        return _Procedure(section[0])
    found = _read(page, section[0], section[1:])
    listed = any(_is_numbered(page, piece) for piece in section)
    return found if listed or found.commands or found.rows else _Procedure(section[0])


def _sections(pieces: Sequence[Piece]) -> Iterator[Sequence[Piece]]:
    """The pieces of each procedure, with what stands under its parts; headings alone are asked where they belong."""
    section: list[Piece] = []
    path: tuple[str, ...] = ()
    for piece in pieces:
        if piece.kind == "heading":
            above = path  # and a heading of another role leads out of procedures
            path = piece.heading[: procedure_depth(piece.heading)] if piece.role in _LEADING else ()
            if path != above and section:
                yield section
                section = []
        if path:
            section.append(piece)
    if section:
        yield section


_LEADING = PROCEDURES | PROCEDURE_PARTS
_PREREQUISITES, _STEPS, _AFTER = Role.PREREQUISITES, Role.STEPS, Role.AFTER


def _read(page: Page, head: Piece, body: Sequence[Piece]) -> _Procedure:
    found = _Procedure(head)
    numbered = [_is_numbered(page, piece) for piece in body]
    listed = any(numbered)
    for piece, wanted in zip(body, numbered, strict=True):
        if piece.kind in ("heading", "table"):
            found.rows += _rows(page, piece) if piece.kind == "table" else ()
            continue
        if piece.kind in ("code", "text") and not found.steps:
            found.commands += _commands(page, piece)
        if piece.role is _PREREQUISITES:
            found.prerequisites.append(piece)
        elif piece.role is _AFTER:
            found.after.append(piece)
        else:
            _step(page, found, piece, wanted=wanted if listed else _is_step(page, piece, body))
    return found


def _rows(page: Page, table: Piece) -> Iterator[Cell]:
    """The rows of a table of steps, `Step | Action | Command`, each from its first words to its last."""
    rows = page.rows(table)
    heads = {column_key(cell.text).rstrip(".") for cell in next(rows, [])}
    for row in rows if heads & _STEP_HEADS else ():
        told = [cell for cell in row if cell.text and not _COUNTED.match(cell.text)]
        if told:
            yield told[0].start, told[-1].end


_STEP_HEADS = frozenset({"step", "steps", "action", "actions", "activity", "instruction", "instructions", "what to do"})
_COUNTED = re.compile(r"(?:[Ss]tep )?[0-9a-z]{1,2}(?:\.\d{1,2})?[.)]?\Z")


def _is_step(page: Page, piece: Piece, body: Sequence[Piece]) -> bool:
    """Without numbers every item below `Steps` is a step; elsewhere, and where it has none, an instruction."""
    if piece.role is not _STEPS:
        return _is_instruction(page, piece)
    if any(each.kind == "item" and each.role is _STEPS for each in body):
        return piece.kind == "item"
    return piece.kind == "text" and _is_instruction(page, piece)


def _is_numbered(page: Page, piece: Piece) -> bool:
    """True of an item of a numbered list, and of a line that begins with the number a printer gave a step."""
    if piece.kind == "text" and piece.role in _LEADING:
        return _PRINTED.match(page.markdown, piece.body, piece.end) is not None
    return piece.kind == "item" and piece.numbered


_PRINTED = re.compile(r"[ \t]{0,24}(?:[A-Z]?\d{1,2}(?:\.\d{1,2}){0,2}[.)]?|[Ss]tep \d{1,2}[.:]?) [A-Z][a-z]")


#: What the printer counted steps with, which is no part of what they say: `3.1 Make a backup`, `Step 2: Lock the cell`.
_NUMBER = re.compile(
    r"[ \t]{0,24}(?:[A-Z]?\d{1,2}(?:\.\d{1,2}){1,2}[.)]?|\d{1,2}[.)]|[Ss]tep \d{1,2}[.:]?) (?=[A-Z][a-z])"
)


def _commands(page: Page, piece: Piece) -> Iterator[Cell]:
    said = page.markdown[piece.start : piece.end]
    if "=" in said or ">" in said or "cmedit " in said:  # what few sentences have
        yield from (each.span("it") for each in _COMMAND.finditer(page.markdown, piece.start, piece.end))


#: What changes something: of ENM's command line, or a line of a moshell session.
_COMMAND = re.compile(
    r"(?P<it>cmedit (?:set|action|create|delete) [^\n]{3,400}"
    r"|(?<=\n)(?:MOD|ADD|SET|RMV|ACT|DEA) [A-Z][A-Z0-9]{2,40}: ?[A-Z][^\n;]{1,400};"
    r"|(?<=> )(?:r?set|l?bl|l?deb|l?acc|cr|r?del|cvms) [^\n]{1,400}"
    r"|(?<=\n)(?:r?set|l?bl|l?deb|l?acc|r?del) [A-Z][A-Za-z0-9]{1,80}=[^\n]{1,400})"
)


def _step(page: Page, found: _Procedure, piece: Piece, *, wanted: bool) -> None:
    """A new step, or more of the one before: nested items, code, and what it announces."""
    nested = piece.kind == "item" and piece.level > 0
    if wanted and not (nested and found.steps):
        found.steps.append((piece.body, piece.end))
    elif found.steps and (nested or piece.kind == "code" or _is_announced(page, found.steps[-1], piece)):
        found.steps[-1] = (found.steps[-1][0], piece.end)


def _is_announced(page: Page, step: Cell, piece: Piece) -> bool:
    """True of indented lines below a step that ends with a colon: many print commands so, without a fence."""
    indented = piece.kind == "text" and page.markdown.startswith(("  ", "\t"), piece.start)
    return indented and page.markdown[slice(*step)].rstrip().endswith(":")


def _is_instruction(page: Page, piece: Piece) -> bool:
    """Without a numbered list, a sentence that tells to set something is a step."""
    text = page.markdown[piece.body : piece.end].lower()
    if text.startswith(_VERBS):
        return True
    return _SETS_STATE.search(text) is not None and not NOTHING.search(text)


_VERBS = ("set ", "lock ", "unlock ", "change ", "activate ", "deactivate ", "configure ")
_SETS_STATE = re.compile(r"\b(?:set|change)\b[^.;]{0,120}? to (?:de)?activated\b|attribute to (?:de)?activated\b")


def _keep(finds: Finds, found: _Procedure) -> None:
    page = finds.page
    found.steps = found.steps or found.rows or found.commands
    if not found.steps:
        return
    start, end = found.heading.body, found.heading.end
    title = page.markdown[start:end].rstrip()
    skip = max(0, title.find(bare_title(title)))
    remark = _WHEN.search(title)
    end = start + remark.start() if remark else end
    span = page.trimmed(start + skip, end)
    if span is not None:
        origin = Origin("procedure", STRONG, found.heading.heading)
        finds.add(Category.PROCEDURE, page.printed(span), span, origin, dict(_fields(page, found)))


#: What a title says of when its procedure is done: `Deactivate X (only if C fails)`.
_WHEN = re.compile(r" \((?:only|if|when|in case|optional)\b[^()\n]{0,80}\)\Z", re.IGNORECASE)


def _fields(page: Page, found: _Procedure) -> Iterator[tuple[str, Span]]:
    for name, pieces in (("prerequisites", found.prerequisites), ("after", found.after)):
        span = page.trimmed(pieces[0].body, pieces[-1].end) if pieces else None
        if span is not None:
            yield name, span
    for number, (start, end) in enumerate(found.steps, 1):
        printed = _NUMBER.match(page.markdown, start, end)
        span = page.trimmed(printed.end() if printed else start, end)
        if span is not None:
            yield f"step_{number}", span
