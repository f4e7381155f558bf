"""What `status` shows, put together from what a home holds: the keys are part of the command line's contract."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from randaemon.store import inbox, lock, names
from randaemon.store.records import PAUSED, paused

if TYPE_CHECKING:
    from randaemon.store.opened import Opened
    from randaemon.store.records import RunRecord

STAGES = ("", "unpack", "convert", "preprocess", "extract", "converse", "finalize")
STATUSES = ("ready", "running", "done", "rejected", "failed", "cancelled")
_WAITING = 20  # reasons that status shows
_DROPS = 5  # drops under way that status shows


class Overview:
    """What stands in one home."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened

    def facts(self) -> tuple[dict[str, Any], dict[str, int]]:
        """What `status --json` prints, and stage → documents at work; both count every document, most of the work."""
        counts, daemon = self._opened.ask("counts"), self._daemon()
        facts = {
            "daemon": daemon,
            "inbox": self._inbox(),
            "documents": _documents(counts),
            "waiting": self._waiting(),
            "dataset": self._dataset(),
            "training": self._training(daemon["running"]),
            "model": self._model(),
            "services": self._services(),
            "resources": self._resources(),
        }
        return facts, at_work(counts)

    def _daemon(self) -> dict[str, Any]:
        pid = lock.holder(self._opened.home)
        running = pid is not None
        problems = [self._opened.state("inbox", {}).get("problem"), *self._opened.state("daemon.problems", [])]
        return {
            "running": running,
            "pid": pid,
            "since": lock.signature(self._opened.home.lock).get("since") if running else None,
            "paused": list(paused(self._opened.state(PAUSED))),
            "safe_mode": running and bool(self._opened.state("daemon.safe_mode", False)),
            "problems": [problem for problem in problems if problem],
            "alerts": self._opened.state("daemon.alerts", []),
            "restored": self._opened.state("daemon.restored"),
        }

    def _inbox(self) -> dict[str, Any]:
        folder, told = self._opened.home.inbox, self._opened.state("inbox", {})
        files = _count_files(folder)
        return {
            "path": str(folder),
            "files": files,
            "waiting": told.get("waiting", []) if files else [],  # as the daemon saw it, which may have ended since
            "drops": self._drops(),
            "drops_under_way": self._count("count_open_drops"),
        }

    def _drops(self) -> list[dict[str, Any]]:
        """The oldest drops that are under way, and how far they are."""
        roots = json.dumps([root for (root,) in self._opened.ask("open_drops", _DROPS)])
        counts: dict[int, dict[str, int]] = {}
        for root, status, count in self._opened.ask("drops_by_status", roots):
            counts.setdefault(root, {})[status] = count
        return [
            {
                "key": key,
                "name": names.display(name),
                "documents": sum(counts[root].values()),
                "ended": sum(counts[root].get(status, 0) for status in STATUSES[2:]),
                "refused": sum(counts[root].get(status, 0) for status in STATUSES[3:]),
            }
            for root, key, name in self._opened.ask("names_of", roots)
        ]

    def _waiting(self) -> list[dict[str, Any]]:
        return [
            {
                "document": key,
                "name": names.display(name),
                "stage": STAGES[stage],
                "reason": self._why_no_reply() if code == "WAITING_LLM" else reason,
                "until": until,
                "count": count,
            }
            for key, name, stage, code, reason, until, count in self._opened.ask("waiting", _WAITING)
        ]

    def _services(self) -> dict[str, Any]:
        """The models as the daemon last knew them, and how much was or is done without them."""
        counts = {name: self._count(f"count_{name}") for name in ("degraded", "upgrading")}
        return {**self._opened.state("services", {}), **counts}

    def _why_no_reply(self) -> str:
        """What the models that are asked say, and how much waits for them."""
        requests = f"{self._opened.ask('count_open_asks')[0][0]} requests"
        if "models" in paused(self._opened.state(PAUSED)):
            return f"models are paused by you; `randaemon jobs resume models` — {requests} waiting"
        reasons = {away["reason"] for away in self._opened.state("services", {}).get("away", {}).values()}
        return f"{'; '.join(sorted(reasons))} — {requests} waiting" if reasons else f"{requests} are put to models"

    def _dataset(self) -> dict[str, Any]:
        newest = self._opened.ask("newest_version") or [(None, 0, None, "{}")]
        version, samples, quality, splits = newest[0]
        return {
            "version": version,
            "samples": samples,
            "new_samples": self._count("new_candidates"),
            "mean_quality": quality,
            "splits": json.loads(splits),
        }

    def _training(self, attended: bool) -> dict[str, Any]:
        """`attended`: does a daemon run? Without one no run is under way, and nobody weighs whether one is due."""
        found = self._opened.ask("newest_run")
        newest = self._opened.run(found[0]) if found else None
        run, status = (newest.id, newest.status) if newest else (None, None)
        running, kept = status == "running", self._opened.state("training.state", "idle")
        heard = {kind: self._opened.last_event(f"run.{kind}") or {} for kind in ("download", "progress")}
        return {
            "state": "running" if running else kept if attended or kept == "disabled" else "unattended",
            "run": run,
            "run_status": status,
            **{kind: data if running and data.get("run") == run else None for kind, data in heard.items()},
            "due": self._due(newest, attended),
        }

    def _due(self, newest: RunRecord | None, attended: bool) -> dict[str, Any]:
        """The conditions as they were last weighed, and when; none that were weighed before the newest run ended."""
        weighed = self._opened.state("training.weighed")
        ended = newest.ended if newest else None
        outdated = newest is not None and not attended and (ended is None or ended > (weighed or 0.0))
        if weighed is None or outdated:
            return {"weighed": None, "conditions": []}
        return {"weighed": weighed, "conditions": self._opened.state("training.due", [])}

    def _model(self) -> dict[str, Any]:
        return {"active": _model(self._opened.current_model()), "previous": _model(self._opened.previous_model())}

    def _count(self, name: str) -> int:
        found = self._opened.ask(name)
        return int(found[0][0]) if found else 0

    def _resources(self) -> dict[str, Any]:
        folder = self._opened.home.root
        while not folder.exists():
            folder = folder.parent
        disk = shutil.disk_usage(folder)
        return {"disk_free": disk.free, "disk_total": disk.total, "lanes": self._opened.state("lanes", {})}


def at_work(counts: Iterable[tuple[str, int, int]]) -> dict[str, int]:
    """Stage → documents ready or running there, in the order of the stages, without empty ones."""
    found = dict.fromkeys(STAGES[1:], 0)
    for status, stage, count in counts:
        found[STAGES[stage]] += count * (status in STATUSES[:2])
    return {stage: count for stage, count in found.items() if count}


def _count_files(folder: Path) -> int:
    """What nobody has claimed yet; 0 when the folder cannot be read, which `problems` reports."""
    with contextlib.suppress(OSError):
        return sum(1 for _ in inbox.walk(folder))
    return 0


def _documents(counts: Iterable[tuple[str, int, int]]) -> dict[str, Any]:
    by_status, by_stage = dict.fromkeys(STATUSES, 0), dict.fromkeys(STAGES[1:], 0)
    for status, stage, count in counts:
        by_status[status] += count
        by_stage[STAGES[stage]] += count
    return {"total": sum(by_status.values()), "by_status": by_status, "by_stage": by_stage}


def _model(run: RunRecord | None) -> dict[str, Any] | None:
    if run is None:
        return None
    facts = {"run": run.id, "version": run.version, "model": run.model, "folder": run.folder, "ended": run.ended}
    return {**facts, **{name: run.metrics.get(name) for name in ("recall", "recall_base")}}
