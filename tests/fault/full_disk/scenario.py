"""A daemon on a disk that is full, then is not: run in a mount namespace of its own, `python scenario.py FOLDER`.

FOLDER becomes a small tmpfs. Says "survived" when every drop ended in order once there was room.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from tests import library
from tests.house import House

from randaemon.model import Status

SMALL, LARGE = 24, 256  # MiB
LEFT = 600 << 10  # bytes that are free when the daemon starts: enough for a database, not for the work


def main(folder: Path) -> None:
    """Fill, start, drop, wait for the complaint, make room, wait for the end."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SMALL}m,mode=700", "tmpfs", folder], check=True)
    house = House(folder / "home")
    drops = {f"page-{number}.html": library.page(number) for number in range(8)}
    with (folder / "filler").open("wb") as filler:
        filler.truncate(0)
        filler.write(bytes((SMALL << 20) - LEFT))
    daemon = house.start()
    house.until_running()
    for name, content in drops.items():
        house.drop(name, content)
    deadline = time.monotonic() + 60.0
    while "disk" not in house.output():
        assert time.monotonic() < deadline, house.output()
        assert daemon.poll() is None, house.output()
        time.sleep(0.1)
    subprocess.run(["mount", "-o", f"remount,size={LARGE}m", folder], check=True)
    house.until_ended(len(drops))
    assert house.stop() == 0
    assert all(document.status is Status.DONE for document in house.documents())
    assert sum(map(len, house.originals().values())) == len(drops)
    sys.stdout.write("survived\n")


main(Path(sys.argv[1]))
