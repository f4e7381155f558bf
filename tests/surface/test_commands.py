"""Commands in a home without a daemon: exit statuses, JSON alone on stdout, plain errors, what is imported."""

from __future__ import annotations

import json
import os
import re
import select
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import get_args

import pytest
from tests.terminal import Terminal

from randaemon.cli.app import COMMANDS
from randaemon.cli.jobs import LaneName, StatusName
from randaemon.model import Drop, Status
from randaemon.store import Home, Store
from randaemon.store.lock import holder
from randaemon.store.records import LANES
from randaemon.workers.protocol import INLINE_CAP

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


def test_the_live_screen_is_refused_where_there_is_no_terminal(terminal: Terminal) -> None:
    refused = terminal.run("tui")
    assert refused.code == 1
    assert "the live screen needs a terminal" in refused.err
    assert refused.out == ""


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


@pytest.mark.parametrize("words", [("status", "--watch"), ("logs", "--follow")])
def test_what_is_watched_through_a_pipe_comes_at_once(terminal: Terminal, words: tuple[str, ...]) -> None:
    terminal.home.logs.mkdir(parents=True)
    (terminal.home.logs / "daemon.jsonl").write_text('{"level": "INFO", "message": "started"}\n')
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    watching = subprocess.Popen(
        [sys.executable, "-m", "randaemon", *words],
        env={**buffered, "RANDAEMON_HOME": str(terminal.home.root)},
        stdout=subprocess.PIPE,
    )
    with watching:
        assert watching.stdout is not None
        ready, _, _ = select.select([watching.stdout], [], [], 60.0)
        watching.kill()
    assert ready


def test_without_a_stdout_there_is_no_traceback(terminal: Terminal) -> None:
    program = [sys.executable, "-m", "randaemon", "status", "--json"]
    closed = ["/bin/sh", "-c", 'exec "$@" >&-', "sh", *program]
    environment = {**os.environ, "RANDAEMON_HOME": str(terminal.home.root)}
    ended = subprocess.run(closed, env=environment, stderr=subprocess.PIPE, check=False)
    assert (ended.returncode, ended.stderr) == (0, b"")


def test_every_command_has_a_help_that_says_something_and_no_list_of_them_is_cut_off(terminal: Terminal) -> None:
    narrow = Terminal(terminal.home, {"COLUMNS": "80"})
    listed = narrow.run("--help").out
    assert "..." not in listed.partition("Commands:")[2]
    for command in COMMANDS:
        assert f"  {command} " in listed
        told = narrow.run(command, "-h")
        assert told.code == 0
        assert "..." not in told.out.partition("Commands:")[2]


def test_where_there_is_nothing_yet_that_is_said(terminal: Terminal, tmp_path: Path) -> None:
    empty = Terminal(Home.at(tmp_path / "none"))
    assert "drop files into" in empty.run("jobs", "ls").err
    assert empty.run("jobs", "ls", "--status", "failed").err == "no document is failed\n"
    reported = empty.run("report")
    assert (reported.code, "nothing to report yet" in reported.err) == (5, True)


def test_lanes_are_paused_and_resumed_one_by_one_or_all(terminal: Terminal) -> None:
    assert terminal.run("jobs", "pause", "training").out == "paused: training — `randaemon jobs resume`\n"
    assert terminal.run("jobs", "pause", "--json").json == {"paused": ["documents", "models", "training"]}
    assert terminal.run("jobs", "resume", "documents", "--json").json == {"paused": ["models", "training"]}
    assert terminal.run("status", "--json").json["daemon"]["paused"] == ["models", "training"]
    assert terminal.run("jobs", "resume").out == "nothing is paused any more\n"
    assert terminal.run("jobs", "pause", "everything").code == 2


def test_the_words_of_options_are_those_of_model_and_store() -> None:
    assert get_args(StatusName) == tuple(status.value for status in Status)
    assert get_args(LaneName) == LANES


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
    return set(json.loads(ended.stderr.splitlines()[-1]))


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


def test_a_name_that_a_terminal_would_obey_is_added_and_shown_harmlessly(terminal: Terminal, tmp_path: Path) -> None:
    file = tmp_path / os.fsdecode(b"b\xffad\x1b[31m\n.html")
    file.write_text(PAGE, encoding="utf-8")
    added = terminal.run("add", file)
    assert added.code == 0, added.err
    assert added.out == f"added {terminal.home.inbox}/b\ufffdad[31m.html\n"
    told = terminal.run("add", file, "--json").json
    assert told["stored_names"] == ["b%FFad%1B%5B31m%0A%20%282%29.html"]
    assert Path(told["added"][0]).name == "b\ufffdad[31m (2).html"
    documents = terminal.run("inspect", file, "--json").json["documents"]
    assert [(one["path"], one["status"]) for one in documents] == [("b\ufffdad[31m.html", "done")]
    refused = terminal.run("jobs", "show", file.name, "--json")
    assert refused.code == 5
    assert "\x1b" not in refused.err


