"""Sealed numbered checkpoints: all that a run needs to go on as if nothing had happened. Runs in the child only.

    attempt-2/checkpoint-0000120.safetensors   weights, optimizer state, gradients not yet applied
    attempt-2/checkpoint-0000120.seal          SHA-256 of the record; the record, with the file's digest
    attempt-2/best-0000100.safetensors         weights of the lowest validation loss, where they count

The seal is written last, by the file protocol: a checkpoint without a seal was not finished, one whose digests differ
was damaged, and both are passed over for the one before. Every attempt writes into a folder of its own.
"""

from __future__ import annotations

import hashlib
import random
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

import msgspec

from randaemon.errors import StorageFault, TrainingError
from randaemon.store import objects
from randaemon.training.progress import Best, Progress

KEPT = 3  # sealed checkpoints of a run; older ones go
HEADROOM = 16 << 20  # bytes that are left on the disk beside a checkpoint
_NUMBER = re.compile(r"checkpoint-(\d+)\.seal")


@dataclass(frozen=True, slots=True)
class Randomness:
    """The states of the generators that anything in this process may draw from."""

    mlx: tuple[int, int]
    python: tuple[int, tuple[int, ...], float | None]
    numpy: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Record:
    """What the seal says."""

    sha256: str  # of the .safetensors file
    plan: str  # fingerprint of the plan: under another one these arrays mean nothing
    progress: Progress
    randomness: Randomness


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A sound checkpoint."""

    weights: Path
    record: Record

    @property
    def iteration(self) -> int:
        """How many iterations had been done."""
        return self.record.progress.iteration


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where one attempt of a run seals."""

    run: Path
    attempt: Path
    plan: str

    @classmethod
    def next_of(cls, run: Path, plan: str) -> Shelf:
        """A new attempt folder."""
        attempt = run / f"attempt-{max(map(_attempt, attempts(run)), default=0) + 1}"
        attempt.mkdir()
        return cls(run, attempt, plan)

    def seal(self, arrays: Mapping[str, Any], progress: Progress) -> Path:
        """Write a checkpoint; its seal. Raises TrainingError when the disk has no room for it."""
        name = f"checkpoint-{progress.iteration:07d}"
        sha256 = save(self.attempt / f"{name}.safetensors", arrays)
        record = Record(sha256, self.plan, progress, randomness())
        body = msgspec.json.encode(record)
        seal = self.attempt / f"{name}.seal"
        objects.write(seal, hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
        self._prune(progress.best)
        return seal

    def keep_best(self, arrays: Mapping[str, Any], loss: float, step: int) -> Best:
        """Keep the weights of the lowest validation loss."""
        file = self.attempt / f"best-{step:07d}.safetensors"
        sha256 = save(file, arrays)
        return Best(loss, step, str(file.relative_to(self.run)), sha256)

    def _prune(self, best: Best | None) -> None:
        """The last few are kept, and of the best weights those that they name."""
        seals = _seals(self.run)
        for seal in seals[KEPT:]:
            seal.unlink()
            seal.with_suffix(".safetensors").unlink(missing_ok=True)
        named = {self.run / best.file} if best else set()
        for seal in seals[:KEPT]:
            if (record := _record(seal)) and record.progress.best:
                named.add(self.run / record.progress.best.file)
        for file in self.run.glob("attempt-*/best-*.safetensors"):
            if file not in named:
                file.unlink()


def attempts(run: Path) -> list[Path]:
    """The attempt folders of a run, in order."""
    return sorted(run.glob("attempt-*"), key=_attempt)


def newest(run: Path, plan: str, refused: Callable[[str], None]) -> Checkpoint | None:
    """The last sound checkpoint of a run; of each that is passed over, `refused` is told why."""
    for seal in _seals(run):
        try:
            return _open(run, seal, plan)
        except TrainingError as error:
            refused(error.message)
    return None


def discard(run: Path) -> None:
    """Remove all attempts of a run that is over."""
    for folder in attempts(run):
        shutil.rmtree(folder)


def save(file: Path, arrays: Mapping[str, Any], metadata: Mapping[str, str] = MappingProxyType({})) -> str:
    """Write arrays as a flushed file under its final name; its SHA-256. Raises TrainingError when the disk is full."""
    import mlx.core as mx

    need = sum(array.nbytes for array in arrays.values())
    free = shutil.disk_usage(file.parent).free
    if free < need + HEADROOM:
        raise _full(file, need, free)
    temporary = file.with_name(f".{file.name}.tmp.safetensors")
    try:
        mx.save_safetensors(str(temporary), dict(arrays), dict(metadata))
        if temporary.stat().st_size < need:  # mlx does not look at what its writes return
            raise _full(file, need, free)
        with objects.storage():
            objects.flush_file(temporary)
            sha256, _ = objects.digest_of(temporary)
            temporary.replace(file)
            objects.flush_folder(file.parent)
    except StorageFault as error:
        raise TrainingError(
            error.message, hint="look at the disk, then: randaemon train start", code=error.code
        ) from error
    finally:
        temporary.unlink(missing_ok=True)
    return sha256


def load(file: Path, sha256: str) -> dict[str, Any]:
    """The arrays of a file. Raises TrainingError when its bytes are not those that were sealed."""
    import mlx.core as mx

    _check(file, sha256)
    arrays: Any = mx.load(str(file))
    return dict(arrays)


def randomness() -> Randomness:
    """The states of the generators of mlx, Python and numpy."""
    import mlx.core as mx
    import numpy as np

    keys: Any = mx.random.state
    high, low = keys[0].tolist()
    version, words, gauss = random.getstate()
    legacy = dict(cast("Mapping[str, Any]", np.random.get_state(legacy=False)))
    state = legacy["state"]
    legacy["state"] = {"key": [int(word) for word in state["key"]], "pos": int(state["pos"])}
    return Randomness((high, low), (version, words, gauss), legacy)


def restore(states: Randomness) -> None:
    """Put the generators back."""
    import mlx.core as mx
    import numpy as np

    high, low = states.mlx
    mx.random.seed(high << 32 | low)  # mlx's key is its 64-bit seed in two halves
    random.setstate(states.python)
    state = {**states.numpy["state"], "key": np.array(states.numpy["state"]["key"], dtype=np.uint32)}
    np.random.set_state({**states.numpy, "state": state})


def _seals(run: Path) -> list[Path]:
    """Every seal, the furthest first."""
    return sorted(_numbered(run), key=lambda seal: (_iteration(seal), _attempt(seal.parent)), reverse=True)


def _numbered(run: Path) -> Iterator[Path]:
    return (seal for folder in attempts(run) for seal in folder.glob("*.seal") if _NUMBER.fullmatch(seal.name))


def _attempt(folder: Path) -> int:
    return int(folder.name.removeprefix("attempt-"))


def _iteration(seal: Path) -> int:
    return int(seal.stem.removeprefix("checkpoint-"))


def _open(run: Path, seal: Path, plan: str) -> Checkpoint:
    where = f"{seal.parent.name}/{seal.stem}"
    record = _record(seal)
    if record is None:
        raise TrainingError(f"{where} was refused: its seal is damaged", code="E_CHECKPOINT")
    if record.plan != plan or record.progress.iteration != _iteration(seal):
        raise TrainingError(f"{where} was refused: it belongs to another plan", code="E_CHECKPOINT")
    weights = seal.with_suffix(".safetensors")
    _check(weights, record.sha256)
    if (best := record.progress.best) is not None:
        _check(run / best.file, best.sha256)
    return Checkpoint(weights, record)


def _record(seal: Path) -> Record | None:
    """What a seal says; None when it is not what was written."""
    try:
        digest, _, body = seal.read_bytes().partition(b"\n")
        if hashlib.sha256(body).hexdigest().encode() != digest:
            return None
        return msgspec.json.decode(body, type=Record)
    except (OSError, ValueError):
        return None


def _check(file: Path, sha256: str) -> None:
    where = f"{file.parent.name}/{file.stem}"
    try:
        found, _ = objects.digest_of(file)
    except OSError as error:
        raise TrainingError(f"{where} was refused: {error.strerror}", code="E_CHECKPOINT") from error
    if found != sha256:
        raise TrainingError(f"{where} was refused: its bytes are not those that were sealed", code="E_CHECKPOINT")


def _full(file: Path, need: int, free: int) -> TrainingError:
    return TrainingError(
        f"the disk is full: {file.name} needs {need >> 20} MiB, {free >> 20} MiB are free",
        hint="make room, then: randaemon train start",
        code="E_DISK_FULL",
    )
