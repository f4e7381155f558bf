"""What the daemon and a worker child say to each other: length-prefixed JSON over a socket of their own.

    frame  = 4 bytes big-endian length, then that many bytes of JSON; at most 64 MiB
    daemon → child   once a `Setup`, the child's limits; then `Order`s: which function to call and on what
    child  → daemon  empty frames as heartbeats, then one frame with the outcome, tagged by its name

The child runs parsers on hostile bytes and is presumed compromised. So the daemon decodes by a
closed schema with bounds, unpickles nothing, and no reply can name a path: members of an archive are numbers under the
scratch folder that the daemon itself chose. An artifact travels inside the JSON as base64, a typical one in under a
millisecond. One above 8 MiB is a file in the scratch folder instead, so that the daemon never holds it whole; the reply
names it, with size and digest, and the store opens it without following a link and believes only what it counted. So
are candidates of which there are thousands (`received`). Each candidate is decoded to see that it is one, and kept as
the bytes that it came in.
"""

from __future__ import annotations

import asyncio
import re
import struct
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, assert_never

import msgspec

from randaemon.errors import WorkerProtocol
from randaemon.machine import MIB
from randaemon.model import (
    Artifact,
    Ask,
    Candidate,
    Candidates,
    Child,
    Defer,
    Done,
    Expand,
    Failure,
    Filed,
    Kept,
    Outcome,
    Reject,
    Reply,
    Request,
    Scalar,
    Stage,
    Task,
)
from randaemon.workers import bounds

FRAME_CAP = 64 * MIB
INLINE_CAP = 8 * MIB  # a larger artifact is a file
CANDIDATES_INLINE = 2_000  # more of them are a file: of these there are some two megabytes
HEARTBEAT = b"\0\0\0\0"
_LENGTH = struct.Struct(">I")
_TEXT_CAP = 2_000
_FAR = 2.0**40  # seconds since the epoch
_SAMPLE = re.compile(r"[0-9a-f]{16}")

_Text = Annotated[str, msgspec.Meta(max_length=_TEXT_CAP)]
_Code = Annotated[str, msgspec.Meta(pattern=r"^[A-Z][A-Z0-9_]{0,63}$")]
_Size = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
_Key = Annotated[str, msgspec.Meta(max_length=200)]
_Value = Annotated[str, msgspec.Meta(max_length=16_384)] | int | float | bool | None
_Values = Annotated[dict[_Key, _Value], msgspec.Meta(max_length=200)]


@dataclass(frozen=True, slots=True)
class Setup:
    """The limits a child puts on itself before its first task."""

    heartbeat_seconds: float
    address_space: int  # bytes; on Linux only, macOS does not enforce it
    file_bytes: int  # the longest file it may write
    open_files: int


@dataclass(frozen=True, slots=True)
class Order:
    """What a child is asked to do: call `entry` with the task and with what `parts` gives for the stage."""

    entry: str  # "module:function" of PIPELINE
    parts: str  # "module:function" that maps a stage to its keyword arguments; "" for none
    task: Task  # without its replies
    replies: Path | None = None  # the file that holds them: a document may have megabytes


class TooLong(ValueError):
    """A frame is above the cap; raised where it is made, so that the child can say so in plain words."""


def frame(payload: bytes) -> bytes:
    """Put the length before a payload. Raises TooLong above the cap."""
    if len(payload) > FRAME_CAP:
        raise TooLong(f"{len(payload)} bytes are more than one message may hold ({FRAME_CAP})")
    return _LENGTH.pack(len(payload)) + payload


def encode(message: Setup | Order) -> bytes:
    """In the daemon: what a child is told, as JSON."""
    return msgspec.json.encode(message, enc_hook=_encode_path)


def decode_setup(payload: bytes) -> Setup:
    """In the child, for its first frame."""
    return _SETUP.decode(payload)


def decode_order(payload: bytes) -> Order:
    """In the child. The daemon is trusted, so a bad order is a bug and raises msgspec's own error."""
    return _ORDER.decode(payload)


def encode_replies(replies: Mapping[str, Reply]) -> bytes:
    """In the daemon: the file of `Order.replies`."""
    return msgspec.json.encode(replies)


def whole(order: Order) -> Task:
    """In the child: the task with the replies of its file."""
    if order.replies is None:
        return order.task
    return replace(order.task, replies=_REPLIES.decode(order.replies.read_bytes()))


