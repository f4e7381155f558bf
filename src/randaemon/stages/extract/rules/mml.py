"""Rule over commands of another vendor's man-machine language: `MOD CELLALGOSWITCH:LOCALCELLID=0,HoAlgoSwitch=ON;`."""

from __future__ import annotations

import re

from randaemon.model import Category
from randaemon.stages.extract.finds import FAIR, Finds, Origin

#: It begins with the colon, which makes the search fast; what stands before it is asked afterwards.
_BODY = re.compile(r":(?<=[A-Z0-9]:) ?(?P<told>[A-Z][A-Za-z0-9_]{1,60}+=[^;\n|`]{1,2000}+);")
_VERB = re.compile(r"(?<![A-Za-z0-9])(?:MOD|ADD|SET) (?P<mo>[A-Z][A-Z0-9]{2,40}+)\Z")
_LONGEST = 48
_KEY = re.compile(r"(?:(?<=[,:])|(?<=[,:] ))(?P<key>[A-Z][A-Za-z0-9_]{1,60}+)=")


def read_mml(finds: Finds) -> None:
    """Find the parameters that such commands set; those that end in ID say of which object."""
    page = finds.page
    for found in _BODY.finditer(page.markdown) if ";" in page.markdown else ():
        verb = _VERB.search(page.markdown, max(0, found.start() - _LONGEST), found.start())
        at = page.piece_at(found.start()) if verb else None
        for key in _KEY.finditer(page.markdown, *found.span("told")):
            if verb and at and not key["key"].upper().endswith("ID"):
                span = page.span(*key.span("key"))
                name = f"{verb['mo']}.{key['key']}"
                finds.add(Category.PARAMETER, name, span, Origin("mml", FAIR, at.heading))
