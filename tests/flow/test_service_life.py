"""A service from its installation to its end, with managers that check what they are told and do it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests import library
from tests.flow import user_systemd
from tests.house import House

from randaemon.daemon.heart import Heart
from randaemon.integrations import systemd
from randaemon.integrations.systemd import UNIT
from randaemon.model import Status
from randaemon.store.home import Home
from randaemon.store.lock import holder

LAUNCHCTL = Path(__file__).parent / "launchctl.py"
PATIENCE = 60.0


@dataclass(frozen=True)
class User:
    """Somebody with an empty home folder and a service manager."""

    folder: Path
    platform: str
    environment: Mapping[str, str]

    def service(self, *words: str) -> subprocess.CompletedProcess[str]:
        """`randaemon service WORDS`."""
        return self.run(sys.executable, "-m", "randaemon", "service", *words, "--platform", self.platform)

    def run(self, *words: str | Path) -> subprocess.CompletedProcess[str]:
        """Any other command."""
        environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("RANDAEMON_")},
            "HOME": str(self.folder),
            "RANDAEMON_HOME": str(self.folder / "home"),
            **self.environment,
        }
        command = [*as_somebody(), *words]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False)


@pytest.fixture
def launchd(tmp_path: Path) -> Iterator[User]:
    """With a launchctl that checks what it is told and runs what it is given, for the length of a test."""
    tool = tmp_path / "bin/launchctl"
    tool.parent.mkdir()
    tool.write_text(f"#!{sys.executable}\n{LAUNCHCTL.read_text()}")
    tool.chmod(0o755)
    (tmp_path / "user").mkdir()
    state = {"LAUNCHCTL_STATE": str(tmp_path / "state")}
    yield User(tmp_path / "user", "launchd", {"PATH": f"{tool.parent}:/usr/bin:/bin", **state})
    subprocess.run([tool, "test-end"], env={**os.environ, **state}, check=False)


@pytest.fixture
def systemd_user(tmp_path: Path) -> Iterator[User]:
    """With a systemd of his own, for the length of a test."""
    user = tmp_path / "user"
    user.mkdir()
    try:
        with user_systemd.running(user) as runtime:
            yield User(user, "systemd", {"XDG_RUNTIME_DIR": runtime})
    except user_systemd.Impossible as reason:
        pytest.skip(str(reason))


def as_somebody() -> list[str]:
    """The daemon is not installed for root: where tests run as root, it is somebody else to the command."""
    if os.geteuid() != 0:
        return []
    words = ["unshare", "--user", "--map-user=1000", "--map-group=1000"]
    if not shutil.which(words[0]) or subprocess.run([*words, "true"], capture_output=True, check=False).returncode:
        pytest.skip("the tests run as root, and this system lets nobody be somebody else")
    return words


def until_ended(home: Home) -> None:
    """Until no daemon holds the home: nobody waits for it, so only looking tells."""
    deadline = time.monotonic() + PATIENCE
    while holder(home) is not None:
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.slow
def test_under_launchd_it_takes_a_drop_to_its_end_stops_and_leaves_nothing(launchd: User) -> None:
    lives_and_goes(launchd)
    assert list((launchd.folder / "Library/LaunchAgents").iterdir()) == []
    assert list((launchd.folder.parent / "state").iterdir()) == []


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="systemd is Linux's")
def test_under_a_real_systemd_it_takes_a_drop_to_its_end_stops_and_leaves_nothing(systemd_user: User) -> None:
    lives_and_goes(systemd_user, it_is_heard_and_hears)
    units = systemd_user.folder / ".config/systemd/user"
    assert [file for file in units.rglob("*") if not file.is_dir()] == []
    known = systemd_user.run("systemctl", "--user", "list-units", "--all", "--plain", "--no-legend", "randaemon*")
    assert (known.returncode, known.stdout) == (0, "")


def lives_and_goes(user: User, at_work: Callable[[User, House], None] = lambda *_: None) -> None:
    """A service from its installation to its end, as its user sees it."""
    house = House(user.folder / "home")  # its daemon is the service: this one only looks
    house.home.settings.write_text('profile = "testing"\n')
    installed = user.service("install")
    assert (installed.returncode, installed.stderr) == (0, "")
    house.drop("page.html", library.page(0))
    house.until(lambda reader: any(found.status is Status.DONE for found in reader.documents()))
    assert user.service("status").returncode == 0
    at_work(user, house)
    assert user.service("install").returncode == 0  # again: the old one is unloaded first, and a new one runs
    house.until(lambda reader: reader.status()["daemon"]["running"])
    assert user.service("restart").returncode == 0
    house.until(lambda reader: reader.status()["daemon"]["running"])
    assert user.service("stop").returncode == 0
    until_ended(house.home)
    assert user.service("status").returncode == 3
    assert user.service("start").returncode == 0
    house.until(lambda reader: reader.status()["daemon"]["running"])
    assert user.service("uninstall").returncode == 0
    until_ended(house.home)
    assert user.service("start").returncode == 5


def it_is_heard_and_hears(user: User, house: House) -> None:
    """Ready came through the socket, out of the walls; a reload asks for the settings, and is no end."""
    assert (shown(user, "ActiveState"), shown(user, "StatusText")) == ("active", "at work")
    pid, settings = shown(user, "MainPID"), house.home.settings.read_text()
    house.home.settings.write_text("[metrics]\nport = 65536\n")
    assert user.run("systemctl", "--user", "reload", UNIT).returncode == 0
    house.until(lambda reader: "65536" in "".join(reader.status()["daemon"]["problems"]))
    assert shown(user, "MainPID") == pid
    house.home.settings.write_text(settings)


def shown(user: User, name: str) -> str:
    return user.run("systemctl", "--user", "show", "--value", "-p", name, UNIT).stdout.strip()


def test_a_wrong_call_is_refused_by_the_stand_in(launchd: User) -> None:
    tool = launchd.folder.parent / "bin/launchctl"
    for words in (
        ["load", "x"],
        ["bootstrap", "user/0", "x"],
        ["kickstart", "-x", "gui/0/l"],
        ["kill", "TERM", "gui/0/l"],
    ):
        ended = subprocess.run([tool, *words], env=launchd.environment, capture_output=True, check=False)
        assert ended.returncode == 64, words


def test_the_manager_is_told_through_its_socket_and_silence_elsewhere_is_no_error(tmp_path: Path) -> None:
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(address)
        manager.settimeout(5)
        assert systemd.tell("READY=1", {"NOTIFY_SOCKET": address})
        assert manager.recv(100) == b"READY=1"
    assert not systemd.tell("READY=1", {"NOTIFY_SOCKET": address})
    assert not systemd.tell("READY=1", {})
    assert not systemd.tell("READY=1", {"NOTIFY_SOCKET": "relative"})


@pytest.mark.skipif(sys.platform != "linux", reason="abstract addresses are Linux's")
def test_an_abstract_address_is_understood() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(f"\0randaemon-test-{os.getpid()}")
        manager.settimeout(5)
        assert systemd.tell("WATCHDOG=1", {"NOTIFY_SOCKET": f"@randaemon-test-{os.getpid()}"})
        assert manager.recv(100) == b"WATCHDOG=1"


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [
        ({"WATCHDOG_USEC": "120000000", "WATCHDOG_PID": str(os.getpid())}, 120.0),
        ({"WATCHDOG_USEC": "120000000"}, 120.0),
        ({"WATCHDOG_USEC": "120000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "x"}, None),
        ({}, None),
    ],
)
def test_only_the_process_that_is_meant_is_watched(environment: dict[str, str], seconds: float | None) -> None:
    assert systemd.watchdog(environment) == seconds


async def test_without_a_watchdog_the_heart_does_not_beat() -> None:
    told: list[str] = []
    heart = Heart(lambda state: bool(told.append(state)), None)
    heart.ready()
    await heart.run()
    heart.stopping()
    assert [state.partition("\n")[0] for state in told] == ["READY=1", "STOPPING=1"]


@pytest.mark.slow
def test_a_daemon_under_systemd_says_ready_beats_and_says_that_it_ends(tmp_path: Path) -> None:
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(address)
        manager.settimeout(PATIENCE)
        house = House(tmp_path / "home", {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "3000000"})
        house.start()
        said: list[str] = []
        while said.count("WATCHDOG=1") < 3 or "READY=1" not in said:
            said.append(manager.recv(1000).decode().partition("\n")[0])
        house.until_running()
        assert house.stop() == 0
        while said[-1] != "STOPPING=1":
            said.append(manager.recv(1000).decode().partition("\n")[0])
