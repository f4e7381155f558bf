"""`logs`: the last lines, those that come, and those of the log that takes the place of a full one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from randaemon.cli.logbook import followed, last, plain


class Writer:
    """Writes the next piece whenever the reader rests."""

    def __init__(self, *steps: Callable[[], object]) -> None:
        self._steps: Iterator[Callable[[], object]] = iter(steps)

    def __call__(self, _: float) -> None:
        step = next(self._steps, None)
        if step is None:
            raise KeyboardInterrupt
        step()


def append(file: Path, text: str) -> Callable[[], object]:
    def step() -> None:
        with file.open("a") as stream:
            stream.write(text)

    return step


def rotate(file: Path) -> Callable[[], object]:
    return lambda: (file.rename(file.with_suffix(".1")), file.write_text("new\n"))


def test_lines_that_come_in_halves_and_in_another_file_are_each_given_once(tmp_path: Path) -> None:
    file = tmp_path / "daemon.jsonl"
    file.write_text("old\nfirst\n")
    got: list[str] = []
    writer = Writer(append(file, "sec"), append(file, "ond\nthird\n"), rotate(file), append(file, "é\n"))
    with pytest.raises(KeyboardInterrupt):
        _collect(followed(file, writer, 1), got)
    assert got == ["first", "second", "third", "new", "é"]


def _collect(lines: Iterator[str], into: list[str]) -> None:
    for line in lines:
        into += [line.rstrip("\n")]


def test_a_log_that_is_not_there_yet_is_waited_for(tmp_path: Path) -> None:
    file = tmp_path / "daemon.jsonl"
    got: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        _collect(followed(file, Writer(lambda: None, append(file, "hello\n")), 10), got)
    assert got == ["hello"]
    assert last(file, 10) == ["hello\n"]


def test_the_last_lines_are_those_of_the_wanted_levels_however_many_others_came_since(tmp_path: Path) -> None:
    file = tmp_path / "daemon.jsonl"
    told = [{"level": "ERROR", "message": "bad"}, *({"level": "INFO", "message": str(each)} for each in range(60))]
    file.write_text("".join(json.dumps(each) + "\n" for each in told))
    assert [json.loads(line)["message"] for line in last(file, 50, {"ERROR"})] == ["bad"]
    assert len(last(file, 50)) == 50
    got: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        _collect(
            followed(file, Writer(append(file, "plain\n"), append(file, f"{json.dumps(told[0])}\n")), 5, {"ERROR"}), got
        )
    assert [json.loads(line)["message"] for line in got] == ["bad", "bad"]


def test_a_line_is_shown_for_people_and_obeyed_by_no_terminal() -> None:
    facts = {"at": "2026-01-02T03:04:05.678+00:00", "level": "INFO", "message": "name \x1b[2J"}
    assert plain(json.loads(json.dumps(facts))) == "2026-01-02 03:04:05 INFO     name �[2J"
    assert plain({**facts, "traceback": "Traceback\n  line\n"}).endswith("\nTraceback\n  line")