@pytest.mark.parametrize("words", [("add",), ("dataset", "build"), ("run",)], ids=" ".join)
def test_what_the_system_does_not_let_us_do_is_one_plain_sentence(tmp_path: Path, words: tuple[str, ...]) -> None:
    file = tmp_path / "page.html"
    file.write_text(PAGE, encoding="utf-8")
    ended = Terminal(Home.at(file / "home")).run(*words, *([file] if words == ("add",) else []))
    assert ended.code == 1
    assert "Not a directory" in ended.err
    assert "Traceback" not in ended.err


def test_a_folder_is_not_added(terminal: Terminal, tmp_path: Path) -> None:
    ended = terminal.run("add", tmp_path)
    assert ended.code == 1
    assert "regular file" in ended.err


def test_inspect_takes_an_archive_apart_without_a_database(terminal: Terminal, tmp_path: Path) -> None:
    archive = tmp_path / "library.zip"
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("pages/lamp.html", PAGE)
        zipped.writestr("empty.txt", "")
    documents = terminal.run("inspect", archive, "--json", "--no-llm", "--mode", "cmedit").json["documents"]
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
    assert {said["kind"] for said in lamp["conversations"]} <= {"chunk", "procedure", "command_read", "command_write"}
    for said in lamp["conversations"]:
        assert 0 <= said["score"] <= 1
        assert all(lamp["markdown"][part["start"] : part["end"]] == part["text"] for part in said["evidence"])
    assert by_path["library.zip/empty.txt"]["status"] == "rejected"
    assert by_path["library.zip/empty.txt"]["reason"]
    assert not terminal.home.root.exists()


