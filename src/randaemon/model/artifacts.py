"""What the stages leave behind: artifacts, and the candidates that the last one gives.

All offsets are indices into Python strings (code points), half-open: `markdown[start:end]`. `Span`, `Item`
and `Chunk` are structs of msgspec, since many are made: 0.04 and 0.08 µs where a frozen dataclass takes 0.2 and 0.9.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, make_dataclass
from enum import StrEnum
from typing import TypeVar

import msgspec

from randaemon.model.chat import Message

Scalar = str | int | float | bool | None
Meta = Mapping[str, Scalar]


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of Markdown that traces back to its source."""

    kind: str  # heading | paragraph | list | table | code | note
    start: int
    end: int
    heading: tuple[str, ...] = ()  # titles of the sections it stands in, outermost first
    page: int | None = None  # 1-based page or slide, where the source has them
    place: str = ""  # sheet and cell range, element path, …: what the format offers


@dataclass(frozen=True, slots=True)
class Mark:
    """A tag that the source put on a stretch of text: vendor HTML says which words are MO attributes."""

    kind: str  # apiname | parmname | option | msgph | systemoutput | userinput | cmd | …
    start: int
    end: int
    note: str = ""  # what only the tag's attributes say, such as the MOM description of a link


@dataclass(frozen=True, slots=True)
class PdfPart:
    """A piece of a PDF, as a reader with models hands it to `convert`."""

    kind: str  # heading | paragraph | list | table | code | note
    text: str = ""
    level: int = 0  # of a heading or an item, from 1
    rows: tuple[tuple[str, ...], ...] = ()  # of a table: a full grid, spanned cells repeated
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Converted:
    """Artifact of `convert`: Markdown and where each part of it came from."""

    markdown: str
    title: str = ""
    blocks: tuple[Block, ...] = ()
    marks: tuple[Mark, ...] = ()
    meta: Meta = field(default_factory=dict)  # document_number, revision, date, language, rung, encoding, …


@dataclass(frozen=True, slots=True)
class Removed:
    """Something `preprocess` took out, so that it can be shown."""

    reason: str  # legal | navigation | contents | change-history | repeated
    text: str
    heading: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Clean:
    """Artifact of `preprocess`: the Markdown that every later span refers to."""

    markdown: str
    title: str = ""
    blocks: tuple[Block, ...] = ()
    marks: tuple[Mark, ...] = ()
    removed: tuple[Removed, ...] = ()
    meta: Meta = field(default_factory=dict)


class Category(StrEnum):
    """The six categories of RAN knowledge; the value is the key of `inspect --json`."""

    FEATURE = "features"
    PARAMETER = "parameters"
    COUNTER = "counters"
    EVENT = "events"
    RELATED_FEATURE = "related_features"
    PROCEDURE = "activation_procedures"

    def __init__(self, value: str) -> None:
        #: True of what MO classes have.
        self.is_owned = value in ("parameters", "counters")


_S = TypeVar("_S", bound=type[msgspec.Struct])
_FIELDS = "__dataclass_fields__"


def _replaceable(struct: _S) -> _S:
    """Let `dataclasses.replace`, `fields` and `asdict` take a struct: mypy believes that they do."""
    setattr(struct, _FIELDS, getattr(make_dataclass(struct.__name__, struct.__struct_fields__), _FIELDS))
    return struct


@_replaceable
class Span(msgspec.Struct, frozen=True, gc=False):
    """A slice of the clean Markdown and its text: `markdown[start:end] == text`, always."""

    start: int
    end: int
    text: str


