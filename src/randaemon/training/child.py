"""The training child: `python -m randaemon.child train SPEC`. Everything that loads mlx for training starts here.

In: a `Spec` file. Out: events on stdout (channel.py), the sealed adapter in `adapter/`, the answers that the evaluation
rests on, and last of all `results.json`. Whatever goes wrong ends in one `failed` event with a plain reason; a run
whose results are not there has not ended well.
"""

from __future__ import annotations

import hashlib
import shutil
import signal
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec

from randaemon.errors import RandaemonError, TrainingError
from randaemon.machine import MIB
from randaemon.store import objects
from randaemon.training import checkpoint, generate, hub, measure, rows, tiny, tune
from randaemon.training.channel import Channel
from randaemon.training.generate import Encoded, Loaded
from randaemon.training.measure import Exam, Sat
from randaemon.training.plan import TINY, Measured, Plan, longest, plan, tiny_shape
from randaemon.training.rows import Data
from randaemon.training.spec import (
    ADAPTER,
    ANSWERS,
    CONFIG,
    PLAN,
    RESULTS,
    SUM,
    WEIGHTS,
    Results,
    Served,
    Spec,
    read_results,
    read_spec,
    write,
)
from randaemon.training.tune import Surroundings
from randaemon.training.watch import NEVER, Paused


def main(spec_path: Path) -> int:
    """Run one training to its end: 0 with results.json written, or with a checkpoint sealed when it is told to pause
    by SIGTERM; 1 with a `failed` event.
    """
    channel = Channel.take_stdout()
    pause = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: pause.set())
    try:
        with objects.storage():
            _Run(read_spec(spec_path), channel.send, pause.is_set).carry_out()
    except Paused:
        channel.send("paused")
        return 0
    except RandaemonError as error:
        channel.send("failed", reason=error.message, hint=error.hint, code=error.code)
        return 1
    except Exception as error:  # noqa: BLE001 top level of the child: the log keeps the traceback, the daemon the kind
        traceback.print_exc()
        reason = f"the training child met an error it does not know: {type(error).__name__}"
        channel.send("failed", reason=reason, hint="log.txt in the run's folder has the traceback", code="E_INTERNAL")
        return 1
    channel.send("done")
    return 0


@dataclass(slots=True)
class _Prepared:
    """What is known before the training starts."""

    base: Served
    loaded: Loaded
    exam: Exam
    plan: Plan
    splits: tuple[Sequence[Encoded], Sequence[Encoded]]
    counts: Mapping[str, int]


