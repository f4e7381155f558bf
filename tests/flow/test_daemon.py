"""The daemon as a process: one a home, a clean stop, a start that puts everything right, commands, safe mode."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from tests import library
from tests.house import RUN, House

from randaemon.model import ENDED, Stage, Status
from randaemon.store import control as folder
from randaemon.store.reader import Reader

STAGES = Path(__file__).parent / "daemon_stages"


def command(entry: str) -> list[str]:
    """A daemon whose convert stage is one of `daemon_stages/misbehaving.py`."""
    script = f"""
from randaemon import config, daemon
from randaemon.model import Stage
from randaemon.store import Home
from randaemon.workers.runner import Program

entries = {{**Program().entries, Stage.CONVERT: "misbehaving:{entry}"}}
program = Program(entries=entries, parts="", environment={{"PYTHONPATH": {str(STAGES)!r}}})
raise SystemExit(daemon.serve(Home.default(), config.load(Home.default().settings), program=program))
"""
    return [sys.executable, "-c", script]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path / "home")
    yield house
    house.kill()


def ask(house: House, verb: str, **args: str) -> dict[str, object]:
    """Submit a command and wait for the daemon's answer."""
    submitted = folder.submit(house.home, verb, args)
    house.until(lambda _: folder.result(house.home, submitted) is not None)
    answer = folder.result(house.home, submitted)
    assert answer is not None
    return answer


