"""Values to rows and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from randaemon.errors import DatabaseDamaged, StoreError
from randaemon.model import Candidate, Candidates, Document, Event, Filed, Finished, Kept, Stage, Status
from randaemon.store.faults import HINT
from randaemon.store.records import PromotionRecord, RunRecord, VersionRecord

_STAGES = {int(stage): stage for stage in Stage}
_STATUSES = {status.value: status for status in Status}
_candidate = msgspec.json.Decoder(Candidate)
_encoder = msgspec.json.Encoder()


def dump(value: object) -> str:
    """JSON text."""
    return _encoder.encode(value).decode()


def load(text: str) -> Any:
    """The value of a JSON text. Raises DatabaseDamaged: we wrote it, so it was one."""
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise DatabaseDamaged(f"state.db is damaged: what should be JSON is none: {error}", hint=HINT) from error


def document(row: Sequence[Any]) -> Document:
    """A row of `SELECT * FROM documents`."""
    (
        number, key, parent, _, name, digest, size, stage, status, attempt, claim, due, reason, code, duplicate_of,
        admitted, ended, _, meta,
    ) = row[:19]  # fmt: skip
    return Document(
        id=number,
        key=key,
        parent=parent,
        name=name,
        digest=digest,
        size=size,
        stage=_STAGES[stage],
        status=_STATUSES[status],
        attempt=attempt,
        claim=claim,
        due=due,
        reason=reason,
        code=code,
        duplicate_of=duplicate_of,
        admitted=admitted,
        ended=ended,
        meta={} if meta == "{}" else load(meta),
    )


def event(row: Sequence[Any]) -> Event:
    """A row of the event queries."""
    number, at, kind, about, data = row
    return Event(kind=kind, document=about, data=load(data), id=number, at=at)


def finished(row: Sequence[Any]) -> Finished:
    """A row of `finished`."""
    number, at, status, route, size, seconds, quality = row
    return Finished(number, at, Status(status), route, size, seconds, quality)


def event_row(item: Event, now: float) -> tuple[object, ...]:
    """Parameters of `add_event`; an event that carries a time keeps it."""
    return item.at or now, item.kind, item.document, dump(item.data) if item.data else "{}"


def candidates(found: Sequence[Sequence[Any]]) -> list[Candidate]:
    """Rows of the candidate queries. Raises DatabaseDamaged."""
    try:
        return [_candidate.decode(body) for (body,) in found]
    except msgspec.DecodeError as error:
        raise DatabaseDamaged(f"state.db is damaged: a candidate cannot be read: {error}", hint=HINT) from error


def candidate_rows(found: Candidates, owner: int) -> list[tuple[object, ...]]:
    """Parameters of `add_candidate`. Raises StoreError for a file: whoever runs the stage reads it."""
    if isinstance(found, Filed):
        raise StoreError("candidates arrived in a file that nobody read")
    kept = (each if isinstance(each, Kept) else kept_of(each) for each in found)
    return [(each.id, owner, int(each.accepted), each.score, each.body) for each in kept]


def kept_of(item: Candidate) -> Kept:
    """A candidate as it is stored."""
    return Kept(item.id, item.score.accepted, item.score.value, dump(item))


def version_row(item: VersionRecord, number: int, mark: int) -> tuple[object, ...]:
    """Parameters of `add_version`."""
    return (
        number, item.digest, item.path, item.created, item.samples, item.mean_quality, _json(item.splits),
        _json(item.meta), mark,
    )  # fmt: skip


def run_row(item: RunRecord) -> tuple[object, ...]:
    """Parameters of `update_run`; `add_run` has the id in front instead of behind."""
    return (
        item.version, item.model, item.status, item.started, item.ended, item.folder, item.reason, _json(item.metrics)
    )  # fmt: skip


def promotion_row(item: PromotionRecord) -> tuple[object, ...]:
    """Parameters of `add_promotion`."""
    return item.run, item.action, item.at, item.reason, _json(item.evidence)


def _json(value: Mapping[str, object]) -> str:
    return dump(dict(value))
