"""Is there anything to learn from a clean document? If not, why not, in plain words."""

from __future__ import annotations

from typing import Final

from randaemon.errors import Refused
from randaemon.model import Clean, Meta
from randaemon.stages.preprocess import language

_LETTERS: Final = 20  # fewer say nothing
_GARBLED: Final = 0.15  # of the signs: more, and what is left between them is no sentence
_BY_TABLE: Final = frozenset({"tables", "code"})  # lists of names and numbers are read in any language


def judge(cleaned: Clean, told: Meta, languages: object) -> None:
    """Raises Refused E_LEGAL, E_NO_CONTENT, E_GARBLED or E_LANGUAGE; `told` is what `shape` said of it."""
    body = "".join(cleaned.markdown[block.start : block.end] for block in cleaned.blocks if block.kind != "heading")
    _must_say_something(cleaned, sum(map(str.isalnum, body)))
    share = language.unreadable(body)
    if share > _GARBLED:
        raise Refused(
            f"{share:.0%} of its signs stand for no letter: it was made with fonts or an encoding that cannot be read",
            hint="export it anew, or drop the document it was made from",
            code="E_GARBLED",
        )
    spoken = str(told.get("language", ""))
    if spoken and isinstance(languages, list) and languages and spoken not in languages and not _is_list(told):
        raise Refused(
            f"its text is {language.NAMES[spoken]}, which is not learnt from",
            hint=f"add {spoken!r} to `languages` of [preprocess] in the settings, then retry it",
            code="E_LANGUAGE",
        )


def _must_say_something(cleaned: Clean, letters: int) -> None:
    if letters >= _LETTERS:
        return
    if any(removed.reason == "legal" for removed in cleaned.removed):
        raise Refused("the document holds legal text only", code="E_LEGAL")
    raise Refused(f"too little text is left to learn from: {letters} letters", code="E_NO_CONTENT")


def _is_list(told: Meta) -> bool:
    return told.get("shape") in _BY_TABLE
