"""What a cell that holds names and nothing else looks like."""

from __future__ import annotations

import re
from typing import Final

ONLY_NAMES: Final = re.compile(
    r"(?:[`*]{0,3}+[A-Za-z][A-Za-z0-9_.:]{1,160}+(?:\(\d{1,2}\)){0,4}+[`*]{0,3}+"
    r"(?:[ \t]{0,4}+(?:[,;/\n]|<br>|\Z)\s{0,4}+))++\Z"
)
#: A class and its name, where a converter put space behind the dot and took the breaks between several.
QUALIFIED: Final = re.compile(r"([A-Z][A-Za-z0-9]{1,80}+)\.[ \t]?([a-z][A-Za-z0-9.]{1,160}+)")
ONLY_OWNED: Final = re.compile(rf"(?:{QUALIFIED.pattern}(?:\s{{1,8}}+|\Z))++\Z")
#: One of the bins of a counter: `pmLatDistr_0`, `pmLatDistr[0..7]`; a name and a word about it: `tiltMax (read-only)`.
WITH_REMARK: Final = re.compile(
    r"[`*]{0,3}+(?:pm[A-Z][A-Za-z0-9]{1,120}+(?:_(?:bin)?\d{1,3}|\$[A-Za-z0-9]{1,24}| ?\[[\d.: -]{1,12}\])"
    r"|[a-z]{1,60}+[A-Z][A-Za-z0-9]{0,80}+[`*]{0,3}+ \((?i:new|changed|deprecated|obsolete|optional|mandatory"
    r"|read[- ]?only|array|list|struct|enum|existing|(?:bins? )?\d[\d.: -]{0,11})\))[`*]{0,3}\Z"
)
