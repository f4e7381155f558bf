"""What `service install` writes: property list and unit, checked by the systems' own tools where they are."""

from __future__ import annotations

import os
import plistlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from randaemon.integrations.launchd import LABEL, Agent
from randaemon.integrations.systemd import UNIT, Unit

PROJECT = Path(__file__).resolve().parents[2]
HOSTILE_FOLDER = "A & B <c> \"d\" 100% $HOME 'e'"


@pytest.fixture
def agent(tmp_path: Path) -> Agent:
    return Agent(
        program=(sys.executable, "-m", "randaemon", "run"),
        environment={"PATH": "/usr/bin:/bin", "RANDAEMON_HOME": str(tmp_path / HOSTILE_FOLDER)},
        user=tmp_path,
        uid=501,
    )


@pytest.fixture
def unit(tmp_path: Path) -> Unit:
    return Unit(
        program=(sys.executable, "-m", "randaemon", "run"),
        environment={"PATH": "/usr/bin:/bin", "RANDAEMON_HOME": str(tmp_path / HOSTILE_FOLDER)},
        user=tmp_path,
        writable=(tmp_path / HOSTILE_FOLDER, tmp_path / "inbox"),
    )


def verified_by_systemd(content: bytes, folder: Path) -> tuple[int, str]:
    tool = shutil.which("systemd-analyze")
    if tool is None:
        pytest.skip("systemd-analyze is not installed")
    file = folder / UNIT
    file.write_bytes(content)
    # Off a login session there is no runtime folder, and systemd stops before it reads the unit.
    environment = {**os.environ, "XDG_RUNTIME_DIR": str(folder)}
    ended = subprocess.run(
        [tool, "verify", "--user", str(file)], capture_output=True, text=True, check=False, env=environment
    )
    return ended.returncode, ended.stderr


def test_the_property_list_comes_back_as_it_went_in(agent: Agent) -> None:
    read = plistlib.loads(agent.content())
    assert read["Label"] == LABEL
    assert read["ProgramArguments"] == list(agent.program)
    assert read["EnvironmentVariables"] == dict(agent.environment)
    assert plistlib.loads(plistlib.dumps(read)) == read


def test_the_agent_has_the_keys_that_make_it_restart_and_train(agent: Agent) -> None:
    read = plistlib.loads(agent.content())
    assert read["RunAtLoad"] is True
    assert read["KeepAlive"] == {"SuccessfulExit": False}
    assert read["ThrottleInterval"] == 30
    assert Path(read["ProgramArguments"][0]).is_absolute()
    assert "/Library/Logs/" in read["StandardErrorPath"]
    assert not {"ProcessType", "ExitTimeOut", "WatchPaths", "QueueDirectories", "AbandonProcessGroup"} & set(read)


#: launchd.plist(5): the keys we use and what each holds; anything else would be ignored without a word.
KEYS: dict[str, type] = {
    "Label": str, "ProgramArguments": list, "EnvironmentVariables": dict, "WorkingDirectory": str, "RunAtLoad": bool,
    "KeepAlive": dict, "ThrottleInterval": int, "Umask": int, "StandardOutPath": str, "StandardErrorPath": str,
}  # fmt: skip


def test_every_key_of_the_property_list_is_one_that_launchd_knows_and_has_its_type(agent: Agent) -> None:
    read = plistlib.loads(agent.content())
    assert {key: type(value) for key, value in read.items()} == KEYS
    assert all(isinstance(word, str) for word in read["ProgramArguments"])
    assert all(isinstance(word, str) for pair in read["EnvironmentVariables"].items() for word in pair)
    assert set(read["KeepAlive"]) == {"SuccessfulExit"}
    assert read["Umask"] == 0o77


def test_the_agent_lies_where_launchd_looks(agent: Agent, tmp_path: Path) -> None:
    assert agent.file == tmp_path / "Library/LaunchAgents" / f"{LABEL}.plist"


