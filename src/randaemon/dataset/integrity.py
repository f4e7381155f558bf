"""Is a version on disk still what was sealed? By the digests of its manifest."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

MANIFEST = "manifest.json"


def problems(folder: Path, digest: str) -> list[str]:
    """What is missing or has changed, as sentences; empty when the version is whole. `digest`: of its manifest."""
    if (found := _digest(folder / MANIFEST)) != digest:
        return ["its manifest is gone" if found is None else "its manifest has changed"]
    described = json.loads((folder / MANIFEST).read_bytes())["files"]
    states = {name: (_digest(folder / name), facts["sha256"]) for name, facts in described.items()}
    return [
        f"{name} is gone" if found is None else f"{name} has changed"
        for name, (found, sealed) in states.items()
        if found != sealed
    ]


def _digest(file: Path) -> str | None:
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return None
