"""Who walks for a content: one row of its digest at a time, the primary. The others are its copies, and stand as it.

A primary that ends without a result must not take the content with it, or the dataset would depend on which copy came
first. So the role is handed over, by how the primary ended:

    it was cancelled, or its file is lost          any copy: a waiting one at once, else the next that arrives
    its place forbade it (archives in archives)    a copy in a better place, waiting or arriving; also when the archive
                                                   was opened, since its members may be refused for their place
    the machine or we may have been at fault       the next copy that arrives; a waiting one does not, or a file that
                                                   kills its worker would kill one for each of its copies
    its bytes are refused, or all went well        no copy: each says what became of the first

A place is worse the deeper it lies and the less an archive there may expand to. That orders places in part only; each
is tried unless a better one was, and what an archive gives in a place it gives in every better one. So what is walked
does not depend on the order of arrival, and there is an end: a row that has run takes over for its place never again.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from randaemon.model import ENDED, Document, Event, Meta, Stage, Status
from randaemon.store import rows
from randaemon.store.db import Transaction
from randaemon.store.names import display
from randaemon.store.registry import tell

COPY = "E_DUPLICATE"
#: The row's own file is not there or not what it was.
LOST = frozenset({"E_ORIGINAL_MISSING", "E_ORIGINAL_CHANGED"})
_BY_PLACE = frozenset({"E_ZIP_DEPTH", "E_ZIP_BOMB"})
_BY_MACHINE = frozenset({
    "E_WORKER", "E_WORKER_DIED", "E_WORKER_START", "E_TIMEOUT", "E_MEMORY", "E_PROTOCOL", "E_INTERNAL", "E_STAGE",
    "E_RESULT", "E_STORE", "E_ARTIFACT",
})  # fmt: skip


def takes_over(first: Document, place: Meta) -> bool:
    """Does a copy that arrives in this place become the primary?"""
    return first.status in ENDED and (_inherits(first, place) or first.code in _BY_MACHINE)


def standing(first: Document) -> tuple[Status, str]:
    """Status and reason of a copy that does not."""
    same = f"same content as {display(first.name)}"
    if first.status not in (Status.REJECTED, Status.FAILED):
        return Status.DONE, same
    verb = "was refused" if first.status is Status.REJECTED else "failed"
    return first.status, f"{same}, which {verb}: {first.reason}; `randaemon jobs retry {first.key}`"


def pass_on(transaction: Transaction, ended: Sequence[int]) -> list[int]:
    """Hands the role over from those of these documents that have an heir; the other copies stand as their first.

    Returns the copies whose standing has changed.
    """
    copies: dict[int, list[Document]] = {}
    for row in transaction.rows("copies", rows.dump(list(ended))) if ended else []:
        copy = rows.document(row)
        copies.setdefault(copy.duplicate_of or 0, []).append(copy)
    if not copies:
        return []
    firsts = [rows.document(row) for row in transaction.rows("documents_by_ids", rows.dump(list(copies)))]
    heirs = [(first, heir) for first in firsts if (heir := _heir(first, copies[first.id]))]
    hand_over(transaction, heirs)
    inherited = {first.id for first, _ in heirs}
    refused = [first for first in firsts if first.id not in inherited and first.status in _REFUSED]
    follow(transaction, refused)
    return [copy.id for first in refused for copy in copies[first.id]]


def hand_over(transaction: Transaction, pairs: Sequence[tuple[Document, Document]]) -> None:
    """From each first to its heir, a row that exists as one of its copies; the heir is ready at the first stage."""
    if not pairs:
        return
    transaction.many("step_down", [_stepped_down(first, heir) for first, heir in pairs])
    transaction.many("drop_artifacts", [(first.id * 8, first.id * 8 + 7) for first, _ in pairs])
    transaction.many("follow_heir", [(heir.id, first.id, heir.id) for first, heir in pairs])
    transaction.many("take_over", [(heir.id,) for _, heir in pairs])
    follow(transaction, [walking(heir) for _, heir in pairs])
    transaction.many("unannounce", [(heir.id,) for _, heir in pairs])
    tell(transaction, (Event("document.admitted", heir.id, {"instead_of": first.id}) for first, heir in pairs))
    transaction.claimable = True


def follow(transaction: Transaction, firsts: Iterable[Document]) -> None:
    """Lets all copies of these stand as they do."""
    standings = [(first.id, *standing(first)) for first in firsts]
    transaction.many("follow", [(status.value, reason, number) for number, status, reason in standings])


def walking(heir: Document) -> Document:
    """The heir as the primary that it becomes."""
    return replace(
        heir,
        stage=Stage.UNPACK,
        status=Status.READY,
        attempt=0,
        due=None,
        reason="",
        code="",
        duplicate_of=None,
        ended=None,
    )


_REFUSED = (Status.REJECTED, Status.FAILED)


def _heir(first: Document, copies: Sequence[Document]) -> Document | None:
    """The copy in the best place of those that may take over; one that has run in its place before does not again."""
    fresh = copies if _is_gone(first) else [copy for copy in copies if not copy.claim]
    able = [copy for copy in fresh if _inherits(first, copy.meta)]
    return min(able, key=lambda copy: (*_badness(copy.meta), copy.id), default=None)


def _inherits(first: Document, place: Meta) -> bool:
    if _is_gone(first):
        return True
    opened = first.status is Status.DONE and first.stage is Stage.UNPACK
    if not opened and first.code not in _BY_PLACE:
        return False
    (depth, room), (first_depth, first_room) = _badness(place), _badness(first.meta)
    return depth < first_depth or room < first_room


def _is_gone(first: Document) -> bool:
    return first.status is Status.CANCELLED or first.code in LOST


def _badness(meta: Meta) -> tuple[float, float]:
    """How deep a place lies, and the less an archive there may expand to, the more: both 0 or -inf for a drop."""
    depth, allowance = meta.get("depth"), meta.get("allowance")
    return (
        depth if isinstance(depth, int) else 0,
        -allowance if isinstance(allowance, int) else -math.inf,
    )


def _stepped_down(first: Document, heir: Document) -> tuple[object, ...]:
    """Whoever cancelled it, or took its file away, is told so for good; any other becomes a plain copy."""
    if _is_gone(first):
        return heir.id, first.status.value, first.reason, first.code, first.id
    status, reason = standing(walking(heir))
    return heir.id, status.value, reason, COPY, first.id
