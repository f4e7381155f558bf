"""Commands beside a running daemon: it carries them out, and one home has one of them."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests import library
from tests.house import HASTE, RUN, House
from tests.terminal import Terminal

from randaemon.store.control import result, submit


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A daemon that has worked through two pages, an archive with a copy of one, and an empty file."""
    house = House(tmp_path_factory.mktemp("surface") / "home")
    house.drop("first.html", library.page(1))
    house.drop("second.html", library.page(2))
    house.drop("both.zip", library.pack({"in/copy.html": library.page(1), "in/third.html": library.page(3)}))
    house.drop("empty.txt", b"")
    house.start()
    house.until_ended(4)
    yield house
    house.stop()


@pytest.fixture
def terminal(house: House) -> Terminal:
    return Terminal(house.home, HASTE)


def test_status_says_that_it_runs_and_counts_the_documents(terminal: Terminal) -> None:
    told = terminal.run("status", "--json").json
    assert told["daemon"]["running"] is True
    assert told["documents"]["total"] == 6
    assert told["documents"]["by_status"]["done"] == 5
    assert told["documents"]["by_status"]["rejected"] == 1
    assert terminal.run("status", "--check").code == 0
    assert re.search(
        rf"^randaemon +runs for \d+ s, pid {told['daemon']['pid']}$", terminal.run("status").out, re.MULTILINE
    )


def test_a_second_daemon_ends_with_1_and_names_the_first(terminal: Terminal) -> None:
    pid = terminal.run("status", "--json").json["daemon"]["pid"]
    ended = terminal.run("run")
    assert ended.code == 1
    assert f"pid {pid}" in ended.err


def test_a_refused_file_is_shown_with_its_reason(terminal: Terminal) -> None:
    shown = terminal.run("jobs", "show", "empty.txt", "--json").json
    assert (shown["status"], shown["code"]) == ("rejected", "E_EMPTY")
    assert "empty" in shown["reason"]
    assert shown["events"][-1]["kind"] in {"document.rejected", "drop.failed"}
    assert shown["reason"] in terminal.run("jobs", "show", "empty.txt").out
    [listed] = terminal.run("jobs", "ls", "--status", "rejected", "--json").json
    assert listed["key"] == shown["key"]


def test_an_archive_is_shown_with_its_members_and_a_copy_with_its_first(terminal: Terminal) -> None:
    archive = terminal.run("jobs", "show", "both.zip", "--json").json
    assert sorted(member["name"] for member in archive["members"]) == ["in/copy.html", "in/third.html"]
    copies = [member for member in archive["members"] if member["duplicate_of"] is not None]
    assert len(copies) <= 1
    first = terminal.run("why", "first.html", "--json").json
    assert first["places"] == ["both.zip/in/copy.html", "first.html"]


def test_a_sample_is_traced_to_its_document_and_its_sentence(terminal: Terminal) -> None:
    sample = terminal.run("why", "second.html", "--json").json["samples"]["accepted"][0]
    traced = terminal.run("why", sample, "--json").json
    assert traced["id"] == sample
    assert traced["accepted"] is True
    assert traced["places"] == ["second.html"]
    assert traced["evidence"]
    assert traced["rules"]
    assert len(traced["sources"]) == len(traced["evidence"])
    told = terminal.run("why", sample).out
    assert all(part["text"] in told for part in traced["evidence"])
    assert f"mode {traced['mode']}, found by the rule {traced['rules'][0]}" in told


def test_a_sample_says_in_which_split_of_the_newest_version_it_is(terminal: Terminal) -> None:
    assert terminal.run("dataset", "build").code == 0
    samples = terminal.run("why", "second.html", "--json").json["samples"]["accepted"]
    version = terminal.run("dataset", "stats", "--json").json["versions"][-1]
    sealed = {
        json.loads(row)["id"]: split
        for split in ("train", "valid", "test")
        for row in (Path(version["path"]) / f"{split}.jsonl").read_text(encoding="utf-8").splitlines()
    }
    inside = next(sample for sample in samples if sample in sealed)
    traced = terminal.run("why", inside, "--json").json
    assert (traced["version"], traced["split"]) == (version["number"], sealed[inside])
    assert f"version {version['number']}, {sealed[inside]}" in terminal.run("why", inside).out


