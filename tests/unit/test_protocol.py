"""The frames and the schema between the daemon and a worker, without any process."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from randaemon.child import answer
from randaemon.errors import StoreError, WorkerProtocol
from randaemon.model import (
    Ask,
    Candidate,
    Category,
    Child,
    Conversation,
    Defer,
    Done,
    Expand,
    Failure,
    Filed,
    Message,
    Outcome,
    Purpose,
    Reject,
    Reply,
    Request,
    Score,
    Span,
    Stage,
    Task,
    Tier,
)
from randaemon.stages.convert import csv
from randaemon.store.rows import kept_of
from randaemon.workers import protocol, received
from randaemon.workers.protocol import Order, Setup

TASK = Task(
    Stage.UNPACK,
    "d1",
    Path("/home/originals/a__b.html"),
    {Stage.CONVERT: Path("/srv/home/scratch/2")},
    Path("/srv/home/scratch"),
    {"limits": [1, {"deep": None}], "replies": {"a": "b"}},
    {"route": "html", "pages": 3, "share": 0.5, "ok": True, "title": None},
    {"k": Reply("k", "{}", "ok", "m", "ollama", 1, 2, 0.5)},
)
CANDIDATE = Candidate(
    "0" * 16,
    "d1",
    "family",
    "fact",
    Conversation(
        "fact",
        (Message("user", "What is pMax?"), Message("assistant", "A power.")),
        (Span(0, 8, "A power."),),
        Category.PARAMETER,
        "EUtranCellFDD.pMax",
        "description",
        1,
        {"value": "3"},
        ("Parameters",),
    ),
    Score(0.9, {"length": 1.0}),
    "Power",
)
LAST = replace(TASK, stage=Stage.FINALIZE)
OUTCOMES: list[Outcome] = [
    Done(),
    Done(b"\0\xffbytes", {"a": 1, "b": 2.5, "c": True, "d": None, "e": "ÄÖ"}, (CANDIDATE,)),
    Done(Filed("artifact", 9 << 20, "a" * 64)),
    Expand((Child(0, "a", 1, meta={"depth": 1}), Child(1, "b", 2, Reject("r")), Child(2, "c", 3, Failure("f")))),
    Ask((Request(Purpose.EXTRACT, Tier.FAST, (Message("user", "ü"),), {"type": "object", "items": [1.5]}),)),
    Reject("encrypted", "E_ENCRYPTED"),
    Failure("broken", "E_CORRUPT", retry=False),
    Defer("the server is down", 12.5),
]


@pytest.mark.parametrize("outcome", OUTCOMES, ids=lambda outcome: type(outcome).__name__)
def test_every_outcome_comes_back_as_it_was_sent(outcome: Outcome) -> None:
    task = replace(TASK, stage={Done: Stage.FINALIZE, Ask: Stage.EXTRACT}.get(type(outcome), Stage.UNPACK))
    if isinstance(outcome, Done) and outcome.candidates:  # what is stored is the bytes that came
        outcome = replace(outcome, candidates=(kept_of(CANDIDATE),))
    assert protocol.decode_outcome(protocol.encode_outcome(outcome), task) == outcome


def giving(task: Task) -> Done:
    """A stage that gives as many candidates as it is told."""
    one = replace(CANDIDATE, digest=task.digest)
    return Done(candidates=tuple(replace(one, id=f"{n:016x}", title=f"ä\n{n}") for n in range(int(task.digest))))


@pytest.mark.parametrize(("count", "filed"), [("2", False), ("5", True)])
def test_thousands_of_candidates_come_in_a_file_and_are_kept_as_they_came(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: str, filed: bool
) -> None:
    """Through the child's own boundary."""
    monkeypatch.setattr(protocol, "CANDIDATES_INLINE", 2)
    task = replace(LAST, digest=count, scratch=tmp_path / "scratch", replies={})
    outcome = protocol.decode_outcome(answer(protocol.Order(f"{__name__}:giving", "", task))[4:], task)
    assert isinstance(outcome, Done)
    assert isinstance(outcome.candidates, Filed) is filed
    given = giving(task).candidates
    assert not isinstance(given, Filed)
    found = (
        received.candidates(outcome.candidates, task) if isinstance(outcome.candidates, Filed) else outcome.candidates
    )
    assert found == tuple(kept_of(each) for each in given if isinstance(each, Candidate))


@pytest.mark.parametrize(
    ("body", "announced", "problem"),
    [
        (protocol.line(replace(CANDIDATE, digest="other")), None, "another document"),
        (protocol.line(CANDIDATE)[:-20], None, "not an outcome"),
        (protocol.line(CANDIDATE) + b"\n", None, "not an outcome"),
        (protocol.line(CANDIDATE), 9, "not what its stage announced"),
        (protocol.line(CANDIDATE), 1 << 40, "more than a document may have"),
    ],
    ids=["foreign", "cut", "empty line", "longer", "endless"],
)
def test_a_file_of_candidates_is_believed_as_little_as_a_message(
    tmp_path: Path, body: bytes, announced: int | None, problem: str
) -> None:
    (tmp_path / "candidates").write_bytes(body)
    filed = Filed("candidates", announced or len(body), hashlib.sha256(body).hexdigest())
    with pytest.raises(WorkerProtocol, match=problem):
        received.candidates(filed, replace(LAST, scratch=tmp_path))


