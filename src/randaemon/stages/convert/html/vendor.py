"""What vendor library pages (DITA made) say in attributes only: which words are MO attributes, and what they mean.

A page names a parameter in `<span class="keyword apiname">` and keeps its MOM description in the `rel` attribute of the
link inside: `TEXT<br>…Takes effect:…Precondition:…Unit:…::attr::edw:/alex?…::`. The table cell says just "See MOM
description.", so that a converter that reads text alone loses it.
"""

from __future__ import annotations

import re

from randaemon.model import Mark
from randaemon.stages.convert.markdown import Inline, cell

KINDS = frozenset(
    re.findall(
        r"\w+",
        """apiname parmname option msgph systemoutput userinput cmd cmdname varname filepath uicontrol codeph glossterm
        glossexpansion""",
    )
)
META = {"docno": "document_number", "rev": "revision", "date": "date", "docname": "document_name", "lang": "language"}
_LABELS = "Takes effect|Precondition|Unit|Counter type|Disturbances|Dependencies|Range|Default|Resolution|Multiplicity"
_GLUED = re.compile(rf"(?<=\S)\s*(?<!<br>)\b({_LABELS})\s*:")
_TARGET = re.compile(r"::\w*::\s*(?:edw:|[\w./-]*\?|[\w./-]+\.html?).*$|::\w+::\s*\S*$", re.DOTALL)
_ADDRESS = re.compile(r"::\w*::\s*(edw:\S+?)(?:::|$)")
_BREAK = re.compile(r"\s*</?\s*(?:br|p|li|ul|div)\b[^>]*>\s*", re.IGNORECASE)
_TAG = re.compile(r"</?[A-Za-z][^>]*>")
_BREAKS = re.compile(r"(?:\s*<br>\s*)+")
_SEE = re.compile(r"See (?:the )?MOM description\.?", re.IGNORECASE)


def kind_of(classes: str) -> str:
    """The kind of a mark by the tokens of a `class` attribute (`keyword apiname condensed`), "" for none."""
    return next((token for token in classes.split() if token in KINDS), "")


def description(rel: str) -> str:
    """The MOM description in a `rel` attribute on one line with `<br>` between its parts, "" when there is none."""
    if "::" not in rel:
        return ""
    text = _TARGET.sub("", rel)
    text = _TAG.sub(lambda found: "<br>" if found.group() == "<br>" else "", _BREAK.sub("<br>", text))
    text = _GLUED.sub(r"<br>\1:", " ".join(text.split()))
    text = _BREAKS.sub("<br>", text).removeprefix("DESCRIPTION<br>")
    return cell(re.sub(r"^(?:<br>)+|(?:<br>)+$", "", text).strip())


def target(rel: str) -> str:
    """The address in a `rel` attribute, "" when there is none."""
    found = _ADDRESS.search(rel)
    return found.group(1) if found else ""


def filled(cells: list[Inline]) -> tuple[list[Inline], str]:
    """A table row with "See MOM description." replaced by the description of the attribute that the row is about.

    Also the name of that attribute, "" when nothing was replaced.
    """
    noted = ((inline, mark) for inline in cells for mark in inline.marks if mark.note and mark.kind in KINDS)
    found = next(noted, None)
    if found is None or not any(_SEE.search(inline.text) for inline in cells):
        return cells, ""
    inline, mark = found
    return [_described(piece, mark.note) for piece in cells], name_of(inline, mark)


def name_of(inline: Inline, mark: Mark) -> str:
    """The text that a mark stands on."""
    return inline.text[mark.start : mark.end]


def listed(name: str, note: str) -> Inline:
    """The line of the closing list for an attribute whose description stands nowhere else."""
    start = len("- `")
    line = f"- `{name}`: {note}"
    return Inline(line, (Mark("apiname", start, start + len(name), note),))


def _described(inline: Inline, note: str) -> Inline:
    found = _SEE.search(inline.text)
    return inline.spliced(found.start(), found.end(), note) if found else inline
