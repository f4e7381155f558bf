"""When messages are shown: the first at once, many together, at night only what cannot wait, the same seldom."""

from __future__ import annotations

from randaemon.model import Event
from randaemon.notify import Desk, Manners, Urgency

NOON = 12 * 3600.0
NIGHT = Manners(quiet=(22 * 60, 7 * 60), minute=lambda now: int(now // 60) % 1440)
DAY = Manners(quiet=(0, 0), minute=lambda now: int(now // 60) % 1440)


def done(number: int, **data: object) -> Event:
    facts = {"name": f"file{number}.pdf", "done": 1, "samples": 10, "quality": 0.8, **data}
    return Event("drop.done", number, facts, id=number)


def trouble(number: int, reason: str = "disk full: need 1.0 GiB, have 80 MiB") -> Event:
    return Event("daemon.trouble", data={"reason": reason}, id=number)


def titles(desk: Desk, now: float) -> list[str]:
    return [message.title for message in desk.release(now)]


def test_the_first_is_shown_at_once_and_the_next_ones_together_after_the_gap() -> None:
    desk = Desk(DAY)
    desk.take([done(1)], NOON)
    assert titles(desk, NOON) == ["file1.pdf is done"]
    desk.take([done(number) for number in range(2, 40)], NOON + 5)
    assert titles(desk, NOON + 5) == []
    assert desk.wait(NOON + 5) == 55.0
    (summed,) = desk.release(NOON + 60)
    assert (summed.title, summed.body) == ("38 files are done", "documents: 38 done; 380 samples of mean quality 0.80")
    assert (desk.wait(NOON + 60), desk.oldest) == (None, None)


def test_finished_refused_and_other_messages_are_summed_up_apart() -> None:
    desk = Desk(DAY)
    refused = [Event("drop.failed", number, {"name": "x", "reason": "no"}, id=number) for number in range(10, 13)]
    others = [Event("model.promoted", data={"run": "run-0001"}, id=20)]
    desk.take([done(1), done(2), *refused, *others], NOON)
    assert titles(desk, NOON) == ["2 files are done", "3 files were not taken", "A new model is active"]


def test_at_night_only_what_cannot_wait_is_shown_and_the_rest_in_the_morning() -> None:
    desk = Desk(NIGHT)
    desk.take([done(1), trouble(2), done(3)], 23 * 3600.0)
    shown = desk.release(23 * 3600.0)
    assert [(message.title, message.urgency) for message in shown] == [("randaemon needs you", Urgency.CRITICAL)]
    assert desk.oldest == 1
    assert titles(desk, (24 + 6.99) * 3600.0) == []
    assert titles(desk, (24 + 7) * 3600.0) == ["file1.pdf is done", "file3.pdf is done"]


def test_quiet_hours_within_a_day_and_none_at_all() -> None:
    siesta = Manners(quiet=(13 * 60, 15 * 60), minute=lambda now: int(now // 60) % 1440)
    assert [siesta.quiet_at(hour * 3600.0) for hour in (12, 13, 14.9, 15)] == [False, True, True, False]
    assert not any(DAY.quiet_at(hour * 3600.0) for hour in range(24))


def test_the_same_trouble_is_told_again_only_after_hours_whatever_its_figures() -> None:
    desk = Desk(DAY)
    shown = []
    for hour in range(14):
        desk.take([trouble(hour + 1, f"disk full: need 1.0 GiB, have {hour} MiB")], NOON + hour * 3600.0)
        shown += titles(desk, NOON + hour * 3600.0)
    assert len(shown) == 3
    desk.take([trouble(99, "the inbox is gone")], NOON + 14 * 3600.0)
    assert len(titles(desk, NOON + 14 * 3600.0)) == 1


def test_a_clock_that_was_set_back_does_not_silence_trouble_for_ever() -> None:
    desk = Desk(DAY)
    desk.take([trouble(1)], NOON + 9e6)
    assert len(desk.release(NOON + 9e6)) == 1
    desk.take([trouble(2)], NOON)
    assert len(desk.release(NOON)) == 1


def test_a_thousand_troubles_are_no_thousand_messages() -> None:
    desk = Desk(DAY)
    desk.take([trouble(number, f"{number} is wrong") for number in range(1000)], NOON)
    told = desk.release(NOON)
    assert [message.title for message in told] == ["randaemon needs you", "999 more messages"]
    assert told[-1].urgency is Urgency.CRITICAL
