"""What the rules find, while they find it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from randaemon.model import Category, Item, Span
from randaemon.ran import names
from randaemon.ran.feature import is_enumeration
from randaemon.stages.extract.page import Page

#: How much each kind of place can be trusted. Only the order matters: the best one gives an item its span.
CERTAIN, STRONG, FAIR, WEAK = 0.98, 0.9, 0.75, 0.6


class Origin(msgspec.Struct, frozen=True, gc=False):
    """Which rule found something, how far it is to be trusted, and under which headings."""

    rule: str
    confidence: float
    heading: tuple[str, ...]


class Refusal(msgspec.Struct, frozen=True, gc=False):
    """A word that looked like an item, and why it is none."""

    text: str
    reason: str


@dataclass(slots=True)
class Finds:
    """Items in the order the rules met them, and the MO classes that the document proved to use."""

    page: Page
    items: list[Item] = field(default_factory=list)
    classes: set[str] = field(default_factory=set)
    believed: frozenset[str] = frozenset()  # of these classes those that rules may ask for
    values: frozenset[int] = frozenset()  # where a word begins that the source tagged as a value
    doubtful: list[Item] = field(default_factory=list)  # items if their owner turns out to be an MO class
    again: list[int] = field(default_factory=list)  # where running text says a name that another rule has found
    refusals: dict[Refusal, None] = field(default_factory=dict)  # each once, in the order of the text

    def add(
        self, category: Category, name: str, span: Span, origin: Origin, fields: Mapping[str, Span] | None = None
    ) -> None:
        """Keep one find. The owner of a qualified name counts as a class of this document from now on."""
        if self.page.has_enumerations and is_enumeration(origin.heading):
            self.refuse(span.text, "a member of an enumeration")
            return
        if self.values and span.start in self.values and category.is_owned:
            self.refuse(span.text, "a value, as the source tags it")
            return
        owner = names.split_name(name)[0]
        if owner and origin.confidence > WEAK:
            self.classes.add(owner)
        told = _with_owner(owner, span, fields or {})
        self.items.append(Item(category, name, span, origin.heading, "rule", origin.rule, origin.confidence, told))

    def add_if_class(self, name: str, span: Span, origin: Origin, fields: Mapping[str, Span] | None = None) -> None:
        """Keep an attribute that is one only if the document uses its owner as an MO class, wherever it says so."""
        if not (self.page.has_enumerations and is_enumeration(origin.heading)):
            told = _with_owner(names.split_name(name)[0], span, fields or {})
            place = (span, origin.heading, "rule", origin.rule, origin.confidence)
            self.doubtful.append(Item(Category.PARAMETER, name, *place, told))

    def learn(self) -> None:
        """Believe the classes proved so far. Until then rules get the same answers in whatever order they run."""
        self.believed = frozenset(self.classes)

    def settle(self) -> None:
        """Believe or refuse what was doubtful: all rules that prove classes have run, in whatever order."""
        for item in self.doubtful:
            if self.is_class(names.split_name(item.name)[0]):
                self.items.append(item)
            else:
                self.refuse(item.text, "nothing says that this is a parameter of a network element")
        self.doubtful.clear()

    def named(self, category: Category) -> set[str]:
        """The names found so far of one category."""
        return {item.name for item in self.items if item.category is category}

    def refuse(self, text: str, reason: str) -> None:
        """Remember what was not believed, for the report on the document."""
        self.refusals[Refusal(text, reason)] = None

    def is_event(self, name: str) -> bool:
        """True of an event where events are listed; a short NR name (`DuSkPilot`) could be anything elsewhere."""
        return names.is_event(name) and ("_" in name or self.page.is_ran or names.is_prose_event(name))

    def is_class(self, word: str) -> bool:
        """True of a class of the managed object model, as far as this document or public material tells."""
        return word in self.believed or names.is_known_class(word)


def category_of(name: str, data_type: str = "") -> Category:
    """What an MO class has by this name: a counter or a parameter."""
    return Category.COUNTER if names.is_counter(name, data_type) else Category.PARAMETER


def _with_owner(owner: str, span: Span, fields: Mapping[str, Span]) -> Mapping[str, Span]:
    """What is told of a name, and its class where the name itself prints it."""
    if not owner or "mo" in fields or not span.text.startswith(owner):
        return fields
    return {**fields, "mo": Span(span.start, span.start + len(owner), owner)}
