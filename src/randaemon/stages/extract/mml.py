"""Rule over commands of another vendor's man-machine language: `MOD CELLALGOSWITCH:LOCALCELLID=0,HoAlgoSwitch=ON;`."""

from __future__ import annotations

import re

from randaemon.model import Category
from randaemon.stages.extract.finds import FAIR, Finds, Origin

_BODY = r"(?P<mo>[A-Z][A-Z0-9]{2,40}+): ?(?P<told>[A-Z][A-Za-z0-9_]{1,60}+=[^;\n|`]{1,2000}+);"
#: Each begins with letters of its own, which makes the search fast.
_COMMANDS = tuple(re.compile(rf"{verb} (?<![A-Za-z]{verb} ){_BODY}") for verb in ("MOD", "ADD", "SET"))
_KEY = re.compile(r"(?:(?<=[,:])|(?<=[,:] ))(?P<key>[A-Z][A-Za-z0-9_]{1,60}+)=")


def read_mml(finds: Finds) -> None:
    """Find the parameters that such commands set; those that end in ID say of which object."""
    page = finds.page
    for found in (each for command in _COMMANDS for each in command.finditer(page.markdown)):
        at = page.piece_at(found.start())
        for key in _KEY.finditer(page.markdown, *found.span("told")):
            if at is not None and not key["key"].upper().endswith("ID"):
                span = page.span(*key.span("key"))
                name = f"{found['mo']}.{key['key']}"
                finds.add(Category.PARAMETER, name, span, Origin("mml", FAIR, at.heading))
