"""Who is held out: families where there are enough of them, else facts; and one wording of every fact for recall."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from randaemon.dataset import general
from randaemon.dataset.entries import Entry, Register

SPLITS = ("train", "valid", "test")
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

    splits: Mapping[str, list[Entry]]
    recall: list[Entry]
    refusal: list[Entry]  # questions that the documents do not answer, kept out of training
    held_back: int  # rows that would have told training what valid, test or the evaluation asks
    rule: Mapping[str, object]


def divide(kept: Sequence[Entry], register: Register, shares: Shares) -> Parts:
    """Split samples that are ordered by id: no fact that is told, and from the threshold on no family, is in two."""
    families = {each.family for each in kept}
    by_family = len(families) >= shares.family_threshold
    splits = _placed(kept, register, _homes(kept, register, shares, by_family=by_family), by_family=by_family)
    facts = list(register.facts)
    declined = _declined(splits["train"], facts)
    refusal = [each for each in splits["train"] if each.fact in declined]
    trained = [each for each in splits["train"] if each.fact not in declined]
    held = _held_out(trained, facts)
    recall = [each for each in trained if each.place in held]
    splits["train"] = _unasked([each for each in trained if each.place not in held], recall, register)
    held_back = len(kept) - sum(map(len, splits.values())) - len(recall) - len(refusal)
    rule = {
        "by": "family" if by_family else "fact",
        "families": len(families),
        "family_threshold": shares.family_threshold,
        "valid_share": shares.valid,
        "test_share": shares.test,
    }
    return Parts(splits, recall, refusal, held_back, rule)


def _homes(kept: Sequence[Entry], register: Register, shares: Shares, *, by_family: bool) -> dict[int, str]:
    """The split that each family, or each fact where there are too few of those, is drawn for."""
    if by_family:
        names = list(register.families)
        texts = {each.family: names[each.family] for each in kept}
    else:
        keys = list(register.keys)
        texts = {each.own: "\n".join(keys[each.own]) for each in kept}
    drawn = _assign(set(texts.values()), shares)
    return {number: drawn[text] for number, text in texts.items()}


def _placed(
    kept: Sequence[Entry], register: Register, homes: Mapping[int, str], *, by_family: bool
) -> dict[str, list[Entry]]:
    """The samples of each split, without those that would tell one split a fact of another.

    Single facts are placed first; what tells several goes where all of them are, or nowhere.
    """
    owner: dict[int, str] = {}
    places = [""] * len(kept)
    taught = register.taught(kept)
    for rank in sorted(range(len(kept)), key=lambda rank: not kept[rank].alone):
        each = kept[rank]
        keys = [key for key in each.told if key in taught]
        where = {owner[key] for key in keys if key in owner}
        home = homes[each.family if by_family else each.own]
        if where and not by_family and not each.alone:
            home = min(where)
        if where <= {home}:
            places[rank] = home
            owner.update(dict.fromkeys(keys, home))
    return {name: [each for each, place in zip(kept, places, strict=True) if place == name] for name in SPLITS}


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


def _declined(train: Iterable[Entry], facts: Sequence[str]) -> set[int]:
    """One in three facts that the documents do not tell is only asked."""
    found = {each.fact for each in train if each.kind == "refusal"}
    order = sorted(found, key=lambda fact: _draw("refusal", facts[fact]))
    return set(order[: len(order) // 3])


def _unasked(train: list[Entry], recall: Iterable[Entry], register: Register) -> list[Entry]:
    """No row asks, in any of its turns, what the evaluation or the general set asks."""
    asked = {each.turns[0] for each in recall}
    asked |= {register.phrases[text] for text in general.asked() if text in register.phrases}
    return [each for each in train if asked.isdisjoint(each.turns)]


def _held_out(train: Iterable[Entry], facts: Sequence[str]) -> set[int]:
    """One wording of each fact, by hash, among the wordings that some other fact is still trained with."""
    found: defaultdict[tuple[str, str], list[Entry]] = defaultdict(list)
    trained: Counter[int] = Counter()
    for each in train:
        found[facts[each.fact], each.kind].append(each)
        trained[each.wording] += 1
    held: set[int] = set()
    for fact, kind in sorted(found):
        chosen = _choice(fact, found[fact, kind], trained)
        if chosen is not None:
            trained[chosen.wording] -= 1
            held.add(chosen.place)
    return held


def _choice(fact: str, wordings: list[Entry], trained: Mapping[int, int]) -> Entry | None:
    if len(wordings) < WORDINGS:
        return None
    order = sorted(wordings, key=lambda each: _draw(fact, str(each.phrasing)))
    return next((each for each in order if trained[each.wording] > 1), None)


def _draw(purpose: str, key: str) -> float:
    """A number in [0, 1) that depends on nothing but the two texts."""
    return int.from_bytes(hashlib.sha256(f"{purpose}:{key}".encode()).digest()[:8], "big") / 2**64
