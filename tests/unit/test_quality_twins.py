"""The score must earn trust: a sample beats its corrupted twins, and the gates refuse nearly all of the worst kinds."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.knowledge import Known, document

from randaemon import quality
from randaemon.model import Conversation, Message, Span
from randaemon.quality.text import commands, numbers
from randaemon.stages.converse import converse, facts

KNOWN = [document(number) for number in range(4)]
Twin = Callable[[Conversation, Known], Conversation | None]


def said(conversation: Conversation) -> str:
    return conversation.messages[-1].content


def answering(conversation: Conversation, answer: str) -> Conversation | None:
    if answer == said(conversation):
        return None
    return replace(conversation, messages=(*conversation.messages[:-1], Message("assistant", answer)))


def identifier_swapped(one: Conversation, known: Known) -> Conversation | None:
    """The entity becomes a sibling of its kind, wherever the answer names it."""
    local = one.entity.rpartition(".")[2]
    for item in known.extraction.items:
        sibling = item.name.rpartition(".")[2]
        if item.category is one.category and item.name != one.entity and local in said(one):
            return answering(one, said(one).replace(local, sibling))
    return answering(one, said(one).replace("5000", "5001").replace("CXC4012400", "CXC4012409"))


def number_changed(one: Conversation, _: Known) -> Conversation | None:
    """The last number of the prose is another one; none of the identifiers is touched."""
    body = said(one).partition("\ncmedit")[0]
    found = [each for each in re.finditer(r"(?<![\w.])-?\d+(?![\w.])|(?<=\.\.)-?\d+", body) if each.end() > 3]
    if not found or one.kind == "procedure":
        return None
    last = found[-1]
    return answering(one, f"{said(one)[: last.start()]}{int(last[0]) + 7}{said(one)[last.end() :]}")


def unit_changed(one: Conversation, _: Known) -> Conversation | None:
    swaps = {" ms.": " s.", " dBm.": " dB.", " users.": " cells."}
    answer = said(one)
    for unit, other in swaps.items():
        if answer.endswith(unit):
            return answering(one, answer.removesuffix(unit) + other)
    return None


def foreign_sentence(one: Conversation, known: Known) -> Conversation | None:
    other = KNOWN[(KNOWN.index(known) + 1) % len(KNOWN)]
    strangers = [each for fact in facts(other.markdown, other.extraction) for each in converse(fact)[:1]]
    stranger = strangers[sum(map(ord, one.entity + one.attribute)) % len(strangers)]
    sentence = said(stranger).partition("\n")[0].rstrip(".:") + "."
    return answering(one, f"{said(one)}{chr(10) if commands(said(one)) else ' '}{sentence}")


def answer_cut(one: Conversation, _: Known) -> Conversation | None:
    return answering(one, said(one)[: len(said(one)) * 2 // 3])


def command_broken(one: Conversation, _: Known) -> Conversation | None:
    found = commands(said(one))
    if not found:
        return None
    breaks = (
        lambda text: text.replace("cmedit get", "cmedit fetch").replace("cmedit set", "cmedit change"),
        lambda text: text.replace("(", "", 1) if "(" in text else text.replace("=", " ", 1),
        lambda text: re.sub(r"(\w)(=| -t)", r"\1Xy\2", text, count=1),
        lambda text: text.replace("<NODE> ", "", 1),
    )
    broken = breaks[(one.phrasing + len(one.entity)) % len(breaks)](found[-1])
    return answering(one, said(one).replace(found[-1], broken))


def steps_reordered(one: Conversation, _: Known) -> Conversation | None:
    parts = re.split(r"(?m)^\d\. ", said(one))
    if one.kind != "procedure" or len(parts) < 3:
        return None
    steps = [parts[2], *parts[1:2], *parts[3:]]
    return answering(one, parts[0] + "".join(f"{number}. {step.rstrip()}\n" for number, step in enumerate(steps, 1)))


def evidence_moved(one: Conversation, known: Known) -> Conversation | None:
    """The quotations are taken, truly quoted, from elsewhere in the document."""
    half = len(known.markdown) // 2
    moved = []
    for span in one.evidence:
        start = (span.start + half) % (len(known.markdown) - len(span.text))
        moved.append(Span(start, start + len(span.text), known.markdown[start : start + len(span.text)]))
    return replace(one, evidence=tuple(moved))


def evidence_misquoted(one: Conversation, known: Known) -> Conversation | None:
    return replace(one, evidence=tuple(Span(each.start + 9, each.end + 9, each.text) for each in one.evidence))


TWINS: dict[str, Twin] = {
    twin.__name__: twin
    for twin in (
        identifier_swapped,
        number_changed,
        unit_changed,
        foreign_sentence,
        answer_cut,
        command_broken,
        steps_reordered,
        evidence_moved,
        evidence_misquoted,
    )
}
GATED = ("identifier_swapped", "number_changed", "unit_changed", "foreign_sentence", "answer_cut", "command_broken")


def verdicts(kind: str) -> list[tuple[Conversation, float, Conversation, quality.Score]]:
    found = []
    for known in KNOWN:
        scorer = quality.Scorer(known.markdown, known.extraction)
        for fact in facts(known.markdown, known.extraction):
            for one in converse(fact):
                twin = TWINS[kind](one, known)
                if twin is not None:
                    found.append((one, scorer.score(one).value, twin, scorer.score(twin)))
    return found


@pytest.mark.parametrize("kind", TWINS)
def test_a_sample_scores_above_its_corrupted_twin_in_95_of_100_pairs(kind: str) -> None:
    found = verdicts(kind)
    beaten = [true > twin.value for _, true, _, twin in found]
    assert len(found) >= 4
    assert sum(beaten) >= 0.95 * len(beaten)


@pytest.mark.parametrize("kind", GATED)
def test_gates_refuse_nine_of_ten_twins_of_the_first_five_kinds(kind: str) -> None:
    found = verdicts(kind)
    refused = [not twin.accepted for *_, twin in found]
    assert sum(refused) >= 0.9 * len(refused), [said(twin) for _, _, twin, score in found if score.accepted][:5]


def test_every_true_sample_of_the_fictional_documents_is_accepted() -> None:
    gates = defaultdict(list)
    for known in KNOWN:
        scorer = quality.Scorer(known.markdown, known.extraction)
        for fact in facts(known.markdown, known.extraction):
            score = scorer.score(converse(fact)[0])
            gates[score.gate].append((fact.answer, score.reason))
    assert list(gates) == [""], {gate: found[:3] for gate, found in gates.items() if gate}


def test_twins_cover_numbers_in_prose_not_only_in_names() -> None:
    assert any(numbers(said(one)) for one, *_ in verdicts("number_changed"))
