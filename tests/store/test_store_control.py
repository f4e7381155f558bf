"""Commands by file."""

from __future__ import annotations

import json
import os
import time

import pytest

from randaemon.store import Home, control


@pytest.fixture(autouse=True)
def folder(home: Home) -> None:
    home.control.mkdir(parents=True)


def test_a_command_waits_in_order_is_answered_and_gone(home: Home) -> None:
    first = control.submit(home, "retry", {"key": "abc"})
    second = control.submit(home, "dataset.build", {})
    commands = control.pending(home)
    assert [(command.id, command.verb, command.args) for command in commands] == [
        (first, "retry", {"key": "abc"}),
        (second, "dataset.build", {}),
    ]
    assert control.result(home, first) is None
    control.finish(commands[0], {"ok": True, "message": "done"})
    assert control.result(home, first) == {"ok": True, "message": "done"}
    assert [command.id for command in control.pending(home)] == [second]
    control.finish(commands[0], {"ok": True})


def test_a_home_without_the_folder_has_no_commands(home: Home) -> None:
    home.control.rmdir()
    assert control.pending(home) == []
    assert control.submit(home, "retry", {})


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        '{"verb": "rm -rf", "args": {}}',
        '{"verb": "retry"}',
        '{"verb": 7, "args": {}}',
        json.dumps({"verb": "retry", "args": {"x": "y" * 100_000}}),
        "[" * 60_000,
        '{"verb": "retry", "args": {"key": "\\ud800"}}',
        '{"verb": "retry", "args": {"\\udfff": 1}}',
    ],
)
def test_what_is_no_command_is_set_aside(home: Home, body: str) -> None:
    path = home.control / f"{1:016x}-{2:08x}.json"
    path.write_text(body)
    assert control.pending(home) == []
    assert [entry.name for entry in home.control.iterdir()] == [f"{path.stem}.refused"]


def test_a_link_or_a_pipe_is_not_opened(home: Home) -> None:
    (home.root / "elsewhere").write_text('{"verb": "retry", "args": {}}')
    (home.control / f"{1:016x}-{2:08x}.json").symlink_to(home.root / "elsewhere")
    os.mkfifo(home.control / f"{3:016x}-{4:08x}.json")
    assert control.pending(home) == []


def test_a_command_under_a_foreign_name_is_set_aside(home: Home) -> None:
    (home.control / "x.json").write_text('{"verb": "retry", "args": {}}')
    assert control.pending(home) == []


def test_what_cannot_be_set_aside_under_its_name_gets_another_and_stops_nothing(home: Home) -> None:
    """A folder under a command's name, and another where it would go."""
    path = home.control / f"{1:016x}-{2:08x}.json"
    path.mkdir()
    (path.with_suffix(".refused") / "sub").mkdir(parents=True)
    good = control.submit(home, "retry", {"key": "abc"})
    assert [command.id for command in control.pending(home)] == [good]
    assert not path.exists()
    assert len(list(home.control.glob("*.refused"))) == 2


def test_answers_that_nobody_waits_for_any_more_are_deleted(home: Home) -> None:
    for name in ("old", "new"):
        [command] = [found for _ in [control.submit(home, "retry", {})] for found in control.pending(home)]
        control.finish(command, {"ok": True, "message": name})
    old, _ = sorted((home.control / "done").iterdir())
    now = time.time()
    os.utime(old, (now - control.KEPT - 1, now - control.KEPT - 1))
    assert control.prune(home, now) == 1
    assert [json.loads(path.read_text())["message"] for path in (home.control / "done").iterdir()] == ["new"]
