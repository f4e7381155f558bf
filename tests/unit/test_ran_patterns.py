"""Every regular expression of the domain and of the rules, against texts made of its own letters."""

from __future__ import annotations

import importlib
import itertools
import pkgutil
import re
import time
from collections.abc import Iterator
from types import ModuleType

import pytest

import randaemon.ran
import randaemon.stages.extract

_ALWAYS = ("a", "A", "1", " ", "\n", ".", "-", "aB", "a ", "a.", "<br>")
_SECONDS = 0.2  # others need some milliseconds; what explodes is met at the smallest size and would never end at others
_EXPLODES, _SEARCHED, _MATCHED = 22, 250, 3_000  # characters


def _patterns(package: ModuleType) -> Iterator[tuple[str, re.Pattern[str]]]:
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        module = importlib.import_module(found.name)
        for name, value in vars(module).items():
            yield from ((f"{found.name}.{name}", each) for each in _within(value))


def _within(value: object) -> Iterator[re.Pattern[str]]:
    match value:
        case re.Pattern() if isinstance(value.pattern, str):
            yield value
        case dict():
            for each in value.values():
                yield from _within(each)
        case tuple() | list():
            for each in value:
                yield from _within(each)
        case _:
            return


_ALL = {
    (pattern.pattern, pattern.flags): (name, pattern)
    for package in (randaemon.ran, randaemon.stages.extract)
    for name, pattern in _patterns(package)
}


def hostile(pattern: re.Pattern[str]) -> Iterator[str]:
    """Units to repeat: words and signs of the pattern, alone and with what many patterns repeat."""
    words = re.findall(r"(?<!\\)[A-Za-z]{2,24}|(?<=\\)[^A-Za-z0-9]|[^\w\s\\]", pattern.pattern)
    own = list(dict.fromkeys(words))[:40]
    yield from (*own, *_ALWAYS)
    yield from ("".join(pair) for pair in itertools.product(own, (" ", "a", "A", "1", "\n")))


def slowest(pattern: re.Pattern[str], limit: float = _SECONDS) -> str:
    """The unit that takes a pattern more than the limit; "" if none does."""
    for size in (_EXPLODES, _SEARCHED, _MATCHED):
        for unit in hostile(pattern):
            text = f"{unit * (size // len(unit))}\x00"
            began = time.process_time()
            pattern.match(text)
            if size < _MATCHED:
                pattern.search(text, 1)
            if time.process_time() - began > limit:
                return unit
    return ""


def test_no_pattern_takes_long_for_texts_of_its_own_letters() -> None:
    assert len(_ALL) > 200
    assert {name: unit for name, pattern in _ALL.values() if (unit := slowest(pattern))} == {}


@pytest.mark.parametrize("bad", [r"(a+)+b", r"(?:[A-Za-z]+ ?)+:", r"(?:\w*,?)*;"])
def test_patterns_that_explode_are_met(bad: str) -> None:
    assert slowest(re.compile(bad)) != ""
