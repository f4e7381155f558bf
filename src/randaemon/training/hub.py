"""Where a model lies: a folder, or the local cache of Hugging Face, which is filled only when that is allowed.

A download goes on where it was cut off (the hub's client keeps what it has), tells how far it is, and large files are
compared with the SHA-256 that the hub names them by.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from randaemon.errors import TrainingError
from randaemon.training.forecast import Shape, shape_of

#: Safetensors and what goes with them; never pickled weights, never code.
FILES = ["*.json", "model*.safetensors", "tokenizer.model", "*.tiktoken", "*.txt", "*.jsonl", "*.jinja"]
SAY_SECONDS = 1.0  # between two words on a download
_DIGEST = re.compile(r"[0-9a-f]{64}")
_WHERE = "training.model names a folder with a model, a model of Hugging Face, or tiny"

Say = Callable[[int, int], None]  # bytes so far, bytes in all


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
        return Path(snapshot_download(model, allow_patterns=FILES, local_files_only=True))
    except (OSError, ValueError) as error:
        offline = say is None or bool(os.environ.get("HF_HUB_OFFLINE"))
        if offline or not isinstance(error, LocalEntryNotFoundError):
            raise not_loaded(model, error) from error
    return _download(model, say)


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


def _download(model: str, say: Say | None) -> Path:
    from huggingface_hub import snapshot_download

    try:
        found = Path(snapshot_download(model, allow_patterns=FILES, tqdm_class=_told(say)))
    except (OSError, ValueError) as error:
        told = f"the model {model} could not be downloaded: {_first_line(error)}"
        raise TrainingError(told, hint="the next run goes on with the download", code="E_DOWNLOAD") from error
    _verify(model, found)
    return found


def _told(say: Say | None) -> type[Any]:
    """A progress bar that draws nothing and says how many bytes there are."""
    from huggingface_hub.utils.tqdm import tqdm

    class Told(tqdm):
        said = 0.0

        def update(self, n: float | None = 1) -> bool | None:
            drawn: bool | None = super().update(n)
            now = time.monotonic()
            if say and self.unit == "B" and now - self.said >= SAY_SECONDS:
                self.said = now
                say(int(self.n), int(self.total or 0))
            return drawn

    return Told


def _verify(model: str, found: Path) -> None:
    """The hub's cache names large files by their SHA-256. One that is not what its name says is removed."""
    for link in found.rglob("*"):
        blob = link.resolve()
        if not blob.is_file() or not _DIGEST.fullmatch(blob.name):
            continue
        with blob.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if digest != blob.name:
            blob.unlink()
            link.unlink(missing_ok=True)
            told = f"{link.name} of {model} was damaged on its way: its SHA-256 is not the one that the hub names"
            raise TrainingError(told, hint="the next run downloads it again", code="E_DOWNLOAD")


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
