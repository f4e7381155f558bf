"""`jobs ls|show|retry|cancel|pause|resume` and `why`: what became of a file, and where a sample comes from."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Literal

import typer

from randaemon.cli.output import JSON_OPTION, document_json, lines, note, show, table
from randaemon.errors import NotFoundError
from randaemon.store.names import display

if TYPE_CHECKING:
    from randaemon.cli.document_story import DocumentStory
    from randaemon.cli.story import SampleStory
    from randaemon.store.reader import Reader

app = typer.Typer(help="Documents and what became of them.", no_args_is_help=True)

FILE = typer.Argument(metavar="FILE", help="A name as it was dropped, or the key or number that `jobs ls` shows")
# The values of model.Status, as text: importing the model costs every command 12 ms. A test holds them equal.
StatusName = Literal["ready", "running", "done", "rejected", "failed", "cancelled"]
LaneName = Literal["documents", "models", "training"]  # store.records.LANES
LANE = typer.Argument(None, metavar="[documents|models|training]", help="Only this one; all if none is named")
_SAMPLE, _BEGINNING = re.compile(r"[0-9a-f]{16}"), re.compile(r"[0-9a-f]{4,15}")


@app.command()
def ls(
    status: StatusName | None = typer.Option(None, "--status", help="Only these"),
    limit: int = typer.Option(50, "--limit", min=1, help="At most so many"),
    as_json: bool = JSON_OPTION,
) -> None:
    """List documents, newest first."""
    from randaemon.store.home import Home
    from randaemon.store.reader import Reader

    home = Home.default()
    with Reader(home) as reader:
        documents = reader.documents(status=status, limit=limit)
    if as_json:
        show([document_json(document) for document in documents])
        return
    if not documents:
        note(f"no document is {status}" if status else f"no documents yet — drop files into {home.inbox}")
        return
    table(
        ("id", "key", "status", "stage", "name", "reason"),
        (
            (item.id, item.key, item.status.value, item.stage.label, display(item.name, 50), item.reason)
            for item in documents
        ),
    )


@app.command("show")
def show_job(
    file: str = FILE,
    removed: bool = typer.Option(False, "--removed", help="What cleaning took out of its text, and why"),
    as_json: bool = JSON_OPTION,
) -> None:
    """Everything about one document. What it is, its way, its members, what it gave."""
    from randaemon.cli.document_story import DocumentStory
    from randaemon.store.home import Home
    from randaemon.store.reader import Reader

    with Reader(Home.default()) as reader:
        story = DocumentStory.of(reader, reader.document(file), removed=removed)
    _tell(story, as_json)


@app.command()
def retry(file: str = FILE, as_json: bool = JSON_OPTION) -> None:
    """Put a failed, refused or cancelled document back to work."""
    _carry_out("retry", file, as_json)


@app.command()
def cancel(file: str = FILE, as_json: bool = JSON_OPTION) -> None:
    """Take a document out of the work; what it is doing now is dropped."""
    _carry_out("cancel", file, as_json)


@app.command()
def pause(lane: LaneName | None = LANE, as_json: bool = JSON_OPTION) -> None:
    """Begin nothing more until `jobs resume`. No document, no question to a model, no training.

    What is under way is finished; a run that began by itself waits at a checkpoint, one that you asked for goes on
    (`train stop`). Files are still taken in. With models paused alone, documents go on as far as they need none.
    """
    _hold("pause", lane, as_json)


@app.command()
def resume(lane: LaneName | None = LANE, as_json: bool = JSON_OPTION) -> None:
    """Go on after `jobs pause`. With everything or with one of the three."""
    _hold("resume", lane, as_json)


def why(
    thing: str = typer.Argument(metavar="SAMPLE|FILE", help="The id of a sample, or a file as in `jobs show`"),
    as_json: bool = JSON_OPTION,
) -> None:
    """Where a sample comes from, or why a file gave no more."""
    from randaemon.store.home import Home
    from randaemon.store.reader import Reader

    with Reader(Home.default()) as reader:
        story = _story(reader, thing)
    _tell(story, as_json)


def _story(reader: Reader, thing: str) -> DocumentStory | SampleStory:
    """Of a document; of a sample where the whole id is given, or a beginning of it that no document answers to."""
    from randaemon.cli.document_story import DocumentStory
    from randaemon.cli.story import SampleStory

    if _SAMPLE.fullmatch(thing):
        return SampleStory.named(reader, thing)
    try:
        return DocumentStory.of(reader, reader.document(thing))
    except NotFoundError:
        if _BEGINNING.fullmatch(thing):
            with suppress(NotFoundError):
                return SampleStory.named(reader, thing)
        raise


def _tell(story: DocumentStory | SampleStory, as_json: bool) -> None:
    if as_json:
        show(story.as_json())
    else:
        lines(*story.told())


def _hold(verb: str, lane: str | None, as_json: bool) -> None:
    from randaemon.cli.act import act
    from randaemon.store.home import Home

    answer = act(Home.default(), verb, {"lane": lane})
    held = ", ".join(answer["paused"])
    if as_json:
        show(answer)
    else:
        lines(f"paused: {held} — `randaemon jobs resume`" if held else "nothing is paused any more")


def _carry_out(verb: str, file: str, as_json: bool) -> None:
    from randaemon.cli.act import act
    from randaemon.store.home import Home
    from randaemon.store.reader import Reader

    home = Home.default()
    with Reader(home) as reader:
        document = reader.document(file)
    answer = act(home, verb, {"key": document.key})
    if as_json:
        show(answer)
    else:
        lines(f"{display(document.name)} {'goes back to work' if verb == 'retry' else 'is cancelled'}")
