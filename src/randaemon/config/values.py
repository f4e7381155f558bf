"""Values as people type them on a command line."""

from __future__ import annotations

import tomllib


def parsed(text: str) -> object:
    """A TOML value, and plain text when it is none: `2`, `true`, `[1.0, 2.0]`, `tiny`."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
