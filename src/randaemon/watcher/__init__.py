"""The watcher: from a file that arrived in the inbox to a document row.

Events are hints, scans are truth: the watch is started before the first scan, every hint leads to a scan, and so do the
minute, a wake from sleep, a watch that died and an inbox that was replaced.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import anyio

from randaemon.model import Document, Drop, Event
from randaemon.store import inbox as inbox_files
from randaemon.store import names
from randaemon.store.home import Home
from randaemon.watcher import claim, gate, hints

TICK = 5.0  # seconds between two looks at the clocks and at the watch itself
GAP = 30.0  # seconds by which the clocks may drift apart within a tick; more: we slept, or the clock was set
COALESCE = 0.05  # seconds from a hint to the scan, at least: a burst of files shares one
SHARE = 4.0  # …and this many times what the last look took, so that a storm of events costs a fifth of a core
MAX_NOTES = 100  # files shown as waiting; the rest are counted


@dataclass(frozen=True, slots=True)
class WatchPolicy:
    """When to look, and when a file counts as finished."""

    gate: gate.GatePolicy = field(default_factory=gate.GatePolicy)
    scan: float = 60.0  # seconds between two scans when nothing happens


class Admitting(Protocol):
    """What the watcher needs of the store."""

    async def admit(self, drops: Sequence[Drop]) -> list[Document]: ...

    async def set_state(self, **values: object) -> None: ...

    async def record(self, *events: Event) -> None: ...


@dataclass(frozen=True, slots=True)
class Clocks:
    """Both clocks: one that never jumps, and the one that goes on while the machine sleeps."""

    steady: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time


@dataclass(frozen=True, slots=True)
class _Sighting:
    """A file as it was last seen, and since when it looks like that (steady clock)."""

    look: gate.Look
    since: float


@dataclass(frozen=True, slots=True)
class _Later:
    """A file that was tried in vain, or cannot leave: not worth a try before `until` while it looks like that."""

    look: gate.Look
    until: float  # steady clock
    note: str

    def holds(self, look: gate.Look, now: float) -> bool:
        return look.signature == self.look.signature and now < self.until


class Watcher:
    """Claims what lies finished in the inbox. One per daemon; `scan` alone serves `add` and tests."""

    def __init__(self, home: Home, store: Admitting, policy: WatchPolicy, clocks: Clocks | None = None) -> None:
        self._home = home
        self._store = store
        self._policy = policy
        self._clocks = clocks or Clocks()
        self._sightings: dict[Path, _Sighting] = {}
        self._later: dict[Path, _Later] = {}
        self._told: dict[str, object] = {}
        self._cost = 0.0  # seconds the last look took

    def adopt(self, policy: WatchPolicy) -> None:
        """Work by another policy from the next look on."""
        self._policy = policy

    async def run(self) -> None:
        """Watch until cancelled."""
        bell = hints.Hints()
        try:
            while True:
                problem = "" if bell.healthy(self._home.inbox) else await self._rewatch(bell)
                bell.hush()
                await self._rest(bell, await self.scan(problem))
        finally:
            await bell.stop()

    async def scan(self, problem: str = "") -> float:
        """Look at everything in the inbox and claim what is finished. Returns seconds until another look can help."""
        started = self._clocks.steady()
        try:
            found, writable = await anyio.to_thread.run_sync(_look_around, self._home.inbox)
        except OSError as error:
            await self._tell({"problem": _inbox_problem(self._home.inbox, error), "files": 0, "waiting": []})
            return self._policy.scan
        self._cost = self._clocks.steady() - started
        self._remember(found)
        notes = {path: _file_problem(seen) for path, seen in found if isinstance(seen, OSError)}
        waits = await self._claim_finished(notes)
        await self._tell(self._summary(problem if writable else _closed(self._home.inbox), notes))
        return min([self._policy.scan, *waits])

    async def _rewatch(self, bell: hints.Hints) -> str:
        """An inbox that is gone is made again, unless what held it is gone too (a volume that was ejected)."""
        try:
            self._home.inbox.mkdir(mode=0o700, exist_ok=True)
        except OSError:
            return ""  # the scan meets the same and says so
        problem = await bell.watch(self._home.inbox)
        return f"new files are found by scanning only: {problem}" if problem else ""

    def _remember(self, found: Iterable[tuple[Path, gate.Look | OSError]]) -> None:
        """Keep since when each file has looked as it does; forget those that are gone."""
        now, before, after = self._clocks.steady(), self._sightings, {}
        for path, seen in found:
            if isinstance(seen, OSError):
                continue
            old = before.get(path)
            unchanged = old is not None and old.look.signature == seen.signature
            after[path] = _Sighting(seen, old.since if old is not None and unchanged else now)
        self._sightings = after
        self._later = {path: later for path, later in self._later.items() if path in after}

    async def _claim_finished(self, notes: dict[Path, str]) -> list[float]:
        """Claim what the gate lets through; fills `notes`; returns how long the others wait."""
        now, waits, ready = self._clocks.steady(), [], []
        for path, sighting in self._sightings.items():
            later = self._later.get(path)
            if later is not None and later.holds(sighting.look, now):
                notes[path] = later.note
                continue
            verdict = gate.judge(sighting.look, now - sighting.since, self._policy.gate)
            match verdict:
                case gate.Take():
                    ready.append(claim.Candidate(path, sighting.look, now - sighting.since))
                case gate.Wait(seconds, note):
                    waits.append(seconds)
                    notes.update({path: note} if note else {})
                case gate.Ignore(note):
                    notes[path] = note
        for batch in claim.batches(ready):
            waits += await self._claim(batch, notes)
        return waits

    async def _claim(self, batch: Sequence[claim.Candidate], notes: dict[Path, str]) -> list[float]:
        """Rename, flush, hash, then the rows of the whole batch in one transaction, then the sources of copies."""
        taken, left = await anyio.to_thread.run_sync(claim.take, self._home, batch, self._policy.gate)
        if taken:
            await self._store.admit([item.drop for item in taken])
            staying = await anyio.to_thread.run_sync(claim.release, taken)
            self._put_off(batch, staying, math.inf)
            notes.update({item.path: item.note for item in staying})
        for item in taken:
            self._sightings.pop(item.source, None)
        self._put_off(batch, [item for item in left if item.note and item.seconds is None], self._policy.scan)
        notes.update({item.path: item.note for item in left if item.note})
        return [item.seconds for item in left if item.seconds is not None]

    def _put_off(self, batch: Sequence[claim.Candidate], items: Sequence[claim.Left], seconds: float) -> None:
        """Leave these alone for a while, however often events come: giving a file back is an event too."""
        looks = {candidate.path: candidate.look for candidate in batch}
        until = self._clocks.steady() + seconds
        self._later.update({item.path: _Later(looks[item.path], until, item.note) for item in items})

    def _summary(self, problem: str, notes: dict[Path, str]) -> dict[str, object]:
        shown = sorted((self._shown(path), note) for path, note in notes.items())[:MAX_NOTES]
        return {
            "problem": problem,
            "files": len(self._sightings),
            "waiting": [{"name": name, "reason": note} for name, note in shown],
        }

    def _shown(self, path: Path) -> str:
        return names.display(names.encode(os.fsencode(path.relative_to(self._home.inbox))))

    async def _tell(self, summary: dict[str, object]) -> None:
        """Write what status shows, only when it changed; trouble with the inbox itself is an event too."""
        if summary == self._told:
            return
        problem, before = summary["problem"], self._told.get("problem", "")
        self._told = summary
        await self._store.set_state(inbox=summary)
        if problem and problem != before:
            await self._store.record(Event("daemon.trouble", data={"reason": problem}))

    async def _rest(self, bell: hints.Hints, seconds: float) -> None:
        """Until a hint, the time is up, the watch is no longer sound, or the machine slept."""
        end = self._clocks.steady() + seconds
        while (remaining := end - self._clocks.steady()) > 0:
            before = self._drift()
            with anyio.move_on_after(min(remaining, TICK)):
                await bell.wait()
                await anyio.sleep(max(COALESCE, SHARE * self._cost))
                return
            if abs(self._drift() - before) > GAP or not bell.healthy(self._home.inbox):
                return

    def _drift(self) -> float:
        return self._clocks.wall() - self._clocks.steady()


def _look_around(inbox: Path) -> tuple[list[tuple[Path, gate.Look | OSError]], bool]:
    """Everything in the inbox with its look, or why it cannot be looked at; and whether anything may leave it.

    Raises OSError for the inbox itself.
    """
    found: list[tuple[Path, gate.Look | OSError]] = []
    for path, problem in inbox_files.walk(inbox):
        if problem is not None:
            found.append((path, problem))
            continue
        try:
            found.append((path, gate.look(path)))
        except FileNotFoundError:
            continue  # gone between listing and looking: nothing to say
        except OSError as error:
            found.append((path, error))
    return found, os.access(inbox, os.W_OK | os.X_OK)


def _inbox_problem(inbox: Path, error: OSError) -> str:
    if isinstance(error, PermissionError):
        return f"inbox unreadable: the system denied access to {inbox}; move the inbox or grant access"
    return f"inbox unreadable: {inbox}: {error.strerror or error}"


def _closed(inbox: Path) -> str:
    return f"inbox cannot be written: nothing may be taken out of {inbox}; grant access or move the inbox"


def _file_problem(error: OSError) -> str:
    return f"cannot be read: {error.strerror or error}"
