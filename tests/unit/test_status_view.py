"""`status` for people: what is said of each state, the most urgent first, and with the command to run."""

from __future__ import annotations

import time
from typing import Any

import pytest

from randaemon.cli.status import DEGRADED, verdict
from randaemon.cli.status_view import describe, describe_training, duration, fitted
from randaemon.machine import GIB

NOW = 1_750_000_000.0


def facts(**changed: dict[str, Any] | list[Any]) -> dict[str, Any]:
    base: dict[str, Any] = {
        "daemon": {
            "running": True,
            "pid": 41,
            "since": NOW - 7200,
            "paused": [],
            "safe_mode": False,
            "problems": [],
            "alerts": [],
            "restored": None,
        },
        "inbox": {"path": "/in", "files": 0, "waiting": [], "drops": [], "drops_under_way": 0},
        "documents": {
            "total": 1200,
            "by_status": {"ready": 0, "running": 0, "done": 1200, "rejected": 0, "failed": 0, "cancelled": 0},
            "by_stage": {},
        },
        "waiting": [],
        "dataset": {"version": 3, "samples": 9000, "new_samples": 12, "mean_quality": 0.81, "splits": {"train": 8100}},
        "training": {
            "state": "waiting",
            "run": None,
            "run_status": None,
            "progress": None,
            "due": {"weighed": None, "conditions": []},
        },
        "model": {"active": None, "previous": None},
        "services": {},
        "resources": {"disk_free": 80 * GIB, "disk_total": 200 * GIB, "lanes": {"cpu": lane(4)}},
    }
    for name, value in changed.items():
        base[name] = {**base[name], **value} if isinstance(value, dict) else value
    return base


def lane(width: int, reason: str = "") -> dict[str, Any]:
    return {"width": width, "of": 4, "reason": reason, "code": ""}


def shown(
    told: dict[str, Any], at_work: dict[str, int] | None = None, left: dict[str, float] | None = None
) -> list[str]:
    return list(describe(told, at_work or {}, left, NOW))


def test_a_quiet_day_is_ten_lines() -> None:
    assert shown(facts()) == [
        "randaemon  runs for 2.0 h, pid 41",
        "at work    nothing to do",
        "inbox      empty — drop files into /in",
        "documents  1,200: 1,200 done",
        "dataset    version 3: 9,000 samples (train 8,100), mean quality 0.81; 12 new",
        "training   waiting",
        "model      none promoted yet",
        "disk       80.0 GiB free of 200.0 GiB",
    ]


def test_what_is_paused_says_so_in_its_place_and_how_to_go_on() -> None:
    held = facts(daemon={"paused": ["models", "training"]})
    assert "training   paused by you — `randaemon jobs resume training`" in shown(held)
    assert "servers    paused by you — `randaemon jobs resume models`" in shown(held)
    work = facts(daemon={"paused": ["documents"]})
    assert "at work    paused by you — `randaemon jobs resume documents`; 2 in unpack" in shown(work, {"unpack": 2})
    stopped = facts(daemon={"running": False, "paused": ["documents", "models", "training"]})
    assert shown(stopped)[1] == (
        "needs you  documents, models and training are paused, and will be when it runs again — `randaemon jobs resume`"
    )
    assert "training is paused" in shown(facts(daemon={"running": False, "paused": ["training"]}))[1]


def test_what_needs_somebody_comes_second_and_names_the_command() -> None:
    told = facts(
        daemon={"problems": ["disk full: need 1.0 GiB"], "safe_mode": True},
        documents={"by_status": {**facts()["documents"]["by_status"], "failed": 1}},
        training={"due": {"conditions": [{"name": "approval", "have": False, "need": True, "ok": False}]}},
    )
    rows = [line[11:] for line in shown(told)[1:5]]
    assert rows == [
        "disk full: need 1.0 GiB — `randaemon doctor`",
        "it is in safe mode after repeated crashes — `randaemon logs --level error`",
        "1 document failed — `randaemon jobs ls --status failed`",
        "training waits for your word — `randaemon train start`",
    ]


def test_a_disk_so_full_that_the_daemon_cannot_write_it_down_is_told_all_the_same() -> None:
    full = facts(resources={"disk_free": 4096, "disk_total": 40 << 20})
    assert shown(full)[1] == "needs you  the disk is full — make room on it"
    assert shown(full)[-1] == "disk       4 KiB free of 40 MiB"


def test_a_model_that_training_alone_waits_for_is_asked_for_with_the_command() -> None:
    model = {"name": "base_model", "have": "not in the local cache", "need": "`hf download a/b`", "ok": False}
    told = shown(facts(training={"due": {"conditions": [model]}}))
    assert told[1] == "needs you  training has no model: it is not in the local cache — `hf download a/b`"
    more = {"name": "new_samples", "have": 1, "need": 2, "ok": False}
    assert not [line for line in shown(facts(training={"due": {"conditions": [more, model]}})) if "needs you" in line]


