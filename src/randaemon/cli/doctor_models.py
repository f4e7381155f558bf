"""What `doctor` says about the model servers: one line each, with what to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from randaemon.config import Settings
    from randaemon.llm import ModelState
    from randaemon.store.home import Home


def servers(settings: Settings, home: Home) -> Iterator[tuple[bool, str]]:
    """Every server that a tier names: does it answer with at least one model, and what is there to say about it?"""
    import anyio

    from randaemon import wiring

    async def look() -> tuple[ModelState, ...]:
        models = wiring.models(settings, home)
        try:
            return await models.look()
        finally:
            await models.close()

    states = sorted(anyio.run(look), key=lambda state: state.server)
    for _, of_one in groupby(states, key=lambda state: state.server):
        yield told(list(of_one))


def told(states: Iterable[ModelState]) -> tuple[bool, str]:
    """One server's line from what is known about its models."""
    first, *_ = states = list(states)
    if not first.reachable:
        return False, f"{first.error}" + (f" ({first.advice})" if first.advice else "")
    there = [state.model for state in states if state.present]
    absent = [state for state in states if not state.present]
    advice = "; ".join(dict.fromkeys(state.advice for state in absent if state.advice))
    has = f"{first.endpoint} has {', '.join(there) or 'none of the models in llm.tiers'}"
    return bool(there), has + (f"; for the rest: {advice}" if advice else "")
