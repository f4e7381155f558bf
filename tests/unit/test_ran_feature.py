"""The outline of feature documents."""

from __future__ import annotations

import pytest

from randaemon.ran import feature
from randaemon.ran.feature import Role


@pytest.mark.parametrize(
    ("title", "role"),
    [
        ("1 Flex Sleep Overview", Role.OVERVIEW),
        ("2 Dependencies of Flex Sleep", Role.DEPENDENCIES),
        ("3 Feature Operation of Flex Sleep", Role.OPERATION),
        ("4 Network Impact of Flex Sleep", Role.IMPACT),
        ("5.1 Parameters for Flex Sleep", Role.PARAMETERS),
        ("Performance of Flex Sleep", Role.PERFORMANCE),
        ("PM Counters", Role.COUNTERS),
        ("Events", Role.EVENTS),
        ("7 Activate Flex Sleep", Role.ACTIVATE),
        ("Flex Sleep Activation", Role.ACTIVATE),
        ("8 Deactivate Flex Sleep", Role.DEACTIVATE),
        ("Activate Non-License-Controlled Features", Role.ACTIVATE),
        ("Attribute descriptions", Role.ATTRIBUTES),
        ("After This Task", Role.AFTER),
        ("2) PROCEDURE", Role.STEPS),
        ("What changed in the model", Role.PARAMETERS),
        ("Switching the new function on", Role.ACTIVATE),
        ("Turn it off", Role.DEACTIVATE),
        ("Interdependencies between features", Role.DEPENDENCIES),
        ("Impact on other features", Role.DEPENDENCIES),
        ("Works together with", Role.DEPENDENCIES),
        ("Cell parameter reference (LTE + NR)", Role.PARAMETERS),
        ("New and changed attributes", Role.PARAMETERS),
        ("Changed attributes", Role.PARAMETERS),
        ("Managed object model changes", Role.PARAMETERS),
        ("Legal", Role.LEGAL),
        ("Flex Sleep", Role.NONE),
        ("A.2 Tables", Role.NONE),
    ],
)
def test_a_heading_announces_its_section(title: str, role: Role) -> None:
    assert feature.role_of(title) is role


def test_the_innermost_heading_with_a_role_decides() -> None:
    assert feature.role_in(("Performance of X", "Counters", "In the cell")) is Role.COUNTERS


def test_steps_belong_to_the_procedure_above_them() -> None:
    assert feature.procedure_depth(("X", "Activate X", "Steps")) == 2
    assert feature.procedure_depth(("X", "Activate X", "Counters")) == 0


@pytest.mark.parametrize("title", ["class NRCellDU", "MO class NRCellDU", "2.1 Class `NRCellDU`", "class NRCellDU (X)"])
def test_a_class_page_names_its_class(title: str) -> None:
    assert feature.titled_class(title) == "NRCellDU"


def test_ordinary_headings_name_no_class() -> None:
    assert feature.titled_class("Classes of service") == feature.titled_class("class of traffic") == ""


@pytest.mark.parametrize(
    "sentence",
    [
        "This feature has no associated events.",
        "There are no specific counters for it.",
        "None",
        "No new KPIs.",
    ],
)
def test_sentences_that_say_nothing_is_there(sentence: str) -> None:
    assert feature.NOTHING.search(sentence)


def test_a_sentence_about_something_else_is_not_such_a_sentence() -> None:
    assert not feature.NOTHING.search("The event is sent when no user is left.")
