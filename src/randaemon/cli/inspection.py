"""What the pipeline makes of one file, without daemon or database: the real stages, in a real worker child."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import tempfile
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from randaemon.errors import ModelsAway, WorkerError
from randaemon.model import (
    Artifact,
    Ask,
    Candidate,
    Candidates,
    Category,
    Child,
    Clean,
    Done,
    Expand,
    Extraction,
    Failure,
    Filed,
    Item,
    Kept,
    Outcome,
    Reject,
    Reply,
    Request,
    Stage,
    Task,
    request_key,
)
from randaemon.pool import Deadline, Runner
from randaemon.stages import PIPELINE, content_only
from randaemon.store.names import display, encode

if TYPE_CHECKING:
    from randaemon.config import Settings
    from randaemon.store import Home


@dataclass(frozen=True, slots=True)
class Asked:
    """The models of the settings that are there now."""

    answer: Callable[[Request], Awaitable[Reply]]
    tiers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Options:
    """How the stages are run."""

    stages: Mapping[Stage, Mapping[str, object]]
    deadline: Deadline
    ask: Asked | None = None  # the models that are there; None: the rules alone


@dataclass(frozen=True, slots=True)
class Found:
    """One document: the file itself, or a member of it, on its way through the stages."""

    path: str  # as it is shown: `library.zip/folder/page.html`
    source: Path
    meta: Mapping[str, Any] = field(default_factory=dict)
    artifacts: Mapping[Stage, bytes] = field(default_factory=dict)
    candidates: Candidates = ()
    members: tuple[Child, ...] = ()
    unpacked: Path = Path()  # where its members lie, by their index
    status: str = "done"
    reason: str = ""
    code: str = ""


async def inspect(file: Path, runner: Runner, options: Options) -> list[dict[str, Any]]:
    """Every document of a file (an absolute path), an archive before its members, as `inspect --json` prints them."""
    with tempfile.TemporaryDirectory(prefix="randaemon-") as folder:
        shown: list[dict[str, Any]] = []
        source = Path(folder) / "file"  # tasks travel as JSON, and a name may be no text
        source.symlink_to(file)
        waiting = deque([Found(display(encode(file.name)), source)])
        while waiting:
            scratch = Path(folder) / str(len(shown))
            document = await _walk(waiting.popleft(), scratch, runner, options)
            shown.append(_shown(document))
            waiting.extendleft(reversed([_member(document, child) for child in document.members]))
        return shown


@contextlib.asynccontextmanager
async def asking(settings: Settings, home: Home) -> AsyncIterator[Asked | None]:
    """What answers a stage's requests, if a model of the settings is there now; None if not."""
    from randaemon import wiring

    models = wiring.models(settings, home)

    async def answer(request: Request) -> Reply:
        try:
            return await models.answer(request)
        except ModelsAway as away:
            return Reply(request_key(request), "", "unavailable", reason=away.message)

    try:
        found = await models.look() if settings.llm.enabled else ()
        tiers = tuple(sorted({tier for state in found if state.present for tier in state.tiers}))
        yield Asked(answer, tiers) if tiers else None
    finally:
        await models.close()


async def _walk(document: Found, folder: Path, runner: Runner, options: Options) -> Found:
    """Take one document through the stages, until it ends."""
    if document.status != "done":
        return document
    digest = await _digest(document.source)
    for step in PIPELINE:
        task = Task(
            stage=step.stage,
            digest=digest,
            source=document.source,
            inputs=_inputs(document, step.needs, folder / f"in-{step.stage}"),
            scratch=folder / f"out-{step.stage}",  # of its own: stages leave large artifacts under one name
            options=options.stages.get(step.stage, {}),
            meta=content_only(document.meta),
        )
        document = _after(document, step.stage, await _answered(runner, task, options), task.scratch)
        if document.status != "done" or document.members:
            break
    return document


async def _answered(runner: Runner, task: Task, options: Options) -> Outcome:
    """Run a stage, as often as it has something to ask of a model that is there."""
    task = replace(task, options={**task.options, "models": list(options.ask.tiers) if options.ask else []})
    while isinstance(outcome := await _run(runner, task, options.deadline), Ask) and options.ask is not None:
        replies = await asyncio.gather(*map(options.ask.answer, outcome.requests))
        task = replace(task, replies={**task.replies, **{reply.key: reply for reply in replies}})
    return outcome


