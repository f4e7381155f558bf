"""Our side: so many requests to a server of fixed latency; prints replies a second, or our processor time for each."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.rounds import PRODUCT

from randaemon.integrations.ollama import Ollama
from randaemon.llm import Choice, Models, ModelsPolicy
from randaemon.llm.line import LinePolicy
from randaemon.llm.link import Link, LinkPolicy
from randaemon.model import Message, Purpose, Request, Tier

SCHEMA = {"type": "object", "properties": {"answer": {"type": "string"}}, "required": ["answer"]}
PROMPT = "The parameter pMaxDl limits the power of a cell. " * 60


@contextmanager
def served(latency: float, slots: int) -> Iterator[str]:
    """The address of a server in a process of its own."""
    command = [str(PRODUCT), "-P", "-m", "benchmarks.sides.llm_server", str(latency), str(slots)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        yield f"http://127.0.0.1:{int(server.stdout.readline())}"
        server.stdin.close()


async def answered(url: str, requests: int, slots: int) -> tuple[float, float]:
    """Seconds and seconds of our processor for so many requests, after a few to warm up."""
    tiers = {Tier.FAST: (Choice("it", "qwen3:1.7b"),)}
    models = Models({"it": Ollama(Link(LinkPolicy(url)))}, ModelsPolicy(tiers, line=LinePolicy(slots=slots)))
    await asyncio.gather(*(models.answer(_request(-number)) for number in range(1, slots + 1)))
    began, worked = time.perf_counter(), time.process_time()
    replies = await asyncio.gather(*(models.answer(_request(number)) for number in range(requests)))
    figures = time.perf_counter() - began, time.process_time() - worked
    await models.close()
    if not all(reply.outcome == "ok" for reply in replies):
        raise SystemExit("not every request was answered")
    return figures


def _request(number: int) -> Request:
    return Request(Purpose.EXTRACT, Tier.FAST, (Message("user", f"{PROMPT}{number}"),), SCHEMA, 512)


def main(measure: str, requests: int, latency: float, slots: int) -> None:
    """`rate` or `cpu`."""
    with served(latency, slots) as url:
        seconds, worked = asyncio.run(answered(url, requests, slots))
    print(requests / seconds if measure == "rate" else worked / requests * 1e6)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]))
