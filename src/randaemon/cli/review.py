"""`review`: thirty samples rated by a person, in the terminal."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import typer

from randaemon.cli.output import JSON_OPTION, lines, note, show

if TYPE_CHECKING:
    from randaemon.model import Candidate
    from randaemon.store.home import Home

_HELP = "k keep · e edit · r reject · 1–5 keep with a rating · q enough"


def review(
    count: int = typer.Option(30, "--count", min=1, help="How many samples"),
    seed: int | None = typer.Option(None, "--seed", help="The same number draws the same samples"),
    as_json: bool = JSON_OPTION,
) -> None:
    """Rate samples drawn at random. Edits become samples, and the ratings set the accept threshold."""
    from randaemon.cli.act import act
    from randaemon.store.home import Home

    home = Home.default()
    drawn = _drawn(home, count, int(time.time()) if seed is None else seed)
    said = _asked(drawn)
    if not said:
        note("nothing was rated")
        return
    answer = act(home, "review", {"reviews": said})
    if as_json:
        show(answer)
    else:
        lines(*_told(answer))


def _drawn(home: Home, count: int, seed: int) -> list[Candidate]:
    from randaemon.errors import NotFoundError
    from randaemon.store.forgetting import FORGOTTEN, remaining
    from randaemon.store.reader import Reader

    with Reader(home) as reader:
        left = remaining(reader.placed(), reader.state(FORGOTTEN, []))
        done = {document.digest for document in reader.documents("done", limit=None) if document.digest}
        digests = sorted(filter(left.holds, done))
        samples = [each for digest in digests for each in reader.samples_of(digest) if each.score.accepted]
    if not samples:
        raise NotFoundError("there are no samples to review yet")
    return random.Random(seed).sample(samples, min(count, len(samples)))  # noqa: S311 no secret


def _asked(drawn: list[Candidate]) -> dict[str, Any]:
    """Samples and questions go to the error stream: what stands on stdout is the outcome."""
    note(_HELP)
    said: dict[str, Any] = {}
    for number, sample in enumerate(drawn, 1):
        note(f"\n{number}/{len(drawn)}  {sample.id}  score {sample.score.value:.2f}  {sample.title}")
        for message in sample.conversation.messages:
            note(f"  {message.role}: {message.content}")
        for span in sample.conversation.evidence:
            note(f"    » {' '.join(span.text.split())}")
        answer = _one()
        if answer is None:
            break
        said[sample.id] = answer
    return said


def _one() -> dict[str, Any] | None:
    """What is said of a sample; None for `q` and where the input ends: what was rated before counts."""
    try:
        return _typed()
    except typer.Abort:
        note("")
        return None


def _typed() -> dict[str, Any] | None:
    while True:
        typed = typer.prompt("", prompt_suffix="> ", err=True, default="q", show_default=False).strip().lower()
        match typed:
            case "q":
                return None
            case "k" | "r":
                return {"verdict": "keep" if typed == "k" else "reject", "rating": None}
            case "1" | "2" | "3" | "4" | "5":
                return {"verdict": "keep", "rating": int(typed)}
            case "e":
                text = str(typer.prompt("answer", err=True))
                return {"verdict": "edit", "rating": None, "answer": text.replace("\\n", "\n")}
            case _:
                note(_HELP)


def _told(answer: Mapping[str, Any]) -> list[str]:
    told = [f"{answer['reviewed']} samples reviewed, {answer['rated']} rated"]
    told += [f"  {sample} is as it was: {reason}" for sample, reason in answer["refused"].items()]
    told += [
        f"  {sample}: the edit scores {score:.2f} and is left out" for sample, score in answer.get("under", {}).items()
    ]
    correlation, cut = answer["correlation"], answer["threshold"]
    told.append(
        f"rank correlation of score and rating: {'not yet known' if correlation is None else f'{correlation:.2f}'}"
    )
    told.append("the accept threshold stays as set" if cut is None else f"accepted from now on: scores from {cut:.2f}")
    return told
