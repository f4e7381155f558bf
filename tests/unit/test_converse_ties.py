"""How features go together: told where a sentence says it by a verb, not where it is unclear who needs whom."""

from __future__ import annotations

from dataclasses import replace

import pytest

from randaemon import quality
from randaemon.model import Category, Clean, Conversation, Extraction, Item, Span
from randaemon.quality.twins import TWINS, Source
from randaemon.stages.converse import converse, facts
from randaemon.stages.extract import extract

TITLE, OTHER = "Beam Split", "Delay Class"


def told(sentence: str, verb: str) -> tuple[str, Extraction, list[Conversation]]:
    """What is said of the other feature of the sentence, in its first wording."""
    markdown = f"# {TITLE}\n\n| Feature Identity | FAJ 121 5901 |\n\n{sentence}\n"

    def printed(said: str) -> Span:
        return Span(markdown.index(said), markdown.index(said) + len(said), said)

    own, other = printed("FAJ 121 5901"), printed("FAJ 121 5902")
    named = {"identity": other, "title": printed(OTHER), "relationship": printed(verb)}
    items = (
        Item(Category.FEATURE, own.text, own, fields={"title": printed(TITLE), "identity": own}),
        Item(Category.RELATED_FEATURE, other.text, other, fields=named),
    )
    found = Extraction(items)
    said = [converse(fact)[0] for fact in facts(markdown, found) if fact.base == "relationship"]
    return markdown, found, said


@pytest.mark.parametrize(
    ("sentence", "verb", "answer"),
    [
        (
            "Beam Split needs Delay Class (FAJ 121 5902), which has the queues.",
            "needs",
            "Delay Class is a prerequisite: Beam Split needs Delay Class (FAJ 121 5902), which has the queues.",
        ),
        (
            "- Requires the feature **Delay Class** (FAJ 121 5902) on both\nnodes",
            "Requires",
            "Delay Class is a prerequisite: Beam Split requires the feature Delay Class (FAJ 121 5902) on both nodes.",
        ),
        (
            "The feature splits beams. It also depends on Hold (FAJ 121 5000) and Delay Class (FAJ 121 5902).",
            "depends on",
            "Delay Class is a prerequisite: Beam Split depends on Hold (FAJ 121 5000) and Delay Class (FAJ 121 5902).",
        ),
        (
            "1. The feature Delay Class (FAJ 121 5902) must be active in the cell.",
            "must be active",
            "Delay Class is a prerequisite for Beam Split: it must be active in the cell.",
        ),
        (
            "This feature must not be used with Delay Class, FAJ 121 5902: users are lost.",
            "must not be used with",
            "These features conflict: Beam Split must not be used with Delay Class, FAJ 121 5902 – users are lost.",
        ),
    ],
)
def test_what_a_verb_says_is_told_with_the_verb(sentence: str, verb: str, answer: str) -> None:
    markdown, found, [one] = told(sentence, verb)
    assert one.messages[0].content == "How is Delay Class related to Beam Split?"
    assert one.messages[1].content == answer
    scorer = quality.Scorer(markdown, found)
    true = scorer.score(one)
    assert true.gate == ""
    source = Source(markdown, found, ())
    twins = [twin for make in TWINS.values() if (twin := make(one, source)) is not None]
    assert twins
    assert all(scorer.score(twin).value < true.value for twin in twins)


@pytest.mark.parametrize(
    ("sentence", "verb"),
    [
        ("The alternative, Delay Class (FAJ 121 5902), needs other radios.", "needs"),
        ("Rank Shift needs Delay Class (FAJ 121 5902).", "needs"),
        ("Beam Split may require Delay Class (FAJ 121 5902).", "require"),
        ("Beam Split needs Delay Class (FAJ 121 5902) or Rank Shift (FAJ 121 5903).", "needs"),
        ("Do you need another feature? Yes, Delay Class (FAJ 121 5902).", "need"),
        ("Rank Shift moves users. It needs Delay Class (FAJ 121 5902).", "needs"),
        ("When Rank Shift is used, Delay Class (FAJ 121 5902) must be active.", "must be active"),
        ("Delay Class (FAJ 121 5902): users that were moved need not be moved back.", "need"),
        ("| FAJ 121 5902 | Delay Class | requires |", "requires"),
    ],
)
def test_nothing_is_told_where_it_is_not_certain_who_needs_whom(sentence: str, verb: str) -> None:
    assert told(sentence, verb)[2] == []


@pytest.mark.parametrize(
    ("sentence", "verb", "old", "new"),
    [
        ("It needs Delay Class (FAJ 121 5902).", "needs", "Delay Class is a prerequisite", "These features conflict"),
        ("It needs Delay Class (FAJ 121 5902).", "needs", "Beam Split needs", "Beam Split does not need"),
        (
            "It excludes Delay Class (FAJ 121 5902).",
            "excludes",
            "These features conflict",
            "Delay Class is a prerequisite",
        ),
        ("It must not be used with Delay Class (FAJ 121 5902).", "must not be used with", "must not be", "is to be"),
    ],
)
def test_a_tie_that_is_turned_round_is_refused(sentence: str, verb: str, old: str, new: str) -> None:
    markdown, found, [one] = told(sentence, verb)
    question, answer = one.messages
    assert old in answer.content
    wrong = replace(one, messages=(question, replace(answer, content=answer.content.replace(old, new))), expected={})
    scorer = quality.Scorer(markdown, found)
    assert scorer.score(one).gate == ""
    assert scorer.score(wrong).gate in ("direction", "polarity")


@pytest.mark.parametrize("title", ["DEPENDENCIES", "# Dependencies", "**3 Dependencies**"])
def test_a_title_right_above_a_sentence_is_no_part_of_it(title: str) -> None:
    head = f"# {TITLE}\n\nFeature Identity: FAJ 121 5901\n\n{title}\n"
    text = f"{head}It needs {OTHER} (FAJ 121 5902).\n"
    found = extract(Clean(text))
    (fact,) = [fact for fact in facts(text, found) if fact.base == "relationship"]
    assert fact.answer == "Delay Class is a prerequisite: Beam Split needs Delay Class (FAJ 121 5902)."
    assert fact.evidence[-1].text == "It needs Delay Class (FAJ 121 5902)"


@pytest.mark.parametrize(
    ("description", "said"),
    [
        ("Delay Class must be active before this feature.", "Delay Class must be active before Beam Split."),
        ("Queues are made by this feature.", ""),
        ("Do not activate both in one cell.", "Do not activate both in one cell."),
        ("Reports come more seldom.", "Reports come more seldom."),
        ("Cannot be used in the same cell.", "Delay Class cannot be used in the same cell."),
    ],
)
def test_what_a_row_says_of_this_feature_is_told_where_it_is_certain_which_one(description: str, said: str) -> None:
    markdown = (
        f"# {TITLE}\n\n| Feature Name | {TITLE} |\n|---|---|\n| Feature Identity | FAJ 121 5901 |\n\n"
        f"## Dependencies\n\n| Feature | Relationship | Description |\n|---|---|---|\n"
        f"| {OTHER} (FAJ 121 5902) | Conflicting | {description} |\n"
    )
    known = extract(Clean(markdown=markdown))
    made = [converse(fact)[0] for fact in facts(markdown, known) if fact.base == "description" and fact.more == ()]
    answers = [each.messages[1].content for each in made if each.category is Category.RELATED_FEATURE]
    tied = f"{OTHER} and {TITLE} are conflicting features."
    assert answers == ([f"{tied} {said}"] if said else [])
    assert all(quality.score(each, markdown, known).accepted for each in made)
