"""Takes hostile files through the first stages; started under strace: `walk_traced.py FOLDER COUNT SEED`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from tests import hostile
from tests.fault.test_hostile_inputs import walk_over


def files(count: int, seed: int) -> list[tuple[str, bytes]]:
    """Every n-th crafted file, as many mutations, and all that the mutations start from."""
    crafted = list(hostile.crafted().items())
    half = max(count // 2, 1)
    step = max(len(crafted) // half, 1)
    return [*hostile.good().items(), *crafted[::step], *hostile.mutated(half, seed)]


async def main(folder: Path, count: int, seed: int) -> int:
    """0 when every file had an end."""
    walk = await walk_over(files(count, seed), folder)
    sys.stdout.write("\n".join(walk.wrong))
    return 1 if walk.wrong else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))))
