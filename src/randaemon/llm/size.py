"""Does a model fit into this machine? By its name: they tell their billions of parameters, and run in four bits."""

from __future__ import annotations

import re

from randaemon.machine import GIB

_A_BILLION = 0.7  # GiB: four bits and a half each, with the cache of the context
_BESIDE = 0.5  # GiB: the server
SHARE = 0.75  # of the memory: what macOS lets a model have

_BILLIONS = re.compile(r"(?<![a-z0-9.])(\d+(?:\.\d+)?)b(?![a-z0-9])", re.IGNORECASE)


def needs(model: str) -> float:
    """GiB; 0 when its name does not tell."""
    found = _BILLIONS.search(model)
    return float(found[1]) * _A_BILLION + _BESIDE if found else 0.0


def fits(model: str, memory: int) -> bool:
    """Is there room for it in a machine with `memory` bytes?"""
    return needs(model) <= memory / GIB * SHARE
