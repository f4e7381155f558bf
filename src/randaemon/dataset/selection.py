"""Which accepted candidates become samples: no doubles, no contradictions, nothing known to be wrong."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from randaemon.dataset import near
from randaemon.dataset.entries import Entry, Register, texts
from randaemon.model import Candidate, Message
from randaemon.ran.mo import MoModel


@dataclass(frozen=True, slots=True)
class Caps:
    """How much of a version one document and one kind may be. Facts are the staple: their kind has no cap."""

    document: int = 5000  # samples
    kind: float = 0.15  # share of all samples


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is kept, ordered by id, and how many were dropped at each step."""

    kept: list[Entry]
    dropped: Mapping[str, int]


def select(register: Register, candidates: Sequence[Candidate], mo_model: MoModel | None, caps: Caps) -> Chosen:
    """Choose among the entries of these candidates; the smaller id wins everywhere."""
    kept, dropped = register.entries, {"superseded": register.accepted - len(register.entries)}
    facts = list(register.facts)
    steps: tuple[tuple[str, Callable[[list[Entry]], list[Entry]]], ...] = (
        ("answered_elsewhere", lambda found: _unanswered(found, register, mo_model)),
        ("mo_check", lambda found: _known(found, register, mo_model)),
        ("repeated_facts", lambda found: _one_document_a_fact(found, register.dates)),
        ("duplicates", lambda found: _once(found, candidates)),
        ("ambiguous", _unambiguous),
        ("near_duplicates", lambda found: _apart(found, candidates)),
        ("over_caps", lambda found: _balanced(found, caps, facts)),
    )
    for name, step in steps:
        left = step(kept)
        dropped[name] = len(kept) - len(left)
        kept = left
    return Chosen(kept, dropped)


def _unanswered(found: list[Entry], register: Register, mo_model: MoModel | None) -> list[Entry]:
    """What one document does not say another may, even one that teaches nothing: then there is nothing to decline."""
    answered = register.answered(mo_model)
    return [each for each in found if each.place not in answered] if answered else found


def _known(found: list[Entry], register: Register, mo_model: MoModel | None) -> list[Entry]:
    """Without a command that the library shows to be wrong."""
    wrong = register.wrong_commands(mo_model)
    return [each for each in found if wrong.isdisjoint(each.spelt)] if wrong else found


def _one_document_a_fact(found: list[Entry], dates: Mapping[int, str]) -> list[Entry]:
    """Two documents may give one parameter two defaults. The one with the smallest id teaches all wordings.

    Choosing for each wording by itself would mix the two values within one fact. Of documents of one family that tell
    their dates, the latest teaches what they both tell: it may be an issue of the other that has no number to say so.
    """
    first: dict[int, int] = {}
    owner: dict[int, int] = {}
    for each in found:
        family, document = first.setdefault(each.fact, each.family), owner.setdefault(each.fact, each.document)
        if each.family == family and dates.get(each.document, "") > dates.get(document, ""):
            owner[each.fact] = each.document
    return [each for each in found if owner[each.fact] == each.document]


def _once(found: list[Entry], candidates: Sequence[Candidate]) -> list[Entry]:
    """The same id, the same words, or the same wording of the same fact is one sample."""
    first: dict[object, Entry] = {}
    asked: set[tuple[int, str, int]] = set()
    kept, last = [], ""
    for each in found:
        before = first.setdefault((each.question, each.answer), each)
        if before is not each and _words(before, candidates) != _words(each, candidates):  # only folded alike
            before = first.setdefault(_words(each, candidates), each)
        wording = (each.fact, each.kind, each.phrasing)
        if before is each and each.id != last and wording not in asked:
            kept.append(each)
        last = each.id
        asked.add(wording)
    return kept


def _words(each: Entry, candidates: Sequence[Candidate]) -> tuple[Message, ...]:
    return candidates[each.place].conversation.messages


def _unambiguous(found: list[Entry]) -> list[Entry]:
    """A question with two different answers in the library is no question: `pMax` without its MO, say."""
    first: dict[int, int] = {}
    twice = {each.question for each in found if first.setdefault(each.question, each.answer) != each.answer}
    return [each for each in found if each.question not in twice] if twice else found


def _apart(found: list[Entry], candidates: Sequence[Candidate]) -> list[Entry]:
    """The wordings of one fact are meant to be alike; anything else that is so is there once."""
    buckets: defaultdict[int, list[Entry]] = defaultdict(list)
    for each in found:
        buckets[each.names].append(each)
    alike = [bucket for bucket in buckets.values() if any(each.fact != bucket[0].fact for each in bucket)]
    lost = near.losers_in([_text(each, candidates) for each in bucket] for bucket in alike)
    return [each for each in found if each.id not in lost] if lost else found


def _text(each: Entry, candidates: Sequence[Candidate]) -> near.Text:
    return near.Text(each.id, "\n".join(texts(candidates[each.place].conversation)), str(each.fact))


def _balanced(found: list[Entry], caps: Caps, facts: Sequence[str]) -> list[Entry]:
    """Whole facts leave, drawn by their hash, so that what stays does not depend on order."""
    found = _capped(found, lambda each: each.document, lambda _: caps.document, facts)
    most = max(int(len(found) * caps.kind), 50)
    return _capped(found, lambda each: each.kind, lambda kind: 0 if kind in _STAPLE else most, facts)


_STAPLE = ("fact",)


def _capped(
    found: list[Entry], key: Callable[[Entry], object], most: Callable[[object], int], facts: Sequence[str]
) -> list[Entry]:
    sizes = Counter(map(key, found))
    over = {name for name, size in sizes.items() if most(name) and size > most(name)}
    if not over:
        return found
    within: defaultdict[object, Counter[int]] = defaultdict(Counter)
    for each in found:
        if key(each) in over:
            within[key(each)][each.fact] += 1
    leaving = {(name, fact) for name in over for fact in _surplus(within[name], most(name), facts)}
    return [each for each in found if (key(each), each.fact) not in leaving]


def _surplus(found: Mapping[int, int], most: int, facts: Sequence[str]) -> list[int]:
    order = sorted(found, key=lambda fact: hashlib.sha256(f"cap:{facts[fact]}".encode()).digest())
    room, surplus = most, []
    for fact in order:
        if found[fact] <= room:
            room -= found[fact]
        else:
            surplus.append(fact)
    return surplus