@pytest.mark.slow
def test_of_many_daemons_on_one_home_one_lives_and_the_others_name_it(house: House) -> None:
    first = house.start()
    house.until_running()
    others = [
        subprocess.Popen(RUN, env=house.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(3)
    ]
    for other in others:
        _, words = other.communicate(timeout=60)
        assert other.returncode == 1
        assert f"another randaemon (pid {first.pid}) is running".encode() in words
    assert first.poll() is None
    assert house.stop() == 0


@pytest.mark.slow
def test_told_to_stop_in_the_middle_of_a_stage_it_ends_with_the_drain_and_loses_no_attempt(tmp_path: Path) -> None:
    house = House(tmp_path / "home", {"RANDAEMON_DAEMON__DRAIN_SECONDS": "4"}, command("sleep"))
    house.drop("page.html", library.page(0))
    house.start()
    house.until(lambda reader: any(found.stage is Stage.CONVERT for found in reader.documents(status=Status.RUNNING)))
    began = time.monotonic()
    assert house.stop() == 0
    assert time.monotonic() - began < 12.0  # the stage would go on for longer
    document = house.document("page.html")
    assert (document.status, document.stage, document.attempt) == (Status.READY, Stage.CONVERT, 0)
    assert document.reason.startswith("interrupted")


@pytest.mark.slow
def test_a_killed_daemon_leaves_no_worker_behind_and_the_next_one_goes_on_without_losing_an_attempt(
    tmp_path: Path,
) -> None:
    house = House(tmp_path / "home", command=command("sleep"))
    house.drop("page.html", library.page(0))
    daemon = house.start()
    house.until(lambda reader: any(found.stage is Stage.CONVERT for found in reader.documents(status=Status.RUNNING)))
    children = psutil.Process(daemon.pid).children(recursive=True)
    assert children
    house.kill()
    _, alive = psutil.wait_procs(children, timeout=5.0)
    assert not alive
    house.start()
    house.until(lambda reader: any(event.kind == "daemon.recovered" for event in reader.events()))
    assert house.stop() == 0
    assert house.document("page.html").attempt == 0


@pytest.mark.slow
def test_what_lies_in_originals_without_a_row_is_adopted_at_the_start(house: House) -> None:
    house.home.originals.mkdir(mode=0o700)
    (house.home.originals / "0123456789ab__found.html").write_bytes(library.page(0))
    house.start()
    house.until_ended(1)
    assert house.stop() == 0
    assert (house.document("found.html").key, house.document("found.html").status) == ("0123456789ab", Status.DONE)


@pytest.mark.slow
def test_after_five_crashes_on_the_same_document_it_pauses_and_names_it(tmp_path: Path) -> None:
    settings = {"RANDAEMON_DAEMON__SAFE_MODE_AFTER": "5", "RANDAEMON_DAEMON__SAFE_MODE_SECONDS": "600"}
    house = House(tmp_path / "home", settings, command("kill_the_daemon"))
    house.drop("poison.html", library.page(0))
    for _ in range(5):
        assert house.start().wait(60) == -signal.SIGKILL
    # It may die before it has settled what came before that stage. A life that does settle it has got on: from there on
    # crashes are counted anew, once.
    assert any(_lives(house) for _ in range(7))
    with Reader(house.home) as reader:
        daemon = reader.status()["daemon"]
    assert daemon["safe_mode"]
    assert ["poison.html" in problem for problem in daemon["problems"]] == [True]
    assert house.stop() == 0


def _lives(house: House) -> bool:
    """Whether the daemon is started and pauses, instead of dying of its work."""
    daemon = house.start()
    while not (ended := daemon.poll() is not None):
        with Reader(house.home) as reader:
            if _troubled(reader):
                break
    return not ended


def _troubled(reader: Reader) -> bool:
    return bool(reader.status()["daemon"]["problems"])


def all_ended(house: House, number: int) -> bool:
    documents = house.documents()
    return len(documents) == number and all(document.status in ENDED for document in documents)


@pytest.mark.slow
def test_a_document_that_kills_every_daemon_is_found_and_set_aside_and_all_others_are_done(tmp_path: Path) -> None:
    settings = {
        "RANDAEMON_DAEMON__SAFE_MODE_AFTER": "2",
        "RANDAEMON_DAEMON__SAFE_MODE_SECONDS": "0.1",
        "RANDAEMON_POOL__WORKERS": "2",
    }
    house = House(tmp_path / "home", settings, command("kill_the_daemon_at_poison"))
    for number in range(4):
        house.drop(f"page-{number}.html", library.page(number))
    house.drop("poison.html", b"<html><body><h1>poison</h1><p>It ends whoever reads it.</p></body></html>")
    for _ in range(12):
        daemon = house.start()
        while daemon.poll() is None and not all_ended(house, 5):
            time.sleep(0.05)
        if daemon.poll() is None:
            break
    assert house.stop() == 0
    poison = house.document("poison.html")
    assert (poison.status, poison.code) == (Status.FAILED, "E_DAEMON_DIED")
    assert all(document.status is Status.DONE for document in house.documents() if document.id != poison.id)


@pytest.mark.slow
def test_commands_are_carried_out_and_answered_in_plain_words(house: House) -> None:
    house.drop("empty.html", b"")
    house.drop("page.html", library.page(0))
    house.start()
    house.until_ended(2)
    refused = house.document("empty.html")
    house.until(lambda _: bool(list(house.home.quarantine.glob(f"*-{refused.key}"))))
    assert ask(house, "retry", key=refused.key)["ok"] is True
    house.until_ended(2)
    assert ask(house, "retry", key=house.document("page.html").key)["code"] == "E_NOT_ENDED"
    assert ask(house, "dataset.build") == {"ok": True, "version": 1}
    assert ask(house, "models.rollback", run="")["exit_code"] == 5
    assert ask(house, "models.promote", run="run-9999")["exit_code"] == 5
    assert ask(house, "train.stop")["code"] == "E_NOT_RUNNING"
    assert ask(house, "cancel", key="ffffffffffff")["exit_code"] == 5
    assert ask(house, "cancel")["error"] == "cancel needs key"
    assert "there is no command" in str(ask(house, "dance")["error"])
    assert house.stop() == 0


@pytest.mark.slow
def test_it_seals_by_itself_once_everything_has_ended_and_the_same_samples_give_no_second_version(house: House) -> None:
    house.drop("page.html", library.page(0))
    house.start()
    house.until(lambda reader: len(reader.versions()) == 1)
    house.drop("again.html", library.page(0))
    house.drop("note.txt", b"short")
    house.until_ended(3)
    assert house.stop() == 0
    house.start()
    house.until_running()
    assert house.stop() == 0
    with Reader(house.home) as reader:
        [version, *more] = reader.versions()
    assert Path(version.path, "train.jsonl").exists()
    assert len(more) <= 1  # a second place of the page is a change; nothing else is


@pytest.mark.slow
def test_an_export_knows_of_places_that_were_found_after_the_last_sealing(house: House, tmp_path: Path) -> None:
    house.drop("page.html", library.page(0))
    house.start()
    house.until(lambda reader: len(reader.versions()) == 1)
    house.drop("again.html", library.page(0))
    house.until_ended(2)
    house.kill()  # before it sealed again: there is no new sample, but each has another place
    rows = [json.loads(line) for line in house.export(tmp_path / "export")["train.jsonl"].splitlines()]
    assert all(row["places"] == ["again.html", "page.html"] for row in rows)
