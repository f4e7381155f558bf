"""The stages, and PIPELINE: the one list to edit when a stage is added or changed.

A stage is a module with `run(task, **parts) -> Outcome`: a pure function of the task's bytes and options. It is named
here as text and imported only in the worker child, so that no parser is ever loaded into the daemon or the CLI.
"""

from __future__ import annotations

from dataclasses import dataclass

from randaemon.model import Meta, Stage


@dataclass(frozen=True, slots=True)
class Step:
    """One stage of the pipeline, as the pool and the child need to know it."""

    stage: Stage
    entry: str  # "module:function", imported in the child
    needs: tuple[Stage, ...] = ()  # artifacts of earlier stages, given as files in `Task.inputs`
    lane: str = "cpu"
    asks: bool = False  # may ask models: it is told (option `models`) which tiers there are, and gets their replies
    version: int = 1  # raised when the same input would give another output


PIPELINE: tuple[Step, ...] = (
    Step(Stage.UNPACK, "randaemon.stages.unpack:run", version=3),
    Step(Stage.CONVERT, "randaemon.stages.convert:run", version=4),
    Step(Stage.PREPROCESS, "randaemon.stages.preprocess:run", needs=(Stage.CONVERT,), version=4),
    Step(Stage.EXTRACT, "randaemon.stages.extract:run", needs=(Stage.PREPROCESS,), asks=True, version=8),
    Step(
        Stage.CONVERSE,
        "randaemon.stages.converse:run",
        needs=(Stage.PREPROCESS, Stage.EXTRACT),
        asks=True,
        version=8,
    ),
    Step(
        Stage.FINALIZE,
        "randaemon.stages.finalize:run",
        needs=(Stage.PREPROCESS, Stage.EXTRACT, Stage.CONVERSE),
        version=5,
    ),
)


#: What the meta of a document say of its place: one of many, of equal bytes. No stage sees them, or the dataset would
#: depend on which place came first. (Depth and allowance of an archive are of its place too: store/succession.py.)
PLACE = frozenset({"modified", "rows_from", "rows_to", "from_byte", "to_byte"})


def content_only(meta: Meta) -> Meta:
    """The meta that a stage may see: what is true of the bytes wherever they lie."""
    return {key: value for key, value in meta.items() if key not in PLACE}


def step(stage: Stage) -> Step:
    """The pipeline's entry for a stage."""
    return PIPELINE[stage - 1]