async def _run(runner: Runner, task: Task, deadline: Deadline) -> Outcome:
    try:
        return await runner.run(task, deadline.of(task.source.stat().st_size))
    except WorkerError as error:
        return Failure(str(error), error.code)


def _after(document: Found, stage: Stage, outcome: Outcome, folder: Path) -> Found:
    match outcome:
        case Done():
            artifacts = {**document.artifacts, stage: _body(outcome.artifact, folder)}
            meta = {**document.meta, **outcome.meta}
            return replace(document, meta=meta, artifacts=artifacts, candidates=outcome.candidates)
        case Expand():
            meta = {**document.meta, **outcome.meta}
            return replace(document, meta=meta, members=outcome.children, unpacked=folder)
        case _:
            return _ended(document, outcome)


def _body(artifact: Artifact | None, folder: Path) -> bytes:
    if isinstance(artifact, Filed):
        return (folder / artifact.name).read_bytes()
    return artifact or b""


def _ended(document: Found, outcome: Outcome) -> Found:
    match outcome:
        case Reject(reason, code):
            return replace(document, status="rejected", reason=reason, code=code)
        case Failure(error, code):
            return replace(document, status="failed", reason=error, code=code)
        case _:
            return replace(document, status="ready", reason="it would wait here for something that inspect has not")


def _member(archive: Found, child: Child) -> Found:
    source = archive.unpacked / str(child.index)
    member = Found(f"{archive.path}/{display(child.name)}", source, meta=child.meta)
    return member if child.refusal is None else _ended(member, child.refusal)


def _inputs(document: Found, needs: Sequence[Stage], folder: Path) -> dict[Stage, Path]:
    folder.mkdir(parents=True, exist_ok=True)
    inputs = {}
    for need in needs:
        inputs[need] = folder / f"{need.label}.json"
        inputs[need].write_bytes(document.artifacts[need])
    return inputs


async def _digest(path: Path) -> str:
    import anyio.to_thread

    def read() -> str:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    return await anyio.to_thread.run_sync(read)


def _shown(document: Found) -> dict[str, Any]:
    clean, extraction = _clean(document), _extraction(document)
    return {
        "path": document.path,
        "media_type": document.meta.get("media_type"),
        "route": document.meta.get("route"),
        "status": document.status,
        "reason": document.reason,
        "code": document.code,
        "markdown": clean.markdown if clean else None,
        "quality": document.meta.get("quality"),
        "report": dict(extraction.meta),
        "chunks": len(extraction.chunks),
        "extraction": {category.value: _items(extraction, category) for category in Category},
        "conversations": [_conversation(candidate) for candidate in _candidates(document.candidates)],
    }


def _clean(document: Found) -> Clean | None:
    body = document.artifacts.get(Stage.PREPROCESS)
    return msgspec.json.decode(body, type=Clean) if body else None


def _extraction(document: Found) -> Extraction:
    body = document.artifacts.get(Stage.EXTRACT)
    return msgspec.json.decode(body, type=Extraction) if body else Extraction(())


def _items(extraction: Extraction, category: Category) -> list[dict[str, Any]]:
    return [_item(item) for item in extraction.of(category)]


def _item(item: Item) -> dict[str, Any]:
    return {
        "text": item.text,
        "name": item.name,
        "span": [item.span.start, item.span.end],
        "heading": list(item.heading),
        "source": item.source,
        "rule": item.rule,
        "confidence": item.confidence,
        "related": list(item.related),
        "fields": {
            key: {"text": span.text, "span": [span.start, span.end]} for key, span in sorted(item.fields.items())
        },
    }


def _candidates(found: Candidates) -> Iterator[Candidate]:
    """As values again; a runner gives them as they would be stored."""
    for each in () if isinstance(found, Filed) else found:
        yield msgspec.json.decode(each.body, type=Candidate) if isinstance(each, Kept) else each


def _conversation(candidate: Candidate) -> dict[str, Any]:
    said = candidate.conversation
    return {
        "id": candidate.id,
        "kind": said.kind,
        "messages": [{"role": message.role, "content": message.content} for message in said.messages],
        "evidence": [{"start": span.start, "end": span.end, "text": span.text} for span in said.evidence],
        "score": candidate.score.value,
        "gate": candidate.score.gate,
    }