def test_an_alert_is_told_with_its_command_and_only_an_urgent_one_counts_as_degraded() -> None:
    alert = {"rule": "failures", "reason": "9 of 20 failed", "command": "randaemon jobs ls", "urgent": False}
    told = facts(daemon={"alerts": [alert]})
    assert shown(told)[1] == "needs you  9 of 20 failed — `randaemon jobs ls`"
    assert verdict(told) == 0
    assert verdict(facts(daemon={"alerts": [{**alert, "urgent": True}]})) == DEGRADED


def test_a_restored_database_is_told_for_some_days() -> None:
    restored = {"at": NOW - 60, "requeued": 3}
    assert "3 files re-queued" in shown(facts(daemon={"restored": restored}))[1]
    assert "re-queued" not in "".join(shown(facts(daemon={"restored": {**restored, "at": NOW - 9e5}})))


@pytest.mark.parametrize(
    ("width", "reason", "words"),
    [
        (4, "", "5 in convert; 3 running, up to 4 at once"),
        (2, "on battery", "5 in convert; 3 running, up to 2 instead of 4 at once: on battery"),
        (0, "on battery at 12 %", "nothing is begun: on battery at 12 %; 5 in convert"),
    ],
)
def test_how_wide_the_work_is_and_why(width: int, reason: str, words: str) -> None:
    counts = {**facts()["documents"]["by_status"], "running": 3}
    told = facts(resources={"lanes": {"cpu": lane(width, reason)}}, documents={"by_status": counts})
    assert shown(told, {"convert": 5})[1] == f"at work    {words}"


def test_drops_under_way_have_their_progress_and_their_time() -> None:
    archive = {"key": "a", "name": "lib.zip", "documents": 1000, "ended": 412, "refused": 3}
    single = [{"key": key, "name": f"{key}.pdf", "documents": 1, "ended": 0, "refused": 0} for key in "bc"]
    lines = shown(facts(inbox={"drops": [archive, *single]}), {}, {"a": 372.0, "b": 4.0, "c": 5.0})
    assert lines[2:4] == [
        "drops      lib.zip: 412 of 1,000 documents (41%), 3 without result; about 6 min left",
        "           b.pdf, c.pdf; about 9 s left",
    ]


def test_of_more_drops_than_are_shown_the_number_is_told_and_no_time_that_is_that_of_some() -> None:
    archive = {"key": "a", "name": "lib.zip", "documents": 9, "ended": 0, "refused": 0}
    single = {"key": "b", "name": "b.pdf", "documents": 1, "ended": 0, "refused": 0}
    lines = shown(facts(inbox={"drops": [archive, single], "drops_under_way": 211}), {}, {"b": 4.0})
    assert lines[3] == "           b.pdf and 209 more"
    assert shown(facts(inbox={"drops": [archive], "drops_under_way": 2}))[3] == "           and 1 more"


def test_a_daemon_that_does_not_run_says_how_to_start_it_and_what_is_left_to_do() -> None:
    lines = shown(facts(daemon={"running": False}), {"unpack": 2})
    assert lines[:2] == [
        "randaemon  does not run — `randaemon run` or `randaemon service install`",
        "at work    left to do: 2 in unpack",
    ]


def test_training_says_what_it_waits_for_and_how_far_a_run_is() -> None:
    conditions = [
        {"name": "enabled", "have": True, "need": True, "ok": True},
        {"name": "new_samples", "have": 120, "need": 200, "ok": False},
        {"name": "mean_quality", "have": 0.8, "need": 0.6, "ok": True},
        {"name": "pipeline_idle", "have": False, "need": True, "ok": False},
    ]
    waiting = shown(facts(training={"due": {"conditions": conditions}}))
    assert "training   waiting: 2 of 4 conditions hold — `randaemon train status`" in waiting
    assert "           for new samples 120 of 200, pipeline idle" in waiting
    assert list(describe_training(waiting_for(conditions))) == [
        "training   waiting: 2 of 4 conditions hold",
        "waits for  new samples 120 of 200",
        "           pipeline idle",
        "holds      enabled, mean quality 0.8 of 0.6",
    ]
    running = facts(
        training={"state": "running", "run": "run-0002", "progress": {"step": 1200, "total": 4000, "loss": 0.5}}
    )
    assert "training   run-0002 runs, step 1,200 of 4000, loss 0.50" in shown(running)
    have = {"have": 120 << 20, "need": 940 << 20}
    fetching = facts(training={"state": "running", "run": "run-0002", "progress": None, "download": have})
    assert "training   run-0002 runs, downloads its model, 120 of 940 MiB" in shown(fetching)


