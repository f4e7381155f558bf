"""Candidates that came in a file, one JSON line each: too many of them for a message. Blocking.

A page of megabytes gives 20,000. As values they would take a hundred megabytes of the daemon; read line by line, looked
at and let go, what stays of them is their text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import IO

from randaemon.errors import WorkerProtocol
from randaemon.model import Filed, Kept, Task
from randaemon.store import objects
from randaemon.workers import protocol

_CAP = 256 << 20  # bytes of one document's candidates
_LINE = 4 << 20


def candidates(filed: Filed, task: Task) -> tuple[Kept, ...]:
    """Those of a file. Raises WorkerProtocol where they are not what was announced."""
    if filed.size > _CAP:
        raise WorkerProtocol(f"{filed.size} bytes of candidates are more than a document may have ({_CAP})")
    with objects.opened(task.scratch, filed.name) as file:
        return tuple([protocol.kept(line, task) for line in _lines(file, filed)])


def _lines(file: IO[bytes], filed: Filed) -> Iterator[bytes]:
    """Without their line feeds."""
    hasher, left = hashlib.sha256(), filed.size
    while left >= 0 and (line := file.readline(_LINE)):
        left -= len(line)
        hasher.update(line)
        yield line[:-1]
    if left or hasher.hexdigest() != filed.digest:
        raise WorkerProtocol("the file of candidates is not what its stage announced")