@dataclass(slots=True)
class _Run:
    """One run on its way."""

    spec: Spec
    send: Callable[..., None]
    told_to_pause: Callable[[], bool] = NEVER
    timing: dict[str, float] = field(default_factory=dict)
    sat: dict[str, Sat] = field(default_factory=dict)  # base, current, new

    @property
    def folder(self) -> Path:
        return Path(self.spec.folder)

    def carry_out(self) -> Results:
        """Load, measure the baselines, train, seal, measure the new adapter, write the results."""
        if (self.folder / RESULTS).is_file():  # of an attempt that came to its end, which nobody heard
            return read_results(self.folder / RESULTS)
        with self._phase("load"):
            prepared = self._prepare()
        with self._phase("baselines"):
            self._baselines(prepared)
        results = self._train(prepared)
        self._record_answers()
        write(self.folder / RESULTS, results)
        checkpoint.discard(self.folder)
        return results

    def _prepare(self) -> _Prepared:
        """The plan is made before the weights take their memory: what does not fit is refused."""
        data = rows.read(Path(self.spec.dataset))
        base = self._base(data)
        folder = hub.folder(base.model, lambda have, need: self.send("download", have=have, need=need))
        words, (shape, positions) = generate.tokenizer_of(folder), hub.facts(folder)
        train, valid = ([generate.encode(words, row.messages) for row in split] for split in (data.train, data.valid))
        most = longest(self.spec.wishes, [len(row) for row in (*train, *valid)], positions)
        train, valid = _fitting("train", train, most), _fitting("valid", valid, most)
        counts = _counts(data, train, valid)
        chosen = self._plan(Measured([len(row) for row in train], self.spec.memory, shape))
        self.send("plan", plan=chosen.values(), counts=counts)
        return _Prepared(base, generate.load(base), Exam.of(data, most), chosen, (train, valid), counts)

    def _plan(self, measured: Measured) -> Plan:
        """The plan of the run's first attempt: a later one goes on with it, whatever the machine has free by then."""
        file = self.folder / PLAN
        with suppress(FileNotFoundError, ValueError):  # the first attempt, or one of another release
            return msgspec.json.decode(file.read_bytes(), type=Plan)
        chosen = plan(self.spec.wishes, measured)
        objects.write(file, msgspec.json.format(msgspec.json.encode(chosen)) + b"\n")
        return chosen

    def _base(self, data: Data) -> Served:
        """The model to start from; the tiny one is built, once for the same text."""
        if self.spec.wishes.model != TINY:
            return Served(self.spec.wishes.model)
        texts, seed = data.texts(), self.spec.wishes.seed
        shape = tiny_shape(sum(map(len, texts)))
        key = hashlib.sha256(msgspec.json.encode([texts, shape, seed])).hexdigest()[:12]
        folder = Path(self.spec.models) / f"tiny-{key}"
        if not folder.exists():
            tiny.build(self.folder / "base", texts, shape, seed).replace(folder)
            objects.flush_folder(folder.parent)
        return Served(str(folder))

    def _baselines(self, prepared: _Prepared) -> None:
        self.sat["base"] = self._baseline("base", lambda: prepared.loaded, prepared.exam)
        current = self.spec.current
        if current is not None:
            self.sat["current"] = self._baseline("current", lambda: generate.load(current), prepared.exam)

    def _baseline(self, name: str, load: Callable[[], Loaded], exam: Exam) -> Sat:
        """Measured once in a run, however many attempts it takes."""
        file = self.folder / f"baseline-{name}.json"
        key = hashlib.sha256(msgspec.json.encode((self.spec.current, exam))).hexdigest()
        with suppress(FileNotFoundError, ValueError):
            known, sat = msgspec.json.decode(file.read_bytes(), type=tuple[str, Sat])
            if known == key:
                return sat
        sat = measure.sit(load(), exam, trained=False)
        objects.write(file, msgspec.json.encode((key, sat)))
        return sat

    def _train(self, prepared: _Prepared) -> Results:
        adapter = self.folder / ADAPTER
        around = Surroundings(self.folder, self.spec.bounds, self.send, self.told_to_pause)
        before = measure.first_logits(prepared.loaded, prepared.exam)
        start = _weights(prepared)
        with self._phase("train"):
            progress, trained = tune.tune(prepared.loaded, prepared.plan, prepared.splits, around)
        digest = _seal(trained, adapter)
        served = replace(prepared.base, adapter=str(adapter))
        with self._phase("evaluate"):
            new = generate.load(served)
            self.sat["new"] = measure.sit(new, prepared.exam, trained=True)
            after = measure.first_logits(new, prepared.exam)
        self.timing |= {
            "tokens": progress.tokens,
            "iterations": progress.iteration,
            "iteration_seconds": round(progress.seconds, 2),
            "peak_memory_mib": round(progress.peak / MIB, 1),
        }
        return Results(
            run=self.spec.run,
            served=served,
            digest=digest,
            plan=prepared.plan.values(),
            counts=prepared.counts,
            losses=progress.losses,
            curves=progress.curves,
            timing=self.timing,
            no_op=measure.no_op(start, _trained(adapter), before, after),
            base=self.sat["base"].measures,
            new=self.sat["new"].measures,
            current=self.sat["current"].measures if "current" in self.sat else None,
        )

    def _record_answers(self) -> None:
        lines = ({"model": name, **answer} for name, sat in self.sat.items() for answer in sat.answers)
        objects.write(self.folder / ANSWERS, b"".join(msgspec.json.encode(line) + b"\n" for line in lines))

    @contextmanager
    def _phase(self, name: str) -> Iterator[None]:
        if self.told_to_pause():
            raise Paused
        self.send("phase", name=name)
        started = time.monotonic()
        yield
        self.timing[f"{name}_seconds"] = round(time.monotonic() - started, 2)


def _fitting(name: str, split: Sequence[Encoded], most: int) -> list[Encoded]:
    """The rows of a split that can be trained whole: a truncated row loses the end of its answer.

    Raises TrainingError when there are none: mlx-lm would train on nothing, or on NaN, without a word.
    """
    told = [row for row in split if row.offset < len(row)]
    if not told:
        raise TrainingError(
            f"no row of the {name} split has a token to train: the chat template of the model leaves its answers out",
            hint="set training.model to a model that is made for chats",
            code="E_NO_ANSWERS",
        )
    fitting = [row for row in told if len(row) <= most]
    if not fitting:
        raise TrainingError(
            f"every row of the {name} split is longer than {most} tokens",
            hint="raise training.max_seq_length",
            code="E_TOO_LONG",
        )
    return fitting


def _counts(data: Data, train: Sequence[Encoded], valid: Sequence[Encoded]) -> dict[str, int]:
    return {
        "train_rows": len(train),
        "valid_rows": len(valid),
        "test_rows": len(data.test),
        "questions": len(data.questions),
        "left_out": len(data.train) + len(data.valid) - len(train) - len(valid),
        "tokens": sum(len(row) for row in train),
        "trained_tokens": sum(len(row) - row.offset for row in train),
    }


def _weights(prepared: _Prepared) -> dict[str, Any]:
    """The weights a full fine-tuning starts from; the other kinds add weights of their own."""
    from mlx.utils import tree_flatten

    return dict(tree_flatten(prepared.loaded.model.parameters())) if prepared.plan.fine_tune_type == "full" else {}


def _trained(adapter: Path) -> dict[str, Any]:
    import mlx.core as mx

    weights: Any = mx.load(str(adapter / WEIGHTS))
    return dict(weights)


def _seal(trained: Path, adapter: Path) -> str:
    """Flush the files, put the digest beside them and give the folder its final name; the digest."""
    digest, _ = objects.digest_of(trained / WEIGHTS)
    for name in (WEIGHTS, CONFIG):
        objects.flush_file(trained / name)
    objects.write(trained / SUM, f"{digest}  {WEIGHTS}\n".encode())
    if adapter.exists():  # of an attempt that was cut short while it was evaluated; no row names it
        shutil.rmtree(adapter)
    objects.move(trained, adapter)
    return digest
