"""What the daemon hands to its training child and what the child leaves behind: values and their JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

import msgspec

from randaemon.errors import TrainingError
from randaemon.store import objects
from randaemon.training.plan import Wishes

SPEC, RESULTS = "spec.json", "results.json"
TRAIN, EVALUATION = "train.jsonl", "evaluation.jsonl"  # of a dataset version
ANSWERS = "answers.jsonl"
PLAN = "plan.json"
ADAPTER = "adapter"  # the sealed folder; mlx-lm's two files and their digest
WEIGHTS, CONFIG, SUM = "adapters.safetensors", "adapter_config.json", "adapters.sha256"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Served:
    """A model that can be asked: a folder or hub name, and the adapter folder on top of it ("" for none)."""

    model: str
    adapter: str = ""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a run keeps to; unlike its wishes they do not change what comes out."""

    memory: int = 0  # bytes that the child may take; 0: what its plan allows
    checkpoint_seconds: float = 300.0  # a run that is cut short loses at most this


@dataclass(frozen=True, slots=True)
class Spec:
    """One training run, complete: the child needs nothing else. Paths are absolute."""

    run: str
    dataset: str  # folder of a sealed version
    folder: str  # the run's own folder; each attempt has one of its own in it
    models: str  # where tiny models are kept
    wishes: Wishes
    memory: int  # bytes of the machine
    current: Served | None = None  # what is promoted now: answers the same questions
    bounds: Bounds = field(default_factory=Bounds)


@dataclass(frozen=True, slots=True)
class Question:
    """One line of a version's evaluation.jsonl that is asked."""

    fact: str
    family: str
    prompt: tuple[Mapping[str, str], ...]  # chat messages, the last one the user's
    expected: Mapping[str, str]  # fields that the answer must carry
    answer: str  # the reference answer


@dataclass(frozen=True, slots=True)
class Scored:
    """How one question was answered: the share of its fields that were right."""

    fact: str
    family: str
    score: float


@dataclass(frozen=True, slots=True)
class RowLoss:
    """Loss of one held-out row in nats per character of its answer: comparable across tokenizers."""

    row: str
    family: str
    loss: float
    tokens: int = 0
    token_loss: float = 0.0  # nats per token: what perplexity is made of, comparable with one tokenizer only


@dataclass(frozen=True, slots=True)
class Measures:
    """What one model was measured to do."""

    recall: tuple[Scored, ...]  # held-out phrasings
    trained: tuple[Scored, ...]  # the same facts in a phrasing they were trained with; asked of the new adapter only
    held_out: tuple[RowLoss, ...]
    commands: tuple[Scored, ...] = ()  # held-out rows that want a command: is what stands there one?
    refusal: tuple[Scored, ...] = ()  # questions that the documents do not answer: was the answer declined?
    forgetting: tuple[Scored, ...] = ()  # the bundled general set
    tokens_per_second: float = 0.0  # of the answers, all questions in batches


@dataclass(frozen=True, slots=True)
class NoOp:
    """Proof that the adapter changes the model: both must be above zero."""

    weight_change: float  # largest absolute difference of a trained weight to its start (LoRA: of lora_b to zero)
    logit_change: float  # largest absolute difference of a logit on one prompt

    @property
    def changes(self) -> bool:
        """True when the adapter is provably not a no-op."""
        return self.weight_change > 0 and self.logit_change > 0


@dataclass(frozen=True, slots=True)
class Results:
    """What a run leaves behind when it came to its end: `results.json`, written last."""

    run: str
    served: Served
    digest: str  # SHA-256 of the adapter's weights
    plan: Mapping[str, object]
    counts: Mapping[str, int]  # rows, tokens, left out
    losses: Mapping[str, float]  # train_first, train_last, valid_first, valid_last
    timing: Mapping[str, float]  # seconds of each phase, tokens_per_second, peak_memory_mib
    no_op: NoOp
    base: Measures
    new: Measures
    current: Measures | None = None
    curves: Mapping[str, Sequence[tuple[int, float]]] = field(default_factory=dict)  # training, validation: step, loss


def read_spec(path: Path) -> Spec:
    """Read a spec; raises TrainingError when it is not one."""
    return _read(path, Spec)


def read_results(path: Path) -> Results:
    """Read results; raises TrainingError when the file is missing or not whole. A home that was moved is followed."""
    results = _read(path, Results)
    return replace(results, served=_here(results.served, path.parent))


def write(path: Path, value: Spec | Results) -> None:
    """Written by the file protocol: whole or not there."""
    objects.write(path, msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n")


def _here(served: Served, folder: Path) -> Served:
    """The adapter lies in the run's folder, a model built here in `models` beside `runs`: wherever the home is now."""
    model = folder.parent.parent / "models" / Path(served.model).name
    built_here = Path(served.model).is_absolute() and model.exists()
    return Served(str(model) if built_here else served.model, str(folder / ADAPTER))


def _read(path: Path, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (OSError, ValueError) as error:
        raise TrainingError(f"{path} cannot be used: {error}", hint="start a new run: randaemon train start") from error
