"""The last question about a page: does it speak of networks at all?

Manuals of other things have tables of parameters, counters, events and features of the same form. Where nothing says
that theirs are those of a network, none of them is believed.
"""

from __future__ import annotations

from randaemon.model import Category, Item
from randaemon.ran import mentions, names
from randaemon.stages.extract.finds import Finds


def disbelieve(finds: Finds) -> None:
    """Refuse all that was found on a page that names nothing only networks have."""
    if not finds.items:
        return
    networked = _is_of_networks(finds)
    if networked and (finds.page.is_ran or _tells_classes(finds)):
        return
    believed: list[Item] = []
    is_anything = _is_short if any(map(_is_telling, finds.items)) else _is_anything
    for item in finds.items:
        if networked and not is_anything(item):
            believed.append(item)
        else:
            finds.refuse(item.text, "nothing says that the text is about a network")
    finds.items[:] = believed
    if not finds.items:
        finds.again.clear()


def _is_short(item: Item) -> bool:
    """True of what a text about routers has too: functions by name alone, `pmResets`."""
    if item.category is Category.RELATED_FEATURE:
        return True
    owner, local = names.split_name(item.name)
    return item.category is Category.COUNTER and not names.is_known_class(owner) and names.is_word_counter(local)


def _is_anything(item: Item) -> bool:
    """True of `pmCycleCount` and `TrackSection.clearDelay` too, where the text has nothing that tells more."""
    if _is_short(item):
        return True
    owner, local = names.split_name(item.name)
    if item.category is Category.PARAMETER:
        return item.rule == "parameter-list" and local[:1].islower()
    return names.is_counter(local) and not names.is_known_class(owner) and not names.is_sure_counter(local)


def _is_telling(item: Item) -> bool:
    return item.category is Category.EVENT or _is_sure(item)


def _is_of_networks(finds: Finds) -> bool:
    if all(item.category is Category.PROCEDURE for item in finds.items):  # what is switched on there may be a box
        return mentions.names_licensed(finds.page.markdown)
    if _tells_classes(finds) or any(map(_is_sure, finds.items)):
        return True
    return mentions.is_network_text(finds.page.markdown)


def _tells_classes(finds: Finds) -> bool:
    return bool(finds.page.mo_words) or finds.page.has_classes


def _is_sure(item: Item) -> bool:
    """True of what only networks have: an attribute of a known class, a measurement, a form of one vendor."""
    owner = names.split_name(item.name)[0]
    if owner and names.is_distinct_class(owner):
        return True
    return item.rule in _SURE or names.is_measurement(item.name) or names.is_radio_measurement(item.name)


_SURE = frozenset({"mml", "vendor-feature"})
