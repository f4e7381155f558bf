"""A question that no person would ask loses, and one that a person asks in words of its own does not."""

from __future__ import annotations

import pytest

from randaemon.quality.questions import clumsiness, faults

NAMES = ("NRCellDU.pMax", "pMax")


@pytest.mark.parametrize(
    "question",
    [
        "What is pMax set to by default, and in which unit?",
        "What's the default of pMax?",
        "When pMax is too high, which counter shows it first?",
        "When pMax is too high, explain what happens.",
        "Is there a unit for pMax?",
        "Does a UE see a change of pMax at once?",
        "An eNB has an MO for this: which one holds pMax?",
        "Why would an hour pass before a one-off change of pMax applies?",
        "How do I read pMax?",
        "What does pMax mean for the cells of a node?",
        "What is the status of pMax?",
        "Which alarms mask pMax?",
        "What limits pMax?",
        "In which MO class do I find pMax?",
        "What do these parameters belong to: pMax, pMin?",
        "Which class is pMax part of?",
        "I want to lower pMax in a hurry. What has to be locked?",
        "Explain pMax to me like I am new to RAN.",
        "And in which unit is it given?",
        "What are the limits of pMax?",
        "What is the on/off switch for pMax?",
        "How is what pMax sets seen in the node?",
        "pMax: which value do you recommend?",
        "Is it true that that value of pMax had had no effect?",
    ],
)
def test_a_question_in_anybodys_words_has_no_fault(question: str) -> None:
    assert faults(question, NAMES) == frozenset()
    assert clumsiness(question, NAMES) == 0.0


@pytest.mark.parametrize(
    ("question", "fault"),
    [
        ("What is the of pMax?", "hollow"),
        ("What is the?", "hollow"),
        ("What is the default value of?", "hollow"),
        ("Tell me about the “” of pMax.", "hollow"),
        ("What the unit of pMax?", "no verb"),
        ("How pMax works?", "no verb"),
        ("Which values pMax?", "no verb"),
        ("What is is the unit of pMax?", "doubled"),
        ("What does the parameter pMax parameter do?", "doubled"),
        ("What is pMax of pMax?", "repeated"),
        ("What are the unit of pMax?", "agreement"),
        ("What is the limits of pMax?", "agreement"),
        ("What does pMax means?", "agreement"),
        ("What does these parameters do: pMax?", "agreement"),
        ("Is pMax a attribute?", "article"),
        ("Is pMax an parameter?", "article"),
        ("What is the unit of pMax", "mark"),
        ("Can you tell me the unit of pMax.", "mark"),
        ("what is the unit of pMax?", "capitals"),
        ("What Is The Unit Of pMax?", "capitals"),
        ("What is the  unit of pMax?", "spaces"),
        ("What is the unit of pMax ?", "spaces"),
    ],
)
def test_what_no_person_would_write_is_a_fault(question: str, fault: str) -> None:
    assert fault in faults(question, NAMES)
    assert clumsiness(question, NAMES) >= 0.3


def test_a_name_is_spelt_as_it_is_spelt() -> None:
    assert faults("What does the feature Walla Walla do?", ("Walla Walla",)) == frozenset()
    assert faults("pMax is set to 5: is that too much?", NAMES) == frozenset()
    assert faults("What is the use of THE ONE?", ("THE ONE",)) == frozenset()
