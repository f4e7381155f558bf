"""Watch a daemon with nothing to do: FOLDER SECONDS. Its figures, for the whole time, come in FOLDER/figures.json."""

import json
import sys
import threading
from pathlib import Path

import psutil
from tests.house import House

CALM = 10.0  # seconds after the start: the first backup, the first looks
#: As a user has it, but for what would depend on this machine.
SETTINGS = {"RANDAEMON_INBOX__SCAN_SECONDS": "60", "RANDAEMON_POOL__POLL_SECONDS": "30"}


def watch(folder: Path, seconds: float) -> None:
    house = House(folder / "home", SETTINGS)
    daemon = psutil.Process(house.start().pid)
    house.until_running()
    house.until(lambda _: any(house.home.backups.glob("state-*.json")))
    threading.Event().wait(CALM)
    before = figures(daemon)
    threading.Event().wait(seconds)
    after = figures(daemon)
    facts = {name: after[name] - before[name] for name in before}
    memory = daemon.memory_info().rss
    facts |= {"seconds": seconds, "memory": memory, "status": house.stop()}
    (folder / "figures.json").write_text(json.dumps(facts))


def figures(daemon: psutil.Process) -> dict[str, float]:
    """Processor seconds, wake-ups of all threads, bytes that went to the disk."""
    times = daemon.cpu_times()
    tasks = Path(f"/proc/{daemon.pid}/task").iterdir()
    wakeups = sum(voluntary(task / "status") for task in tasks)
    return {"processor": times.user + times.system, "wakeups": wakeups, "written": daemon.io_counters().write_bytes}


def voluntary(status: Path) -> int:
    lines = (line.split() for line in status.read_text().splitlines())
    return next(int(words[1]) for words in lines if words[0] == "voluntary_ctxt_switches:")


if __name__ == "__main__":
    watch(Path(sys.argv[1]), float(sys.argv[2]))