def test_without_a_daemon_training_waits_for_nothing_and_says_how_it_stood_when_one_last_looked() -> None:
    conditions = [
        {"name": "enabled", "have": True, "need": True, "ok": True},
        {"name": "new_dataset", "have": "trained on already", "need": "one not trained on", "ok": False},
    ]
    at = time.time()
    looked = {"state": "unattended", "due": {"weighed": at, "conditions": conditions}}
    head = "training   nobody looks while the daemon does not run"
    held = f"{head}; 1 of 2 conditions held at {time.strftime('%H:%M:%S', time.localtime(at))}"
    told = shown(facts(training=looked))
    assert f"{held} — `randaemon train status`" in told
    assert "           for new dataset trained on already (needs one not trained on)" in told
    assert next(iter(describe_training({**waiting_for(conditions), **looked}))) == held

    nobody = facts(training={"state": "unattended", "run": "run-0002", "run_status": "interrupted"})
    told = shown(nobody)
    assert told[told.index(head) + 1] == "           run-0002 was interrupted; it goes on when a run is due"
    assert list(describe_training(nobody["training"])) == [head, told[told.index(head) + 1]]


def waiting_for(conditions: list[dict[str, Any]]) -> dict[str, Any]:
    return {"state": "waiting", "run": None, "run_status": None, "due": {"weighed": NOW, "conditions": conditions}}


def test_conditions_are_told_with_their_units() -> None:
    conditions = [
        {"name": "cooldown_seconds", "have": 5400.0, "need": 43_200.0, "ok": False},
        {"name": "free_memory_gib", "have": 1.5, "need": 2.0, "ok": False},
        {"name": "new_dataset", "have": "", "need": "one not trained on", "ok": False},
        {"name": "thermal_pressure", "have": "nominal", "need": "nominal or moderate", "ok": True},
    ]
    assert list(describe_training(waiting_for(conditions)))[1:] == [
        "waits for  cooldown 1.5 h of 12.0 h",
        "           free memory 1.5 GiB of 2 GiB",
        "           new dataset none (needs one not trained on)",
        "holds      thermal pressure nominal",
    ]


def test_the_active_model_has_its_gain() -> None:
    active = {"run": "run-0002", "recall": 0.914, "recall_base": 0.12}
    told = shown(facts(model={"active": active, "previous": {"run": "run-0001"}}))
    assert "model      run-0002: recalls 91% of the facts, its base 12%; before it run-0001" in told


def test_waiting_and_servers_that_are_away_have_their_reasons() -> None:
    waiting = [{"count": 4, "reason": "model server away", "until": NOW + 60}] * 7
    lines = shown(facts(waiting=waiting, services={"away": {"ollama/qwen3": {"reason": "refuses connections"}}}))
    assert sum("4 × model server away (next try" in line for line in lines) == 5
    assert "           and 2 more reasons — `randaemon jobs ls`" in lines
    assert "servers    ollama/qwen3: refuses connections" in lines


def test_lengths_of_time_for_people() -> None:
    assert [duration(seconds) for seconds in (0.1, 40, 720, 12_600, 500_000)] == [
        *("1 s", "40 s", "12 min", "3.5 h"),
        "6 days",
    ]


def test_models_that_answer_and_what_was_made_without_one_are_told() -> None:
    state = {
        "model": "qwen3:1.7b",
        "endpoint": "http://h:1",
        "answered_at": 5.0,
        "error": "",
        "tokens_per_second": 42.4,
    }
    new = {**state, "model": "gemma3:4b", "answered_at": None}
    lines = shown(facts(services={"models": [state, new], "degraded": 3, "upgrading": 1, "escalated": 2}))
    told = "\n".join(lines)
    assert "qwen3:1.7b at http://h:1 answers, 42 tokens/s" in told
    assert "gemma3" not in told
    assert "3 documents made without a model that was wanted" in told
    assert "2 questions put to a better model" in told
    assert "1 document under way again" in told
    busy = shown(facts(services={"models": [{**state, "running": 3, "waiting": 12}]}))
    assert "answers, 42 tokens/s, 3 under way, 12 waiting" in "\n".join(busy)
    bad = {**state, "error": "m is not installed at http://h:1", "advice": "ollama pull m", "breaker": "open",
           "failures": 5, "tiers": ["fast"]}  # fmt: skip
    told = "\n".join(shown(facts(services={"models": [bad]})))
    assert "m is not installed at http://h:1 (ollama pull m), left alone after 5 failures" in told
    away = {"fast": {"reason": "it refuses connections"}}
    assert "left alone" not in "\n".join(shown(facts(services={"models": [bad], "away": away})))  # told once
    never = "\n".join(shown(facts(services={"models": [new], "degraded": 3})))
    assert "without a model" not in never  # where none ever answered none is missed


def test_a_line_that_is_too_long_for_the_terminal_goes_on_below_its_own_column() -> None:
    told = fitted(["needs you  " + "word " * 20 + "/a/path/that/is/longer/than/the/terminal/is/wide", "x"], 40)
    first, *more, last = told
    assert first.startswith("needs you  word")
    assert all(line.startswith(" " * 11 + "word") or line.strip().startswith("/a/path") for line in more)
    assert last == "x"


def test_training_that_is_off_says_how_it_is_started() -> None:
    conditions = [{"name": "enabled", "have": False, "need": True, "ok": False}]
    told = list(describe_training({**waiting_for(conditions), "state": "disabled"}))
    assert told[0] == "training   off — `randaemon train start`, or `randaemon config set training.enabled true`"
