"""`dataset stats|build|diff|export`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import typer

from randaemon.cli.output import JSON_OPTION, lines, moment, note, show, stop

if TYPE_CHECKING:
    from randaemon.dataset.verify import Verdict
    from randaemon.store.home import Home
    from randaemon.store.records import VersionRecord

app = typer.Typer(help="The samples: counts, sealing, export.", no_args_is_help=True)

Format = Literal["jsonl", "parquet", "csv", "sharegpt", "alpaca"]


@app.command()
def stats(as_json: bool = JSON_OPTION) -> None:
    """The sealed versions, newest last, and what came since."""
    from randaemon.store.home import Home
    from randaemon.store.reader import Reader

    with Reader(Home.default()) as reader:
        versions, newest = reader.versions(), reader.status()["dataset"]
    manifest = _manifest(versions[-1]) if versions else {}
    if as_json:
        show({**newest, "versions": versions, "manifest": manifest})
    else:
        lines(*_told(versions, newest), *_counted(manifest))


@app.command()
def build(
    verify: bool = typer.Option(False, "--verify", help="Judge every sample of the version once more"),
    as_json: bool = JSON_OPTION,
) -> None:
    """Seal all samples into a version now. The same samples give the version that there is."""
    from randaemon.store.home import Home

    home = Home.default()
    version = _seal(home)
    verdict = _verified(home, version) if verify else None
    if as_json:
        told = {name: getattr(version, name) for name in version.__dataclass_fields__}
        show({**told, "verified": verdict} if verdict else told)
    else:
        lines(*_version(version), *(_judged(verdict) if verdict else ()))
    if verdict is not None and not verdict.ok:
        stop(1)


@app.command()
def diff(
    before: int = typer.Argument(..., help="A version"),
    after: int | None = typer.Argument(None, help="Another; the newest if not given"),
    as_json: bool = JSON_OPTION,
) -> None:
    """What one version teaches and another does not. And what they answer otherwise."""
    from randaemon.dataset.differences import compare
    from randaemon.store.home import Home

    home = Home.default()
    old, new = _chosen(home, before), _chosen(home, after)
    found = compare(_samples(old), _samples(new))
    if as_json:
        changed = [{"before": one, "after": two} for one, two in found.changed]
        show({"added": found.added, "removed": found.removed, "changed": changed, "same": found.same})
        return
    lines(
        f"version {old.number} → {new.number}: {len(found.added)} added, {len(found.removed)} removed, "
        f"{len(found.changed)} answered otherwise, {found.same} the same"
    )
    for title, counts in found.by_document().items():
        lines(f"  {title}: " + ", ".join(f"{count} {name}" for name, count in counts.items() if count))
    for one, two in found.changed[:_SHOWN]:
        lines(_under("  ", two["messages"][0]["content"]))
        lines(_under("    - ", one["messages"][-1]["content"]), _under("    + ", two["messages"][-1]["content"]))


def _under(mark: str, text: str) -> str:
    """The text behind its mark, its further lines below its first."""
    return mark + text.replace("\n", "\n" + " " * len(mark))


@app.command()
def export(
    form: Format = typer.Option("jsonl", "--format", help="What to write"),
    output: Path = typer.Option(..., "--output", help="The folder to write into"),
    version: int | None = typer.Option(None, "--version", help="A sealed version; the newest if not given"),
    where: list[str] = typer.Option([], "--where", help="Only rows with kind=fact, score>=0.9, entity~pMax, …"),
    as_json: bool = JSON_OPTION,
) -> None:
    """Write the dataset. Seals first if nothing is sealed or samples came since."""
    from randaemon.dataset.export import write
    from randaemon.dataset.where import parse
    from randaemon.store.home import Home

    wanted, home = parse(where) if where else None, Home.default()
    _outside(output, home)
    record = _chosen(home, version)
    written = write(Path(record.path), form, output, wanted)
    count = sum(written.splits.values())
    if as_json:
        show({"version": record.number, "samples": count, "splits": written.splits, "files": written.files})
        return
    lines(str(output), *(f"  {path.relative_to(output)}" for path in written.files))
    splits = ", ".join(f"{name} {number}" for name, number in written.splits.items())
    of = f" of the {record.samples}" if wanted else ""
    note(f"{count}{of} samples of version {record.number}: {splits}")


def _outside(output: Path, home: Home) -> None:
    """What was sealed is never written over."""
    from randaemon.errors import RandaemonError

    if output.resolve().is_relative_to(home.datasets.resolve()):
        raise RandaemonError(
            f"{output} is where sealed versions are kept", hint="export into another folder", code="E_OUTPUT"
        )


def _manifest(record: VersionRecord) -> dict[str, Any]:
    import json

    found: dict[str, Any] = json.loads((Path(record.path) / "manifest.json").read_bytes())
    return found


def _counted(manifest: dict[str, Any]) -> Iterator[str]:
    """The funnel, the kinds, the scores and the coverage of the newest version."""
    for name in ("funnel", "kinds", "scores"):
        if manifest.get(name):
            yield f"{name}: " + ", ".join(f"{key} {count}" for key, count in manifest[name].items())
    for category, row in manifest.get("coverage", {}).items():
        yield f"{category}: {row['items']} items, {row['0']} untaught, {row['1-4']} with 1–4 samples"


def _chosen(home: Home, number: int | None) -> VersionRecord:
    from randaemon.daemon.learning import CHANGING, SEEN
    from randaemon.errors import NotFoundError
    from randaemon.store.reader import Reader

    with Reader(home) as reader:
        versions = reader.versions()
        # Not only new samples: a copy found elsewhere changes their places, and a text may decide about another.
        changed = bool(versions) and reader.happened(CHANGING, reader.state(SEEN, 0))
    if number is None:
        return versions[-1] if versions and not changed else _seal(home)
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


def _samples(record: VersionRecord) -> Iterator[dict[str, Any]]:
    from randaemon.model import SPLITS

    for name in SPLITS:
        yield from _split(record, name)


def _split(record: VersionRecord, name: str) -> Iterator[dict[str, Any]]:
    import msgspec

    for line in (Path(record.path) / f"{name}.jsonl").read_bytes().splitlines():
        yield msgspec.json.decode(line)


def _verified(home: Home, record: VersionRecord) -> Verdict:
    import msgspec

    from randaemon.dataset.verify import verify
    from randaemon.model import SPLITS, Candidate, Clean, Extraction, Stage
    from randaemon.store.reader import Reader
    from randaemon.store.records import REVIEWS

    with Reader(home) as reader:

        def source(digest: str) -> tuple[Clean, Extraction] | None:
            clean, extraction = (reader.artifact(digest, stage) for stage in (Stage.PREPROCESS, Stage.EXTRACT))
            if clean is None or extraction is None:
                return None
            return msgspec.json.decode(clean, type=Clean), msgspec.json.decode(extraction, type=Extraction)

        splits = {name: list(_split(record, name)) for name in SPLITS}
        digests = {row["document"] for rows in splits.values() for row in rows}
        candidates = {each.id: each for digest in digests for each in reader.samples_of(digest)}
        edits = (
            msgspec.convert(said["sample"], Candidate)
            for said in reader.state(REVIEWS, {}).values()
            if said.get("sample")
        )
        return verify(splits, candidates | {each.id: each for each in edits}, source)


def _judged(verdict: Verdict) -> Iterator[str]:
    yield f"  verified: {verdict.samples} samples, {verdict.spans} evidence spans"
    for problem, count in verdict.wrong.items():
        yield f"  WRONG in {count}: {problem}"
    yield from (f"    {example}" for example in verdict.examples)
    if verdict.ok:
        yield "  every span is its slice, every gate passes, every score is the one stored"
        yield "  training tells nothing that valid or test asks"


_SHOWN = 10


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
