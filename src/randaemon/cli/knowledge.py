"""`forget` and `search`: what is known, and what is no longer to be."""

from __future__ import annotations

import typer

from randaemon.cli.output import JSON_OPTION, lines, show, typed
from randaemon.store.names import display


def forget(
    file: str = typer.Argument(..., help="A file as in `jobs show`"),
    as_json: bool = JSON_OPTION,
) -> None:
    """Leave a file out of every dataset version from now on. Names the adapters that learnt from it."""
    from randaemon.cli.act import act
    from randaemon.store.home import Home
    from randaemon.store.reader import Reader

    home = Home.default()
    with Reader(home) as reader:
        document = reader.document(file)
    answer = act(home, "forget", {"key": document.key})
    if as_json:
        show(answer)
        return
    since = f"from version {answer['version']} on" if answer["version"] else "and no version is sealed yet"
    lines(f"{display(document.name)} is forgotten: {answer['samples']} samples are left out {since}")
    if held := [str(number) for number in answer["versions"]]:
        which = f"version {held[0]}, which is" if len(held) == 1 else f"versions {', '.join(held)}, which are"
        lines(f"  they stay in {which} sealed")
    if answer["runs"]:
        lines(f"  trained on them: {', '.join(answer['runs'])}; `randaemon models rollback` takes an adapter down")


def search(
    text: list[str] = typer.Argument(..., help="Words that must all be there"),
    limit: int = typer.Option(20, "--limit", min=1, help="How many places"),
    as_json: bool = JSON_OPTION,
) -> None:
    """Find words in documents and samples. The best places first."""
    from randaemon.store.home import Home
    from randaemon.store.search import search as look

    found = look(Home.default(), typed(" ".join(text)), limit)
    if as_json:
        show(found)
        return
    for hit in found:
        said = (f"  {line}" for line in hit.text.splitlines() if line.strip())
        lines(f"{hit.kind} {hit.id}  {hit.title}".rstrip(), *said)
    if not found:
        lines("nothing holds these words")
