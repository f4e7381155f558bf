"""What people said of samples: kept, edited or rejected, with a rating; and what that means for the next version."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import anyio.to_thread
import msgspec

from randaemon.control import edits
from randaemon.errors import NotFoundError, RandaemonError
from randaemon.model import Candidate, Event, Stage
from randaemon.quality.agreement import rank_correlation, threshold
from randaemon.store import Store
from randaemon.store.forgetting import FORGOTTEN, Remaining, remaining
from randaemon.store.records import REVIEWS


class EditRefused(RandaemonError):
    """What a person wrote fails a gate: nobody's samples may."""

    code = "E_EDIT"


Review = Mapping[str, Any]  # {"verdict": keep | edit | reject, "rating": 1–5 or None, "answer": of an edit}


async def review(store: Store, reviews: Mapping[str, Review]) -> dict[str, Any]:
    """Store reviews by sample id; the newest of a sample counts. Raises NotFoundError for a sample that is not there.

    Returns how many there are, the rank correlation of score and rating, the threshold that follows from them, the
    edits that the gates refuse, each with its reason (they are not stored, and cost the others nothing), and the scores
    of the edits that lie under the threshold.
    """
    left = await anyio.to_thread.run_sync(remaining, await store.placed(), await store.state(FORGOTTEN, []))
    known: dict[str, Any] = dict(await store.state(REVIEWS, {}))
    rated = await store.candidates_of({*known, *reviews})
    candidates = {each.id: each for each in rated if left.holds(each.digest)}
    refused: dict[str, str] = {}
    for sample, said in reviews.items():
        if sample not in candidates:
            raise NotFoundError(f"there is no sample {sample}")
        try:
            edit = await _edited(store, candidates[sample], str(said["answer"])) if said["verdict"] == "edit" else None
        except EditRefused as error:
            refused[sample] = error.message
            continue
        known[sample] = {**said, "score": candidates[sample].score.value, "sample": edit}
    counted = unforgotten(known, rated, left)
    scores, ratings = _rated(counted)
    cut = threshold(scores, ratings)
    await store.set_state(**{REVIEWS: known})
    await store.record(Event("samples.reviewed", data={"samples": len(reviews), "threshold": cut}))
    correlation = rank_correlation(scores, ratings) if len(ratings) > 1 else None
    return {
        "reviewed": len(counted),
        "rated": len(ratings),
        "correlation": correlation,
        "threshold": cut,
        "refused": refused,
        "under": _under(counted, cut),
    }


def unforgotten(reviews: Mapping[str, Review], candidates: Iterable[Candidate], left: Remaining) -> dict[str, Review]:
    """The reviews without those of forgotten documents, which count as if they had never come.

    `candidates`: theirs at least.
    """
    gone = {each.id for each in candidates if each.id in reviews and not left.holds(each.digest)}
    return {sample: said for sample, said in reviews.items() if sample not in gone}


def judged_today(reviews: Mapping[str, Review], texts: edits.Texts) -> dict[str, Review]:
    """The reviews with their edits judged by the gates of today: what these refuse leaves the next version."""
    return {
        sample: {**said, "sample": msgspec.to_builtins(edits.today(said["sample"], texts))}
        if said.get("sample")
        else said
        for sample, said in reviews.items()
    }


def accept(reviews: Mapping[str, Review]) -> float | None:
    """The least score that the ratings ask for; None where they ask for none."""
    return threshold(*_rated(reviews))


def reviewed(candidates: Iterable[Candidate], reviews: Mapping[str, Review], accept: float | None) -> list[Candidate]:
    """The candidates as people left them: edited ones anew, rejected ones and those under `accept` refused.

    An edit is held against the threshold by its own score: what it took the place of is gone.
    """
    return [_reviewed(each, reviews.get(each.id, {}), accept) for each in candidates]


def _reviewed(each: Candidate, said: Review, accept: float | None) -> Candidate:
    one = msgspec.convert(said["sample"], Candidate) if said.get("sample") else each
    if not one.score.accepted:
        return one
    if said.get("verdict") == "reject":
        return replace(one, score=replace(one.score, gate="review", reason="rejected by a person"))
    if accept is not None and one.score.value < accept:
        reason = f"{one.score.value:.2f} is under {accept:.2f}, which the ratings ask for"
        return replace(one, score=replace(one.score, gate="ratings", reason=reason))
    return one


def _rated(reviews: Mapping[str, Review]) -> tuple[list[float], list[int]]:
    """Scores and ratings of those that were rated."""
    found = [each for each in reviews.values() if each.get("rating")]
    return [float(each["score"]) for each in found], [int(each["rating"]) for each in found]


def _under(reviews: Mapping[str, Review], cut: float | None) -> dict[str, float]:
    scores = {sample: said["sample"]["score"]["value"] for sample, said in reviews.items() if said.get("sample")}
    return {sample: score for sample, score in scores.items() if cut is not None and score < cut}


async def _edited(store: Store, sample: Candidate, answer: str) -> Any:
    """The edit as it is stored, one sample of its own."""
    clean = await store.artifact(sample.digest, Stage.PREPROCESS)
    extraction = await store.artifact(sample.digest, Stage.EXTRACT)
    if clean is None or extraction is None:
        raise NotFoundError(f"the document of sample {sample.id} is not kept any more")
    new = edits.written(sample, answer, clean, extraction)
    if not new.score.accepted:
        raise EditRefused(f"the gate {new.score.gate} refuses the edit: {new.score.reason}")
    return msgspec.to_builtins(new)
