"""Which accepted candidates become samples: no doubles, no contradictions, no command the library knows to be wrong."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from randaemon.model import Candidate
from randaemon.quality.text import commands, squash
from randaemon.ran import cmedit
from randaemon.ran.mo import MoModel


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is kept, ordered by id, and how many were dropped at each step."""

    kept: tuple[Candidate, ...]
    dropped: Mapping[str, int]


def select(offered: Sequence[Candidate], mo_model: MoModel | None) -> Chosen:
    """Choose among candidates that are ordered by id; the smaller id wins everywhere."""
    kept = [each for each in offered if each.score.accepted]
    dropped: dict[str, int] = {}
    for name, step in (
        ("mo_check", lambda found: _known(found, mo_model)),
        ("repeated_facts", _one_document_a_fact),
        ("duplicates", _once),
        ("ambiguous", _unambiguous),
    ):
        left = step(kept)
        dropped[name] = len(kept) - len(left)
        kept = left
    return Chosen(tuple(kept), dropped)


def _known(found: list[Candidate], mo_model: MoModel | None) -> list[Candidate]:
    """Commands are checked against all documents at once: one may name what only another describes."""
    if mo_model is None:
        return found
    verdicts: dict[str, bool] = {}
    for each in found:
        for command in commands(_said(each, "assistant")):
            if command not in verdicts:
                verdicts[command] = not cmedit.check(command, mo_model)
    return [each for each in found if all(verdicts[command] for command in commands(_said(each, "assistant")))]


def _one_document_a_fact(found: list[Candidate]) -> list[Candidate]:
    """Two releases may give one parameter two defaults. The document with the smallest id teaches all wordings.

    Choosing for each wording by itself would mix the two values within one fact.
    """
    owner: dict[str, str] = {}
    for each in found:
        owner.setdefault(each.fact, each.digest)
    return [each for each in found if owner[each.fact] == each.digest]


def _once(found: list[Candidate]) -> list[Candidate]:
    """The same id, the same words, or the same wording of the same fact is one sample."""
    seen: set[tuple[object, ...]] = set()
    kept = []
    for each in found:
        said = tuple((message.role, message.content) for message in each.conversation.messages)
        keys = {("id", each.id), ("said", said), ("asked", *_asked(each))}
        if not keys & seen:
            kept.append(each)
        seen |= keys
    return kept


def _asked(each: Candidate) -> tuple[object, ...]:
    return each.fact, each.conversation.kind, each.conversation.phrasing


def _unambiguous(found: list[Candidate]) -> list[Candidate]:
    """A question with two different answers in the library is no question: `pMax` without its MO, say."""
    answers: defaultdict[str, set[str]] = defaultdict(set)
    for each in found:
        answers[squash(_said(each, "user"))].add(squash(_said(each, "assistant")))
    return [each for each in found if len(answers[squash(_said(each, "user"))]) == 1]


def _said(each: Candidate, role: str) -> str:
    return "\n".join(message.content for message in each.conversation.messages if message.role == role)