def test_inspect_reads_a_document_whose_artifacts_are_too_large_for_a_message(
    terminal: Terminal, tmp_path: Path
) -> None:
    file = tmp_path / "long.md"
    sentence = "The lamp of the cell is lit as long as nothing else is written here. " * 15
    file.write_text("# Lamp\n\nNRCellDU.lampTimer is read.\n\n" + f"{sentence}\n\n" * (INLINE_CAP // 1000 + 100))
    [found] = terminal.run("inspect", file, "--json", "--no-llm").json["documents"]
    assert (found["status"], found["reason"]) == ("done", "")
    assert len(found["markdown"]) > INLINE_CAP
    assert [item["text"] for item in found["extraction"]["parameters"]] == ["NRCellDU.lampTimer"]


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


def test_cmedit_check_reads_what_editors_and_documents_put_around_commands(terminal: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "pasted.txt"
    file.write_bytes(b"\xef\xbb\xbf```\r\ncmedit set N NRCellDU=1 \\\r\n  pMax=3\r\n```\r\n")
    ended = terminal.run("cmedit", "check", file, "--json")
    assert ended.code == 0
    assert json.loads(ended.out)["cmd"].split() == ["cmedit", "set", "N", "NRCellDU=1", "pMax=3"]


def test_a_command_longer_than_a_name_may_be_is_none_and_no_command_at_all_is_said(terminal: Terminal) -> None:
    nodes = ";".join(f"LTE{number:03d}" for number in range(100))
    assert terminal.run("cmedit", "check", f"cmedit get {nodes} EUtranCellFDD.qRxLevMin -t").out.startswith("ok  ")
    nothing = terminal.run("cmedit", "check", "-", stdin="# only a comment\n")
    assert (nothing.code, nothing.out, nothing.err) == (0, "", "there is no command in stdin\n")


def test_cmedit_check_exits_0_when_all_are_good(terminal: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "commands.txt"
    file.write_text("cmedit set * EUtranCellFDD beamLampTimer=5\n", encoding="utf-8")
    assert terminal.run("cmedit", "check", file).code == 0
    explained = terminal.run("cmedit", "explain", file)
    assert "writes attributes" in explained.out
    assert "beamLampTimer = 5" in explained.out


@pytest.mark.parametrize(
    ("command", "code"),
    [("cmedit get * EUtranCellFDD.qRxLevMin -t", 0), ("cmedit set N NRCellDU=1 pmX2Att=4", 1), ("cmedit mon X", 1)],
)
def test_one_command_may_be_typed_in_place_of_a_file(terminal: Terminal, command: str, code: int) -> None:
    for verb in ("check", "explain"):
        ended = terminal.run("cmedit", verb, command)
        assert ended.code == code
        assert command in ended.out


def test_only_a_command_that_is_right_has_its_amos_equivalent(terminal: Terminal) -> None:
    assert (
        "in AMOS, on the node: set NRCellDU=1 pMax 4"
        in terminal.run("cmedit", "explain", "cmedit set N NRCellDU=1 pMax=4").out
    )
    assert "AMOS" not in terminal.run("cmedit", "explain", "cmedit set N NRCellDU=1 pmX2Att=4").out


def test_commands_in_another_encoding_are_refused_in_one_sentence(terminal: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "commands.txt"
    file.write_bytes(b"cmedit get * Caf\xe9\n")
    ended = terminal.run("cmedit", "check", file)
    assert (ended.code, ended.err.splitlines()[0]) == (1, f"randaemon: {file} is not UTF-8 text: byte 17")


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


@pytest.mark.parametrize("platform", ["launchd", "systemd"])
def test_a_service_gets_whole_paths(tmp_path: Path, platform: str) -> None:
    names = {"RANDAEMON_HOME": "here", "HF_HOME": "hub", "HF_HUB_CACHE": "models", "HOME": str(tmp_path)}
    ended = subprocess.run(
        [sys.executable, "-m", "randaemon", "service", "install", "--dry-run", "--platform", platform],
        env={**os.environ, **names},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    written = ended.stdout
    assert f"{tmp_path}/here" in written
    assert (
        written.count(f"{tmp_path}/hub") == written.count(f"{tmp_path}/models") == (1 if platform == "launchd" else 2)
    )
    assert not re.search(r"RANDAEMON_HOME(=|</key>\s*<string>)here", written)


def test_the_doctor_looks_for_the_weights_of_a_model_too(terminal: Terminal, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "config.json").write_text("{}", encoding="utf-8")
    at_home = Terminal(terminal.home, {"HOME": str(tmp_path), "RANDAEMON_TRAINING__MODEL": "~/model"})

    def found() -> tuple[bool, str]:
        findings = at_home.run("doctor", "--json").json["findings"]
        return next((finding["ok"], finding["told"]) for finding in findings if finding["name"] == "model")

    ok, told = found()
    assert (ok, told.partition(": ")[0]) == (False, f"{folder} is no folder with config.json and *.safetensors")
    (folder / "model.safetensors").touch()
    assert found() == (True, str(folder))


def test_config_check_and_path_speak_json(terminal: Terminal) -> None:
    file = str(terminal.home.settings)
    assert terminal.run("config", "path", "--json").json == {"file": file, "exists": False}
    told = Terminal(terminal.home, {"RANDAEMON_POOL__WORKERS": "3"}).run("config", "check", "--json")
    assert told.json["ok"] is True
    assert "RANDAEMON_POOL__WORKERS" in told.json["environment"]
    assert told.err == ""


def test_a_file_that_is_no_toml_is_changed_by_no_command_and_named(terminal: Terminal) -> None:
    terminal.home.settings.parent.mkdir(exist_ok=True)
    terminal.home.settings.write_text("[pool\n")
    for words in (("set", "pool.workers", "2"), ("unset", "pool.workers")):
        told = terminal.run("config", *words)
        assert (told.code, "is no TOML" in told.err, "Traceback" in told.err) == (1, True, False)
    assert terminal.home.settings.read_text() == "[pool\n"


def test_a_long_value_moves_no_other_line_of_a_table(terminal: Terminal) -> None:
    told = terminal.run("config", "show", "--origin").out.splitlines()
    assert all(len(line) < 110 for line in told if line.startswith(("pool.", "inbox.")))


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


async def test_words_in_another_encoding_are_looked_for_too(terminal: Terminal) -> None:
    async with Store.open(terminal.home):
        pass
    ended = terminal.run("search", os.fsdecode(b"Caf\xe9"))
    assert (ended.code, ended.out) == (0, "nothing holds these words\n"), ended.err


async def test_without_a_daemon_a_command_is_carried_out_here_under_its_lock(terminal: Terminal) -> None:
    drop = Drop(key="abcdef012345", name="page.html", digest="0" * 64, size=4)
    async with Store.open(terminal.home) as store:
        (terminal.home.originals / "abcdef012345__page.html").write_bytes(b"page")
        await store.admit([drop])
    assert "left to do: 1 in unpack" in terminal.run("status").out
    assert terminal.run("jobs", "cancel", "page.html", "--json").json == {"key": drop.key, "status": "cancelled"}
    assert terminal.run("jobs", "show", drop.key, "--json").json["status"] == "cancelled"
    assert "  stages " not in terminal.run("status").out
    assert terminal.run("status", "--json").json["documents"]["by_stage"]["unpack"] == 1
    assert terminal.run("jobs", "retry", "abcd", "--json").json == {"key": drop.key, "status": "ready"}
    assert holder(terminal.home) is None
