"""Headings that are only printed in bold, in documents whose sections have no others: which paragraphs they are."""

from __future__ import annotations

import re
from typing import Final

from randaemon.ran.feature import PROCEDURES, Role, role_of

_LONGEST: Final = 80  # characters
_NUMBER: Final = re.compile(r"(\d{1,2}(?:\.\d{1,2}){0,4})[.)]?\s+(?=[A-Z])")


def level(text: str, bold_below: str) -> int | None:
    """The level of a bold paragraph that heads a section, by its number, 1 without one; None of any other.

    It is numbered, or named as the parts of a feature are. `bold_below` is the text of the paragraph below it where
    that is in bold too, as the steps of a list may be.
    """
    if not text or len(text) > _LONGEST or text[-1] in ".,:;":
        return None
    number, role = _NUMBER.match(text), role_of(text)
    if number is None and role is Role.NONE:
        return None
    inner = f"{number[1]}.1" if number else "1."
    if bold_below and (role is Role.NONE or role in PROCEDURES) and not bold_below.startswith(inner):
        return None
    return 1 + number[1].count(".") if number else 1
