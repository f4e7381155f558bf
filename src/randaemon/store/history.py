"""Versions, runs and promotions, from rows. Stdlib only: Store and Reader share it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from randaemon.store.records import PromotionRecord, RunRecord, VersionRecord


def version(row: Sequence[Any]) -> VersionRecord:
    """A row of `versions`."""
    number, digest, path, created, samples, quality, splits, meta = row
    return VersionRecord(number, digest, path, created, samples, quality, json.loads(splits), json.loads(meta))


def run(row: Sequence[Any]) -> RunRecord:
    """A row of `runs`."""
    name, version, model, status, started, ended, folder, reason, metrics = row
    return RunRecord(name, version, model, status, started, ended, folder, reason, json.loads(metrics))


def promotion(row: Sequence[Any]) -> PromotionRecord:
    """A row of `promotions`."""
    number, name, action, at, reason, evidence = row
    return PromotionRecord(number, name, action, at, reason, json.loads(evidence))