def test_a_link_in_place_of_the_file_of_candidates_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_bytes(protocol.line(CANDIDATE))
    (tmp_path / "candidates").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreError, match="not a regular file"):
        received.candidates(Filed("candidates", 9, "a" * 64), replace(LAST, scratch=tmp_path))


def test_an_order_and_a_setup_reach_the_child_as_they_were() -> None:
    order = Order("a.b:run", "wiring:parts", TASK)
    assert protocol.decode_order(protocol.encode(order)) == order
    setup = Setup(1.0, 2, 3, 4)
    assert protocol.decode_setup(protocol.encode(setup)) == setup


def test_replies_travel_in_a_file_and_not_in_the_order(tmp_path: Path) -> None:
    file = tmp_path / "replies.json"
    file.write_bytes(protocol.encode_replies(TASK.replies))
    sent = Order("a.b:run", "", replace(TASK, replies={}), file)
    assert protocol.whole(protocol.decode_order(protocol.encode(sent))) == TASK
    assert protocol.whole(replace(sent, replies=None)).replies == {}


REQUEST = Request(Purpose.EXTRACT, Tier.FAST, (Message("user", "p"),))


@pytest.mark.parametrize(
    ("requests", "stage"),
    [
        ((), Stage.EXTRACT),
        ((REQUEST,), Stage.CONVERT),
        ((REQUEST, REQUEST), Stage.EXTRACT),
        (tuple(replace(REQUEST, seed=seed) for seed in range(1_001)), Stage.EXTRACT),
        ((replace(REQUEST, max_tokens=1_000_000),), Stage.EXTRACT),
        ((replace(REQUEST, messages=()),), Stage.EXTRACT),
        ((replace(REQUEST, messages=(Message("tool", "p"),)),), Stage.EXTRACT),
        ((replace(REQUEST, messages=(Message("user", "p" * 200_001),)),), Stage.CONVERSE),
    ],
    ids=["none", "stage", "twice", "many", "tokens", "empty", "role", "long"],
)
def test_requests_out_of_bounds_are_no_outcome(requests: tuple[Request, ...], stage: Stage) -> None:
    with pytest.raises(WorkerProtocol):
        protocol.decode_outcome(protocol.encode_outcome(Ask(requests)), replace(TASK, stage=stage))


@given(st.binary(max_size=400))
def test_no_bytes_of_a_child_raise_anything_but_a_protocol_error(payload: bytes) -> None:
    with pytest.raises(WorkerProtocol):
        protocol.decode_outcome(payload, TASK)


@pytest.mark.parametrize(
    "reply",
    [
        {"outcome": "os.system"},
        {"outcome": "done", "artifact": "not base64!"},
        {"outcome": "done", "path": "/etc/passwd"},
        {"outcome": "done", "artifact": {"name": "../artifact", "size": 1, "digest": "a" * 64}},
        {"outcome": "done", "artifact": {"name": "/etc/passwd", "size": 1, "digest": "a" * 64}},
        {"outcome": "done", "artifact": {"name": "..", "size": 1, "digest": "a" * 64}},
        {"outcome": "done", "artifact": {"name": "artifact", "size": -1, "digest": "a" * 64}},
        {"outcome": "done", "artifact": {"name": "artifact", "size": 1, "digest": "../" * 21 + "a"}},
        {"outcome": "done", "meta": {"nested": {"a": 1}}},
        {"outcome": "done", "meta": {"long": "x" * 20_000}},
        {"outcome": "done", "meta": {str(number): 0 for number in range(300)}},
        {"outcome": "done", "candidates": [{"id": 1}]},
        {"outcome": "reject", "reason": "x" * 3_000, "code": "E_X"},
        {"outcome": "reject", "reason": "x", "code": "code\nwith a line"},
        {"outcome": "failure", "error": "x", "code": "E_X", "retry": "yes"},
        {"outcome": "expand", "children": [{"index": -1, "name": "a", "size": 0}]},
        {"outcome": "expand", "children": [{"index": 0, "name": "a", "size": 10**30}]},
        {"outcome": "expand", "children": [{"index": "../../x", "name": "a", "size": 0}]},
        {"outcome": "expand", "children": [{"index": 0, "name": "a", "size": 0}] * 2},
        {"outcome": "expand", "children": [{"index": n, "name": "a", "size": 0} for n in range(10_001)]},
        {"outcome": "defer", "reason": "x", "until": 1e300},
        {"outcome": "defer", "reason": "x", "until": -1.0},
        [],
        None,
    ],
)
def test_a_reply_outside_the_schema_is_refused(reply: object) -> None:
    with pytest.raises(WorkerProtocol):
        protocol.decode_outcome(json.dumps(reply).encode(), TASK)


