"""Settings: one frozen tree, from flags > environment > file > profile > defaults.

    settings = config.load(home.settings)             # or SettingsError, which names every bad key with file and line
    config.read(home.settings).origins                # where each value is from

`RANDAEMON_TRAINING__ENABLED=false` sets `training.enabled`.
"""

from __future__ import annotations

from randaemon.config.loading import Loaded, Problem, environment_keys, load, read
from randaemon.config.tree import LlmSettings, LogSettings, ModelServerSettings, Section, Settings

__all__ = [
    "LlmSettings",
    "Loaded",
    "LogSettings",
    "ModelServerSettings",
    "Problem",
    "Section",
    "Settings",
    "environment_keys",
    "load",
    "read",
]
