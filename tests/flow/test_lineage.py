"""Lineage in a real store: search, forget and review, and what each means for the next version."""

from __future__ import annotations

import contextlib
import hashlib
import random
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests import stored
from tests.knowledge import Known, document

from randaemon.cli.story import SampleStory
from randaemon.control import forgetting, reviewing, sealing
from randaemon.dataset import SealSettings
from randaemon.errors import ArtifactLost, NotFoundError, RandaemonError
from randaemon.lifecycle import Policy, settle
from randaemon.model import Candidate, Child, Document, Done, Drop, Expand, Outcome, Stage
from randaemon.quality.agreement import rank_correlation, threshold
from randaemon.stages import converse, finalize
from randaemon.store import Home, Store
from randaemon.store.reader import Reader
from randaemon.store.records import REVIEWS, RunRecord
from randaemon.store.search import Hit, refresh, search
from randaemon.training import adapters

SETTINGS = SealSettings()
POLICY = Policy(attempts=3, timeouts=2, backoff=(1.0,))


def body(number: int) -> bytes:
    return f"file {number}".encode()


def drop(store: Store, number: int, name: str = "", copy: int = 0) -> Drop:
    content = body(number)
    lain = Drop(
        f"{number * 16 + copy:012x}", name or f"file{number}.html", hashlib.sha256(content).hexdigest(), len(content)
    )
    (store.home.originals / f"{lain.key}__{lain.name}").write_bytes(content)
    return lain


def candidates(known: Known, digest: str) -> tuple[Candidate, ...]:
    said = [each for fact in converse.facts(known.markdown, known.extraction) for each in converse.converse(fact)]
    return finalize.candidates(digest, known.clean, known.extraction, said, 0.5)


OLD, NEW = 10, 11  # two issues of one document, about other things


CHANGED: dict[int, Known] = {}  # whose text another version of a stage writes otherwise


def known_of(number: int) -> Known:
    if number not in (OLD, NEW):
        return document(number)
    known = document(number, family="900/221 04-LZA 701 6014/1 Uen")
    meta = {**known.extraction.meta, "revision": "A" if number == OLD else "B"}
    return replace(known, clean=replace(known.clean, meta=meta), extraction=replace(known.extraction, meta=meta))


def outcome(stage: Stage, number: int, digest: str) -> Outcome:
    known = known_of(number)
    match stage:
        case Stage.PREPROCESS:
            return Done(msgspec.json.encode(CHANGED.get(number, known).clean))
        case Stage.EXTRACT:
            return Done(msgspec.json.encode(known.extraction))
        case Stage.FINALIZE:
            return Done(candidates=candidates(known, digest))
        case _:
            return Done()


async def walk(store: Store, unwanted: str = "") -> None:
    """Every document through every stage; which fictional one it is stands in its bytes.

    The one of the key `unwanted` is cancelled when its extraction is there.
    """
    numbers = {hashlib.sha256(body(number)).hexdigest(): number for number in range(20)}
    while found := await store.claim(tuple(Stage), 10):
        for one in found:
            if one.key == unwanted and one.stage is Stage.CONVERSE:
                await store.cancel(one.key)
                continue
            made = outcome(one.stage, numbers[one.digest], one.digest)
            await store.settle(settle(one, made, POLICY, 0.0))


async def sealed(store: Store) -> dict[str, bytes]:
    number = await sealing.seal(store, SETTINGS, lambda: 1.0)
    record = next(each for each in await store.versions() if each.number == number)
    return read(Path(record.path))


