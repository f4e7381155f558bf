"""Claiming and settling: the two ends of every stage, many documents a transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from randaemon.model import ENDED, Change, Document, Event, Stage, Status
from randaemon.store import asking, intake, rows, succession
from randaemon.store.db import Transaction
from randaemon.store.names import display
from randaemon.store.registry import each, tell
from randaemon.store.writer import Operation


@dataclass(frozen=True, slots=True)
class ClaimRequest:
    """How many documents of which stages (latest first) somebody wants."""

    stages: tuple[int, ...]
    limit: int


@dataclass(frozen=True, slots=True)
class Packed:
    """An artifact as it is stored: zlib bytes in the row, or the name of the object that holds them."""

    size: int
    body: bytes | None
    object: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """The bytes of a member as we found them, whatever its archive says; a refused one has no digest."""

    digest: str
    size: int


@dataclass(frozen=True, slots=True)
class Settlement:
    """A change with its bytes prepared: files lie where they belong, digests are known."""

    change: Change
    artifact: Packed | None = None
    members: tuple[Taken, ...] = ()  # one a child, in order
    goes_on: bool = False  # claimed again at once, by the one who settles


@dataclass(frozen=True, slots=True)
class _Owned:
    settlement: Settlement
    root: int
    key: str

    @property
    def change(self) -> Change:
        return self.settlement.change


def _claim(transaction: Transaction, requests: Sequence[ClaimRequest]) -> list[list[Document]]:
    wanted: dict[tuple[int, ...], int] = {}
    for request in requests:
        wanted[request.stages] = wanted.get(request.stages, 0) + request.limit
    found = {stages: _take(transaction, stages, limit) for stages, limit in wanted.items()}
    answers = []
    for request in requests:
        documents = found[request.stages]
        answers.append(documents[: request.limit])
        found[request.stages] = documents[request.limit :]
    return answers


def _take(transaction: Transaction, stages: tuple[int, ...], limit: int) -> list[Document]:
    claimed = transaction.rows("claim", rows.dump(stages), limit)
    # RETURNING promises no order.
    return sorted(map(rows.document, claimed), key=lambda document: (-document.stage, document.id))


def _claim_this(transaction: Transaction, number: int) -> Document | None:
    claimed = transaction.rows("claim_this", number)
    return rows.document(claimed[0]) if claimed else None


def _give_back(transaction: Transaction, claims: Sequence[Sequence[Document]]) -> list[None]:
    documents = [document for claim in claims for document in claim]
    transaction.many("give_back", [(document.id, document.claim) for document in documents])
    transaction.claimable = True
    return [None for _ in claims]


def _settle(transaction: Transaction, settlements: Sequence[Settlement]) -> list[bool]:
    owners = _owners(transaction, settlements)
    owned: list[_Owned] = []
    answers: list[bool] = []
    for settlement in settlements:
        # pop: of two results for one claim in one group only the first counts.
        owner = owners.pop((settlement.change.document, settlement.change.claim), None)
        answers.append(owner is not None)
        if owner is not None:
            owned.append(_Owned(settlement, *owner))
    _write_documents(transaction, owned)
    asking.ask(transaction, [item.change for item in owned])
    _write_results(transaction, owned)
    _write_children(transaction, owned)
    tell(transaction, (event for item in owned for event in item.change.events))
    without = [item.change.document for item in owned if _may_pass_on(item.change)]
    copies = roots_of(transaction, succession.pass_on(transaction, without))
    announce(transaction, copies | {item.root for item in owned if item.change.status in ENDED})
    return answers


def roots_of(transaction: Transaction, documents: Sequence[int]) -> set[int]:
    """The drops that these documents belong to."""
    return {row[0] for row in transaction.rows("roots_of", rows.dump(list(documents)))} if documents else set()


def announce(transaction: Transaction, roots: set[int]) -> None:
    """Records the end, once, of each of these drops that has nothing open any more."""
    if not roots:
        return
    ended = transaction.rows("ended_drops", rows.dump(sorted(roots)))
    if not ended:
        return
    drops = rows.dump([row[0] for row in ended])
    counts: dict[int, dict[str, int]] = {}
    for root, status, count in transaction.rows("drop_counts", drops):
        counts.setdefault(root, {})[status] = count
    samples = {root: (count, quality) for root, count, quality in transaction.rows("drop_samples", drops)}
    tell(transaction, (_drop_ended(row, counts[row[0]], samples.get(row[0], (0, None))) for row in sorted(ended)))


CLAIM: Operation[ClaimRequest, list[Document]] = Operation(_claim, rank=9)
CLAIM_THIS = each(_claim_this)
GIVE_BACK: Operation[Sequence[Document], None] = Operation(_give_back, rank=8)
SETTLE: Operation[Settlement, bool] = Operation(_settle, rank=1)


def _owners(transaction: Transaction, settlements: Sequence[Settlement]) -> dict[tuple[int, int], tuple[int, str]]:
    ids = rows.dump([settlement.change.document for settlement in settlements])
    return {(number, claim): (root, key) for number, claim, root, key in transaction.rows("owned", ids)}


def _write_documents(transaction: Transaction, owned: Sequence[_Owned]) -> None:
    changes = [item.change for item in owned]
    going = [_position(item) for item in owned if item.change.status not in ENDED]
    ended = [_end(change, transaction.now) for change in changes if change.status in ENDED]
    transaction.many("settle_on", going)
    transaction.many("settle_end", ended)
    back = [(c.document * 8 + c.stage, c.document * 8 + 7) for c in changes if c.stage < c.ran]
    transaction.many("drop_artifacts", back)  # they are lost, or made from what is
    transaction.many("add_meta", [(rows.dump(c.meta), c.document) for c in changes if c.meta])
    transaction.claimable |= any(map(_claimable, owned))


def _claimable(item: _Owned) -> bool:
    return item.change.status is Status.READY and item.change.due is None and not item.settlement.goes_on


def _position(item: _Owned) -> tuple[object, ...]:
    """Of a document that has not ended. One that goes on is claimed: running, a claim higher, at its first attempt."""
    change, on = item.change, item.settlement.goes_on
    status, attempt = (Status.RUNNING, 1) if on else (change.status, change.attempt)
    return int(change.stage), status.value, attempt, int(on), change.due, change.reason, change.code, change.document


def _end(change: Change, now: float) -> tuple[object, ...]:
    return (
        int(change.stage), change.status.value, change.attempt, change.due, change.reason, change.code, now,
        change.document,
    )  # fmt: skip


def _may_pass_on(change: Change) -> bool:
    """Not one that ended well: all but the archives."""
    return change.status in ENDED and (change.status is not Status.DONE or change.stage is Stage.UNPACK)


def _write_results(transaction: Transaction, owned: Sequence[_Owned]) -> None:
    artifacts = [
        (item.change.document * 8 + item.change.ran, packed.size, packed.body, packed.object)
        for item in owned
        if (packed := item.settlement.artifact) is not None
    ]
    transaction.many("put_artifact", artifacts)
    found = {
        item.change.document: rows.candidate_rows(item.change.candidates, item.change.document)
        for item in owned
        if item.change.candidates or item.change.again
    }
    renewed = [item.change.document for item in owned if item.change.again]
    kept = [(document, rows.dump([row[0] for row in found[document]])) for document in renewed]
    transaction.many("drop_candidates", kept)
    transaction.many("drop_changed", [(row[0], row[4]) for document in renewed for row in found[document]])
    transaction.many("add_candidate", [row for each in found.values() for row in each])


def _write_children(transaction: Transaction, owned: Sequence[_Owned]) -> None:
    arrivals = [
        intake.of_child(replace(child, size=taken.size), taken.digest, item.change.document, item.key, item.root)
        for item in owned
        for child, taken in zip(item.change.children, item.settlement.members, strict=True)
    ]
    if arrivals:
        intake.insert(transaction, arrivals)


def _drop_ended(row: Sequence[Any], counts: Mapping[str, int], samples: tuple[int, float | None]) -> Event:
    """`drop.done`, `drop.failed` or `drop.cancelled`: what became of a whole drop, in figures."""
    number, key, name, status, reason, code = row
    kind = {"rejected": "failed"}.get(status, status)
    facts = {"key": key, "name": display(name), "reason": reason, "code": code}
    found, quality = samples
    return Event(
        f"drop.{kind}",
        number,
        {**facts, "documents": sum(counts.values()), **counts, "samples": found, "quality": quality},
    )
