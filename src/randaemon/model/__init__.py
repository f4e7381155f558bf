"""The values that flow through the house, frozen and without behaviour.

A drop arrives in the inbox and becomes a `Document`; members of an archive are documents too. A document walks through
the `Stage`s; what a stage returns is an `Outcome`; what it leaves behind is an artifact (`Converted`, `Clean`,
`Extraction`, `Conversations`), the last of which yields `Candidate`s. All offsets are indices into Python strings
(code points), half-open: `markdown[start:end]`. All times are seconds since the epoch unless a name says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from pathlib import Path

from randaemon.model.artifacts import (
    Block,
    Candidate,
    Category,
    Chunk,
    Clean,
    Conversation,
    Converted,
    Extraction,
    Item,
    Kept,
    Mark,
    Meta,
    PdfPart,
    Removed,
    Scalar,
    Score,
    Span,
)
from randaemon.model.chat import Answer, Call, Message, Purpose, Reply, Request, Tier, Usage, request_key

__all__ = [
    "ENDED", "SPLITS", "Answer", "Artifact", "Ask", "Block", "Call", "Candidate", "Candidates", "Category",
    "Change", "Child", "Chunk", "Clean", "Conversation", "Converted", "Defer", "Document", "Done", "Drop", "Event",
    "Expand", "Extraction", "Failure", "Filed", "Finished", "Item", "Kept", "Mark", "Message", "Meta", "Outcome",
    "PdfPart", "Purpose", "Reject", "Removed", "Reply", "Request", "Scalar", "Score", "Span", "Stage", "Status",
    "Task", "Tier", "Usage", "request_key",
]  # fmt: skip


class Stage(IntEnum):
    """The six stages, in order; the number is what the claim index sorts by, `label` what people read."""

    UNPACK = 1
    CONVERT = 2
    PREPROCESS = 3
    EXTRACT = 4
    CONVERSE = 5
    FINALIZE = 6

    @property
    def label(self) -> str:
        """The name shown to people and in JSON: `convert`."""
        return self.name.lower()


class Status(StrEnum):
    """Where a document is on the second axis. Waiting is READY with a `due` time and a reason."""

    READY = "ready"
    RUNNING = "running"
    DONE = "done"
    REJECTED = "rejected"
    FAILED = "failed"
    CANCELLED = "cancelled"


#: The parts of a dataset, in the order of the files; none may know what a later one asks.
SPLITS = ("train", "valid", "test")

ENDED = frozenset({Status.DONE, Status.REJECTED, Status.FAILED, Status.CANCELLED})


@dataclass(frozen=True, slots=True)
class Drop:
    """A file that was claimed from the inbox: it lies at `originals/<key>__<name>` and is flushed to disk."""

    key: str  # 12 hex digits, drawn at the claim
    name: str  # file name as percent-encoded bytes, at most 200 bytes
    digest: str  # SHA-256, hex
    size: int  # bytes


@dataclass(frozen=True, slots=True)
class Document:
    """One row of the documents table: a unit of work."""

    id: int
    key: str
    parent: int | None
    name: str  # percent-encoded; of a member: its path inside the archive
    digest: str  # SHA-256 of the content; "" for a member that was refused before it was read
    size: int
    stage: Stage  # the stage it is in or waits for; of an ended document: the one it ended in
    status: Status
    attempt: int = 0  # attempts of this stage used up
    claim: int = 0  # raised at every claim, never reset: the fence of `settle`
    due: float | None = None  # not before this time; None: may be claimed now
    reason: str = ""  # plain words: why it waits, was refused or failed
    code: str = ""  # stable code of the reason: E_TIMEOUT
    duplicate_of: int | None = None
    admitted: float = 0.0
    ended: float | None = None
    meta: Meta = field(default_factory=dict)  # media_type, route, title, quality, …: what stages learnt


# --- What a stage is given and what it returns --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Task:
    """The input of one stage for one document: bytes and options, nothing else."""

    stage: Stage
    digest: str
    source: Path  # a file holding the document's bytes; read-only
    inputs: Mapping[Stage, Path]  # artifacts of earlier stages that this stage asked for
    scratch: Path  # an empty folder of the task's own, for outputs too large to return
    options: Mapping[str, object]  # the stage's settings as plain JSON values
    meta: Meta = field(default_factory=dict)  # what earlier stages learnt (media_type, …); never a file name
    replies: Mapping[str, Reply] = field(default_factory=dict)  # by `request_key`: to what the stage asked before


@dataclass(frozen=True, slots=True)
class Child:
    """A member of an archive. Its bytes lie in the task's scratch folder under `str(index)` unless `refusal` is set."""

    index: int  # position in the central directory: every entry is an item of its own
    name: str  # percent-encoded member path
    size: int
    refusal: Reject | Failure | None = None
    meta: Meta = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Filed:
    """What is too large for a message: a regular file in the task's scratch folder, by its plain name."""

    name: str
    size: int
    digest: str  # SHA-256 of its bytes, hex


Artifact = bytes | Filed
#: As a stage makes them, as the store takes them, or a file of JSON lines on the way between.
Candidates = tuple[Candidate, ...] | tuple[Kept, ...] | Filed


@dataclass(frozen=True, slots=True)
class Done:
    """The stage is finished. `artifact` is its output; candidates come from the last stage only."""

    artifact: Artifact | None = None
    meta: Meta = field(default_factory=dict)
    candidates: Candidates = ()


@dataclass(frozen=True, slots=True)
class Expand:
    """The document is a container: its members become documents and it is done."""

    children: tuple[Child, ...]
    meta: Meta = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ask:
    """The stage needs model replies; it is run again with them as input."""

    requests: tuple[Request, ...]


@dataclass(frozen=True, slots=True)
class Reject:
    """A good end: the content is not wanted or not supported, and here is why."""

    reason: str
    code: str = "E_REFUSED"


@dataclass(frozen=True, slots=True)
class Failure:
    """The stage gave no result. `retry` says whether another attempt could end otherwise."""

    error: str
    code: str = "E_INTERNAL"
    retry: bool = True


@dataclass(frozen=True, slots=True)
class Defer:
    """Not now, through no fault of the document: costs no attempt."""

    reason: str
    until: float
    code: str = ""


Outcome = Done | Expand | Ask | Reject | Failure | Defer


# --- Lifecycle ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened; the event table is the bus."""

    kind: str  # document.done, stage.done, run.progress, …
    document: int | None = None
    data: Mapping[str, object] = field(default_factory=dict)
    id: int = 0  # given by the store
    at: float = 0.0  # given by the store


@dataclass(frozen=True, slots=True)
class Finished:
    """A document that came to an end, as its event tells it."""

    event: int  # its id
    at: float
    status: Status  # done, rejected or failed
    route: str  # "" when it was not known
    size: int
    seconds: float = 0.0  # that its stages took
    quality: float | None = None  # mean score of its accepted samples; None: it has none


@dataclass(frozen=True, slots=True)
class Change:
    """What `lifecycle.settle` decided: one guarded transaction writes it."""

    document: int
    claim: int  # the fence: no row with this claim running means someone else owns the document
    ran: Stage
    stage: Stage
    status: Status
    attempt: int
    due: float | None = None
    reason: str = ""
    code: str = ""
    meta: Meta = field(default_factory=dict)
    artifact: Artifact | None = None
    children: tuple[Child, ...] = ()
    candidates: Candidates = ()
    requests: tuple[Request, ...] = ()  # to be answered before the stage is run again
    answered: bool = False  # the stage needs the replies to what it asked no more
    again: bool = False  # it was done before: `candidates` take the place of what it gave then
    events: tuple[Event, ...] = ()
