"""After an update: what an earlier version of a stage made is made anew, once.

Equal inputs must give one dataset, also when last month's release has converted half of them. So the versions of the
stages (`stages.PIPELINE`) that made what is kept are written down, and at a start with others every document goes back
to the first stage that has changed; what it gave stays until it has something newer. Documents that were refused or
failed there or behind get another try: a newer converter may read what the older one could not. Archives stay open, and
their members go back each by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from randaemon.model import Event, Stage
from randaemon.store import repair, rows
from randaemon.store.db import Transaction
from randaemon.store.registry import each, tell

_MADE_BY = "pipeline.versions"


@dataclass(frozen=True, slots=True)
class Renewed:
    """How many documents went back, and to which stage; 0 and None when nothing has changed."""

    documents: int = 0
    stage: Stage | None = None


def _renew(transaction: Transaction, versions: Mapping[str, int]) -> Renewed:
    found = transaction.rows("state", _MADE_BY)
    transaction.many("set_state", [(_MADE_BY, rows.dump(dict(versions)))])
    before = rows.load(found[0][0]) if found else versions  # a new home, or one from before this was written down
    first = next((stage for stage in Stage if before.get(stage.label) != versions.get(stage.label)), None)
    if first is None:
        return Renewed()
    count = transaction.run("renew_done", int(first)) + transaction.run("renew_open", int(first))
    refused = [row[0] for row in transaction.rows("refused_from", int(first))]
    for number in refused:
        repair.revive(transaction, number)
        transaction.run("renew_refused", int(first), number)
    transaction.claimable = True
    tell(transaction, [Event("pipeline.renewed", data={"stage": first.label, "documents": count + len(refused)})])
    return Renewed(count + len(refused), first)


RENEW = each(_renew)
