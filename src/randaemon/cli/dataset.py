"""`dataset stats|build|export`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import typer

from randaemon.cli.output import JSON_OPTION, lines, moment, note, show

if TYPE_CHECKING:
    from randaemon.store.home import Home
    from randaemon.store.records import VersionRecord

app = typer.Typer(help="The samples: counts, sealing, export.", no_args_is_help=True)

Format = Literal["jsonl", "parquet", "csv"]


@app.command()
def stats(as_json: bool = JSON_OPTION) -> None:
    """The sealed versions, newest last, and what came since."""
    from randaemon.store.home import Home
    from randaemon.store.reader import Reader

    with Reader(Home.default()) as reader:
        versions, newest = reader.versions(), reader.status()["dataset"]
    if as_json:
        show({**newest, "versions": versions})
    else:
        lines(*_told(versions, newest))


@app.command()
def build(as_json: bool = JSON_OPTION) -> None:
    """Seal all samples into a version now; the same samples give the version that there is."""
    from randaemon.store.home import Home

    version = _seal(Home.default())
    if as_json:
        show(version)
    else:
        lines(*_version(version))


@app.command()
def export(
    form: Format = typer.Option("jsonl", "--format", help="What to write"),
    output: Path = typer.Option(..., "--output", help="The folder to write into"),
    version: int | None = typer.Option(None, "--version", help="A sealed version; the newest if not given"),
    as_json: bool = JSON_OPTION,
) -> None:
    """Write the dataset; seals first if nothing is sealed or samples came since."""
    from randaemon.dataset.export import write
    from randaemon.store.home import Home

    record = _chosen(Home.default(), version)
    written = write(Path(record.path), form, output)
    if as_json:
        show({"version": record.number, "samples": record.samples, "files": written})
        return
    lines(*map(str, written))
    note(f"version {record.number}: {record.samples} samples")


def _chosen(home: Home, number: int | None) -> VersionRecord:
    from randaemon.errors import NotFoundError
    from randaemon.store.reader import Reader

    with Reader(home) as reader:
        versions, fresh = reader.versions(), reader.status()["dataset"]["new_samples"]
    if number is None:
        return versions[-1] if versions and not fresh else _seal(home)
    for record in versions:
        if record.number == number:
            return record
    raise NotFoundError(f"there is no dataset version {number}", hint="`randaemon dataset stats` lists them")


def _seal(home: Home) -> VersionRecord:
    from randaemon.cli.act import act
    from randaemon.store.reader import Reader

    number = act(home, "dataset.build", {})["version"]
    with Reader(home) as reader:
        return next(record for record in reader.versions() if record.number == number)


def _told(versions: Sequence[VersionRecord], newest: dict[str, Any]) -> Iterator[str]:
    for record in versions:
        yield from _version(record)
    if not versions:
        yield "no version is sealed yet"
    yield f"{newest['new_samples']} accepted samples since"


def _version(record: VersionRecord) -> Iterator[str]:
    splits = ", ".join(f"{name} {count}" for name, count in record.splits.items())
    yield f"version {record.number}: {record.samples} samples ({splits}), mean quality {record.mean_quality:.2f}"
    yield f"  sealed {moment(record.created)}, digest {record.digest}"
    yield f"  {record.path}"
