"""Hostile and broken drops through a real daemon: each ends as `tests.library` says; nothing else suffers."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests import library
from tests.house import RUN, House

from randaemon.model import Document, Stage, Status
from randaemon.store.reader import Reader

STAGES = Path(__file__).parent / "hanging_stages"
GOOD = {"good.html": library.page(0), "good too.html": library.page(1), library.WEIRD_NAME: library.page(2)}
DISGUISED = "holiday.png"  # a feature page that says it is a picture
UNREADABLE = "locked.html"
#: Root reads every file, unless these powers are taken from it.
BOUND = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
MAY_FAIL_TO_READ = not BOUND or shutil.which(BOUND[0]) is not None


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A daemon that was given everything at once and has finished with it."""
    house = House(tmp_path_factory.mktemp("bad") / "home")
    drops = {**{bad.name: bad.content for bad in library.bad_drops()}, **GOOD, DISGUISED: library.page(3)}
    drops["escape.zip"] = library.escaping_zip()
    for name, content in drops.items():
        house.drop(name, content)
    if MAY_FAIL_TO_READ:
        house.drop(UNREADABLE, library.page(4))
        (house.home.inbox / UNREADABLE).chmod(0)
    house.start([*BOUND, *RUN] if MAY_FAIL_TO_READ else None)
    house.until_ended(len(drops))
    assert house.stop() == 0
    return house


@pytest.mark.slow
@pytest.mark.parametrize("bad", library.bad_drops(), ids=lambda bad: bad.name)
def test_a_bad_drop_ends_with_its_code_and_a_plain_reason_and_lies_in_quarantine(
    house: House, bad: library.Bad
) -> None:
    document = house.document(bad.name)
    assert (document.status.value, document.code) == (bad.status, document.code)
    assert document.code in bad.codes
    assert len(document.reason) > 10
    assert "Traceback" not in document.reason
    [folder] = house.home.quarantine.glob(f"*-{document.key}")
    assert (folder / f"{document.key}__{document.name}").read_bytes() == bad.content
    assert document.reason in (folder / "REASON.txt").read_text()
    assert (folder / "report.json").exists()


@pytest.mark.slow
def test_members_that_try_to_leave_the_archive_are_taken_as_data_and_nothing_is_written_elsewhere(house: House) -> None:
    archive = house.document("escape.zip")
    assert archive.status is Status.DONE
    with Reader(house.home) as reader:
        members = reader.children(archive.id)
    assert len(members) == 4
    assert all(member.status is Status.DONE for member in members)
    assert not list(house.home.root.parent.rglob("escaped.html"))
    assert not list(house.home.root.rglob("*back.html"))
    assert not Path("/absolute.html").exists()


@pytest.mark.slow
@pytest.mark.parametrize("name", [*GOOD, DISGUISED])
def test_everything_else_is_finished_whatever_it_is_called(house: House, name: str) -> None:
    document = find(house, name)
    assert (document.status, document.stage) == (Status.DONE, Stage.FINALIZE)
    with Reader(house.home) as reader:
        assert reader.samples_of(document.digest)


@pytest.mark.slow
@pytest.mark.skipif(not MAY_FAIL_TO_READ, reason="root reads every file, and setpriv is not here")
def test_an_unreadable_file_stays_in_the_inbox_and_is_named_with_the_reason(house: House) -> None:
    assert (house.home.inbox / UNREADABLE).exists()
    with Reader(house.home) as reader:
        waiting = reader.status()["inbox"]["waiting"]
    assert [entry["name"] for entry in waiting] == [UNREADABLE]
    assert "denied" in waiting[0]["reason"]


@pytest.mark.slow
def test_the_daemon_lived_through_all_of_it(house: House) -> None:
    log = (house.home.logs / "daemon.jsonl").read_text()
    assert log.count('"message": "started') == 1
    assert "CRITICAL" not in log


def find(house: House, name: str) -> Document:
    """By its exact stored name: what people type cannot hold every byte."""
    from randaemon.store.names import encode

    [found] = [document for document in house.documents() if document.name == encode(name)]
    return found


HANG = b"<html><body><p>hang here</p></body></html>"
COMMAND = f"""
from randaemon import config, daemon
from randaemon.model import Stage
from randaemon.store import Home
from randaemon.workers.runner import Program

entries = {{**Program().entries, Stage.CONVERT: "hanging_convert:run"}}
program = Program(entries=entries, environment={{"PYTHONPATH": {str(STAGES)!r}}})
raise SystemExit(daemon.serve(Home.default(), config.load(None), program=program))
"""


@pytest.mark.slow
def test_a_parser_that_hangs_is_killed_at_its_deadline_and_the_others_go_on(tmp_path: Path) -> None:
    settings = {"RANDAEMON_WORKER__DEADLINE_SECONDS": "2", "RANDAEMON_POOL__TIMEOUTS": "2"}
    house = House(tmp_path / "home", settings, [sys.executable, "-c", COMMAND])
    house.drop("hang.html", HANG)
    house.drop("good.html", library.page(0))
    house.start()
    house.until_ended(2)
    assert house.stop() == 0
    hung = house.document("hang.html")
    assert (hung.status, hung.code, hung.stage) == (Status.FAILED, "E_TIMEOUT", Stage.CONVERT)
    assert house.document("good.html").status is Status.DONE
    assert list(house.home.quarantine.glob(f"*-{hung.key}/REASON.txt"))