def encode_outcome(outcome: Outcome) -> bytes:
    """In the child: an outcome as tagged JSON. Texts for people are cut to what the daemon accepts."""
    return msgspec.json.encode(_to_wire(outcome))


def decode_outcome(payload: bytes, task: Task) -> Outcome:
    """In the daemon: what a child replied to `task`. Raises WorkerProtocol for anything else."""
    with _judged():
        outcome = _from_wire(_REPLY.decode(payload), task)
    bounds.check(outcome, task)
    return outcome


def line(candidate: Candidate) -> bytes:
    """In the child: a candidate as a line of a file."""
    return msgspec.json.encode(candidate) + b"\n"


def kept(body: bytes | msgspec.Raw, task: Task) -> Kept:
    """In the daemon: a candidate of this task as it is stored. Raises WorkerProtocol where it is none."""
    with _judged():
        found = _CANDIDATE.decode(body)
        text = bytes(body).decode()
    if found.digest != task.digest:
        raise WorkerProtocol("a candidate names another document")
    if not _SAMPLE.fullmatch(found.id):
        raise WorkerProtocol("a candidate's id is not one")
    if not 0 <= found.score.value <= 1:
        raise WorkerProtocol("a candidate's score is not between 0 and 1")
    return Kept(found.id, found.score.accepted, found.score.value, text)


@contextmanager
def _judged() -> Iterator[None]:
    try:
        yield
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise WorkerProtocol(f"the worker's reply is not an outcome: {_explain(error)}") from error


async def read_frame(stream: asyncio.StreamReader) -> bytes | None:
    """The next frame's payload, b"" for a heartbeat, None at the end. Raises WorkerProtocol above the cap."""
    try:
        (length,) = _LENGTH.unpack(await stream.readexactly(_LENGTH.size))
        if length > FRAME_CAP:
            raise WorkerProtocol(f"the worker announced a message of {length} bytes; {FRAME_CAP} are allowed")
        return await stream.readexactly(length)
    except (asyncio.IncompleteReadError, ConnectionError):
        return None


def receive(read: Callable[[int], bytes]) -> bytes | None:
    """Blocking twin of `read_frame` for the child; `read(n)` gives at most n bytes, b"" at the end."""
    header = _exactly(read, _LENGTH.size)
    return None if header is None else _exactly(read, _LENGTH.unpack(header)[0])


def _exactly(read: Callable[[int], bytes], count: int) -> bytes | None:
    parts: list[bytes] = []
    while count:
        part = read(count)
        if not part:
            return None
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


# --- The wire: one struct for each outcome, with bounds -----------------------------------------------------------


class _Tagged(msgspec.Struct, tag_field="outcome", frozen=True, forbid_unknown_fields=True):
    pass


class _Filed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
    size: _Size
    digest: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]


class _DoneReply(_Tagged, frozen=True, tag="done"):
    artifact: bytes | _Filed | None = None
    meta: _Values = {}
    candidates: tuple[msgspec.Raw, ...] | _Filed = ()


class _Refusal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    text: _Text
    code: _Code
    rejected: bool
    retry: bool = False


