"""Who is held out: families where there are enough of them, else items; and one wording of every fact for recall."""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from randaemon.dataset import general
from randaemon.dataset.entries import Entry, Register
from randaemon.model import SPLITS, Candidate

LEAST = 3  # with fewer groups nothing can be held out: training needs one itself
LARGE = 2000  # samples of a family that is never held out
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


def divide(kept: Sequence[Entry], register: Register, candidates: Sequence[Candidate], shares: Shares) -> Parts:
    """Split samples that are ordered by id; `candidates`: their words, by the place of an entry.

    No fact that is told, and from the threshold on no family, is in two splits.
    """
    families = {each.family for each in kept}
    by_family = len(families) >= shares.family_threshold
    places = _by_family(kept, register, shares) if by_family else _by_item(kept, register, shares)
    placed = {name: [each for each in kept if places.get(each.place) == name] for name in SPLITS}
    splits = _unnamed(placed, register, candidates)
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


def _by_item(kept: Sequence[Entry], register: Register, shares: Shares) -> dict[int, str]:
    """Each item is drawn for one split with all that is told of it; who tells of several in two splits has no place.

    Cut field by field, a row about one field gave another away wherever it set a value with its unit.
    """
    names = list(register.units)
    alone = {each.units[0] for each in kept if len(each.units) == 1}  # what nothing else tells of can be named anywhere
    teachers = _teachers(kept)
    about = [
        {*each.units, *alone.intersection(each.named), *(unit for text in each.spelt for unit in teachers[text])}
        for each in kept
    ]
    drawn = _assign({"\n".join(names[unit]): unit for units in about for unit in units}, shares)
    homes = [{drawn[unit] for unit in units} for units in about]
    return {each.place: found.pop() for each, found in zip(kept, homes, strict=True) if len(found) == 1}


def _by_family(kept: Sequence[Entry], register: Register, shares: Shares) -> dict[int, str]:
    """Each family is drawn for one split; of what two families tell, the one with the smaller id keeps it.

    Lists of the library are not held out: a model would know none of the thousand counters that only one of them tells.
    Single facts are placed first. What tells more than its own fact must be about nothing that another split knows of.
    """
    names = list(register.families)
    sizes = Counter(each.family for each in kept)
    drawn = _assign({names[family]: family for family, size in sizes.items() if size <= LARGE}, shares)
    taught = _teachers(kept).keys()
    facts: dict[int, str] = {}
    texts: dict[int, str] = {}
    knowing: dict[int, str] = {}  # the split that knows of an item; "" where there are several
    places: dict[int, str] = {}
    for each in sorted(kept, key=lambda each: not each.narrow):
        home, units, spelt = (
            drawn.get(each.family, "train"),
            each.units + each.named,
            taught & each.spelt if each.spelt else (),
        )
        if facts.get(each.key, home) != home or any(texts.get(text, home) != home for text in spelt):
            continue
        if not each.narrow and any(knowing.get(unit, home) != home for unit in units):
            continue
        places[each.place] = facts[each.key] = home
        texts.update(dict.fromkeys(spelt, home))
        for unit in units:
            knowing[unit] = home if knowing.get(unit, home) == home else ""
    return places


def _teachers(kept: Iterable[Entry]) -> defaultdict[int, set[int]]:
    """Of each command and licence key the items that it is taught for: many procedures lock a cell, none teaches it."""
    found: defaultdict[int, set[int]] = defaultdict(set)
    for each in kept:
        for text in each.made_for:
            found[text].update(each.units)
    return found


def _unnamed(
    splits: Mapping[str, list[Entry]], register: Register, candidates: Iterable[Candidate]
) -> dict[str, list[Entry]]:
    """Without questions for the class of an attribute that an earlier split names: every full name answers them."""
    keys = list(register.keys)
    asked = {
        each.place: _parts(keys[each.key][1])
        for name in SPLITS[1:]
        for each in splits[name]
        if keys[each.key][2] == "mo"
    }
    if not asked:
        return dict(splits)
    said = {(each.answer, number): each.place for number, name in enumerate(SPLITS[:-1]) for each in splits[name]}
    earliest = _named_in(candidates, {place: number for (_, number), place in said.items()}, set(asked.values()))
    return {
        name: [each for each in found if each.place not in asked or earliest[asked[each.place]] >= number]
        for number, (name, found) in enumerate(splits.items())
    }


def _named_in(
    candidates: Iterable[Candidate], rank: Mapping[int, int], asked: Iterable[tuple[str, str]]
) -> Mapping[tuple[str, str], int]:
    """The earliest split in which class and attribute stand, in whatever form, in one conversation.

    `rank`: the split of those that are looked at: one of each answer, since questions say no other names.
    """
    classes: defaultdict[str, list[str]] = defaultdict(list)
    for owner, local in asked:
        classes[local].append(owner)
    found: defaultdict[tuple[str, str], int] = defaultdict(lambda: len(SPLITS))
    for place, each in enumerate(candidates):
        if place in rank:
            words = {word for message in each.conversation.messages for word in _WORD.findall(message.content)}
            for local in words & classes.keys():
                for owner in words.intersection(classes[local]):
                    found[owner, local] = min(found[owner, local], rank[place])
    return found


def _parts(name: str) -> tuple[str, str]:
    """Class and attribute; of a member of a struct, the member."""
    return name.partition(".")[0], name.rpartition(".")[2]


_WORD = re.compile(r"\w+")


def _assign(keys: Mapping[str, int], shares: Shares) -> dict[int, str]:
    """Each number's split by the hash of its text, so that it stays where it is as the data grows.

    Where the hashes leave test or valid empty the keys nearest to them are taken: an empty split measures nothing.
    """
    drawn = sorted((_draw("split", key), key) for key in keys)
    place = {key: _split(draw, shares) for draw, key in drawn}
    if len(drawn) >= LEAST:
        for name, (_, key) in zip(("test", "valid"), drawn, strict=False):
            if name not in place.values():
                place[key] = name
    return {keys[key]: name for key, name in place.items()}


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
    asked = {each.turns[0] for each in recall} | register.said(general.asked())
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
