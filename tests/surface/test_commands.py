"""Commands in a home without a daemon: exit statuses, JSON alone on stdout, plain errors, what is imported."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import get_args

import pytest
from tests.terminal import Terminal

from randaemon.cli.app import COMMANDS
from randaemon.cli.jobs import StatusName
from randaemon.model import Drop, Status
from randaemon.store import Store
from randaemon.store.lock import holder

STATUS_KEYS = {
    *("daemon", "inbox", "documents", "waiting", "dataset", "training", "model", "services", "resources"),
}
READING = [
    ("status",),
    ("jobs", "ls"),
    ("dataset", "stats"),
    ("train", "status"),
    ("models", "ls"),
    ("paths",),
    ("version",),
    ("config", "show"),
    ("doctor",),
]
PAGE = (
    "<html><head><title>Beam Lamp</title></head><body><h1>Beam Lamp</h1>"
    "<p>The feature Beam Lamp has the identity FAJ 121 9999.</p><h2>Parameters</h2>"
    "<table><tr><th>Parameter</th><th>Type</th><th>Description</th></tr>"
    "<tr><td>EUtranCellFDD.beamLampTimer</td><td>Introduced</td><td>The time the lamp is lit.</td></tr></table>"
    "</body></html>"
)


@pytest.mark.parametrize("words", READING, ids=" ".join)
def test_a_reading_command_works_in_an_empty_home_and_prints_json_alone(
    terminal: Terminal, words: tuple[str, ...]
) -> None:
    ended = terminal.run(*words, "--json")
    assert ended.code == 0, ended.err
    assert ended.json is not None
    assert ended.err == ""


@pytest.mark.parametrize("words", READING, ids=" ".join)
def test_reading_writes_nothing_into_a_home_that_is_not_there(terminal: Terminal, words: tuple[str, ...]) -> None:
    assert terminal.run(*words).code == 0
    assert not terminal.home.root.exists()


def test_status_has_exactly_the_promised_keys(terminal: Terminal) -> None:
    told = terminal.run("status", "--json").json
    assert set(told) == STATUS_KEYS
    assert set(told["documents"]) == {"total", "by_status", "by_stage"}
    assert {"version", "samples", "new_samples", "mean_quality", "splits"} <= set(told["dataset"])
    assert {"state", "run", "progress", "due"} <= set(told["training"])
    assert "conditions" in told["training"]["due"]
    assert told["model"] == {"active": None, "previous": None}
    assert told["inbox"]["files"] == 0


@pytest.mark.parametrize("command", ["status", "doctor"])
def test_a_check_without_a_daemon_exits_with_3(terminal: Terminal, command: str) -> None:
    assert terminal.run(command, "--check").code == 3


@pytest.mark.parametrize(
    "words",
    [
        ("jobs", "show", "nothing.zip"),
        ("jobs", "retry", "nothing.zip"),
        ("why", "0123456789abcdef"),
        ("why", "nothing.zip"),
        ("add", "/nowhere/at/all.zip"),
        ("inspect", "/nowhere/at/all.zip"),
        ("ask", "What is it?"),
        ("models", "promote", "run-0001"),
        ("models", "rollback"),
        ("cmedit", "check", "/nowhere/at/all.txt"),
        ("dataset", "export", "--version", "7", "--output", "/nowhere"),
        ("service", "start"),
    ],
    ids=" ".join,
)
def test_a_thing_that_does_not_exist_is_status_5_and_one_plain_sentence(
    terminal: Terminal, words: tuple[str, ...], tmp_path: Path
) -> None:
    ended = Terminal(terminal.home, {"HOME": str(tmp_path)}).run(*words)
    assert ended.code == 5, ended.err
    assert ended.out == ""
    assert ended.err.startswith("randaemon: ")
    assert "Traceback" not in ended.err


@pytest.mark.parametrize(
    "words",
    [("sing",), ("jobs",), ("jobs", "ls", "--status", "happy"), ("dataset", "export"), ("run", "--set", "pool=1")],
    ids=" ".join,
)
def test_a_wrong_use_is_status_2(terminal: Terminal, words: tuple[str, ...]) -> None:
    ended = terminal.run(*words)
    assert ended.code == 2
    assert "Traceback" not in ended.err


def test_settings_that_cannot_be_used_are_status_1_and_name_the_key(terminal: Terminal) -> None:
    ended = Terminal(terminal.home, {"RANDAEMON_POOL__WORKERS": "many"}).run("config", "check")
    assert ended.code == 1
    assert "pool.workers" in ended.err
    assert "next: " in ended.err


def test_a_damaged_database_is_status_1_and_says_so(terminal: Terminal) -> None:
    terminal.home.root.mkdir(mode=0o700, parents=True)
    terminal.home.database.write_bytes(b"this is not a database" * 100)
    ended = terminal.run("status")
    assert ended.code == 1
    assert "Traceback" not in ended.err
    assert terminal.home.database.read_bytes().startswith(b"this is not")


def test_an_interrupt_is_status_130(terminal: Terminal) -> None:
    program = (
        "import sys\nfrom randaemon.cli import main\n"
        "class Terminal:\n    def read(self):\n        raise KeyboardInterrupt\n"
        "sys.stdin = Terminal()\nsys.argv = ['randaemon', 'cmedit', 'check', '-']\nmain()\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ended.returncode == 130
    assert "Traceback" not in ended.stderr


def test_every_command_has_a_help_that_says_something(terminal: Terminal) -> None:
    listed = terminal.run("--help").out
    for command in COMMANDS:
        assert f"  {command} " in listed
        assert terminal.run(command, "-h").code == 0


def test_the_statuses_of_jobs_ls_are_those_of_the_model() -> None:
    assert get_args(StatusName) == tuple(status.value for status in Status)


# --- What is loaded -----------------------------------------------------------------------------------------------

NEVER_READING = {
    *(
        "pydantic_settings",
        "pydantic",
        "lxml",
        "bs4",
        "pdfplumber",
        "pandas",
        "docling",
        "docling_core",
        "mlx",
        "mlx_lm",
    ),
    *("aiohttp", "datasets", "pyarrow", "transformers", "anyio", "aiosqlite", "asyncio", "watchdog", "loguru"),
}


@pytest.mark.parametrize("words", [words for words in READING if words[0] not in {"config", "doctor"}], ids=" ".join)
def test_a_reading_command_loads_no_settings_no_parser_and_no_ml(terminal: Terminal, words: tuple[str, ...]) -> None:
    assert not NEVER_READING & _loaded(terminal, words)


def test_status_loads_neither_rich_nor_the_model_of_values(terminal: Terminal) -> None:
    assert not {"rich", "msgspec", "randaemon.model"} & _loaded(terminal, ("status",))


def _loaded(terminal: Terminal, words: tuple[str, ...]) -> set[str]:
    program = (
        "import sys, json\nfrom randaemon.cli import main\n"
        f"sys.argv = ['randaemon', *{list(words)!r}]\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "sys.stderr.write(json.dumps(list(sys.modules)))\n"
    )
    environment = {**os.environ, "RANDAEMON_HOME": str(terminal.home.root)}
    ended = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    return set(json.loads(ended.stderr))


# --- Files --------------------------------------------------------------------------------------------------------


def test_add_copies_into_the_inbox_and_leaves_the_file_where_it_is(terminal: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "my page.html"
    file.write_text(PAGE, encoding="utf-8")
    told = terminal.run("add", file, file, "--json").json
    names = sorted(path.name for path in terminal.home.inbox.iterdir())
    assert names == ["my page (2).html", "my page.html"]
    assert [Path(path).name for path in told["added"]] == ["my page.html", "my page (2).html"]
    assert file.read_text(encoding="utf-8") == PAGE
    assert terminal.run("status", "--json").json["inbox"]["files"] == 2


def test_a_folder_is_not_added(terminal: Terminal, tmp_path: Path) -> None:
    ended = terminal.run("add", tmp_path)
    assert ended.code == 1
    assert "regular file" in ended.err


def test_inspect_takes_an_archive_apart_without_a_database(terminal: Terminal, tmp_path: Path) -> None:
    archive = tmp_path / "library.zip"
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("pages/lamp.html", PAGE)
        zipped.writestr("empty.txt", "")
    documents = terminal.run("inspect", archive, "--json", "--no-llm").json["documents"]
    by_path = {document["path"]: document for document in documents}
    assert list(by_path) == ["library.zip", "library.zip/pages/lamp.html", "library.zip/empty.txt"]
    lamp = by_path["library.zip/pages/lamp.html"]
    assert (lamp["status"], lamp["media_type"]) == ("done", "text/html")
    assert [item["text"] for item in lamp["extraction"]["parameters"]] == ["EUtranCellFDD.beamLampTimer"]
    assert set(lamp["extraction"]) == {
        *("features", "parameters", "counters", "events", "related_features", "activation_procedures"),
    }
    for item in lamp["extraction"]["parameters"]:
        start, end = item["span"]
        assert lamp["markdown"][start:end] == item["text"]
    for said in lamp["conversations"]:
        assert 0 <= said["score"] <= 1
        assert all(lamp["markdown"][part["start"] : part["end"]] == part["text"] for part in said["evidence"])
    assert by_path["library.zip/empty.txt"]["status"] == "rejected"
    assert by_path["library.zip/empty.txt"]["reason"]
    assert not terminal.home.root.exists()


# --- Commands of the network manager ------------------------------------------------------------------------------


def test_cmedit_check_prints_one_verdict_a_line_and_exits_1_if_one_is_bad(terminal: Terminal) -> None:
    text = "# comment\ncmedit get * EUtranCellFDD\n\ncmedit frobnicate\n"
    ended = terminal.run("cmedit", "check", "-", "--json", stdin=text)
    told = [json.loads(line) for line in ended.out.splitlines()]
    assert ended.code == 1
    assert [(line["cmd"], line["valid"]) for line in told] == [
        ("cmedit get * EUtranCellFDD", True),
        ("cmedit frobnicate", False),
    ]
    assert told[0]["problems"] == []
    assert told[1]["problems"]


def test_cmedit_check_exits_0_when_all_are_good(terminal: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "commands.txt"
    file.write_text("cmedit set * EUtranCellFDD beamLampTimer=5\n", encoding="utf-8")
    assert terminal.run("cmedit", "check", file).code == 0
    explained = terminal.run("cmedit", "explain", file)
    assert "writes attributes" in explained.out
    assert "beamLampTimer = 5" in explained.out


def test_against_the_library_an_unknown_class_is_a_problem(terminal: Terminal) -> None:
    ended = terminal.run("cmedit", "check", "-", "--library", stdin="cmedit get * NoSuchClass\n")
    assert ended.code == 1
    assert "NoSuchClass" in ended.out


# --- The rest -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("platform", ["launchd", "systemd"])
def test_a_dry_run_of_service_install_prints_the_file_and_writes_nothing(
    terminal: Terminal, tmp_path: Path, platform: str
) -> None:
    ended = Terminal(terminal.home, {"HOME": str(tmp_path)}).run(
        "service", "install", "--dry-run", "--platform", platform
    )
    assert ended.code == 0, ended.err
    assert str(tmp_path) in ended.out
    assert ("<key>KeepAlive</key>" if platform == "launchd" else "[Service]") in ended.out
    assert list(tmp_path.iterdir()) == []


def test_config_show_defaults_prints_the_commented_file(terminal: Terminal) -> None:
    shipped = (Path(__file__).resolve().parents[2] / "config/randaemon.toml").read_text(encoding="utf-8")
    assert terminal.run("config", "show", "--defaults").out == shipped


def test_config_show_reads_file_and_environment(terminal: Terminal) -> None:
    terminal.home.root.mkdir(mode=0o700, parents=True)
    terminal.home.settings.write_text("[pool]\nworkers = 2\nattempts = 5\n", encoding="utf-8")
    shown = Terminal(terminal.home, {"RANDAEMON_POOL__WORKERS": "3"}).run("config", "show", "--json").json
    assert (shown["pool"]["workers"], shown["pool"]["attempts"]) == (3, 5)
    assert terminal.run("config", "path").out.strip() == str(terminal.home.settings)


def test_a_build_without_samples_says_that_there_is_nothing_to_seal(terminal: Terminal) -> None:
    ended = terminal.run("dataset", "build")
    assert ended.code == 5
    assert "no accepted samples" in ended.err


async def test_without_a_daemon_a_command_is_carried_out_here_under_its_lock(terminal: Terminal) -> None:
    drop = Drop(key="abcdef012345", name="page.html", digest="0" * 64, size=4)
    async with Store.open(terminal.home) as store:
        (terminal.home.originals / "abcdef012345__page.html").write_bytes(b"page")
        await store.admit([drop])
    assert terminal.run("jobs", "cancel", "page.html", "--json").json == {"key": drop.key, "status": "cancelled"}
    assert terminal.run("jobs", "show", drop.key, "--json").json["status"] == "cancelled"
    assert terminal.run("jobs", "retry", "abcd", "--json").json == {"key": drop.key, "status": "ready"}
    assert holder(terminal.home) is None
