"""`config`: what is wrong and where, where a value is from, and changing one without spoiling the file."""

from __future__ import annotations

import pytest
from tests.terminal import Terminal

FILE = """\
# mine
[pool]
workers = 1  # slow machine
"""


@pytest.fixture
def mine(terminal: Terminal) -> Terminal:
    terminal.home.root.mkdir()
    terminal.home.settings.write_text(FILE)
    return terminal


def test_a_key_is_set_in_its_place_and_read_back(mine: Terminal) -> None:
    assert mine.run("config", "set", "pool.workers", "3").code == 0
    assert mine.home.settings.read_text() == FILE.replace("workers = 1", "workers = 3")
    assert mine.run("config", "set", "training.model", "tiny").code == 0
    shown = mine.run("config", "show", "--json").json
    assert (shown["pool"]["workers"], shown["training"]["model"]) == (3, "tiny")
    assert mine.run("config", "unset", "training.model").code == 0
    assert mine.run("config", "show", "--json").json["training"]["model"] != "tiny"


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("pool.workers", "65"), 1, "pool.workers (randaemon.toml:3): must be at most 64"),
        (("pool.workerz", "1"), 5, "there is no setting pool.workerz; did you mean pool.workers?"),
        (("log.level", "LOUD"), 1, "nothing was changed: log.level"),
    ],
)
def test_what_cannot_be_used_is_not_written(mine: Terminal, words: tuple[str, ...], status: int, said: str) -> None:
    ended = mine.run("config", "set", *words)
    assert ended.code == status
    assert said in ended.err
    assert mine.home.settings.read_text() == FILE


def test_where_a_value_is_from(mine: Terminal) -> None:
    there = Terminal(mine.home, {"RANDAEMON_NOTIFY__ENABLED": "false"})
    rows = {
        line.split()[0]: line.split(maxsplit=2)[2] for line in there.run("config", "show", "--origin").out.splitlines()
    }
    assert (rows["pool.workers"], rows["notify.enabled"], rows["log.level"]) == (
        "randaemon.toml:3",
        "RANDAEMON_NOTIFY__ENABLED",
        "default",
    )


def test_everything_that_is_wrong_is_said_at_once(mine: Terminal) -> None:
    mine.home.settings.write_text("[pool]\nworkerz = 1\n[log]\nlevel = 'LOUD'\n")
    ended = mine.run("config", "check")
    assert ended.code == 1
    assert [line.partition(":")[0] for line in ended.err.splitlines() if line.startswith("WRONG")] == [
        "WRONG  pool.workerz (randaemon.toml",
        "WRONG  log.level (randaemon.toml",
    ]
    assert mine.run("config", "check", "--json").json["ok"] is False
