"""Where a model lies: a folder, or the local cache of Hugging Face, which is filled only when that is allowed."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from randaemon.errors import TrainingError
from randaemon.training.forecast import Shape, shape_of
from randaemon.training.plan import TINY

if TYPE_CHECKING:  # it brings aiohttp
    from randaemon.training.download import Say

#: Safetensors and what goes with them; never pickled weights, never code.
FILES = ["*.json", "model*.safetensors", "tokenizer.model", "*.tiktoken", "*.txt", "*.jsonl", "*.jinja"]
INDEX = "model.safetensors.index.json"
_WHERE = "training.model names a folder with a model, a model of Hugging Face, or tiny"


@dataclass(frozen=True, slots=True)
class Lack:
    """Why no run can start from a model, as in "it is …", and what helps."""

    told: str
    remedy: str


def located(model: str, environment: Mapping[str, str], home: Path) -> Path | None:
    """The folder of a model, or of a name in the hub's cache as the hub's library finds it; None when there is none.

    Looks at files alone: the daemon asks this again and again, and its library takes 0.3 s to import.
    """
    place = Path(model).expanduser()
    try:
        if not place.is_absolute():
            kept = _cache(environment, home) / f"models--{model.replace('/', '--')}"
            place = kept / "snapshots" / _text(kept / "refs" / "main")
        return place if place.is_dir() else None
    except (OSError, ValueError):  # not ours to look into, or no name that a file can have
        return None


def lack(model: str, environment: Mapping[str, str], home: Path, *, download: bool = False) -> Lack | None:
    """What a run would fail for at once; None when the model lies here whole, is made here, or may be downloaded."""
    found = located(model, environment, home)
    if model == TINY or (found and whole(found)):
        return None
    if Path(model).is_absolute():
        return Lack("no folder with config.json and *.safetensors", _WHERE)
    state = f"{'only in part' if found else 'not'} in the local cache"
    return None if download else Lack(state, f"`hf download {model}`, or training.allow_download = true")


def folder(model: str, say: Say | None = None) -> Path:
    """The folder of a model. A missing one is downloaded if `say` is given and the environment does not forbid it.

    Raises TrainingError that says what is missing.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    if Path(model).is_absolute():
        if not (Path(model) / "config.json").is_file():
            raise TrainingError(
                f"the folder {model} does not exist or holds no config.json", hint=_WHERE, code="E_MODEL"
            )
        return Path(model)
    try:
        found = Path(snapshot_download(model, allow_patterns=FILES, local_files_only=True))
        if not whole(found):
            raise LocalEntryNotFoundError(f"{found} holds a part of it")
        return found
    except (OSError, ValueError) as error:
        if say is None or os.environ.get("HF_HUB_OFFLINE") or not isinstance(error, LocalEntryNotFoundError):
            raise not_loaded(model, error) from error
        return _download(model, say)


def whole(model: Path) -> bool:
    """Are the configuration and all weights in a folder? Other programs, and downloads cut short, bring a part."""
    if not (model / "config.json").is_file():
        return False
    try:
        index = json.loads((model / INDEX).read_bytes())
        return all((model / name).is_file() for name in index["weight_map"].values())
    except FileNotFoundError:  # all in one file
        return any(file.is_file() for file in model.glob("model*.safetensors"))
    except (ValueError, KeyError):
        return False


def facts(model: Path) -> tuple[Shape | None, int]:
    """The shape of the model in a folder (None: of a kind that cannot be forecast), and how many places it knows."""
    config = json.loads((model / "config.json").read_bytes())
    weights = sum(file.stat().st_size for file in model.glob("model*.safetensors"))
    positions = int(config.get("max_position_embeddings") or 0)
    try:
        return (None if "num_experts" in config else shape_of(config, weights)), positions
    except KeyError:
        return None, positions


def not_loaded(model: str, error: Exception) -> TrainingError:
    """The hub's own words lead astray: it advises its environment variables, and lectures on names of repositories."""
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    match error:
        case LocalEntryNotFoundError():
            told = f"the model {model} is not in the local Hugging Face cache and downloads are off"
            hint = "training.allow_download = true"
        case HFValidationError():
            told = f"{model} is neither a folder nor a name that Hugging Face can have"
            hint = _WHERE
        case _:
            told, hint = f"the model {model} cannot be loaded: {_first_line(error)}", "randaemon doctor"
    return TrainingError(told, hint=hint, code="E_MODEL")


def _download(model: str, say: Say) -> Path:
    from huggingface_hub import snapshot_download

    from randaemon.training import download

    download.fetch(model, FILES, say)
    try:
        return Path(snapshot_download(model, allow_patterns=FILES))
    except (OSError, ValueError) as error:
        told = f"the model {model} could not be downloaded: {_first_line(error)}"
        raise TrainingError(told, hint="the next run goes on with the download", code="E_DOWNLOAD") from error


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _cache(environment: Mapping[str, str], home: Path) -> Path:
    """Where the hub keeps its files, by the variables of its own."""
    if kept := environment.get("HF_HUB_CACHE") or environment.get("HUGGINGFACE_HUB_CACHE"):
        return Path(kept).expanduser()
    if base := environment.get("HF_HOME"):
        return Path(base).expanduser() / "hub"
    return Path(environment.get("XDG_CACHE_HOME") or home / ".cache").expanduser() / "huggingface" / "hub"


def _text(path: Path) -> str:
    return path.read_text(encoding="ascii").strip() if path.is_file() else "none"
