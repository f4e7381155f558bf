"""Installing and operating the service, against recording fakes of launchctl and systemctl on PATH."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from tests.terminal import Terminal

from randaemon.cli import service
from randaemon.errors import RandaemonError
from randaemon.integrations.launchd import Agent
from randaemon.integrations.systemd import Unit

PROGRAM = (sys.executable, "-P", "-m", "randaemon", "run", "--wait")


class Tool:
    """A fake command that records its arguments, prints what it is told to and fails on the verbs it is told to."""

    def __init__(self, folder: Path, name: str) -> None:
        self._record = folder / f"{name}.record"
        self._record.touch()
        self._manner = folder / f"{name}.manner"
        self.manner()
        script = folder / name
        script.write_text(
            f"#!{sys.executable}\nimport json, sys\nwords = sys.argv[1:]\n"
            f"with open({str(self._record)!r}, 'a') as record:\n    record.write(json.dumps(words) + '\\n')\n"
            f"manner = json.load(open({str(self._manner)!r}))\nprint(manner['says'])\n"
            "if set(words) & set(manner['fails']):\n    sys.exit('it does not work')\n",
            encoding="utf-8",
        )
        script.chmod(0o755)

    def manner(self, says: str = "", fails: tuple[str, ...] = ()) -> None:
        self._manner.write_text(json.dumps({"says": says, "fails": fails}), encoding="utf-8")

    def verbs(self) -> list[list[str]]:
        called = [json.loads(line) for line in self._record.read_text(encoding="utf-8").splitlines()]
        self._record.write_text("", encoding="utf-8")
        return [[word for word in words if word != "--user"] for words in called]


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Tool]:
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return {name: Tool(folder, name) for name in ("launchctl", "systemctl")}


@pytest.fixture
def unit(tmp_path: Path) -> Unit:
    return Unit(PROGRAM, {}, tmp_path / "user", (tmp_path / "user/home", tmp_path / "user/inbox"))


@pytest.fixture
def agent(tmp_path: Path) -> Agent:
    return Agent(PROGRAM, {}, tmp_path / "user", 501)


def test_installing_writes_the_unit_makes_its_folders_and_starts_it(tools: dict[str, Tool], unit: Unit) -> None:
    service.put(unit)
    assert unit.file.read_bytes() == unit.content()
    assert all(folder.is_dir() for folder in unit.folders)
    assert tools["systemctl"].verbs() == [["daemon-reload"], ["enable", "--now", "--no-block", "randaemon.service"]]


def test_installing_the_agent_makes_the_folder_of_its_logs_and_loads_it(tools: dict[str, Tool], agent: Agent) -> None:
    service.put(agent)
    assert agent.file.read_bytes() == agent.content()
    assert all(folder.is_dir() for folder in agent.folders)
    assert [words[0] for words in tools["launchctl"].verbs()] == ["enable", "bootstrap"]
    assert list(agent.file.parent.iterdir()) == [agent.file]


def test_installing_again_unloads_the_old_one_first_even_if_it_was_not_loaded(
    tools: dict[str, Tool], agent: Agent, capsys: pytest.CaptureFixture[str]
) -> None:
    service.put(agent)
    tools["launchctl"].manner(fails=("bootout",))
    tools["launchctl"].verbs()
    service.put(agent)
    assert [words[0] for words in tools["launchctl"].verbs()] == ["bootout", "enable", "bootstrap"]
    assert "it does not work" in capsys.readouterr().err


def test_a_service_that_cannot_be_loaded_is_an_error_with_the_managers_own_words(
    tools: dict[str, Tool], agent: Agent
) -> None:
    tools["launchctl"].manner(fails=("bootstrap",))
    with pytest.raises(RandaemonError, match="it does not work"):
        service.put(agent)


def test_uninstalling_leaves_no_file(tools: dict[str, Tool], unit: Unit) -> None:
    service.put(unit)
    tools["systemctl"].verbs()
    service.take_away(unit)
    assert not unit.file.exists()
    assert tools["systemctl"].verbs() == [["disable", "--now", "randaemon.service"], ["daemon-reload"]]


def test_a_system_without_the_manager_is_an_error_that_says_so(
    unit: Unit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RandaemonError, match="systemctl cannot be run"):
        service.put(unit)


def test_status_start_and_stop_speak_to_the_manager(tools: dict[str, Tool], terminal: Terminal, tmp_path: Path) -> None:
    here = Terminal(terminal.home, {"HOME": str(tmp_path), "PATH": str(tmp_path / "bin")})
    absent = here.run("service", "status", "--platform", "systemd", "--json")
    assert (absent.code, absent.json["installed"], absent.json["running"]) == (3, False, False)
    (tmp_path / ".config/systemd/user").mkdir(parents=True)
    (tmp_path / ".config/systemd/user/randaemon.service").write_text("[Service]\n", encoding="utf-8")
    tools["systemctl"].manner(says="active")
    assert here.run("service", "status", "--platform", "systemd").code == 0
    tools["systemctl"].verbs()
    for verb in ("start", "stop", "restart"):
        assert here.run("service", verb, "--platform", "systemd").code == 0
        waits = ["--no-block"] if verb != "stop" else []
        assert tools["systemctl"].verbs() == [[verb, *waits, "randaemon.service"]]
