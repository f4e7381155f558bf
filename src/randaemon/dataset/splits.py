"""Who is held out: families where there are enough of them, else facts; and one wording of every fact for recall."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from randaemon.dataset import general
from randaemon.dataset.telling import Key, alone, facts, own, told
from randaemon.model import Candidate
from randaemon.quality.text import folded

LEAST = 3  # with fewer groups nothing can be held out: training needs one itself
WORDINGS = 3  # a fact with fewer wordings keeps them all for training


@dataclass(frozen=True, slots=True)
class Shares:
    """How much is held out, and from how many families on by family."""

    family_threshold: int
    valid: float
    test: float


@dataclass(frozen=True, slots=True)
class Parts:
    """The samples of each split, ordered by id; the held-out wordings; and the rule, for the manifest."""

    splits: Mapping[str, tuple[Candidate, ...]]
    recall: tuple[Candidate, ...]
    refusal: tuple[Candidate, ...]  # questions that the documents do not answer, kept out of training
    held_back: int  # rows that would have told training what valid, test or the evaluation asks
    rule: Mapping[str, object]


def divide(kept: Sequence[Candidate], shares: Shares) -> Parts:
    """Split samples that are ordered by id: no fact that is told, and from the threshold on no family, is in two."""
    families = {each.family for each in kept}
    by_family = len(families) >= shares.family_threshold
    place = _places(kept, shares, by_family=by_family)
    splits = {name: [each for each in kept if place[each.id] == name] for name in ("train", "valid", "test")}
    declined = _declined(splits["train"])
    refusal = tuple(each for each in splits["train"] if each.fact in declined)
    trained = [each for each in splits["train"] if each.fact not in declined]
    held = _held_out(trained)
    recall = tuple(each for each in trained if each.id in held)
    splits["train"] = _unasked([each for each in trained if each.id not in held], recall)
    held_back = len(kept) - sum(map(len, splits.values())) - len(recall) - len(refusal)
    rule = {
        "by": "family" if by_family else "fact",
        "families": len(families),
        "family_threshold": shares.family_threshold,
        "valid_share": shares.valid,
        "test_share": shares.test,
    }
    return Parts({name: tuple(found) for name, found in splits.items()}, recall, refusal, held_back, rule)


def _places(kept: Sequence[Candidate], shares: Shares, *, by_family: bool) -> dict[str, str]:
    """The split of each sample by id, "" where it would tell one split a fact of another.

    Single facts are placed first; what tells several goes where all of them are, or nowhere.
    """
    homes = _assign({each.family for each in kept} if by_family else {_unit(each) for each in kept}, shares)
    owner: dict[Key, str] = {}
    place: dict[str, str] = {}
    taught = facts(kept)
    for each in sorted(kept, key=lambda each: (not alone(each), each.id)):
        keys = told(each) & taught
        where = {owner[key] for key in keys if key in owner}
        home = homes[each.family if by_family else _unit(each)]
        if where and not by_family and not alone(each):
            home = min(where)
        place[each.id] = home if where <= {home} else ""
        if place[each.id]:
            owner.update(dict.fromkeys(keys, home))
    return place


def _unit(each: Candidate) -> str:
    return "\n".join(own(each))


def _assign(keys: Collection[str], shares: Shares) -> dict[str, str]:
    """Each key's split by its own hash, so that it stays where it is as the data grows.

    Where the hashes leave test or valid empty the keys nearest to them are taken: an empty split measures nothing.
    """
    drawn = sorted((_draw("split", key), key) for key in keys)
    place = {key: _split(draw, shares) for draw, key in drawn}
    if len(drawn) >= LEAST:
        for name, (_, key) in zip(("test", "valid"), drawn, strict=False):
            if name not in place.values():
                place[key] = name
    return place


def _split(draw: float, shares: Shares) -> str:
    if draw < shares.test:
        return "test"
    return "valid" if draw < shares.test + shares.valid else "train"


def _declined(train: Iterable[Candidate]) -> set[str]:
    """One in three facts that the documents do not tell is only asked."""
    facts = {each.fact for each in train if each.conversation.kind == "refusal"}
    order = sorted(facts, key=lambda fact: _draw("refusal", fact))
    return set(order[: len(order) // 3])


def _unasked(train: list[Candidate], recall: Iterable[Candidate]) -> list[Candidate]:
    """No row asks, in any of its turns, what the evaluation or the general set asks."""
    asked = {folded(each.conversation.messages[0].content) for each in recall} | general.asked()
    return [
        each
        for each in train
        if not any(folded(message.content) in asked for message in each.conversation.messages if message.role == "user")
    ]


def _held_out(train: Iterable[Candidate]) -> set[str]:
    """One wording of each fact, by hash, among the wordings that some other fact is still trained with."""
    facts: defaultdict[tuple[str, str], list[Candidate]] = defaultdict(list)
    trained: Counter[tuple[str, str, str, int]] = Counter()
    for each in train:
        facts[each.fact, each.conversation.kind].append(each)
        trained[_wording(each)] += 1
    held: set[str] = set()
    for key in sorted(facts):
        found = _choice(facts[key], trained)
        if found is not None:
            trained[_wording(found)] -= 1
            held.add(found.id)
    return held


def _choice(wordings: list[Candidate], trained: Mapping[tuple[str, str, str, int], int]) -> Candidate | None:
    if len(wordings) < WORDINGS:
        return None
    order = sorted(wordings, key=lambda each: _draw(each.fact, str(each.conversation.phrasing)))
    return next((each for each in order if trained[_wording(each)] > 1), None)


def _wording(each: Candidate) -> tuple[str, str, str, int]:
    said = each.conversation
    return said.category.value, said.kind, said.attribute.partition(":")[0], said.phrasing


def _draw(purpose: str, key: str) -> float:
    """A number in [0, 1) that depends on nothing but the two texts."""
    return int.from_bytes(hashlib.sha256(f"{purpose}:{key}".encode()).digest()[:8], "big") / 2**64
