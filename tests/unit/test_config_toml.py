"""Changing a key of a TOML file leaves everything else byte for byte as it was."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as some

from randaemon.config import toml
from randaemon.errors import SettingsError

FILE = """\
# My settings.
profile = "production"   # for now

[pool]
workers = 0  # one a core
backoff_seconds = [
    5.0,  # first
    30.0, # "]" and # are no end
]

[converse]
prompts = "a # b ] ["  # a folder
mode = 'grouped'

[training]
enabled = true
"""


def key(dotted: str) -> tuple[str, ...]:
    return tuple(dotted.split("."))


def test_statements_are_found_with_their_lines() -> None:
    assert [(".".join(each.key), each.line) for each in toml.statements(FILE)] == [
        ("profile", 2),
        ("pool.workers", 5),
        ("pool.backoff_seconds", 6),
        ("converse.prompts", 12),
        ("converse.mode", 13),
        ("training.enabled", 16),
    ]


@pytest.mark.parametrize(
    ("dotted", "value", "before", "after"),
    [
        ("pool.workers", 4, "workers = 0  # one a core", "workers = 4  # one a core"),
        ("profile", "testing", 'profile = "production"   # for now', 'profile = "testing"   # for now'),
        ("converse.prompts", "ü\n", '"a # b ] ["  # a folder', '"ü\\n"  # a folder'),
        ("training.enabled", False, "enabled = true\n", "enabled = false\n"),
        ("converse.accept", 0.5, "mode = 'grouped'\n", "mode = 'grouped'\naccept = 0.5\n"),
        ("training.seed", 7, "enabled = true\n", "enabled = true\nseed = 7\n"),
        ("log.level", "DEBUG", "enabled = true\n", 'enabled = true\n\n[log]\nlevel = "DEBUG"\n'),
    ],
)
def test_one_key_changes_and_nothing_else(dotted: str, value: object, before: str, after: str) -> None:
    assert before in FILE
    assert toml.changed(FILE, key(dotted), value) == FILE.replace(before, after)


def test_a_list_over_several_lines_is_replaced_whole() -> None:
    changed = toml.changed(FILE, key("pool.backoff_seconds"), [1.0])
    assert "backoff_seconds = [1.0]\n\n[converse]" in changed


def test_the_first_key_of_an_empty_file_and_one_before_all_tables() -> None:
    assert toml.changed("", key("pool.workers"), 2) == "[pool]\nworkers = 2\n"
    assert toml.changed("[pool]\n", key("profile"), "testing") == 'profile = "testing"\n[pool]\n'


def test_a_dotted_key_is_found_and_an_inline_table_is_refused_rather_than_spoiled() -> None:
    assert toml.changed("pool.workers = 1\n", key("pool.workers"), 2) == "pool.workers = 2\n"
    with pytest.raises(SettingsError, match="cannot be changed in this file by a command"):
        toml.changed("pool = { workers = 1 }\n", key("pool.workers"), 2)
    assert toml.line_of("\npool = { workers = 1 }\n", key("pool.workers")) == 2


def test_a_key_is_taken_out_with_its_comment() -> None:
    assert "one a core" not in toml.removed(FILE, key("pool.workers"))
    assert toml.removed(FILE, key("pool.nothing")) == FILE


@given(some.one_of(some.booleans(), some.integers(-(2**62), 2**62), some.text(), some.lists(some.floats(-1e9, 1e9))))
def test_whatever_is_set_is_read_back(value: object) -> None:
    if isinstance(value, str) and not value.isprintable() and any(0xD800 <= ord(letter) < 0xE000 for letter in value):
        return
    assert tomllib.loads(toml.changed(FILE, key("pool.workers"), value))["pool"]["workers"] == value
