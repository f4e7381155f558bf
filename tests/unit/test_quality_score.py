"""Every component of the score can fall, and the quality of a document is coverage times mean."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.knowledge import document

from randaemon import quality
from randaemon.model import Candidate, Category, Conversation, Extraction, Item, Message, Score, Span
from randaemon.quality.case import Case, Page
from randaemon.quality.components import COMPONENTS
from randaemon.stages.converse import converse, facts

KNOWN = document(0)
TIMER = "EUtranCellFDD.beamSweepTimer"


def sample(entity: str, attribute: str) -> Conversation:
    for fact in facts(KNOWN.markdown, KNOWN.extraction):
        if fact.subject.item.name == entity and fact.attribute.partition(":")[0] == attribute:
            return converse(fact)[0]
    raise LookupError(f"{entity} {attribute}")


def component(name: str, one: Conversation, *items: Item) -> float | None:
    changed = {item.name: item for item in items}
    known = tuple(changed.get(item.name, item) for item in KNOWN.extraction.items)
    return COMPONENTS[name][1](Case.of(one, Page.of(KNOWN.markdown, Extraction(known))))


def answering(one: Conversation, answer: str) -> Conversation:
    return replace(one, messages=(one.messages[0], Message("assistant", answer)))


DEFAULT = sample(TIMER, "default")
SAID = DEFAULT.messages[-1].content


def test_weights_add_up_to_one() -> None:
    assert sum(weight for weight, _ in COMPONENTS.values()) == pytest.approx(1.0)


def test_grounding_falls_with_claims_and_quotations_that_do_not_hold() -> None:
    assert component("grounding", DEFAULT) == 1.0
    assert component("grounding", answering(DEFAULT, f"{SAID} It is 77 kHz.")) < 1.0
    assert component("grounding", answering(DEFAULT, f"{SAID} Operators prefer it.")) < 1.0
    assert component("grounding", replace(DEFAULT, evidence=())) == 0.0
    elsewhere = replace(DEFAULT, evidence=(Span(0, 9, KNOWN.markdown[:9]),))
    assert component("grounding", elsewhere) == 0.0


def test_completeness_falls_when_the_unit_or_another_field_of_the_evidence_is_left_out() -> None:
    whole = component("completeness", DEFAULT)
    assert whole is not None
    bare = component("completeness", answering(DEFAULT, f"The default value of {TIMER} is 400."))
    assert bare is not None
    assert bare < 0.6 < 0.8 < whole < 1.0  # it tells one field of seven
    item = next(item for item in KNOWN.extraction.items if item.name == TIMER)
    row = Span(item.span.start, item.fields["takes_effect"].end, "")
    wide = replace(DEFAULT, evidence=(replace(row, text=KNOWN.markdown[row.start : row.end]),))
    assert component("completeness", wide) < whole
    assert component("completeness", replace(DEFAULT, attribute="nothing", evidence=())) is None


def test_completeness_counts_the_words_of_a_long_text_that_is_told_in_part() -> None:
    told = sample("FAJ 121 5000", "description")
    half = answering(told, "The feature Beam Sweep lowers the interference.")
    assert 0.0 < component("completeness", half) < component("completeness", told) < 1.0


def test_what_else_is_told_of_the_item_makes_an_answer_more_complete() -> None:
    more = answering(DEFAULT, f"{SAID} Its range is 10..9900 ms.")
    assert component("completeness", more) > component("completeness", DEFAULT)
    whole = component("completeness", sample(TIMER, "overview"))
    assert whole is not None
    assert whole > 0.99


def test_a_number_of_a_longer_answer_without_its_unit_is_not_complete() -> None:
    told = sample(TIMER, "overview")
    spoilt = answering(told, told.messages[-1].content.replace("10..9900 ms", "10..9900"))
    assert component("completeness", spoilt) < component("completeness", told)


def test_relevance_falls_when_the_answer_leaves_the_question() -> None:
    assert component("relevance", DEFAULT) == 1.0
    assert component("relevance", answering(DEFAULT, f"The range of {TIMER} is 10..9900 ms.")) < 1.0
    assert component("relevance", answering(DEFAULT, "It is 400 ms.")) < 0.6
    assert component("relevance", answering(DEFAULT, "")) < 0.6


def test_actionability_counts_only_where_something_is_to_be_done() -> None:
    assert component("actionability", DEFAULT) is None
    assert component("actionability", sample("EUtranCellFDD.pmBeamSweepAtt", "overview")) is None
    assert component("actionability", sample(TIMER, "command_write")) == 1.0
    steps = sample("Activate Beam Sweep", "steps")
    assert component("actionability", steps) == 1.0
    fewer = replace(steps, evidence=tuple(span for span in steps.evidence if not span.text.startswith("Unlock")))
    assert component("actionability", fewer) == pytest.approx(2 / 3)
    bare = Item(Category.PROCEDURE, steps.entity, steps.evidence[0])
    assert component("actionability", steps, bare) == 0.0


def test_an_overview_of_something_operable_without_its_command_is_no_use() -> None:
    whole = sample(TIMER, "overview")
    assert component("actionability", whole) == 1.0
    assert component("actionability", answering(whole, whole.messages[-1].content.partition("\n")[0])) == 0.0


def test_a_list_is_less_complete_the_less_it_says_of_its_members() -> None:
    lists = (converse(fact)[0] for fact in facts(KNOWN.markdown, KNOWN.extraction) if fact.kind == "group")
    full = next(each for each in lists if each.attribute == "feature:parameters")
    told = component("completeness", full)
    less = replace(full, states=tuple(each for each in full.states if each[2] != "range"))
    assert told is not None
    assert 0 < component("completeness", less) < told <= 1.0  # type: ignore[operator]


def test_linkage_falls_from_named_owner_to_place_to_nothing() -> None:
    event = sample("INTERNAL_PROC_BEAM_SWEEP", "description")
    item = next(item for item in KNOWN.extraction.items if item.name == event.entity)
    assert component("linkage", DEFAULT) == 1.0
    assert component("linkage", event, item) == 0.5
    assert component("linkage", event, replace(item, heading=())) == 0.0
    assert component("linkage", event, replace(item, related=("BEAM",))) == 0.5
    assert component("linkage", sample("FAJ 121 7000", "relationship")) == 1.0


def test_what_a_sample_cannot_fall_short_of_does_not_raise_its_score() -> None:
    assert component("linkage", sample("FAJ 121 5000", "package")) is None
    assert component("completeness", sample("FAJ 121 5000", "clarification")) is None
    assert component("completeness", sample(TIMER, "command_read")) is None
    assert (
        "completeness" not in quality.score(sample(TIMER, "command_read"), KNOWN.markdown, KNOWN.extraction).components
    )


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What is the default value of this parameter?", SAID),
        ("default of the timer", SAID),
        ("What is the default value of {name}?", SAID),
        (DEFAULT.messages[0].content, "the default value is 400 ms."),
        (DEFAULT.messages[0].content, "The default value is None."),
    ],
)
def test_form_falls_with_leaning_questions_and_litter(question: str, answer: str) -> None:
    spoilt = replace(DEFAULT, messages=(Message("user", question), Message("assistant", answer)))
    assert component("form", spoilt) < component("form", DEFAULT) == 1.0


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What does the text say about EUtranCellFDD.beamSweepTimer?", SAID),
        (DEFAULT.messages[0].content, f"{SAID} {SAID}"),
        (DEFAULT.messages[0].content, f"{TIMER}: 400 ms."),
        (DEFAULT.messages[0].content, f"{SAID} {'It waits for a long time. ' * 40}"),
    ],
)
def test_form_falls_with_repetition_labels_and_length(question: str, answer: str) -> None:
    spoilt = replace(DEFAULT, messages=(Message("user", question), Message("assistant", answer)))
    assert component("form", spoilt) < component("form", DEFAULT) == 1.0


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (f"Is the default value of {TIMER} 400 ms?", SAID),
        (DEFAULT.messages[0].content, f"The value default {TIMER} of is 400 ms."),
        (DEFAULT.messages[0].content, f"The the default value of {TIMER} is 400 ms."),
    ],
)
def test_form_falls_with_questions_that_tell_the_answer_and_with_words_in_no_order(question: str, answer: str) -> None:
    spoilt = replace(DEFAULT, messages=(Message("user", question), Message("assistant", answer)))
    assert component("form", spoilt) <= 0.5


@pytest.mark.parametrize(
    "question", [f"What are the default value and the unit and the type of {TIMER}?", f"Which range does {TIMER} have?"]
)
def test_relevance_falls_with_fields_that_are_asked_for_and_not_told(question: str) -> None:
    spoilt = replace(DEFAULT, messages=(Message("user", question), DEFAULT.messages[1]))
    assert component("relevance", spoilt) < 0.8 < component("relevance", DEFAULT)


def test_near_copies_about_different_things_fall_in_form_and_wordings_of_one_do_not() -> None:
    fact = next(fact for fact in facts(KNOWN.markdown, KNOWN.extraction) if fact.attribute == "default")
    wordings = converse(fact)
    copied = [replace(each, attribute="description", kind="chunk") for each in wordings]
    scorer = quality.Scorer(KNOWN.markdown, KNOWN.extraction)
    alone, beside = scorer.scores(wordings), scorer.scores([*copied, *wordings])[len(copied) :]
    assert [each.components["form"] for each in alone] == [1.0] * len(wordings)
    assert all(each.components["form"] < 0.5 for each in beside)
    assert scorer.scores(wordings[::-1]) == alone[::-1]


def test_the_scores_of_a_document_differ() -> None:
    """A number that nothing lowers is worth nothing: what tells more, and says it better, stands above."""
    said = [each for fact in facts(KNOWN.markdown, KNOWN.extraction) for each in converse(fact)]
    found = [each.value for each in quality.Scorer(KNOWN.markdown, KNOWN.extraction).scores(said)]
    assert len(set(found)) > 20
    assert max(found) - min(found) > 0.1
    assert sum(value > 0.99 for value in found) < 0.2 * len(found)


def candidate(one: Conversation, score: Score) -> Candidate:
    return Candidate("0" * 16, KNOWN.digest, "family", "fact", one, score)


def test_document_quality_is_coverage_times_the_mean_of_accepted_samples() -> None:
    items = KNOWN.extraction.items
    found = [
        candidate(DEFAULT, Score(0.8)),
        candidate(sample("FAJ 121 5000", "package"), Score(0.6)),
        candidate(sample("INTERNAL_PROC_BEAM_SWEEP", "description"), Score(0.0, gate="secret")),
    ]
    assert quality.coverage(items, [each for each in found if each.score.accepted]) == pytest.approx(2 / len(items))
    assert quality.document_quality(items, found) == pytest.approx(2 / len(items) * 0.7, abs=1e-4)


def test_a_document_without_items_or_samples_has_no_quality() -> None:
    assert quality.document_quality((), []) == 0.0
    assert quality.document_quality(KNOWN.extraction.items, []) == 0.0
    assert quality.score(DEFAULT, KNOWN.markdown, Extraction(())).gate in ("commands", "entity")