def test_retry_is_carried_out_by_the_daemon(terminal: Terminal, house: House) -> None:
    key = terminal.run("jobs", "show", "empty.txt", "--json").json["key"]
    answer = terminal.run("jobs", "retry", "empty.txt", "--json")
    assert answer.code == 0, answer.err
    assert answer.json["key"] == key
    house.until_ended(4)
    assert terminal.run("jobs", "show", key, "--json").json["status"] == "rejected"
    done = terminal.run("jobs", "retry", "second.html")
    assert done.code == 1
    assert "Traceback" not in done.err


def test_a_command_that_nobody_knows_is_answered_with_a_refusal(house: House) -> None:
    command = submit(house.home, "sing", {})
    house.until(lambda _: result(house.home, command) is not None)
    answer = result(house.home, command)
    assert answer is not None
    assert answer["ok"] is False


@pytest.mark.parametrize("form", ["jsonl", "parquet", "csv"])
def test_an_export_loads_in_what_it_was_made_for(terminal: Terminal, tmp_path: Path, form: str) -> None:
    exported = terminal.run("dataset", "export", "--format", form, "--output", tmp_path, "--json")
    assert exported.code == 0, exported.err
    stats = terminal.run("dataset", "stats", "--json").json
    assert exported.json["samples"] == stats["samples"] > 0
    assert _count(tmp_path, form) == stats["samples"]
    assert stats["new_samples"] == 0


def test_an_export_says_how_many_samples_it_wrote(terminal: Terminal, tmp_path: Path) -> None:
    ended = terminal.run("dataset", "export", "--where", "kind=procedure", "--output", tmp_path / "out")
    written = _count(tmp_path / "out", "jsonl")
    assert ended.err.startswith(f"{written} of the ")
    assert ended.out.splitlines() == [str(tmp_path / "out"), "  test.jsonl", "  train.jsonl", "  valid.jsonl"]


def test_a_review_whose_input_ends_keeps_what_was_rated(terminal: Terminal) -> None:
    ended = terminal.run("review", "--seed", "1", stdin="5\nk\n4\ne\n")
    assert ended.code == 0, ended.err
    assert ended.out.lstrip().startswith("3 samples reviewed, 2 rated\n")
    assert "Aborted" not in ended.err


def test_what_was_sealed_is_never_exported_over(terminal: Terminal) -> None:
    for folder in (terminal.home.datasets, terminal.home.datasets / "v0001"):
        ended = terminal.run("dataset", "export", "--format", "csv", "--output", folder)
        assert (ended.code, ended.out) == (1, "")
        assert "where sealed versions are kept" in ended.err


def _count(folder: Path, form: str) -> int:
    files = [folder / f"{split}.{form}" for split in ("train", "valid", "test")]
    if form == "jsonl":
        rows = [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]
        assert all(row["messages"][-1]["role"] == "assistant" for row in rows)
        return len(rows)
    if form == "csv":
        texts = [file.read_bytes().decode("utf-8") for file in files]
        return sum(len(list(csv.DictReader(io.StringIO(text, newline="")))) for text in texts)
    from pyarrow import parquet

    return sum(parquet.read_metadata(file).num_rows for file in files)


def test_building_twice_gives_the_version_that_there_is(terminal: Terminal) -> None:
    first = terminal.run("dataset", "build", "--json").json
    again = terminal.run("dataset", "build", "--json").json
    assert first["number"] == again["number"]
    assert first["digest"] == again["digest"]


def test_training_cannot_be_stopped_when_none_is_under_way(terminal: Terminal) -> None:
    ended = terminal.run("train", "stop")
    assert ended.code == 1
    assert "no training run" in ended.err


def test_what_a_command_says_while_it_is_closed_on_is_no_error(terminal: Terminal) -> None:
    """`randaemon jobs ls | head -1` must not end in a traceback."""
    piped = f"{sys.executable} -m randaemon jobs ls --json | head -c 1"
    ended = subprocess.run(
        ["/bin/bash", "-c", piped],
        env={"RANDAEMON_HOME": str(terminal.home.root), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0
    assert "Traceback" not in ended.stderr


def test_a_flag_overrules_environment_and_file(tmp_path: Path) -> None:
    house = House(tmp_path / "home", {"RANDAEMON_POOL__WORKERS": "2"}, [*RUN, "--set", "pool.workers=1"])
    house.start()
    house.until_running()
    house.until(lambda reader: reader.state("settings", {}).get("pool", {}).get("workers") == 1)
    assert house.stop() == 0
