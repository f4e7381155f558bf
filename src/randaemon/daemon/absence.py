"""Which tiers of models there are, and which give no replies, since when and for how long they are waited for. Pure.

A tier is away from the first request that nobody answered until one of its own models answers. Meanwhile it is asked
again whenever that may help. After the patience a lighter tier may stand in for it; when there is none either, it is
given up: the rules finish what waits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from randaemon.errors import ModelsAway
from randaemon.llm import ModelState
from randaemon.model import Tier

SOONEST = 1.0  # seconds before a tier is asked again


@dataclass(frozen=True, slots=True)
class House:
    """What is known of its models."""

    tiers: tuple[Tier, ...] = ()  # with a model of their own that answered once, or that its server may have
    missing: bool = False  # are there others?
    known: bool = False  # has any model answered in this home?

    @classmethod
    def of(cls, states: Sequence[ModelState]) -> House:
        here = [each for each in states if each.present or each.answered_at is not None or _tells_no_list(each)]
        found = {Tier(tier) for state in here for tier in state.tiers}
        named = {Tier(tier) for state in states for tier in state.tiers}
        known = any(state.answered_at is not None for state in states)
        return cls(tuple(tier for tier in Tier if tier in found), named > found, known)


@dataclass(frozen=True, slots=True)
class Absence:
    """Why a tier gives no replies of its own."""

    reason: str
    since: float
    until: float  # when asking again may help
    given_up: bool = False
    stood_in: bool = False  # a lighter tier answers in its place


class Absences:
    """Of all tiers."""

    def __init__(self, patience: float) -> None:
        """`patience`: seconds that a model which used to answer is waited for."""
        self._patience = patience
        self._away: dict[Tier, Absence] = {}

    def __contains__(self, tier: Tier) -> bool:
        return tier in self._away

    def __iter__(self) -> Iterator[tuple[Tier, Absence]]:
        return iter(list(self._away.items()))

    def missed(self, tier: Tier, away: ModelsAway, now: float, *, known: bool) -> bool:
        """Nobody answered, neither its own models nor lighter ones; True when that is new.

        `known`: some model that could answer this used to, in this home. If none did there is nobody to wait for.
        """
        before = self._away.get(tier)
        since = min(away.since or now, before.since if before else now)
        over = not known or now - since >= self._patience or (before is not None and before.given_up)
        until = max(away.until, now + SOONEST)
        if not over:  # lighter models are asked as soon as the patience is over
            until = min(until, since + self._patience)
        self._away[tier] = Absence(str(away), since, until, given_up=over)
        return before is None

    def stood_in(self, tier: Tier, told: str, now: float) -> None:
        """A lighter tier answered in its place: it may be asked on, and is away all the same."""
        before = self._away.get(tier)
        since = before.since if before else now
        self._away[tier] = Absence(told, since, now, stood_in=True)

    def found(self, tier: Tier) -> Absence | None:
        """One of its own models answered: what there was to say of it until now."""
        return self._away.pop(tier, None)

    def probed(self, tier: Tier, until: float) -> None:
        """It is away still, and nobody need look before `until`."""
        if (away := self._away.get(tier)) is not None:
            self._away[tier] = replace(away, until=until)

    def askable(self, now: float) -> list[Tier]:
        """The tiers that may be asked now."""
        return [tier for tier in Tier if (away := self._away.get(tier)) is None or away.stood_in or away.until <= now]

    @property
    def given_up(self) -> list[Tier]:
        """The tiers that nobody waits for any more."""
        return [tier for tier, away in self._away.items() if away.given_up]

    def due(self, now: float) -> float | None:
        """When, after now, one of those that are waited for is to be asked again."""
        times = (away.until for away in self._away.values() if not away.given_up and not away.stood_in)
        return min((each for each in times if each > now), default=None)

    def shown(self) -> Mapping[str, Mapping[str, Any]]:
        """For `status`, by the names of the tiers."""
        return {tier.value: asdict(away) for tier, away in self._away.items()}


def _tells_no_list(state: ModelState) -> bool:
    """Somebody is there, and whether the model is shows only when it is asked."""
    return state.present is None and bool(state.reachable)
