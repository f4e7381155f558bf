"""Where a model lies on this machine, by the names of files alone, and what a run would lack."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from randaemon.training import hub
from randaemon.training.hub import Lack
from randaemon.training.plan import TINY

NAME = "fictional/Heron-1B"
NAMES = ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME")
LIBRARY = "from huggingface_hub import snapshot_download as s; print(s({!r}, local_files_only=True))"


def put(cache: Path) -> Path:
    """A model in a hub's cache, as a download leaves it."""
    kept = cache / "models--fictional--Heron-1B"
    snapshot = kept / "snapshots" / "abc123"
    snapshot.mkdir(parents=True)
    (kept / "refs").mkdir()
    (kept / "refs" / "main").write_text("abc123")
    (snapshot / "config.json").write_text("{}")
    (snapshot / "model.safetensors").touch()
    return snapshot


@pytest.mark.parametrize(
    ("environment", "cache"),
    [
        ({"HF_HUB_CACHE": "here", "HF_HOME": "there"}, "here"),
        ({"HUGGINGFACE_HUB_CACHE": "here"}, "here"),
        ({"HF_HOME": "here", "XDG_CACHE_HOME": "there"}, "here/hub"),
        ({"XDG_CACHE_HOME": "there"}, "there/huggingface/hub"),
        ({}, ".cache/huggingface/hub"),
    ],
)
def test_a_model_is_found_where_the_hubs_own_library_finds_it(
    environment: dict[str, str], cache: str, tmp_path: Path
) -> None:
    snapshot = put(tmp_path / cache)
    chosen = {name: str(tmp_path / place) for name, place in environment.items()}
    assert hub.located(NAME, chosen, tmp_path) == snapshot
    clean = {name: value for name, value in os.environ.items() if name not in NAMES}
    there = {**clean, **chosen, "HOME": str(tmp_path)}
    told = subprocess.check_output([sys.executable, "-c", LIBRARY.format(NAME)], env=there, text=True)
    assert told.strip() == str(snapshot)


def test_a_folder_is_found_as_it_is_and_what_is_not_here_is_nowhere(tmp_path: Path) -> None:
    snapshot = put(tmp_path / "hub")
    assert hub.located(str(snapshot), {}, tmp_path) == snapshot
    for absent in ("fictional/Other-1B", "tiny", "x" * 5000, "a\0b", str(tmp_path / "none")):
        assert hub.located(absent, {"HF_HOME": str(tmp_path)}, tmp_path) is None
    assert hub.located(NAME, {}, tmp_path) is None


def test_what_is_lacking_is_told_with_what_helps(tmp_path: Path) -> None:
    there = {"HF_HOME": str(tmp_path)}
    fetch = f"`hf download {NAME}`, or training.allow_download = true"
    assert hub.lack(NAME, there, tmp_path) == Lack("not in the local cache", fetch)
    assert hub.lack(NAME, there, tmp_path, download=True) is None
    snapshot = put(tmp_path / "hub")
    assert hub.lack(NAME, there, tmp_path) is None
    (snapshot / "model.safetensors").unlink()
    assert hub.lack(NAME, there, tmp_path) == Lack("only in part in the local cache", fetch)
    folder = hub.lack(str(snapshot), {}, tmp_path, download=True)  # no download fills a folder
    assert folder is not None
    assert folder.told == "no folder with config.json and *.safetensors"
    assert hub.lack(TINY, {}, tmp_path) is None
