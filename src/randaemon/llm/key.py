"""The key of a server: from the environment or from a file that nobody else may read; never from the settings."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from pathlib import Path

from randaemon.errors import ModelUnsent


def read(environment: Mapping[str, str], name: str, file: str) -> str:
    """The key that the variable `name` or else the file holds. Raises ModelUnsent that says what to mend."""
    if name:
        if value := environment.get(name, "").strip():
            return value
        if not file:
            raise ModelUnsent(f"the environment variable {name} is not set", hint="it holds the key of a model server")
    path = Path(file).expanduser()
    try:
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise ModelUnsent(f"others may read the key in {path}", hint=f"chmod 600 {path}")
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ModelUnsent(f"the key file {path} cannot be read: {error}", hint="mend api_key_file") from error
