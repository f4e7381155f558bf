"""What has become worse: each rule at its limit, silent on few documents and on chance, and not raised in turn."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import replace

import pytest

from randaemon.alerts import FAILURES, QUALITY, RULES, SPEED, STUCK, SURE, WAITING, Limits, Moment, at_least, judge
from randaemon.model import Finished, Status

NOW = 1_800_000_000.0
QUIET = Moment(NOW)
GOOD = Finished(1, NOW - 60.0, Status.DONE, "html", 20_000, 2.0, 0.9)
FAILED = replace(GOOD, status=Status.FAILED, quality=None)


def rules(finished: Sequence[Finished], moment: Moment = QUIET, standing: Sequence[str] = ()) -> list[str]:
    return [each.rule for each in judge(finished, moment, Limits(), dict.fromkeys(standing, NOW))]


def mixed(good: int, failed: int) -> list[Finished]:
    return [GOOD] * good + [FAILED] * failed


def test_a_home_in_good_order_is_left_alone() -> None:
    assert rules([GOOD] * 2000) == []
    assert rules([]) == []


@pytest.mark.parametrize(
    ("good", "failed", "told"), [(0, 9, []), (0, 10, [FAILURES]), (40, 10, []), (30, 20, [FAILURES])]
)
def test_many_failures_are_told_but_not_of_a_few_documents_and_not_what_chance_gives(
    good: int, failed: int, told: list[str]
) -> None:
    assert rules(mixed(good, failed)) == told


def test_what_was_told_stands_until_it_is_clearly_better() -> None:
    assert rules(mixed(44, 6), standing=[FAILURES]) == [FAILURES]  # 12 %: below the limit, above half of it
    assert rules(mixed(45, 5), standing=[FAILURES]) == []


def test_failures_of_yesterday_are_no_news_and_refusals_are_no_failures() -> None:
    assert rules([replace(FAILED, at=NOW - 90_000.0)] * 50) == []
    assert rules([replace(FAILED, status=Status.REJECTED)] * 50) == []


def test_where_one_in_ten_fails_anyway_hardly_ever_a_word_is_said() -> None:
    chance = random.Random(11)
    ended = [FAILED if chance.random() < 0.1 else GOOD for _ in range(20_000)]
    looks = [rules(ended[start : start + 50]) for start in range(0, len(ended) - 50, 10)]
    assert sum(bool(told) for told in looks) <= len(looks) // 1000


@pytest.mark.parametrize(("late", "told"), [(0.85, []), (0.75, [QUALITY])])
def test_samples_that_are_worse_than_those_before_are_told(late: float, told: list[str]) -> None:
    assert rules([GOOD] * 100 + [replace(GOOD, quality=late)] * 50) == told


def test_a_drop_of_quality_needs_a_history_and_must_be_more_than_noise() -> None:
    worse = [replace(GOOD, quality=0.5)] * 50
    assert rules([GOOD] * 30 + worse) == []
    chance = random.Random(5)
    noisy = [replace(GOOD, quality=chance.choice((0.05, 0.95))) for _ in range(20_000)]
    looks = [rules(noisy[start : start + 550]) for start in range(0, len(noisy) - 550, 50)]
    assert sum(bool(told) for told in looks) <= len(looks) // 100


def test_a_drop_that_was_told_is_over_at_half_of_it() -> None:
    late = [replace(GOOD, quality=0.84)] * 50
    assert rules([GOOD] * 100 + late, standing=[QUALITY]) == [QUALITY]
    assert rules([GOOD] * 100 + [replace(GOOD, quality=0.86)] * 50, standing=[QUALITY]) == []


def test_work_that_takes_much_longer_than_such_documents_did_before_is_told() -> None:
    slow = [replace(GOOD, seconds=7.0)] * 50
    assert rules([GOOD] * 100 + slow) == [SPEED]
    assert rules([GOOD] * 100 + [replace(GOOD, seconds=5.0)] * 50) == []
    assert rules([GOOD] * 100 + [replace(GOOD, seconds=5.0)] * 50, standing=[SPEED]) == [SPEED]


def test_larger_documents_of_another_kind_and_a_few_outliers_are_no_slowness() -> None:
    assert rules([GOOD] * 100 + [replace(GOOD, route="pdf", size=10_000_000, seconds=60.0)] * 50) == []
    assert rules([GOOD] * 100 + [GOOD] * 30 + [replace(GOOD, seconds=100.0)] * 20) == []
    blink = replace(GOOD, seconds=0.01)
    assert rules([blink] * 100 + [replace(blink, seconds=0.1)] * 50) == []  # ten times as long, and still nothing


def test_work_from_which_nothing_comes_is_urgent() -> None:
    [alert] = judge([], Moment(NOW, still=2000.0), Limits(), {})
    assert (alert.rule, alert.urgent, alert.since) == (STUCK, True, NOW)
    assert alert.reason == "nothing has come of the work for 33 min, though there is some"
    assert rules([], Moment(NOW, still=1700.0)) == []


def test_documents_that_wait_for_long_are_told_with_what_for() -> None:
    [alert] = judge([], Moment(NOW, waiting=3, longest=90_000.0, reason="the server is down"), Limits(), {})
    assert (alert.rule, alert.reason) == (WAITING, "3 documents have waited for up to 25 h: the server is down")


def test_an_alert_that_stands_keeps_its_first_time() -> None:
    [alert] = judge(mixed(0, 20), QUIET, Limits(), {FAILURES: 5.0})
    assert alert.since == 5.0


def test_every_rule_can_be_switched_off() -> None:
    slow_and_bad = [replace(GOOD, quality=0.1, seconds=50.0)] * 30 + [FAILED] * 20
    ended, moment = [GOOD] * 200 + slow_and_bad, Moment(NOW, 9e9, 5, 9e9)
    assert {*rules(ended, moment)} == {*RULES}
    off = Limits(failed=0.0, drop=0.0, slowdown=0.0, stuck=0.0, waiting=0.0)
    assert judge(ended, moment, off, {}) == ()


@pytest.mark.parametrize(("hits", "of"), [(1, 20), (10, 20), (20, 20), (500, 1000)])
def test_the_least_share_behind_a_count_is_so_many_deviations_below_it(hits: int, of: int) -> None:
    least = at_least(hits, of)
    assert 0 < least < hits / of
    assert (hits / of - least) == pytest.approx(SURE * math.sqrt(least * (1 - least) / of))
    assert at_least(0, 0) == 0.0
