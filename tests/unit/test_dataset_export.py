"""Exports hold every row in every format, whole or not at all, and no spreadsheet runs what a document says."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest
from tests.knowledge import document

from randaemon.dataset import Version, export, placing, seal
from randaemon.dataset.where import parse
from randaemon.errors import RandaemonError
from randaemon.model import SPLITS, Candidate
from randaemon.stages import converse, finalize


@pytest.fixture(scope="module")
def version() -> Version:
    found: list[Candidate] = []
    for number in range(3):
        known = document(number)
        said = [each for fact in converse.facts(known.markdown, known.extraction) for each in converse.converse(fact)]
        found += finalize.candidates(known.digest, known.clean, known.extraction, said, 0.5)
    return seal(found, {f"{number:064x}": [f"=b{number}.html", "+a.html"] for number in range(3)})


def test_jsonl_is_the_sealed_version_byte_for_byte(version: Version, tmp_path: Path) -> None:
    written = export.write(version.files, "jsonl", tmp_path / "out").files
    assert [path.name for path in written] == sorted(version.files)
    assert {path.name: path.read_bytes() for path in written} == dict(version.files)


def test_a_folder_is_exported_as_its_files_are(version: Version, tmp_path: Path) -> None:
    folder = tmp_path / "v0001"
    export.write(version.files, "jsonl", folder)
    again = export.write(folder, "jsonl", tmp_path / "copy").files
    assert {path.name: path.read_bytes() for path in again} == dict(version.files)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_filtered_export_over_a_whole_one_leaves_nothing_that_is_not_its_own(
    version: Version, tmp_path: Path
) -> None:
    """The old manifest, card and evaluation would speak of rows that are not there."""
    export.write(version.files, "jsonl", tmp_path / "out")
    (tmp_path / "out" / "notes.txt").write_text("mine")
    export.write(version.files, "csv", tmp_path / "out")
    export.write(version.files, "jsonl", tmp_path / "out", parse(["kind=procedure"]))
    splits = {f"{name}.{form}" for name in SPLITS for form in ("jsonl", "csv")}
    assert names(tmp_path / "out") == splits | {"notes.txt"}
    export.write(version.files, "jsonl", tmp_path / "out")
    assert names(tmp_path / "out") == splits | {"notes.txt"} | set(version.files)


@pytest.mark.parametrize(
    ("form", "name"), [("jsonl", "README.md"), ("jsonl", "manifest.json"), ("alpaca", "dataset_info.json")]
)
def test_a_file_of_somebody_else_is_not_replaced(version: Version, tmp_path: Path, form: str, name: str) -> None:
    (tmp_path / name).write_text("{}")
    with pytest.raises(RandaemonError, match="not from an export"):
        export.write(version.files, form, tmp_path)
    assert names(tmp_path) == {name}
    with pytest.raises(RandaemonError, match="is a file"):
        export.write(version.files, form, tmp_path / name)


def test_an_export_that_fails_changes_nothing_and_leaves_nothing(version: Version, tmp_path: Path) -> None:
    """A name that no file system takes stands for a full disk."""
    export.write(version.files, "jsonl", tmp_path / "out")
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    files = {"train.jsonl": b"other", "x" * 300: b"fails"}
    for output in (tmp_path / "out", tmp_path / "new"):
        with pytest.raises(OSError, match="too long"):
            placing.put(output, files, ("train.jsonl", "manifest.json"))
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before
    assert names(tmp_path) == {"out"}


def test_whoever_reads_while_exports_follow_each_other_finds_one_version_whole(tmp_path: Path) -> None:
    """The folder is held open, as a reader of many files holds it: what it finds in there is of one export."""
    versions = [{f"{name}.csv": f"{number} {name}".encode() for name in "abc"} for number in range(40)]
    output, done, seen = tmp_path / "out", threading.Event(), set()
    (tmp_path / "out").mkdir()
    (output / "notes.txt").write_text("mine")
    placing.put(output, versions[0], versions[0])

    def export_all() -> None:
        for files in versions[1:]:
            placing.put(output, files, files)
        done.set()

    with ThreadPoolExecutor(1) as pool:
        exporting = pool.submit(export_all)
        while not done.is_set() and not exporting.done():
            seen.add(tuple(sorted(read_held_open(output).items())))
        exporting.result()
    whole = {tuple(sorted({**files, "notes.txt": b"mine"}.items())) for files in versions}
    torn = {each for each in seen if each not in whole and each != ()}
    assert torn == set()
    assert len(seen) > 1
    assert read_held_open(output) == {**versions[-1], "notes.txt": b"mine"}
    assert names(tmp_path) == {"out"}


def read_held_open(folder: Path) -> dict[str, bytes]:
    """All files of what the folder is now; {} when it was exchanged on the way and is being taken away."""
    number = os.open(folder, os.O_RDONLY)
    try:
        found = {}
        for entry in list(os.scandir(number)):
            with os.fdopen(os.open(entry.name, os.O_RDONLY, dir_fd=number), "rb") as file:
                found[entry.name] = file.read()
        return found if folder.stat().st_ino == os.fstat(number).st_ino else {}
    except FileNotFoundError:
        return {}
    finally:
        os.close(number)


def test_what_a_crash_left_beside_is_taken_away_and_what_is_of_others_never(version: Version, tmp_path: Path) -> None:
    output, beside = tmp_path / "out", tmp_path / ".out.part"
    export.write(version.files, "csv", output)
    (output / "notes.txt").write_text("mine")
    beside.mkdir()
    (beside / "train.jsonl").write_text("half")
    (beside / "notes.txt").hardlink_to(output / "notes.txt")
    export.write(version.files, "csv", output)
    assert names(tmp_path) == {"out"}
    assert (output / "notes.txt").read_text() == "mine"
    beside.mkdir()
    (beside / "notes.txt").write_text("newer")
    before = {path.name: path.read_bytes() for path in output.iterdir()}
    with pytest.raises(RandaemonError, match="holds files that no export wrote"):
        export.write(version.files, "csv", output, parse(["kind=procedure"]))
    assert (beside / "notes.txt").read_text() == "newer"
    assert {path.name: path.read_bytes() for path in output.iterdir()} == before


def test_folders_of_others_stay_as_they_are_and_so_does_a_folder_that_somebody_is_in(
    version: Version, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One folder cannot take the place of another there: the old files leave before the new ones come."""
    output = tmp_path / "out"
    export.write(version.files, "csv", output)
    number = output.stat().st_ino
    (output / "figures").mkdir()
    (output / "figures" / "one.txt").write_text("mine")
    export.write(version.files, "csv", output, parse(["kind=procedure"]))
    assert (output / "figures" / "one.txt").read_text() == "mine"
    shutil.rmtree(output / "figures")
    monkeypatch.chdir(output)
    export.write(version.files, "csv", Path())
    assert output.stat().st_ino == number
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link").symlink_to(output)
    output.chmod(0o750)
    export.write(version.files, "csv", tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (output.stat().st_ino == number, output.stat().st_mode & 0o777) == (False, 0o750)
    assert names(output) == {f"{name}.csv" for name in SPLITS}
    assert names(tmp_path) == {"out", "link"}


def test_a_folder_that_is_no_version_and_a_format_nobody_knows_are_refused(version: Version, tmp_path: Path) -> None:
    with pytest.raises(RandaemonError, match="not a sealed dataset version"):
        export.write(tmp_path, "jsonl", tmp_path / "out")
    with pytest.raises(RandaemonError, match="no such export format: xml"):
        export.write(version.files, "xml", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_csv_holds_every_row_with_its_words(version: Version, tmp_path: Path) -> None:
    written = export.write(version.files, "csv", tmp_path)
    assert written.splits == version.splits
    assert [path.name for path in written.files] == ["test.csv", "train.csv", "valid.csv"]
    with (tmp_path / "train.csv").open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    sealed = [msgspec.json.decode(line) for line in version.files["train.jsonl"].splitlines()]
    assert [row["id"] for row in found] == [row["id"] for row in sealed]
    asked = ["\n".join(m["content"] for m in row["messages"] if m["role"] == "user") for row in sealed]
    assert [row["question"] for row in found] == asked
    assert [row["answer"] for row in found] == [
        "\n".join(m["content"] for m in row["messages"] if m["role"] == "assistant") for row in sealed
    ]
    assert msgspec.json.decode(found[0]["evidence"]) == sealed[0]["evidence"]
    assert found[0]["places"].startswith("'+a.html; =b")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_cell_that_a_spreadsheet_would_run_becomes_text(start: str) -> None:
    assert export.safe(f"{start}1+1") == f"'{start}1+1"
    assert export.safe(f"a{start}1") == f"a{start}1"
    assert export.safe("") == ""


def test_parquet_holds_every_row_with_one_schema_for_all_splits(version: Version, tmp_path: Path) -> None:
    from pyarrow import parquet

    export.write(version.files, "parquet", tmp_path)
    tables = {name: parquet.read_table(tmp_path / f"{name}.parquet") for name in ("train", "valid", "test")}
    assert tables["train"].schema == tables["valid"].schema == tables["test"].schema
    for name, table in tables.items():
        sealed = [msgspec.json.decode(line) for line in version.files[f"{name}.jsonl"].splitlines()]
        assert table.to_pylist() == sealed
        assert len(sealed) == version.splits[name]


def test_an_empty_split_still_has_its_schema_and_header(tmp_path: Path) -> None:
    empty = seal((), {})
    export.write(empty.files, "parquet", tmp_path)
    export.write(empty.files, "csv", tmp_path)
    assert (tmp_path / "valid.csv").read_text(encoding="utf-8").startswith("id,kind,document")
    assert (tmp_path / "valid.parquet").stat().st_size > 0


def test_the_dataset_modules_load_no_heavy_library() -> None:
    heavy = "{'pyarrow', 'pandas', 'datasets', 'mlx', 'mlx_lm', 'docling', 'numpy'}"
    code = f"import sys, randaemon.dataset.export, randaemon.stages.finalize; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
