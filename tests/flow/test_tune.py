"""The training loop itself: its losses are mlx-lm's, and from a checkpoint it goes on as if nothing had happened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import mlx.core as mx
import pytest
from mlx_lm.tuner import trainer
from tests.trainable import write_version

from randaemon.errors import TrainingError
from randaemon.training import batches, calibrate, checkpoint, generate, loop, tiny, tune
from randaemon.training.batches import Batching, stream
from randaemon.training.generate import Encoded, Loaded
from randaemon.training.loop import Tuning
from randaemon.training.plan import TINY, Measured, Plan, TinyShape, Wishes, plan
from randaemon.training.progress import Progress
from randaemon.training.rows import read
from randaemon.training.spec import Bounds, Served
from randaemon.training.tune import Surroundings
from randaemon.training.watch import Paused

CLOSE = 1e-4
Splits = tuple[list[Encoded], list[Encoded]]
Events = list[dict[str, Any]]


@pytest.fixture(scope="module", autouse=True)
def uncompiled() -> Iterator[None]:
    """As in the child on Linux, where a C++ compiler would be started."""
    mx.disable_compile()
    yield
    mx.enable_compile()


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Served:
    folder = tmp_path_factory.mktemp("base")
    texts = read(write_version(folder)).texts()
    return Served(str(tiny.build(folder / "model", texts, TinyShape(hidden=32, intermediate=64), 7)))


@pytest.fixture(scope="module")
def splits(base: Served) -> Splits:
    data, loaded = read(Path(base.model).parent), generate.load(base)
    return tuple([generate.encode(loaded, row.messages) for row in split] for split in (data.train, data.valid))  # type: ignore[return-value]


@pytest.fixture
def lora(splits: Splits) -> Plan:
    """Everything that must survive: gathered gradients, dropout's randomness, the best weights, warm-up."""
    wishes = Wishes("some/model", batch_size=4)
    chosen = plan(wishes, Measured([len(row) for row in splits[0]], 8 << 30))
    return replace(
        chosen, iterations=24, grad_accumulation=4, dropout=0.1, steps_per_report=5, steps_per_eval=8, warmup=8
    )


@pytest.fixture
def full(splits: Splits) -> Plan:
    chosen = plan(Wishes(TINY), Measured([len(row) for row in splits[0]], 8 << 30))
    return replace(chosen, iterations=20, steps_per_report=1, steps_per_eval=7)


