"""Versions, runs and promotions, from rows. Stdlib only: Store and Reader share it.

Rows name folders of the home from its root on, so that a home can be moved; the records give whole paths.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from randaemon.store.records import PromotionRecord, RunRecord, VersionRecord


def kept(root: Path, path: str) -> str:
    """A path as a row keeps it."""
    return str(Path(path).relative_to(root)) if Path(path).is_relative_to(root) else path


def version(root: Path, row: Sequence[Any]) -> VersionRecord:
    """A row of `versions`."""
    number, digest, path, created, samples, quality, splits, meta = row
    facts = json.loads(splits), json.loads(meta)
    return VersionRecord(number, digest, _whole(root, path), created, samples, quality, *facts)


def run(root: Path, row: Sequence[Any]) -> RunRecord:
    """A row of `runs`."""
    name, version, model, status, started, ended, folder, reason, metrics = row
    return RunRecord(name, version, model, status, started, ended, _whole(root, folder), reason, json.loads(metrics))


def promotion(row: Sequence[Any]) -> PromotionRecord:
    """A row of `promotions`."""
    number, name, action, at, reason, evidence = row
    return PromotionRecord(number, name, action, at, reason, json.loads(evidence))


def _whole(root: Path, path: str) -> str:
    """No path stays none; one outside of the home is whole already."""
    return str(root / path) if path else ""
