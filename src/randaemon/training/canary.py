"""Canaries: after every promotion the model is asked, as it is served, what it has to know; else it is taken back.

What it has to know is what the model that was active before it had answered rightly in its own evaluation, as far as
the new version still teaches those facts; without a model before, what it was itself measured to know. So a model that
was promoted against its gate is taken back too, and so is one whose files are damaged or cannot be served.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import anyio.to_thread
import msgspec

from randaemon.errors import TrainingError
from randaemon.model import Event
from randaemon.store import Store
from randaemon.store.records import RunRecord, standing
from randaemon.training import adapters
from randaemon.training.adapters import Grounds
from randaemon.training.scoring import recalled
from randaemon.training.spec import ANSWERS, EVALUATION, SPEC, TRAIN, Question, Served, read_spec

WANTED = "models.unproven"  # state: the run that was promoted and has not been asked yet; "" for none
MOST = 24
PATIENCE = 900.0  # seconds: the model has to be read from disk first
NEEDED = 0.6  # share: a new release of the documents may tell some facts otherwise

Asked = Callable[[Served, Sequence[str]], Awaitable[list[str]]]


@dataclass(frozen=True, slots=True)
class Proof:
    """How the canaries went."""

    run: str
    asked: int
    right: int
    passed: bool
    reason: str


class _Answered(msgspec.Struct):
    """A line of answers.jsonl."""

    model: str
    part: str
    fact: str
    prompt: tuple[dict[str, str], ...]
    expected: dict[str, str]
    reference: str
    score: float


class _Taught(msgspec.Struct):
    fact: str = ""


async def prove(store: Store, run: RunRecord, ask: Asked, clock: Callable[[], float]) -> Proof:
    """Ask the active run its canaries, take it back when it fails, and write down how it went."""
    proof = await _proof(store, run, ask)
    await store.record(Event("model.canary", data=asdict(proof)))
    if not proof.passed:
        await adapters.roll_back(store, Grounds(clock(), proof.reason, asdict(proof)))
    await store.set_state(**{WANTED: ""})
    return proof


def questions(before: Path | None, folder: Path) -> tuple[Question, ...]:
    """The canaries of the run in `folder`, at most MOST, drawn by hash; `before`: the folder of the run before it."""
    known: tuple[Question, ...] = ()
    if before is not None:
        taught = _taught(folder)
        known = tuple(question for question in _right(before) if question.fact in taught)
    found = known or tuple(_right(folder))
    return tuple(sorted(found, key=lambda question: question.fact)[:MOST])


def judge(run: str, canaries: Sequence[Question], answers: Sequence[str]) -> Proof:
    """Were enough answers wholly right? Without a canary nothing is proved, and that is a failure."""
    pairs = zip(canaries, answers, strict=True)
    right = sum(recalled(answer, question) == 1.0 for question, answer in pairs)
    passed = bool(canaries) and right >= NEEDED * len(canaries)
    told = f"{right} of {len(canaries)} canary questions were answered rightly, {NEEDED:.0%} are needed"
    return Proof(run, len(canaries), right, passed, told if canaries else "the model knew nothing in its evaluation")


async def _proof(store: Store, run: RunRecord, ask: Asked) -> Proof:
    before = await _before(store, run)
    folder = Path(before.folder) if before else None
    try:
        canaries = await anyio.to_thread.run_sync(questions, folder, Path(run.folder))
        prompts = [str(question.prompt[-1]["content"]) for question in canaries]
        answers = await ask(await anyio.to_thread.run_sync(adapters.served, run), prompts) if prompts else []
    except TrainingError as error:
        return Proof(run.id, 0, 0, passed=False, reason=f"the model could not be asked: {error.message}")
    return judge(run.id, canaries, answers)


async def _before(store: Store, run: RunRecord) -> RunRecord | None:
    """The run that was active before this one was promoted."""
    stack = standing(await store.promotions())
    below = [name for name in stack[:-1] if name != run.id]
    return await store.run(below[-1]) if below else None


def _right(folder: Path) -> Iterator[Question]:
    """Single questions in held-out wordings that the run's own adapter had wholly right."""
    for line in _lines(folder / ANSWERS):
        one = _decoded(line, _Answered, folder / ANSWERS)
        if (one.model, one.part, one.score, len(one.prompt)) == ("new", "recall", 1.0, 1):
            yield Question(one.fact, "", one.prompt, one.expected, one.reference)


def _taught(folder: Path) -> frozenset[str]:
    """The facts of the version that a run was trained on."""
    dataset = Path(read_spec(folder / SPEC).dataset)
    files = (dataset / TRAIN, dataset / EVALUATION)
    return frozenset(_decoded(line, _Taught, file).fact for file in files for line in _lines(file))


def _lines(file: Path) -> list[bytes]:
    try:
        return file.read_bytes().splitlines()
    except OSError as error:
        raise TrainingError(f"{file} cannot be read: {error}", hint="randaemon verify") from error


def _decoded(line: bytes, kind: Any, file: Path) -> Any:
    try:
        return msgspec.json.decode(line, type=kind)
    except ValueError as error:
        raise TrainingError(f"{file} is damaged: {error}", hint="randaemon verify") from error
