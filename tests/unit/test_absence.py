"""Which tiers are away: how long they are waited for, when they are asked again, and when nobody waits any more."""

from __future__ import annotations

from randaemon.daemon.absence import SOONEST, Absences
from randaemon.errors import ModelsAway
from randaemon.model import Tier

FAST, BALANCED, QUALITY = Tier


def away(until: float, since: float | None = 100.0) -> ModelsAway:
    return ModelsAway("it refuses connections", until=until, since=since)


def test_a_tier_is_asked_again_when_that_may_help_and_once_more_when_the_patience_is_over() -> None:
    absences = Absences(60.0)
    assert absences.missed(FAST, away(115.0), 100.0, known=True)
    assert absences.askable(114.0) == [BALANCED, QUALITY]
    assert absences.due(100.0) == 115.0
    assert FAST in absences.askable(115.0)
    assert not absences.missed(FAST, away(220.0), 116.0, known=True)
    assert absences.due(116.0) == 160.0  # not 220: lighter models are asked as soon as the patience is over
    assert absences.given_up == []
    absences.missed(FAST, away(220.0), 160.0, known=True)
    assert absences.given_up == [FAST]
    assert absences.due(160.0) is None


def test_what_is_past_is_not_waited_for() -> None:
    """A time in the past made the loop look for it 20 times a second."""
    absences = Absences(60.0)
    absences.missed(FAST, away(101.0), 100.0, known=True)
    assert absences.due(101.0) is None
    assert absences.due(150.0) is None


def test_where_no_model_ever_answered_or_there_is_no_patience_nobody_is_waited_for() -> None:
    for patience, known, since in ((900.0, False, None), (0.0, True, 100.0)):
        absences = Absences(patience)
        absences.missed(FAST, away(115.0, since), 100.0, known=known)
        assert absences.given_up == [FAST]


def test_patience_counts_from_the_outage_and_not_from_the_first_request_that_saw_it() -> None:
    absences = Absences(60.0)
    absences.missed(FAST, away(700.0, since=20.0), 100.0, known=True)
    assert absences.given_up == [FAST]


def test_a_tier_that_a_lighter_one_stands_in_for_is_asked_on_and_is_away_until_its_own_model_answers() -> None:
    absences = Absences(60.0)
    absences.missed(BALANCED, away(700.0, since=20.0), 100.0, known=True)
    absences.stood_in(BALANCED, "qwen3:1.7b stands in", 110.0)
    assert absences.askable(110.0) == [FAST, BALANCED, QUALITY]
    assert (absences.given_up, BALANCED in absences) == ([], True)
    absences.probed(BALANCED, 170.0)
    assert BALANCED in absences.askable(111.0)
    found = absences.found(BALANCED)
    assert found is not None
    assert (found.since, BALANCED in absences) == (20.0, False)


def test_nobody_is_asked_again_at_once() -> None:
    absences = Absences(60.0)
    absences.missed(FAST, away(100.0), 100.0, known=True)
    assert absences.due(100.0) == 100.0 + SOONEST