def test_a_reply_nested_without_end_is_refused() -> None:
    deep = b'{"outcome":"ask","requests":[{"a":' + b"[" * 200_000 + b"]" * 200_000 + b"}]}"
    with pytest.raises(WorkerProtocol):
        protocol.decode_outcome(deep, TASK)


def test_only_unpack_may_return_members_and_only_of_its_own_document_may_a_candidate_speak() -> None:
    members = protocol.encode_outcome(Expand((Child(0, "a", 1),)))
    with pytest.raises(WorkerProtocol, match="only unpack"):
        protocol.decode_outcome(members, replace(TASK, stage=Stage.EXTRACT))
    foreign = protocol.encode_outcome(Done(candidates=(replace(CANDIDATE, digest="other"),)))
    with pytest.raises(WorkerProtocol, match="another document"):
        protocol.decode_outcome(foreign, LAST)


def test_a_list_too_long_for_one_document_reaches_the_daemon_as_its_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through the child's own boundary: what `convert` returns is what the daemon decodes."""
    monkeypatch.setattr(csv, "WHOLE_MAX", 10_000)
    monkeypatch.setattr(csv, "PART", 3_000)
    source, scratch = tmp_path / "source", tmp_path / "scratch"
    source.write_text("Name,Default\n" + "".join(f"pmFictional{number},{number:0>40}\n" for number in range(400)))
    task = Task(Stage.CONVERT, "", source, {}, scratch, {}, {"route": "csv", "media_type": "text/csv"})
    framed = answer(protocol.Order("randaemon.stages.convert:run", "", task))
    outcome = protocol.decode_outcome(framed[4:], task)
    assert isinstance(outcome, Expand)
    assert outcome.meta["parts"] == len(outcome.children) > 3
    sizes = [(scratch / str(child.index)).stat().st_size for child in outcome.children]
    assert [child.size for child in outcome.children] == sizes


def test_a_document_may_hold_as_many_members_as_the_settings_say() -> None:
    members = protocol.encode_outcome(Expand((Child(0, "a", 1), Child(1, "b", 1))))
    with pytest.raises(WorkerProtocol, match="more than a document may hold"):
        protocol.decode_outcome(members, replace(TASK, options={"max_entries": 1}))
    assert protocol.decode_outcome(members, replace(TASK, options={"max_entries": 2}))


@pytest.mark.parametrize(
    ("candidate", "stage", "problem"),
    [
        (CANDIDATE, Stage.CONVERT, "only finalize"),
        (replace(CANDIDATE, id="not hex at all\n" * 50), Stage.FINALIZE, "id is not one"),
        (replace(CANDIDATE, id="0" * 16 + "\n"), Stage.FINALIZE, "id is not one"),
        (replace(CANDIDATE, score=Score(99.0)), Stage.FINALIZE, "between 0 and 1"),
        (replace(CANDIDATE, score=Score(-0.1)), Stage.FINALIZE, "between 0 and 1"),
    ],
)
def test_candidates_come_from_the_last_stage_with_a_true_id_and_score(
    candidate: Candidate, stage: Stage, problem: str
) -> None:
    reply = protocol.encode_outcome(Done(candidates=(candidate,)))
    with pytest.raises(WorkerProtocol, match=problem):
        protocol.decode_outcome(reply, replace(TASK, stage=stage))


def test_a_refused_reply_is_described_by_its_field_and_never_by_its_content() -> None:
    with pytest.raises(WorkerProtocol) as caught:
        protocol.decode_outcome(b'{"outcome":"reject","reason":"secret","code":"secret words"}', TASK)
    assert "$.code" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_long_reasons_are_cut_in_the_child_so_that_the_daemon_takes_them() -> None:
    outcome = protocol.decode_outcome(protocol.encode_outcome(Reject("x" * 9_999)), TASK)
    assert isinstance(outcome, Reject)
    assert len(outcome.reason) == 2_000


async def test_frames_are_read_whole_and_a_cut_one_is_the_end() -> None:
    stream = asyncio.StreamReader()
    stream.feed_data(protocol.HEARTBEAT + protocol.frame(b"abc") + protocol.frame(b"def")[:-1])
    stream.feed_eof()
    assert [await protocol.read_frame(stream) for _ in range(3)] == [b"", b"abc", None]


async def test_a_frame_above_the_cap_is_refused_on_both_sides() -> None:
    stream = asyncio.StreamReader()
    stream.feed_data((protocol.FRAME_CAP + 1).to_bytes(4, "big"))
    with pytest.raises(WorkerProtocol, match="announced"):
        await protocol.read_frame(stream)
    with pytest.raises(protocol.TooLong):
        protocol.frame(bytes(protocol.FRAME_CAP + 1))


def test_the_child_reads_frames_from_short_reads() -> None:
    stream = io.BytesIO(protocol.frame(b"abc") + protocol.frame(b""))

    def byte_by_byte(count: int) -> bytes:
        return stream.read(min(count, 1))

    assert [protocol.receive(byte_by_byte) for _ in range(3)] == [b"abc", b"", None]
