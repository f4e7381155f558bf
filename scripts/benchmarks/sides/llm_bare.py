"""The least that a client can do: as many loops over bare aiohttp as the server has slots; prints replies a second."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterator

import aiohttp
from benchmarks.sides.llm_ours import PROMPT, SCHEMA, served


async def main(requests: int, latency: float, slots: int) -> None:
    """Measures after one call of each loop."""
    with served(latency, slots) as url:
        async with aiohttp.ClientSession() as session:
            await asyncio.gather(*(_loop(session, url, iter((0,))) for _ in range(slots)))
            numbers, began = iter(range(requests)), time.perf_counter()
            await asyncio.gather(*(_loop(session, url, numbers) for _ in range(slots)))
            print(requests / (time.perf_counter() - began))


async def _loop(session: aiohttp.ClientSession, url: str, numbers: Iterator[int]) -> None:
    for number in numbers:
        turn = {"role": "user", "content": f"{PROMPT}{number}"}
        body = {"model": "qwen3:1.7b", "messages": [turn], "format": SCHEMA, "options": {"num_ctx": 8192}}
        async with session.post(f"{url}/api/chat", json=body) as response:
            await response.read()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])))
