"""What is known about a model on a server: for `status`, for `doctor`, and for the next start."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

#: Of a `ModelState`, what changes at every look at a server that is down.
_PASSING = frozenset({"probe_at", "tried_at", "failed", "failures"})


@dataclass(frozen=True, slots=True)
class ModelState:
    """One model on one server. Times in seconds since the epoch; None: never."""

    server: str  # its name in the settings
    provider: str
    endpoint: str
    model: str
    tiers: tuple[str, ...]
    reachable: bool | None = None  # None: not tried
    present: bool | None = None  # does the server have the model?
    breaker: str = "closed"  # closed | open | half-open
    failures: int = 0  # in a row
    probe_at: float | None = None  # when an open breaker lets the next probe through
    waiting: int = 0
    running: int = 0
    slots: int = 0  # calls that may run at once now
    calls: int = 0
    failed: int = 0
    tokens_per_second: float = 0.0
    tried_at: float | None = None
    answered_at: float | None = None
    down_since: float | None = None
    error: str = ""  # the last one, if nothing has worked since
    advice: str = ""  # what to do about it


def recalled(kept: Iterable[Mapping[str, Any]]) -> tuple[ModelState, ...]:
    """States as they were written down, also by another release: what it does not know is left out."""
    known = {each.name for each in fields(ModelState)}
    told = ({**state, "tiers": tuple(state.get("tiers", ()))} for state in kept if state.keys() >= _NEEDED)
    return tuple(ModelState(**{name: value for name, value in state.items() if name in known}) for state in told)


def lasting(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts with `models`, states as they are written down, without what changes by itself at every look."""
    models = [{name: state[name] for name in state.keys() - _PASSING} for state in facts.get("models", ())]
    return {**facts, "models": models}


_NEEDED = {"server", "provider", "endpoint", "model"}