def test_launchctl_is_called_with_the_users_domain(agent: Agent) -> None:
    assert agent.after_install()[-1] == ("launchctl", "bootstrap", "gui/501", str(agent.file))
    assert agent.before_uninstall() == (("launchctl", "bootout", f"gui/501/{LABEL}"),)
    assert agent.restart() == (("launchctl", "kickstart", "-k", f"gui/501/{LABEL}"),)
    assert agent.probe() == ("launchctl", "print", f"gui/501/{LABEL}")


def test_the_output_of_launchctl_print_is_understood(agent: Agent) -> None:
    assert agent.running("gui/501/x = {\n\tactive count = 1\n\tstate = running\n}\n")
    assert not agent.running("gui/501/x = {\n\tstate = not running\n\tlast exit code = 0\n}\n")


def test_the_property_list_tool_of_the_system_accepts_it(agent: Agent, tmp_path: Path) -> None:
    tool = shutil.which("plutil") or shutil.which("plistutil")
    if tool is None:
        pytest.skip("neither plutil nor plistutil is installed")
    file = tmp_path / "agent.plist"
    file.write_bytes(agent.content())
    words = ["-lint", str(file)] if tool.endswith("plutil") else ["-i", str(file), "-f", "bin", "-o", str(file) + ".b"]
    ended = subprocess.run([tool, *words], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    if tool.endswith("plistutil"):
        assert plistlib.loads(Path(f"{file}.b").read_bytes()) == plistlib.loads(agent.content())


def test_the_template_in_the_project_is_the_one_that_ships() -> None:
    shipped = PROJECT / "src/randaemon/integrations/launchd.plist"
    assert shipped.read_bytes() == (PROJECT / "launchd" / f"{LABEL}.plist").read_bytes()


def test_systemd_itself_accepts_the_unit_without_a_word(unit: Unit, tmp_path: Path) -> None:
    assert verified_by_systemd(unit.content(), tmp_path) == (0, "")


def test_a_unit_with_a_mistake_is_caught_by_that_check(unit: Unit, tmp_path: Path) -> None:
    _, words = verified_by_systemd(unit.content().replace(b"KillMode=", b"KilMode="), tmp_path)
    assert "KilMode" in words


def test_the_unit_restarts_kills_the_group_and_walls_itself_in(unit: Unit) -> None:
    lines = unit.content().decode().splitlines()
    wanted = {
        "Restart=on-failure",
        "KillMode=control-group",
        "TimeoutStopSec=20",
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
        "Type=notify",
        "WatchdogSec=120",
    }
    assert wanted <= set(lines)
    assert any(line.startswith("MemoryMax=") for line in lines)


@pytest.mark.parametrize(("home", "own"), [("/home/ada/rd", "yes"), ("/tmp/rd", "no"), ("/var/tmp/rd", "no")])
def test_a_home_in_tmp_is_not_hidden_from_the_daemon_by_a_tmp_of_its_own(home: str, own: str) -> None:
    unit = Unit(("/usr/bin/python3",), {}, Path("/home/ada"), (Path(home),))
    assert f"PrivateTmp={own}" in unit.content().decode().splitlines()


def test_names_with_quotes_and_specifiers_are_escaped_in_the_unit(unit: Unit, tmp_path: Path) -> None:
    text = unit.content().decode()
    assert f'"{tmp_path}/A & B <c> \\"d\\" 100%% $HOME \'e\'"' in text
    dollar = Unit(program=("/opt/$x/python",), environment={}, user=tmp_path, writable=())
    assert 'ExecStart="/opt/$$x/python"' in dollar.content().decode()


def test_systemctl_is_called_for_the_user_and_never_for_the_system(unit: Unit) -> None:
    commands = [*unit.after_install(), *unit.before_uninstall(), *unit.start(), *unit.stop(), unit.probe()]
    assert all(words[:2] == ("systemctl", "--user") for words in commands)
    assert unit.running("active\n")
    assert not unit.running("inactive\n")
