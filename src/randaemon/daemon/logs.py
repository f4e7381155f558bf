"""The log: JSON lines in the home, rotated, and plain lines on stderr for whoever looks on.

No document text ever: events carry ids and codes, and tracebacks are written without the values of variables.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import traceback
from collections.abc import Iterator
from typing import TYPE_CHECKING

from loguru import logger

from randaemon.machine import MIB

if TYPE_CHECKING:
    from loguru import Record

    from randaemon.config import LogSettings
    from randaemon.store import Home

NAME = "daemon.jsonl"


@contextlib.contextmanager
def kept(home: Home, settings: LogSettings) -> Iterator[None]:
    """Write the log while the block lasts."""
    logger.remove()
    sinks = [
        logger.add(
            home.logs / NAME,
            format=_line,
            level=settings.level,
            rotation=settings.rotation_mib * MIB,
            retention=settings.keep,
            backtrace=False,
            diagnose=False,
            encoding="utf-8",
        ),
        logger.add(sys.stderr, format=_plain, level=_loudness(settings.level), backtrace=False, diagnose=False),
    ]
    try:
        yield
    finally:
        for sink in sinks:
            logger.remove(sink)


def _loudness(level: str) -> str:
    """launchd writes stderr to a file that nobody rotates: only what must not be missed goes there."""
    return "WARNING" if os.environ.get("XPC_SERVICE_NAME", "0") not in ("", "0") and not sys.stderr.isatty() else level


def _line(record: Record) -> str:
    facts = {
        "at": record["time"].isoformat(timespec="milliseconds"),
        "level": record["level"].name,
        "message": record["message"],
        "where": f"{record['name']}:{record['line']}",
        **record["extra"],
    }
    if record["exception"] is not None:
        facts["traceback"] = "".join(traceback.format_exception(record["exception"].value))
    record["extra"]["line"] = json.dumps(facts, ensure_ascii=True, default=str)
    return "{extra[line]}\n"


def _plain(record: Record) -> str:
    return "{time:HH:mm:ss} {level: <8} {message}\n{exception}" if record["exception"] else _SHORT


_SHORT = "{time:HH:mm:ss} {level: <8} {message}\n"
