"""Which settings a running daemon takes over by itself, and which wait for its next start."""

from __future__ import annotations

from randaemon.config import toml
from randaemon.config.loading import known_keys
from randaemon.config.tree import Settings

#: Sections that are asked for each time they are used. Parts of all others are built once, at the start.
_LIVE = frozenset({
    "inbox", "pool", "unpack", "convert", "preprocess", "converse", "quality", "dataset", "training", "notify",
    "alerts", "backup", "machine",
})  # fmt: skip
_LIVE_KEYS = frozenset({
    "worker.deadline_seconds", "worker.deadline_per_mib_seconds", "worker.deadline_cap_seconds", "llm.extract",
    "llm.converse", "llm.judge", "llm.hard", "llm.target", "daemon.min_free_mib", "daemon.drain_seconds", "log.events",
    "log.event_days",
})  # fmt: skip


def needs_restart(key: str) -> bool:
    """True of a key that a running daemon does not look at again."""
    return key.partition(".")[0] not in _LIVE and key not in _LIVE_KEYS


def differences(old: Settings, new: Settings) -> list[str]:
    """The keys that have another value."""
    before, after = old.model_dump(), new.model_dump()
    keys = (tuple(key.split(".")) for key in known_keys())
    return [".".join(key) for key in keys if toml.lookup(before, key) != toml.lookup(after, key)]