@pytest.mark.parametrize("kind", ["lora", "full"])
def test_a_run_that_is_paused_in_the_middle_of_everything_ends_with_the_weights_of_one_that_was_not(
    kind: str, base: Served, splits: Splits, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    chosen: Plan = request.getfixturevalue(kind)
    calm, calm_events = _through(base, splits, chosen, tmp_path / "calm")
    paused, events = _through(base, splits, chosen, tmp_path / "paused", pauses=(5, 9))
    assert [event["step"] for event in events if event["event"] == "resumed"] == [5, 14]
    assert _losses(events) == pytest.approx(_losses(calm_events), abs=CLOSE)
    assert calm.keys() == paused.keys()
    assert max(mx.abs(calm[name] - paused[name]).max().item() for name in calm) < CLOSE


def test_a_damaged_checkpoint_costs_the_steps_since_the_one_before_and_nothing_else(
    base: Served, splits: Splits, full: Plan, tmp_path: Path
) -> None:
    calm, _ = _through(base, splits, full, tmp_path / "calm")
    run = tmp_path / "run"
    run.mkdir()
    with pytest.raises(Paused):
        _attempt(base, splits, full, run, [], pause=9)
    newest = run / "attempt-1/checkpoint-0000009.safetensors"
    newest.write_bytes(newest.read_bytes()[:-7])
    events: Events = []
    weights = _attempt(base, splits, full, run, events)
    assert "attempt-1/checkpoint-0000009 was refused" in events[0]["reason"]
    assert events[1] == {"event": "resumed", "step": 8, "checkpoint": "attempt-1/checkpoint-0000008"}
    assert max(mx.abs(calm[name] - weights[name]).max().item() for name in calm) < CLOSE


def test_the_losses_are_those_of_the_loop_that_mlx_lm_has(
    base: Served, splits: Splits, full: Plan, tmp_path: Path
) -> None:
    """The same model, batches, optimizer and settings in `mlx_lm.tuner.trainer.train`."""
    _, events = _through(base, splits, full, tmp_path / "ours")
    loaded = generate.load(base)
    tune.adapt(loaded.model, full)
    theirs: list[float] = []

    class Reports:
        def on_train_loss_report(self, report: dict[str, Any]) -> None:
            theirs.append(report["train_loss"])

        def on_val_loss_report(self, report: dict[str, Any]) -> None:
            pass

    def iterate(dataset: Sequence[Encoded], *_: object, **__: object) -> Iterator[tuple[Any, Any]]:
        for numbers, _cursor in stream([len(row) for row in dataset], Batching(full.batch_size, full.seed)):
            yield batches.arrays([dataset[number] for number in numbers], 1)

    trainer.train(
        model=loaded.model,
        optimizer=tune.optimizer(full),
        train_dataset=splits[0],
        args=trainer.TrainingArgs(
            iters=full.iterations, steps_per_report=1, steps_per_save=1000, adapter_file=str(tmp_path / "theirs")
        ),
        iterate_batches=iterate,
        training_callback=Reports(),
    )
    ours = [event["loss"] for event in events if event["event"] == "progress"]
    assert ours == pytest.approx(theirs, abs=CLOSE)
    assert len(ours) == full.iterations


def test_the_run_ends_early_when_validation_gains_no_more_and_the_best_weights_are_kept(
    base: Served, splits: Splits, lora: Plan, tmp_path: Path
) -> None:
    hopeless = replace(lora, learning_rate=0.5, iterations=400, steps_per_eval=4, patience=2, grad_accumulation=1)
    weights, events = _through(base, splits, hopeless, tmp_path / "run")
    validations = {event["step"]: event["loss"] for event in events if event["event"] == "validation"}
    best = min(validations, key=validations.__getitem__)
    last = max(validations)
    assert last == best + 2 * hopeless.steps_per_eval < hopeless.iterations
    assert events[-1] == {"event": "checkpoint", "step": last}
    kept = checkpoint.newest(tmp_path / "run", tune.fingerprint(hopeless), lambda _: None)
    assert kept is not None
    assert kept.record.progress.best is not None
    assert kept.record.progress.best.step == best
    assert weights.keys() == mx.load(str(tmp_path / "run" / kept.record.progress.best.file)).keys()


def test_a_loss_that_only_rises_ends_the_run(base: Served, splits: Splits, full: Plan, tmp_path: Path) -> None:
    wild = replace(full, learning_rate=30.0, iterations=500, warmup=400, steps_per_report=2)
    with pytest.raises(TrainingError, match=r"rose from .* by step \d+|is not a number") as caught:
        _through(base, splits, wild, tmp_path / "run")
    assert caught.value.code == "E_DIVERGED"


def test_a_split_smaller_than_its_batch_is_trained_and_validated_whole(
    base: Served, splits: Splits, full: Plan, tmp_path: Path
) -> None:
    wide = replace(full, batch_size=16, iterations=4)
    _, events = _through(base, (splits[0][:3], splits[1][:1]), wide, tmp_path / "run")
    losses = [event["loss"] for event in events if event["event"] == "progress"]
    assert len(losses) == 4
    assert losses[-1] < losses[0]


@pytest.mark.parametrize("again", [True, False])
def test_what_is_timed_before_the_run_takes_no_more_memory_than_the_run_and_leaves_no_trace(
    again: bool, base: Served, splits: Splits, lora: Plan
) -> None:
    """Activations that are not kept in the run must not be kept before it: there was no room for them."""
    chosen, loaded = replace(lora, grad_checkpoint=again, dropout=0.0, iterations=8), generate.load(base)
    tune.adapt(loaded.model, chosen)
    spare = Tuning(loaded.model, tune.optimizer(replace(chosen, learning_rate=0.0)), Progress())
    weights, states = spare.weights(), checkpoint.randomness()
    before = {name: array.tolist() for name, array in weights.items()}
    mx.reset_peak_memory()
    assert calibrate.seconds(spare, chosen, splits) > 0
    timed = mx.get_peak_memory()
    assert {name: array.tolist() for name, array in spare.weights().items()} == before
    assert checkpoint.randomness() == states
    mx.reset_peak_memory()
    loop.train(Tuning(loaded.model, tune.optimizer(chosen), Progress()), chosen, splits, Unwatched())
    assert timed < 1.1 * mx.get_peak_memory()


class Unwatched:
    """Sees nothing."""

    def stepped(self) -> None:
        pass

    def validated(self, loss: float) -> None:
        pass

    def between(self) -> None:
        pass


def test_a_run_that_takes_more_memory_than_it_may_is_stopped(
    base: Served, splits: Splits, full: Plan, tmp_path: Path
) -> None:
    tmp_path.joinpath("run").mkdir()
    around = Surroundings(tmp_path / "run", Bounds(memory=1 << 20), lambda *_, **__: None)
    with pytest.raises(TrainingError, match=r"takes [\d,]+ MiB of memory and may take 1 MiB") as caught:
        tune.tune(generate.load(base), full, splits, around)
    assert caught.value.code == "E_MEMORY"


def _through(
    base: Served, splits: Splits, chosen: Plan, run: Path, pauses: Sequence[int] = ()
) -> tuple[dict[str, mx.array], Events]:
    """A run to its end, its attempts but the last paused after so many steps of their own: the weights, all events."""
    run.mkdir()
    events: Events = []
    for steps in pauses:
        with pytest.raises(Paused):
            _attempt(base, splits, chosen, run, events, pause=steps)
    return _attempt(base, splits, chosen, run, events), events


def _attempt(
    base: Served, splits: Splits, chosen: Plan, run: Path, events: Events, pause: int = 0
) -> dict[str, mx.array]:
    """One attempt with the model loaded anew; every step is sealed."""
    steps = count(1)
    around = Surroundings(
        run,
        Bounds(checkpoint_seconds=0.0),
        lambda event, **values: events.append({"event": event, **values}),
        lambda: next(steps) == pause,
    )
    _, folder = tune.tune(_disturbed(generate.load(base)), chosen, splits, around)
    weights: Any = mx.load(str(folder / "adapters.safetensors"))
    return dict(weights)


def _disturbed(loaded: Loaded) -> Loaded:
    """What another process may have drawn before has no say."""
    mx.random.seed(99)
    return loaded


def _losses(events: Events) -> dict[tuple[str, int], float]:
    return {(event["event"], event["step"]): event["loss"] for event in events if "loss" in event}
