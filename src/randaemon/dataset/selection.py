"""Which accepted candidates become samples: no old issues, no doubles, no contradictions, nothing known to be wrong."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from randaemon.dataset import near
from randaemon.model import Candidate
from randaemon.quality.text import commands, folded
from randaemon.ran import cmedit
from randaemon.ran.mo import MoModel


@dataclass(frozen=True, slots=True)
class Caps:
    """How much of a version one document and one kind may be. Facts are the staple: their kind has no cap."""

    document: int = 5000  # samples
    kind: float = 0.15  # share of all samples


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is kept, ordered by id, and how many were dropped at each step."""

    kept: tuple[Candidate, ...]
    dropped: Mapping[str, int]


def select(offered: Sequence[Candidate], mo_model: MoModel | None, caps: Caps | None = None) -> Chosen:
    """Choose among candidates that are ordered by id; the smaller id wins everywhere."""
    kept = accepted = [each for each in offered if each.score.accepted]
    dropped: dict[str, int] = {}
    limits = caps or Caps()
    steps: tuple[tuple[str, Callable[[list[Candidate]], list[Candidate]]], ...] = (
        ("superseded", _newest_issue),
        ("answered_elsewhere", lambda found: _unanswered(found, accepted, mo_model)),
        ("mo_check", lambda found: _known(found, mo_model)),
        ("repeated_facts", _one_document_a_fact),
        ("duplicates", _once),
        ("ambiguous", _unambiguous),
        ("near_duplicates", _apart),
        ("over_caps", lambda found: _balanced(found, limits)),
    )
    for name, step in steps:
        left = step(kept)
        dropped[name] = len(kept) - len(left)
        kept = left
    return Chosen(tuple(kept), dropped)


def said(each: Candidate, role: str) -> str:
    """All that one side says."""
    return "\n".join(message.content for message in each.conversation.messages if message.role == role)


def _newest_issue(found: list[Candidate]) -> list[Candidate]:
    """Of a document in several issues the newest one teaches. What tells no issue cannot be placed: it stays."""
    newest: dict[tuple[str, str], str] = {}
    for each in found:
        if each.issue:
            key = (each.family, each.issue[:1])
            newest[key] = max(newest.get(key, ""), each.issue)
    return [each for each in found if not each.issue or newest[each.family, each.issue[:1]] == each.issue]


def _known(found: list[Candidate], mo_model: MoModel | None) -> list[Candidate]:
    """Commands are checked against all documents at once: one may name what only another describes."""
    if mo_model is None:
        return found
    verdicts: dict[str, bool] = {}
    kept = []
    for each in found:
        made = [command for message in each.conversation.messages for command in _commands(message.content)]
        for command in made:
            if command not in verdicts:
                verdicts[command] = not cmedit.check(command, mo_model)
        if all(verdicts[command] for command in made):
            kept.append(each)
    return kept


def _commands(text: str) -> tuple[str, ...]:
    return commands(text) if "cmedit" in text else ()


def _one_document_a_fact(found: list[Candidate]) -> list[Candidate]:
    """Two documents may give one parameter two defaults. The one with the smallest id teaches all wordings.

    Choosing for each wording by itself would mix the two values within one fact.
    """
    owner: dict[str, str] = {}
    for each in found:
        owner.setdefault(each.fact, each.digest)
    return [each for each in found if owner[each.fact] == each.digest]


def _unanswered(found: list[Candidate], accepted: list[Candidate], mo_model: MoModel | None) -> list[Candidate]:
    """What one document does not say another may, even one that teaches nothing: then there is nothing to decline."""
    stated = {state for each in accepted for state in _stated(each)}
    return [each for each in found if each.conversation.kind != "refusal" or not _answered(each, stated, mo_model)]


def _stated(each: Candidate) -> Iterator[tuple[str, str, str]]:
    """(category, name, field) of what it states; a value with its unit states the unit."""
    said = each.conversation
    if said.kind == "refusal":
        return
    yield said.category.value, said.entity, said.attribute.partition(":")[0]
    yield from said.states
    if "unit" in said.expected:
        yield said.category.value, said.entity, "unit"


def _answered(each: Candidate, stated: Collection[tuple[str, str, str]], mo_model: MoModel | None) -> bool:
    """Stated of the same name, or of the bare attribute where a document does not tell its MO."""
    conversation = each.conversation
    field, category = conversation.attribute.partition(":")[2], conversation.category.value
    owner, _, local = conversation.entity.partition(".")
    if (category, conversation.entity, field) in stated or (category, local or owner, field) in stated:
        return True
    attribute = mo_model.attribute(owner, local) if mo_model is not None and local else None
    return bool(getattr(attribute, field, ""))


def _once(found: list[Candidate]) -> list[Candidate]:
    """The same id, the same words, or the same wording of the same fact is one sample."""
    seen: set[tuple[object, ...]] = set()
    kept = []
    for each in found:
        words = tuple(message.content for message in each.conversation.messages)
        keys = {("id", each.id), ("said", words), ("asked", *_asked(each))}
        if not keys & seen:
            kept.append(each)
        seen |= keys
    return kept


def _asked(each: Candidate) -> tuple[object, ...]:
    return each.fact, each.conversation.kind, each.conversation.phrasing


def _unambiguous(found: list[Candidate]) -> list[Candidate]:
    """A question with two different answers in the library is no question: `pMax` without its MO, say."""
    answers: defaultdict[str, set[str]] = defaultdict(set)
    asked = [folded(said(each, "user")) for each in found]
    for each, question in zip(found, asked, strict=True):
        answers[question].add(folded(said(each, "assistant")))
    return [each for each, question in zip(found, asked, strict=True) if len(answers[question]) == 1]


def _apart(found: list[Candidate]) -> list[Candidate]:
    """The wordings of one fact are meant to be alike; anything else that is so is there once."""
    lost = near.losers(
        near.Text(each.id, f"{said(each, 'user')}\n{said(each, 'assistant')}", each.fact) for each in found
    )
    return [each for each in found if each.id not in lost]


def _balanced(found: list[Candidate], caps: Caps) -> list[Candidate]:
    """Whole facts leave, drawn by their hash, so that what stays does not depend on order."""
    found = _capped(found, lambda each: each.digest, lambda _: caps.document)
    most = max(int(len(found) * caps.kind), 50)
    return _capped(found, lambda each: each.conversation.kind, lambda kind: 0 if kind in _STAPLE else most)


_STAPLE = ("fact",)


def _capped(found: list[Candidate], key: Callable[[Candidate], str], most: Callable[[str], int]) -> list[Candidate]:
    sizes = Counter(key(each) for each in found)
    over = {name for name, size in sizes.items() if most(name) and size > most(name)}
    if not over:
        return found
    facts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for each in found:
        if key(each) in over:
            facts[key(each)][each.fact] += 1
    leaving = {(name, fact) for name in over for fact in _surplus(facts[name], most(name))}
    return [each for each in found if (key(each), each.fact) not in leaving]


def _surplus(facts: Mapping[str, int], most: int) -> list[str]:
    order = sorted(facts, key=lambda fact: hashlib.sha256(f"cap:{fact}".encode()).digest())
    room, surplus = most, []
    for fact in order:
        if facts[fact] <= room:
            room -= facts[fact]
        else:
            surplus.append(fact)
    return surplus
