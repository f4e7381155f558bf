"""What has become worse of late, and what does not move: rules over what this home has measured. Pure.

Each rule compares figures with a limit and says so in plain words, or says nothing. None concludes from few documents:
a share must be above its limit beyond chance, a mean must have fallen by more than its own noise. What was said stands
until the figure is clearly better (half of the limit), so that nothing is raised and taken back in turn.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from randaemon.model import Finished, Status

FAILURES, QUALITY, SPEED, STUCK, WAITING = RULES = ("failures", "quality", "speed", "stuck", "waiting")
_FEW = 10  # documents from which nothing is concluded
DAY = 86_400.0  # what ended longer ago says nothing about now
SURE = 2.58  # standard deviations: by chance once in 200 times
_WORTH = 60.0  # seconds of work below which nobody minds how long they took
SEEN = 5  # documents of a kind from which its usual time is known


@dataclass(frozen=True, slots=True)
class Limits:
    """What the settings say; 0 switches a rule off."""

    window: int = 50  # the newest documents of each figure
    failed: float = 0.2  # share of them that failed
    drop: float = 0.1  # of the mean score of their samples, against those before
    slowdown: float = 3.0  # times as long as documents of their kind and size took before
    stuck: float = 1800.0  # seconds in which nothing comes of work that may be done
    waiting: float = 86_400.0  # seconds that a document waits


@dataclass(frozen=True, slots=True)
class Moment:
    """What stands still now."""

    now: float
    still: float = 0.0  # seconds since something came of the work, of those in which some could be done
    waiting: int = 0  # documents that have waited longer than the limit
    longest: float = 0.0  # seconds that the first of them has
    reason: str = ""  # and what for


@dataclass(frozen=True, slots=True)
class Alert:
    """One rule that found something, with the command that tells more."""

    rule: str
    reason: str
    command: str
    since: float
    urgent: bool = False  # it keeps the daemon from its work


def judge(
    finished: Sequence[Finished], moment: Moment, limits: Limits, standing: Mapping[str, float]
) -> tuple[Alert, ...]:
    """The alerts that stand. `finished`: oldest first; `standing`: the rules that stood before, and since when."""
    failures = "randaemon jobs ls --status failed"
    found = (
        (FAILURES, _failures(finished, moment.now, limits, FAILURES in standing), failures),
        (QUALITY, _quality(finished, limits, QUALITY in standing), "randaemon report --open"),
        (SPEED, _speed(finished, limits, SPEED in standing), "randaemon status"),
        (STUCK, _stuck(moment, limits), "randaemon logs"),
        (WAITING, _waiting(moment, limits), "randaemon jobs ls --status ready"),
    )
    return tuple(
        Alert(rule, reason, command, standing.get(rule, moment.now), rule == STUCK)
        for rule, reason, command in found
        if reason
    )


def at_least(hits: int, of: int) -> float:
    """The share that stands behind `hits` of `of`, at the very least: the lower end of Wilson's interval.

    Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927).
    """
    if not of:
        return 0.0
    share, square = hits / of, SURE * SURE
    spread = SURE * math.sqrt(share * (1 - share) / of + square / (4 * of * of))
    return max((share + square / (2 * of) - spread) / (1 + square / of), 0.0)


def _failures(finished: Sequence[Finished], now: float, limits: Limits, stands: bool) -> str:
    late = [each for each in finished[-limits.window :] if now - each.at < DAY]
    failed = sum(each.status is Status.FAILED for each in late)
    if not limits.failed or len(late) < _FEW:
        return ""
    many = failed / len(late) > limits.failed / 2 if stands else at_least(failed, len(late)) > limits.failed
    return f"{failed} of the last {len(late)} documents failed" if many else ""


def _quality(finished: Sequence[Finished], limits: Limits, stands: bool) -> str:
    scores = [each.quality for each in finished if each.quality is not None]
    late, before = scores[-limits.window :], scores[: -limits.window]
    if not limits.drop or len(before) < max(limits.window, _FEW):
        return ""
    drop = statistics.fmean(before) - statistics.fmean(late)
    noise = SURE * math.sqrt(sum(statistics.pvariance(each) / len(each) for each in (late, before)))
    if drop <= (limits.drop / 2 if stands else max(limits.drop, noise)):
        return ""
    return (
        f"the samples of the last {len(late)} documents have a mean quality of {statistics.fmean(late):.2f}, "
        f"those before {statistics.fmean(before):.2f}"
    )


def _speed(finished: Sequence[Finished], limits: Limits, stands: bool) -> str:
    done = [each for each in finished if each.status is Status.DONE and each.seconds > 0]
    late, usual = done[-limits.window :], _usual(done[: -limits.window])
    known = [each for each in late if _kind(each) in usual]
    if not limits.slowdown or len(known) < _FEW or sum(each.seconds for each in known) < _WORTH:
        return ""
    times = statistics.median(each.seconds / usual[_kind(each)] for each in known)
    if times <= ((1 + limits.slowdown) / 2 if stands else limits.slowdown):
        return ""
    return f"the last {len(known)} documents took {times:.1f} times as long as such documents did before"


def _usual(before: Sequence[Finished]) -> dict[tuple[str, int], float]:
    """Seconds that documents of a kind and size take, of those that were seen often enough."""
    kinds: dict[tuple[str, int], list[float]] = {}
    for each in before:
        kinds.setdefault(_kind(each), []).append(each.seconds)
    return {kind: statistics.median(seconds) for kind, seconds in kinds.items() if len(seconds) >= SEEN}


def _kind(each: Finished) -> tuple[str, int]:
    """Sizes within four times of each other are one."""
    return each.route, each.size.bit_length() // 2


def _stuck(moment: Moment, limits: Limits) -> str:
    if not limits.stuck or moment.still < limits.stuck:
        return ""
    return f"nothing has come of the work for {_lasting(moment.still)}, though there is some"


def _waiting(moment: Moment, limits: Limits) -> str:
    if not limits.waiting or not moment.waiting:
        return ""
    documents = "a document has waited" if moment.waiting == 1 else f"{moment.waiting:,} documents have waited"
    return f"{documents} for up to {_lasting(moment.longest)}: {moment.reason or 'no reason is known'}"


def _lasting(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.0f} h"
