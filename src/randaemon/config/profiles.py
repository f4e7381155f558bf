"""What a profile changes of the defaults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: For work on randaemon itself, and for trying a home out in a test; the file and all above it win over these.
PROFILES: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    "production": {},
    "development": {
        "inbox": {"settle_seconds": 0.5, "scan_seconds": 10.0},
        "log": {"level": "DEBUG"},
        "training": {"approval": True},
        "daemon": {"safe_mode_after": 0},
    },
    "testing": {
        "inbox": {"settle_seconds": 0.1, "scan_seconds": 2.0, "empty_wait_seconds": 0.2, "truncated_wait_seconds": 0.2},
        "pool": {"backoff_seconds": (0.1,), "poll_seconds": 1.0},
        "training": {"enabled": False, "model": "tiny"},
        "notify": {"enabled": False},
        "backup": {"hours": 0.0},
        "daemon": {"min_free_mib": 0, "safe_mode_after": 0},
    },
}
