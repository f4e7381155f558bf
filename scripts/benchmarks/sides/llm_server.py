"""The scripted model server of the tests in a process of its own: prints its port, ends with its stdin."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from tests.models_server import Body, ModelsServer

REPLY = '{"answer": "' + "The parameter pMaxDl limits the power of a cell. " * 8 + '"}'  # 17 pieces in the stream


def reply(_: Body) -> str:
    """The same for everybody."""
    return REPLY


async def main(latency: float, slots: int) -> None:
    """Serves until nobody holds the pipe any more."""
    models = ("qwen3:1.7b", "gemma3:4b", "qwen3:30b")
    async with ModelsServer(models=models, reply=reply, latency=latency, slots=slots) as server:
        print(server.port, flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]), int(sys.argv[2])))