class _Member(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    index: _Size
    name: Annotated[str, msgspec.Meta(max_length=4096)]
    size: _Size
    refusal: _Refusal | None = None
    meta: _Values = {}


class _ExpandReply(_Tagged, frozen=True, tag="expand"):
    children: tuple[_Member, ...]
    meta: _Values = {}


class _AskReply(_Tagged, frozen=True, tag="ask"):
    requests: tuple[Request, ...]


class _RejectReply(_Tagged, frozen=True, tag="reject"):
    reason: _Text
    code: _Code


class _FailureReply(_Tagged, frozen=True, tag="failure"):
    error: _Text
    code: _Code
    retry: bool


class _DeferReply(_Tagged, frozen=True, tag="defer"):
    reason: _Text
    until: Annotated[float, msgspec.Meta(ge=0, le=_FAR)]  # the pool makes it wait an hour at most
    code: Annotated[str, msgspec.Meta(pattern=r"^([A-Z][A-Z0-9_]{0,63})?$")] = ""


_Reply = _DoneReply | _ExpandReply | _AskReply | _RejectReply | _FailureReply | _DeferReply


def _to_wire(outcome: Outcome) -> _Reply:
    match outcome:
        case Done(artifact, meta, candidates):
            return _DoneReply(_to_filed(artifact), _plain(meta), _to_raw(candidates))
        case Expand(children, meta):
            return _ExpandReply(tuple(_to_member(child) for child in children), _plain(meta))
        case Ask(requests):
            return _AskReply(requests)
        case Reject(reason, code):
            return _RejectReply(reason[:_TEXT_CAP], code)
        case Failure(error, code, retry):
            return _FailureReply(error[:_TEXT_CAP], code, retry)
        case Defer(reason, until, code):
            return _DeferReply(reason[:_TEXT_CAP], until, code)
        case _:
            assert_never(outcome)


def _from_wire(reply: _Reply, task: Task) -> Outcome:
    match reply:
        case _DoneReply():
            return Done(_from_filed(reply.artifact), reply.meta, _from_raw(reply.candidates, task))
        case _ExpandReply():
            return Expand(tuple(_from_member(member) for member in reply.children), reply.meta)
        case _AskReply():
            return Ask(reply.requests)
        case _RejectReply():
            return Reject(reply.reason, reply.code)
        case _FailureReply():
            return Failure(reply.error, reply.code, reply.retry)
        case _DeferReply():
            return Defer(reply.reason, reply.until, reply.code)
        case _:
            assert_never(reply)


def _to_filed(artifact: Artifact | None) -> bytes | _Filed | None:
    return _Filed(artifact.name, artifact.size, artifact.digest) if isinstance(artifact, Filed) else artifact


def _from_filed(found: bytes | _Filed | None) -> Artifact | None:
    return Filed(found.name, found.size, found.digest) if isinstance(found, _Filed) else found


def _to_raw(candidates: Candidates) -> tuple[msgspec.Raw, ...] | _Filed:
    if isinstance(candidates, Filed):
        return _Filed(candidates.name, candidates.size, candidates.digest)
    bodies = (each.body if isinstance(each, Kept) else msgspec.json.encode(each) for each in candidates)
    return tuple(map(msgspec.Raw, bodies))


def _from_raw(found: tuple[msgspec.Raw, ...] | _Filed, task: Task) -> Candidates:
    if found and task.stage is not Stage.FINALIZE:
        raise WorkerProtocol(f"stage {task.stage.label} returned candidates; only finalize may")
    if isinstance(found, _Filed):
        return Filed(found.name, found.size, found.digest)
    return tuple([kept(each, task) for each in found])


def _to_member(child: Child) -> _Member:
    return _Member(child.index, child.name, child.size, _to_refusal(child.refusal), _plain(child.meta))


def _from_member(member: _Member) -> Child:
    return Child(member.index, member.name, member.size, _from_refusal(member.refusal), member.meta)


def _to_refusal(refusal: Reject | Failure | None) -> _Refusal | None:
    match refusal:
        case None:
            return None
        case Reject(reason, code):
            return _Refusal(reason[:_TEXT_CAP], code, rejected=True)
        case Failure(error, code, retry):
            return _Refusal(error[:_TEXT_CAP], code, rejected=False, retry=retry)


def _from_refusal(refusal: _Refusal | None) -> Reject | Failure | None:
    if refusal is None:
        return None
    if refusal.rejected:
        return Reject(refusal.text, refusal.code)
    return Failure(refusal.text, refusal.code, refusal.retry)


def _plain(meta: Mapping[str, Scalar]) -> dict[str, Scalar]:
    return dict(meta)


def _explain(error: Exception) -> str:
    """The kind of error and the field, never the content."""
    _, found, path = str(error).rpartition(" - at ")
    return f"{type(error).__name__} at {path}" if found else type(error).__name__


def _encode_path(value: object) -> str:
    if isinstance(value, Path):
        return str(value)
    raise NotImplementedError(f"{type(value).__name__} cannot be sent to a worker")


def _decode_path(kind: type, value: Any) -> Any:
    if kind is object:  # msgspec asks for every type it does not know, `object` among them
        return value
    if issubclass(kind, Path):
        return Path(value)
    raise NotImplementedError(kind.__name__)


_SETUP = msgspec.json.Decoder(Setup)
_ORDER = msgspec.json.Decoder(Order, dec_hook=_decode_path)
_REPLY: msgspec.json.Decoder[_Reply] = msgspec.json.Decoder(_Reply)
_CANDIDATE = msgspec.json.Decoder(Candidate)
_REPLIES = msgspec.json.Decoder(dict[str, Reply])
