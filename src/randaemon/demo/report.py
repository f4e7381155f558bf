"""What the demo says at its end: what went in, what came out, what was refused and why, and where it all lies."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path

from randaemon.model import Document, Status
from randaemon.store.home import Home
from randaemon.store.names import display
from randaemon.store.reader import Reader
from randaemon.store.records import RunRecord

_LIMIT = 1000  # documents; the demo's library has about twenty


def summary(reader: Reader, home: Home, seconds: float) -> tuple[list[str], bool]:
    """The closing lines, and whether the loop closed: samples were sealed and a run was trained and judged."""
    documents = reader.documents(limit=_LIMIT)
    runs = reader.runs()
    run = runs[-1] if runs else None
    lines = [
        "",
        f"The whole loop took {seconds:.0f} s.",
        *_documents(documents),
        *_dataset(reader),
        *(_run(run) if run is not None else ("", "Training did not start.")),
        *_places(home, run),
    ]
    versions = reader.versions()
    return lines, bool(versions and versions[-1].samples and run is not None and run.status == "done")


def look_around(home: Home, programs: Path, found: str | None) -> list[str]:
    """What to type next, as it works in the shell that started the demo.

    `programs`: where `randaemon` is installed; `found`: where that shell finds one, None where it finds none.
    """
    known = found is not None and Path(found).parent.samefile(programs)
    path = "" if known else f' PATH={shlex.quote(str(programs))}:"$PATH"'
    return [
        "",
        "Look around",
        f"  export RANDAEMON_HOME={shlex.quote(str(home.root))}{path}",
        "  randaemon status",
    ]


def _documents(documents: list[Document]) -> Iterator[str]:
    walked = [each for each in documents if each.parent is not None]
    done = [each for each in walked if each.status is Status.DONE and each.duplicate_of is None]
    twice = sum(each.duplicate_of is not None for each in walked)
    refused = [each for each in walked if each.status in (Status.REJECTED, Status.FAILED)]
    yield ""
    yield f"Documents   {len(walked)} in, {len(done)} done, {twice} duplicate, {len(refused)} refused:"
    for each in sorted(refused, key=lambda document: document.name):
        yield f"  {each.status:<9} {display(each.name)}: {each.reason}"


def _dataset(reader: Reader) -> Iterator[str]:
    versions = reader.versions()
    yield ""
    if not versions:
        yield "Dataset     nothing was sealed"
        return
    newest = versions[-1]
    splits = ", ".join(f"{count:,} {name}" for name, count in newest.splits.items())
    yield f"Dataset     version {newest.number}: {newest.samples:,} samples ({splits})"
    yield f"  quality   {newest.mean_quality:.2f} of 1 on average"


def _run(run: RunRecord) -> Iterator[str]:
    yield ""
    yield f"Training    run {run.id} on {run.model}: {run.status}"
    figures = run.metrics
    if "recall" in figures:
        yield f"  loss      {_pair(figures, 'loss_before', 'loss_after')} in training"
        yield f"  loss      {_pair(figures, 'held_out_loss_base', 'held_out_loss')} a character, on held-out rows"
        yield (
            f"  recall    {_pair(figures, 'recall_base', 'recall')} over {figures.get('questions')} facts,"
            " each asked in a wording it was never trained with"
        )
    verdict = run.reason if run.status == "done" else f"not promoted: {run.reason}"
    yield f"  verdict   {verdict}"


def _pair(figures: Mapping[str, object], before: str, after: str) -> str:
    return f"{_figure(figures.get(before))} → {_figure(figures.get(after))}"


def _figure(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, int | float) else "?"


def _places(home: Home, run: RunRecord | None) -> Iterator[str]:
    yield ""
    yield "Where it lies"
    yield f"  originals  {home.originals}"
    yield f"  dataset    {home.datasets}"
    if run is not None:
        yield f"  adapter    {run.folder}"
    yield f"  database   {home.database}"