@_replaceable
class Item(msgspec.Struct, frozen=True, gc=False):
    """One piece of RAN knowledge, grounded in the text."""

    category: Category
    name: str  # normalised: `EUtranCellFDD.pMax`, `FAJ 121 4219`, `INTERNAL_PROC_X`; a procedure: its heading
    span: Span  # where the name itself stands
    heading: tuple[str, ...] = ()
    source: str = "rule"  # rule | model
    rule: str = ""  # the name of the rule that found it
    confidence: float = 1.0
    fields: Mapping[str, Span] = msgspec.field(default_factory=dict)
    # What the text says about it, each with its own span. Keys by category (ran/ owns them):
    #   parameter: mo description type range default unit takes_effect precondition
    #              relation (Introduced | Affected | Affecting)
    #   counter:   mo description type unit condition
    #   event:     description trigger parameters
    #   feature:   identity title package package_identity node_type access_type licence_key(CXC…) description
    #   related:   identity title relationship description access_type
    #   procedure: prerequisites step_1 step_2 … after
    related: tuple[str, ...] = ()  # names of items it is tied to (its feature, its MO, …)

    @property
    def text(self) -> str:
        """The name as it is printed in the document."""
        return self.span.text


@_replaceable
class Chunk(msgspec.Struct, frozen=True, gc=False):
    """A stretch of the clean Markdown small enough to be read at once; chunks follow each other and never overlap."""

    id: str  # 16 hex digits: hash of headings and text, and of how many equal ones came before
    start: int
    end: int
    heading: tuple[str, ...]  # breadcrumbs: the titles that everything in it stands under
    tokens: int  # without the lead-in
    lead: tuple[int, int] = (0, 0)  # what has to be read before it: a table's header, a list's or a sentence's lead-in
    page: int | None = None  # where it begins, in sources that have pages


@dataclass(frozen=True, slots=True)
class Extraction:
    """Artifact of `extract`."""

    items: tuple[Item, ...]
    meta: Meta = field(default_factory=dict)  # counts, title, document_number, literal-rule check
    chunks: tuple[Chunk, ...] = ()

    @property
    def source(self) -> str:
        """What its document is called: its number, else its title; "" of one that has neither."""
        return str(self.meta.get("document_number") or self.meta.get("title") or "")

    def of(self, category: Category) -> tuple[Item, ...]:
        """The items of one category, in the order of the text."""
        return tuple(item for item in self.items if item.category is category)


@dataclass(frozen=True, slots=True)
class Conversation:
    """One chat record, before scoring. Artifact of `converse` is a tuple of them."""

    kind: str  # fact | command_write | command_read | procedure | dependency | …
    messages: tuple[Message, ...]
    evidence: tuple[Span, ...]  # slices of the clean Markdown that support every statement of the answer
    category: Category
    entity: str  # the item's normalised name
    attribute: str  # what is asked about it: default, range, description, command, steps, …
    phrasing: int  # which of the kind's wordings was used
    expected: Mapping[str, str] = field(default_factory=dict)  # fields a recall check compares: value, unit, command, …
    heading: tuple[str, ...] = ()
    mode: str = "hybrid"  # basic | cmedit | grouped | hybrid
    generator: str = "rule"
    # Of an answer about several facts: (category, name, field or "") each.
    states: tuple[tuple[str, str, str], ...] = ()
    judged: float | None = None  # what a judge gave it, 0..1; None: nobody judged it


@dataclass(frozen=True, slots=True)
class Score:
    """How good a sample is: 0..1, its components, and the gate that refused it ("" when none did)."""

    value: float
    components: Mapping[str, float] = field(default_factory=dict)
    gate: str = ""
    reason: str = ""

    @property
    def accepted(self) -> bool:
        """True when no gate refused it."""
        return not self.gate


@dataclass(frozen=True, slots=True)
class Candidate:
    """A scored conversation with its id and provenance: what `seal` works on."""

    id: str  # 16 hex digits: hash of content digest, item, evidence span, kind, phrasing, generator
    digest: str  # content digest of its document
    family: str  # a function of the document alone: document number, else normalised title
    fact: str  # hash of entity and attribute across documents: all phrasings of one fact share it
    conversation: Conversation
    score: Score
    title: str = ""
    issue: str = ""  # of its document, so written that a newer one sorts behind an older one; "" when it tells none


@dataclass(frozen=True, slots=True)
class Kept:
    """A candidate as it is stored: what the store goes by, and the JSON of the whole."""

    id: str
    accepted: bool
    score: float
    body: str
