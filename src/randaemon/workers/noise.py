"""What a child prints: native libraries write to fd 1 and 2 as they like.

The pipe is always drained, so that no child blocks on it, and only the end is kept. It may quote a document, so it goes
into no log; what is taken from it are places in the code, as Python's faulthandler prints them, and the last line of a
child that never came up, which has seen no document yet.
"""

from __future__ import annotations

import asyncio
import re
from pathlib import PurePath
from typing import IO

_KEPT = 32 * 1024
_PLACE = re.compile(r'^  File "([\w./@+ -]+\.py)", line (\d+) in ', re.MULTILINE)
_UNSAFE = re.compile(r"[^\w .,:;'()/\[\]-]")


class Noise(asyncio.Protocol):
    """Keeps the end of what comes through a pipe."""

    def __init__(self) -> None:
        self._tail = bytearray()
        self._transport: asyncio.BaseTransport | None = None

    @classmethod
    async def of(cls, pipe: IO[bytes]) -> Noise:
        """Start to drain a pipe."""
        _, noise = await asyncio.get_running_loop().connect_read_pipe(cls, pipe)
        return noise

    def close(self) -> None:
        """Stop draining."""
        if self._transport is not None:
            self._transport.close()

    def place(self) -> str:
        """Where the child was when a signal ended it: `stages/convert/html.py line 88`; "" when it did not say."""
        found = _PLACE.findall(self._text().rpartition("(most recent call first)")[2])
        ours = [each for each in found if "randaemon" in PurePath(each[0]).parts and not each[0].endswith("child.py")]
        return ", in ".join(dict.fromkeys(_short(*each) for each in found[:1] + ours[:1]))

    def last_line(self) -> str:
        """The last line, shortened, without control characters."""
        lines = self._text().strip().splitlines()
        return _UNSAFE.sub("?", lines[-1])[:200] if lines else ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Called by asyncio."""
        self._tail += data
        del self._tail[:-_KEPT]

    def _text(self) -> str:
        return self._tail.decode("utf-8", "replace")


def _short(path: str, line: str) -> str:
    return f"{'/'.join(PurePath(path).parts[-3:])} line {line}"
