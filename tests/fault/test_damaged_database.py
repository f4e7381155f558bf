"""A database that is damaged in any way: the next start restores what it can and every original comes to an end."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tests import library
from tests.house import House

from randaemon.model import ENDED
from randaemon.store.home import Home

DAMAGES = int(os.environ.get("RANDAEMON_TEST_DAMAGES", "3"))
SEED = int(os.environ.get("RANDAEMON_TEST_SEED", "1"))
FILES = 6


def flip(database: Path, chance: random.Random) -> str:
    body = bytearray(database.read_bytes())
    places = chance.sample(range(len(body)), chance.choice((1, 16, 400)))
    for place in places:
        body[place] ^= 1 << chance.randrange(8)
    database.write_bytes(bytes(body))
    return f"{len(places)} bytes flipped"


def cut(database: Path, chance: random.Random) -> str:
    pages = chance.randrange(database.stat().st_size // 4096)
    os.truncate(database, pages * 4096)
    return f"cut to {pages} pages"


def zero(database: Path, _: random.Random) -> str:
    os.truncate(database, 0)
    return "emptied"


def replace(database: Path, chance: random.Random) -> str:
    database.write_bytes(chance.randbytes(9000))
    return "replaced by something else"


def remove_log(database: Path, _: random.Random) -> str:
    database.with_name("state.db-wal").unlink(missing_ok=True)
    return "its log removed"


WAYS: tuple[Callable[[Path, random.Random], str], ...] = (flip, cut, zero, replace, remove_log)


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home whose daemon was killed in the middle of the second half of its work; the first half is in a backup."""
    house = House(tmp_path_factory.mktemp("damage") / "home")
    for number in range(FILES // 2):
        house.drop(f"page{number}.html", library.page(number))
    house.start()
    house.until_ended(FILES // 2)
    house.until(lambda _: any(house.home.backups.glob("state-*.json")))
    for number in range(FILES // 2, FILES):
        house.drop(f"page{number}.html", library.page(number))
    house.until(lambda reader: len(reader.documents()) == FILES)
    house.kill()
    return house.home


@pytest.mark.slow
@pytest.mark.parametrize("number", range(DAMAGES))
def test_after_any_damage_every_original_comes_to_an_end(killed: Home, tmp_path: Path, number: int) -> None:
    chance = random.Random(f"{SEED} {number}")
    shutil.copytree(killed.root, tmp_path / "copy")
    house = House(tmp_path / "house")
    shutil.rmtree(house.home.root)
    (tmp_path / "copy").rename(house.home.root)
    before = digests(house)
    how = WAYS[number % len(WAYS)](house.home.database, chance)
    house.start()
    house.until_ended(FILES)
    assert house.stop() == 0
    assert digests(house) == before, how
    known = {document.digest for document in house.documents() if document.status in ENDED}
    assert known >= before, how


def digests(house: House) -> set[str]:
    files = [*house.home.originals.iterdir(), *house.home.quarantine.glob("20*/*__*")]
    return {hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