def read(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with Store.open(Home.at(tmp_path / "home"), lambda: 1.0) as opened:
        yield opened


@pytest.fixture
async def other(tmp_path: Path) -> AsyncIterator[Store]:
    async with Store.open(Home.at(tmp_path / "other"), lambda: 1.0) as opened:
        yield opened


# --- Forget -------------------------------------------------------------------------------------------------------


async def test_forgetting_a_file_and_building_equals_never_having_had_it(store: Store, other: Store) -> None:
    admitted = await store.admit([drop(store, number) for number in range(3)])
    await walk(store)
    await sealed(store)
    await other.admit([drop(other, number) for number in (0, 2)])
    await walk(other)
    told = await forgetting.forget(store, admitted[1].key)
    assert (told["contents"], told["versions"], told["runs"]) == (1, [1], [])
    assert int(str(told["samples"])) > 100
    assert await sealed(store) == await sealed(other)


async def test_what_a_superseded_issue_says_shapes_nothing(store: Store, other: Store) -> None:
    """Neither samples nor coverage, nor what the library knows of managed objects."""
    await store.admit([drop(store, number) for number in (0, OLD, NEW)])
    await other.admit([drop(other, number) for number in (0, NEW)])
    await walk(store)
    await walk(other)
    ours, theirs = await sealed(store), await sealed(other)
    assert msgspec.json.decode(ours["manifest.json"])["funnel"]["superseded"] > 100
    changed = {name for name in ours if ours[name] != theirs[name]}
    assert changed == {"manifest.json", "README.md"}  # the funnel tells of the old one


async def test_what_was_forgotten_is_not_in_the_version_that_is_used_next(store: Store) -> None:
    """Without it the samples are those of a version that there was before: that one is the newest again."""
    await store.admit([drop(store, 0)])
    await walk(store)
    first = await sealed(store)
    (second,) = await store.admit([drop(store, 1)])
    await walk(store)
    assert await sealed(store) != first
    await forgetting.forget(store, second.key)
    await sealing.seal(store, SETTINGS, lambda: 1.0)
    newest = (await store.versions())[-1]
    assert read(Path(newest.path)) == first
    with Reader(store.home) as reader:
        assert reader.versions()[-1].number == reader.status()["dataset"]["version"] == newest.number


async def test_what_was_cancelled_or_forgotten_shapes_nothing_and_its_lost_extraction_holds_nothing_up(
    store: Store, other: Store
) -> None:
    _, forgotten, cancelled = await store.admit([drop(store, number) for number in range(3)])
    await walk(store, cancelled.key)
    await forgetting.forget(store, forgotten.key)
    for each in (forgotten, cancelled):
        _lose(store, each, Stage.EXTRACT)
    await other.admit([drop(other, 0)])
    await walk(other)
    assert await sealed(store) == await sealed(other)


def _lose(store: Store, document: Document, stage: Stage) -> None:
    """As if what it wrote were a file that is gone."""
    with contextlib.closing(sqlite3.connect(store.home.database, isolation_level=None)) as connection:
        lost = "UPDATE artifacts SET body = NULL, size = 99999, object = ? WHERE id = ?"
        assert connection.execute(lost, ("0" * 64, document.id * 8 + stage)).rowcount == 1


async def test_a_content_that_lies_elsewhere_too_stays_with_that_place_alone(store: Store, other: Store) -> None:
    first = await store.admit([drop(store, 0, "first.html"), drop(store, 1)])
    await walk(store)
    await store.admit([drop(store, 0, "second.html", copy=1)])
    await other.admit([drop(other, 0, "second.html", copy=1), drop(other, 1)])
    await walk(other)
    told = await forgetting.forget(store, first[0].key)
    assert (told["contents"], told["samples"]) == (0, 0)
    assert await sealed(store) == await sealed(other)


async def test_forgetting_an_archive_forgets_its_members(store: Store) -> None:
    (archive,) = await store.admit([drop(store, 9, "library.zip")])
    (one,) = await store.claim(tuple(Stage), 1)
    scratch = store.home.work / "scratch"
    scratch.mkdir(parents=True)
    for place, number in enumerate((0, 1)):
        (scratch / str(place)).write_bytes(body(number))
    children = tuple(Child(place, f"page{place}.html", len(body(place))) for place in range(2))
    await store.settle(settle(one, Expand(children), POLICY, 0.0), scratch)
    await walk(store)
    assert (await sealed(store))["train.jsonl"]
    told = await forgetting.forget(store, archive.key)
    assert told["contents"] == 3
    assert (await sealed(store))["train.jsonl"] == b""  # an empty version: nobody trains on the one before
    assert (await store.versions())[-1].samples == 0


async def test_the_adapters_that_learnt_from_it_are_named_and_twice_is_once(store: Store) -> None:
    (one, _) = await store.admit([drop(store, 0), drop(store, 1)])
    await walk(store)
    await sealed(store)
    await store.add_run(RunRecord("run-0001", 1, "tiny", "done", 1.0, 2.0))
    await store.add_run(RunRecord("run-0002", 1, "tiny", "failed", 1.0, 2.0))  # it learnt nothing
    await store.add_run(RunRecord("run-0003", 1, "tiny", "done", 1.0, 2.0, metrics={adapters.DRILL: True}))
    assert (await forgetting.forget(store, one.key))["runs"] == ["run-0001"]
    again = await forgetting.forget(store, one.key)
    assert again["contents"] == 0


async def test_what_is_still_worked_on_is_not_forgotten(store: Store) -> None:
    (one,) = await store.admit([drop(store, 0)])
    with pytest.raises(RandaemonError, match="still being worked on"):
        await forgetting.forget(store, one.key)


async def test_dropped_again_it_is_there_again(store: Store) -> None:
    (one, _) = await store.admit([drop(store, 0), drop(store, 1)])
    await walk(store)
    before = await sealed(store)
    await forgetting.forget(store, one.key)
    assert await sealed(store) != before
    await store.admit([drop(store, 0, copy=1)])
    await walk(store)
    assert await sealed(store) == before


# --- Search -------------------------------------------------------------------------------------------------------


async def test_words_are_found_in_documents_and_samples_together(store: Store) -> None:
    await store.admit([drop(store, 0), drop(store, 1)])
    await walk(store)
    found = search(store.home, "pmBeamSweepAtt attempts")
    assert {hit.kind for hit in found} == {"document", "sample"}
    assert all("«pmBeamSweepAtt»" in hit.text for hit in found)
    assert search(store.home, "pmBeamSweepAtt nowhere") == []
    assert search(store.home, 'AND " OR (') == []
    assert len(search(store.home, "beamSweepTimer", limit=3)) == 3


async def test_an_index_that_is_old_missing_or_damaged_changes_nothing_that_is_found(store: Store) -> None:
    wanted = ("beamSweepTimer", "pmBeamSweepAtt attempts", "loadShiftTimer", "Sweep")
    await store.admit([drop(store, 0), drop(store, 1)])
    await walk(store)

    def found() -> list[set[Hit]]:
        return [set(search(store.home, words, 10_000)) for words in wanted]

    without = found()
    assert refresh(store.home) > 100
    assert refresh(store.home) == 0
    assert found() == without
    await store.admit([drop(store, 2)])
    await walk(store)
    assert search(store.home, "rankAnchorTimer")  # came after the index
    later = found()
    store.home.search.write_bytes(b"no database")
    assert found() == later
    assert refresh(store.home) > 100
    assert found() == later


async def test_a_text_that_was_made_anew_is_found_by_its_new_words(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also one that is as long as before, of a document whose samples stay the same."""
    (one,) = await store.admit([drop(store, 0)])
    await walk(store)
    refresh(store.home)
    assert search(store.home, "interference")

    def changed(number: int) -> Known:
        known = document(number)
        return replace(
            known, clean=replace(known.clean, markdown=known.markdown.replace("interference", "disturbances"))
        )

    assert len(changed(0).markdown) == len(document(0).markdown)
    lost = ArtifactLost("gone", digest=one.digest, stage=int(Stage.PREPROCESS))
    assert await store.redo(lost)
    with monkeypatch.context() as patch:
        patch.setitem(CHANGED, 0, changed(0))
        await walk(store)
    assert {hit.kind for hit in search(store.home, "disturbances")} == {"document"}
    assert "document" not in {hit.kind for hit in search(store.home, "interference")}
    refresh(store.home)
    assert {hit.kind for hit in search(store.home, "disturbances")} == {"document"}


async def test_a_text_that_is_lost_on_disk_keeps_nobody_from_sealing_and_from_the_others(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = replace(document(0).clean, markdown=random.Random(7).randbytes(2 << 20).hex())
    monkeypatch.setitem(CHANGED, 0, replace(document(0), clean=large))
    await store.admit([drop(store, 0), drop(store, 1)])
    await walk(store)
    [file] = [path for path in store.home.objects.rglob("*") if path.is_file()]
    file.unlink()
    assert await sealed(store)
    assert "document" in {hit.kind for hit in search(store.home, "loadShiftTimer", 10_000)}


async def test_what_goes_while_it_is_looked_through_is_found_as_it_was(store: Store) -> None:
    """As when another copy of the content takes over: the artifacts of the one before are dropped."""

    class Meanwhile(Home):
        @property
        def objects(self) -> Path:
            with contextlib.closing(sqlite3.connect(self.database, isolation_level=None)) as other:
                other.execute("DELETE FROM artifacts")
            return store.home.objects

    await store.admit([drop(store, 0), drop(store, 1)])
    await walk(store)
    before = search(store.home, "interference", 10_000)
    assert search(Meanwhile(store.home.root, store.home.inbox), "interference", 10_000) == before
    assert search(store.home, "interference", 10_000) != before


async def test_what_is_forgotten_is_not_found(store: Store) -> None:
    (one, _) = await store.admit([drop(store, 0), drop(store, 1)])
    await walk(store)
    await sealed(store)
    assert store.home.search.exists()
    assert search(store.home, "beamSweepTimer")
    await forgetting.forget(store, one.key)
    assert search(store.home, "beamSweepTimer") == []
    assert search(store.home, "loadShiftTimer")


def test_nothing_is_found_where_nothing_is(tmp_path: Path) -> None:
    assert search(Home.at(tmp_path / "none"), "anything") == []


# --- Review -------------------------------------------------------------------------------------------------------


def said(verdict: str, rating: int | None = None, **more: Any) -> dict[str, Any]:
    return {"verdict": verdict, "rating": rating, **more}


async def test_rejected_samples_leave_and_edited_ones_come_back_as_their_own(store: Store) -> None:
    await store.admit([drop(store, 0), drop(store, 1)])
    await walk(store)
    found = [each for each in await stored.candidates(store) if each.conversation.attribute == "default"]
    out, edited = found[0], next(each for each in found if each.fact != found[0].fact)
    text = edited.conversation.messages[-1].content.replace("The default value", "By default the value")
    told = await reviewing.review(store, {out.id: said("reject", 1), edited.id: said("edit", answer=text)})
    assert (told["reviewed"], told["rated"], told["threshold"]) == (2, 1, None)
    reviewed = reviewing.reviewed(await stored.candidates(store), await store.state(REVIEWS), None)
    assert {each.id: each.score.gate for each in reviewed}[out.id] == "review"
    assert edited.id not in {each.id for each in reviewed}
    new = next(each for each in reviewed if each.conversation.generator == f"review:{edited.id}")
    assert new.conversation.messages[-1].content == text
    assert new.score.accepted
    await sealed(store)
    with Reader(store.home) as reader:
        story = SampleStory.named(reader, new.id)
        assert SampleStory.named(reader, edited.id[:12]).sample.id == edited.id
    assert (story.sample, story.as_json()["generator"]) == (new, f"review:{edited.id}")
    assert story.places in (("file0.html",), ("file1.html",))


async def test_an_edit_that_the_text_does_not_support_is_refused_and_costs_the_others_nothing(store: Store) -> None:
    await store.admit([drop(store, 0)])
    await walk(store)
    one = next(each for each in await stored.candidates(store) if each.conversation.attribute == "default")
    wrong = one.conversation.messages[-1].content.replace(" is ", " is 77 kHz or ")
    other = next(each for each in await stored.candidates(store) if each.id != one.id)
    told = await reviewing.review(store, {one.id: said("edit", answer=wrong), other.id: said("keep", 3)})
    assert told["refused"].keys() == {one.id}
    assert told["refused"][one.id].startswith("the gate identifiers refuses the edit")
    with pytest.raises(NotFoundError, match="no sample"):
        await reviewing.review(store, {"0" * 16: said("keep", 3)})
    assert (await store.state(REVIEWS, {})).keys() == {other.id}


async def test_an_edit_that_the_gates_of_today_refuse_leaves_the_next_version(store: Store) -> None:
    """It was accepted when it was typed, by gates that knew less: the state of the store says so."""
    await store.admit([drop(store, 0)])
    await walk(store)
    one = next(each for each in await stored.candidates(store) if each.conversation.attribute == "default")
    right = one.conversation.messages[-1].content
    await reviewing.review(store, {one.id: said("edit", answer=right.replace("The default value", "By default it"))})
    reviews = await store.state(REVIEWS)
    edit = reviews[one.id]["sample"]
    before = await sealed(store)
    edit["conversation"]["messages"][-1]["content"] = right.replace(" is ", " is 77 kHz or ")
    await store.set_state(**{REVIEWS: reviews})
    after = await sealed(store)
    funnels = [msgspec.json.decode(files["manifest.json"])["funnel"] for files in (before, after)]
    assert [funnel.get("refused_identifiers", 0) for funnel in funnels] == [0, 1]
    assert funnels[0]["accepted"] == funnels[1]["accepted"] + 1
    assert b"77 kHz" not in b"".join(after.values())
    with Reader(store.home) as reader:
        told = "\n".join(SampleStory.named(reader, edit["id"]).told())
        was = "\n".join(SampleStory.named(reader, one.id).told())
    assert "refused by the gate identifiers: not in the evidence: 77, kHz" in told
    assert f"written by a person in place of {one.id}; judged by the gates of today" in told
    assert f"a person wrote {edit['id']} in its place" in was


async def test_ratings_set_the_threshold_and_print_how_far_the_score_agrees(store: Store) -> None:
    await store.admit([drop(store, 0)])
    await walk(store)
    found = sorted(await stored.candidates(store), key=lambda each: each.score.value)
    ratings = {each.id: said("keep", 1) for each in found[:6]} | {each.id: said("keep", 5) for each in found[-6:]}
    told = await reviewing.review(store, ratings)
    assert told["correlation"] is not None
    assert float(str(told["correlation"])) > 0.8
    cut = float(str(told["threshold"]))
    assert found[5].score.value < cut <= found[-6].score.value
    gates = [each.score.gate for each in reviewing.reviewed(found, {}, cut)]
    assert gates == ["ratings" if each.score.value < cut else "" for each in found]
    assert 0 < gates.count("ratings") < len(found)


async def test_ratings_of_what_was_forgotten_set_no_threshold(store: Store, other: Store) -> None:
    admitted = await store.admit([drop(store, number) for number in range(2)])
    await walk(store)
    found = [each for each in await stored.candidates(store) if each.digest == admitted[1].digest]
    found.sort(key=lambda each: each.score.value)
    ratings = {each.id: said("keep", 1) for each in found[:6]} | {each.id: said("keep", 5) for each in found[-6:]}
    assert (await reviewing.review(store, ratings))["threshold"] is not None
    await other.admit([drop(other, 0)])
    await walk(other)
    expected = await sealed(other)
    assert await sealed(store) != expected
    await forgetting.forget(store, admitted[1].key)
    assert await sealed(store) == expected
    with pytest.raises(NotFoundError, match="no sample"):
        await reviewing.review(store, {found[0].id: said("keep", 3)})
    assert (await reviewing.review(store, {}))["rated"] == 0


async def test_every_candidate_is_counted_once_with_what_became_of_it(store: Store) -> None:
    await store.admit([drop(store, number) for number in range(3)])
    await walk(store)
    found = sorted(await stored.candidates(store), key=lambda each: each.score.value)
    ratings = {each.id: said("keep", 1) for each in found[:6]} | {each.id: said("keep", 5) for each in found[-6:]}
    await reviewing.review(store, {**ratings, found[20].id: said("reject")})
    files = await sealed(store)
    funnel = msgspec.json.decode(files["manifest.json"])["funnel"]
    refused = {name: count for name, count in funnel.items() if name.startswith("refused_")}
    assert refused["refused_review"] == 1
    assert refused["refused_ratings"] >= 6
    assert funnel["candidates"] == len(found) == funnel["accepted"] + sum(refused.values())
    left = {name: funnel[name] for name in ("held_back", "train", "valid", "test", "held_out")}
    names = list(funnel)
    dropped = [funnel[name] for name in names[names.index("accepted") + 1 : names.index("held_back")]]
    assert funnel["accepted"] == sum(dropped) + sum(left.values())
    assert left["train"] == files["train.jsonl"].count(b"\n")


async def test_an_edit_is_held_against_the_threshold_by_its_own_score_not_by_that_of_what_it_replaced(
    store: Store,
) -> None:
    await store.admit([drop(store, 0)])
    await walk(store)
    one = next(each for each in await stored.candidates(store) if each.conversation.attribute == "default")
    worse = " ".join([one.conversation.messages[-1].content] * 2)
    await reviewing.review(store, {one.id: said("edit", answer=worse)})
    reviews = await store.state(REVIEWS)
    edit = reviews[one.id]["sample"]["score"]["value"]
    assert edit < one.score.value
    between = (edit + one.score.value) / 2

    def kept(accept: float, candidates: list[Candidate]) -> list[str]:
        found = reviewing.reviewed(candidates, reviews, accept)
        return [each.conversation.generator for each in found if each.score.accepted]

    assert kept(between, [one]) == []
    low = replace(one, score=replace(one.score, value=0.1))
    assert kept(edit, [low]) == [f"review:{one.id}"]


async def test_an_edit_under_the_threshold_is_named(store: Store) -> None:
    await store.admit([drop(store, 0)])
    await walk(store)
    found = sorted(await stored.candidates(store), key=lambda each: each.score.value)
    edited = next(each for each in found if each.conversation.attribute == "default")
    rest = [each for each in found if each is not edited]
    ratings = {each.id: said("keep", 1) for each in rest[:20]} | {each.id: said("keep", 5) for each in rest[-20:]}
    worse = " ".join([edited.conversation.messages[-1].content] * 9)
    told = await reviewing.review(store, {**ratings, edited.id: said("edit", answer=worse)})
    assert told["threshold"] is not None
    assert told["under"].keys() == {edited.id}
    assert told["under"][edited.id] < told["threshold"]


@pytest.mark.parametrize(
    ("scores", "ratings", "expected"),
    [
        ((1, 2, 3), (1, 2, 3), 1.0),
        ((1, 2, 3), (3, 2, 1), -1.0),
        ((1, 1, 1), (1, 2, 3), None),
        ((1, 2, 2, 3), (1, 2, 2, 5), 1.0),
    ],
)
def test_rank_correlation(scores: tuple[float, ...], ratings: tuple[float, ...], expected: float | None) -> None:
    assert rank_correlation(scores, ratings) == expected


def test_too_few_ratings_or_only_good_ones_move_nothing() -> None:
    assert threshold([0.9] * 9, [1] * 9) is None
    assert threshold([0.9] * 20, [5] * 20) is None
    assert threshold([0.5] * 5 + [0.9] * 5, [1] * 5 + [5] * 5) == 0.9


def test_a_few_bad_ratings_or_a_score_that_does_not_agree_cut_nothing() -> None:
    assert threshold([0.98] * 3 + [0.9] * 27, [1] * 3 + [5] * 27) is None
    assert threshold([0.9] * 15 + [0.5] * 15, [1] * 15 + [5] * 15) is None
    assert threshold([0.5] * 17 + [0.9] * 12, [1] * 5 + [5] * 24) == 0.5  # 0.9 would cost half of the good ones


def test_a_candidate_comes_back_from_the_state_as_it_was() -> None:
    one = candidates(document(0), "a" * 64)[0]
    assert msgspec.convert(msgspec.to_builtins(one), Candidate) == replace(one)
