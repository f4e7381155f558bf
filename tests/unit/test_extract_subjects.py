"""The feature that a text is about, and those that it goes with, where no overview tells them."""

from __future__ import annotations

import pytest

from randaemon.model import Category, Clean, Item
from randaemon.ran.feature import tied_by_verb
from randaemon.stages.extract import extract


def found(markdown: str, category: Category) -> dict[str, Item]:
    return {item.name: item for item in extract(Clean(markdown=markdown)).of(category)}


@pytest.mark.parametrize(
    "text",
    [
        "This guideline is about **Flex Sleep (FAJ 121 4219)** in rural cells.",
        "Applies to: `FAJ 121 4219` / `CXC4012607`.",
        "You need FAJ 121 4219 (**Flex Sleep**), key CXC4012607. The old FAJ 121 4218 is gone.",
        "The rollout of Flex Sleep (FAJ 121 4219) went well, that of Deep Sleep (FAJ 121 4218) did not.",
    ],
)
def test_the_subject_of_a_text_is_its_feature(text: str) -> None:
    assert set(found(f"# 1 What goes with Flex Sleep?\n\n{text}\n", Category.FEATURE)) == {"FAJ 121 4219"}


def test_the_identity_behind_the_name_of_the_overview_is_that_of_the_feature() -> None:
    text = (
        "# Flex Sleep\n\n## Overview\n\n**Flex Sleep** (FAJ 121 4219) rests cells.\n\n"
        "| Feature Name | Flex Sleep |\n|---|---|\n| Access Type | NR |\n\n"
        "## Dependencies\n\nIt needs Oil Pan (FAJ 121 5001).\n"
    )
    assert set(found(text, Category.FEATURE)) == {"FAJ 121 4219"}
    assert set(found(text, Category.RELATED_FEATURE)) == {"FAJ 121 5001"}


def test_a_feature_that_is_merely_mentioned_is_no_subject() -> None:
    assert found("# Help\n\nFAJ 121 4219 was seen in the log.\n", Category.FEATURE) == {}


def test_the_only_feature_that_a_text_names_is_its_feature_and_others_go_with_it() -> None:
    mail = "# Help\n\n> Since then the Flex Sleep feature (FAJ 121 4219) rejects calls. See Far Away (FAJ 121 5003).\n"
    assert set(found(mail, Category.FEATURE)) == {"FAJ 121 4219"}
    others = "| | Oil Pan<br>FAJ 121 5001 | Tin Can<br>FAJ 121 5002 |\n|---|---|---|\n| A | R | X |\n"
    matrix = f"# Matrix\n\nThis is about Flex Sleep (FAJ 121 4219).\n\n{others}"
    assert set(found(matrix, Category.RELATED_FEATURE)) == {"FAJ 121 5001", "FAJ 121 5002"}
    assert found("# Notes\n\nWe read of Oil Pan (FAJ 121 5001) and Tin Can (FAJ 121 5002).\n", Category.FEATURE) == {}


def test_sentences_and_interactions_tell_what_a_feature_goes_with() -> None:
    text = (
        "# Guide\n\nThis is about Flex Sleep (FAJ 121 4219).\n\nIt must not be used together with Oil Pan (FAJ 121 1)"
        " or Tin Can (FAJ 121 5002). See also Far Away (FAJ 121 5003).\n\n## Interactions\n\n"
        "| With | What happens |\n|---|---|\n| Deep Sea, FAJ 121 5004 | nothing |\n| Rain | it is wet |\n"
    )
    told = found(text, Category.RELATED_FEATURE)
    assert set(told) == {"FAJ 121 5002", "FAJ 121 5004"}


def test_release_notes_list_what_is_new_and_changed() -> None:
    text = (
        "# Notes\n\n## New features\n\n| Identity | Name | Licence |\n|---|---|---|\n"
        "| FAJ 121 5801 | Uplink Trim | CXC4012990 |\n\n## Changed features\n\n- **FAJ 121 4219 Flex Sleep**: wider.\n"
    )
    told = found(text, Category.FEATURE)
    assert {name: item.fields["title"].text for name, item in told.items()} == {
        "FAJ 121 5801": "Uplink Trim",
        "FAJ 121 4219": "Flex Sleep",
    }
    assert told["FAJ 121 5801"].fields["licence_key"].text == "CXC4012990"


def test_items_of_a_release_begin_with_their_feature_and_not_with_one_that_they_need() -> None:
    items = "- Uplink Trim FAJ 121 5801 licensed\n- Flex Sleep (FAJ 121 4219): wider, see FAJ 121 5000\n"
    others = "- Requires Tin Can (FAJ 121 5002)\n- Now tested with FAJ 121 5003\n- Better than FAJ 121 5004\n"
    assert set(found(f"## New features\n\n{items}{others}", Category.FEATURE)) == {"FAJ 121 5801", "FAJ 121 4219"}


def test_what_a_feature_of_a_catalogue_requires_is_related_and_leaves_its_identity() -> None:
    text = "```yaml\nfeatures:\n- name: Kite\n  identity: FAJ 121 6911\n  requires: [FAJ 121 6870, FAJ 121 6871]\n```\n"
    assert set(found(text, Category.FEATURE)) == {"FAJ 121 6911"}
    assert set(found(text, Category.RELATED_FEATURE)) == {"FAJ 121 6870", "FAJ 121 6871"}


@pytest.mark.parametrize(
    "text",
    [
        "# Flex Sleep: questions\n\nWhat does Flex Sleep (FAJ 121 4219) do?\n\nIt follows Tin Can (FAJ 121 5002).",
        "1. GOAL\n   Switch on Flex Sleep (FAJ 121 4219), not Tin Can (FAJ 121 5002).\n\n2. ACTIVATE FLEX SLEEP\n",
        "# Flex Sleep\n\n### FAJ 121 4219 · NR\n\n## More\n\nIt follows Tin Can (FAJ 121 5002).\n",
        "# Flex Sleep\n\nFAJ 121 4219, for field engineers\n\n## More\n\nIt follows Tin Can (FAJ 121 5002).\n",
    ],
)
def test_titles_subtitles_and_headings_of_procedures_name_the_feature_of_a_text(text: str) -> None:
    told = found(text, Category.FEATURE)
    assert {name: item.fields["title"].text for name, item in told.items()} == {"FAJ 121 4219": "Flex Sleep"}
    assert set(found(text, Category.RELATED_FEATURE)) == {"FAJ 121 5002"}


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("Tin Can (FAJ 121 5002) is active; it is a prerequisite.", "prerequisite"),
        ("**Tin Can** (FAJ 121 5002): *related*", "related"),
        ("Tin Can (FAJ 121 5002) is no prerequisite.", None),
        ("Tin Can (FAJ 121 5002) has related counters.", None),
    ],
)
def test_a_sentence_says_how_features_go_together(said: str, wanted: str | None) -> None:
    text = f"# Guide\n\nThis is about Flex Sleep (FAJ 121 4219). It came after that.\n\n- {said}\n"
    fields = found(text, Category.RELATED_FEATURE)["FAJ 121 5002"].fields
    assert (fields["relationship"].text if "relationship" in fields else None) == wanted


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("METHOD OF PROCEDURE MOP-RAN-2291", "MOP-RAN-2291"),
        ("# Instruction: AB-CD-1234", "AB-CD-1234"),
        ("Flex Sleep LTE-2100", ""),
        ("The MOP-RAN-2291 says", ""),
    ],
)
def test_the_first_line_of_a_text_may_print_its_number(line: str, number: str) -> None:
    assert extract(Clean(markdown=f"{line}\n\nOn Flex Sleep.\n")).meta["document_number"] == number


OWN = "# Beam Split\n\nBeam Split (FAJ 121 6077) divides the beam.\n\n"


@pytest.mark.parametrize(
    ("title", "heads"),
    [("Feature relations", "| Name | Identity | Kind of relation |"), ("Cells", "| Feature | FAJ | How they go |")],
)
def test_a_table_that_speaks_of_relations_holds_related_features(title: str, heads: str) -> None:
    rows = "| Beam Shapes | FAJ 121 6002 | Required |\n| Paging | FAJ 121 6040 | Interacts |\n"
    markdown = f"{OWN}## {title}\n\n{heads}\n|---|---|---|\n{rows}"
    assert set(found(markdown, Category.FEATURE)) == {"FAJ 121 6077"}
    assert set(found(markdown, Category.RELATED_FEATURE)) == {"FAJ 121 6002", "FAJ 121 6040"}


def test_a_list_of_features_may_say_which_of_them_require_a_licence() -> None:
    rows = "| Beam Shapes | FAJ 121 6002 | Required |\n| Paging | FAJ 121 6040 | None |\n"
    markdown = f"# Features\n\n| Feature | FAJ | Licence |\n|---|---|---|\n{rows}"
    assert set(found(markdown, Category.FEATURE)) == {"FAJ 121 6002", "FAJ 121 6040"}


@pytest.mark.parametrize(
    "markdown",
    [
        "# Notes\n\n## New features\n\n### Beam Sweep (FAJ 121 6421)\n\nNR. {}\n\n### Drop (FAJ 121 5061)\n\nLTE.\n",
        "# Release 25.Q1\n\n## FAJ 121 6421: Beam Sweep\n\nNR. {}\n\n## Late Drop, FAJ 121 5061\n\nLTE.\n",
    ],
)
def test_features_may_have_a_section_each(markdown: str) -> None:
    markdown = markdown.format("Requires Wide Base (FAJ 121 6105).")
    assert set(found(markdown, Category.FEATURE)) == {"FAJ 121 6421", "FAJ 121 5061"}
    assert found(markdown, Category.RELATED_FEATURE)["FAJ 121 6105"].fields["title"].text == "Wide Base"


def test_related_features_may_have_a_section_each() -> None:
    markdown = f"{OWN}## Related features\n\n### Wide Base (FAJ 121 6105)\n\nMust be active.\n"
    assert set(found(markdown, Category.RELATED_FEATURE)) == {"FAJ 121 6105"}


@pytest.mark.parametrize(
    "text",
    [
        "| MOP | 5521 |\n|---|---|\n| Feature | Noise Report, FAJ 121 6310 |\n\nIt requires FAJ 121 6288 (Floor).",
        "The feature Noise Report (FAJ 121 6310) is activated in all cells. It requires FAJ 121 6288 (Noise Floor).",
    ],
)
def test_an_instruction_says_of_which_feature_it_is(text: str) -> None:
    markdown = f"# Method of procedure\n\n{text}\n"
    assert set(found(markdown, Category.FEATURE)) == {"FAJ 121 6310"}
    assert set(found(markdown, Category.RELATED_FEATURE)) == {"FAJ 121 6288"}


def test_a_feature_of_two_technologies_has_two_identities() -> None:
    cell = "FAJ 121 5123 (LTE)<br>FAJ 121 5124 (NR)"
    markdown = f"# Noise\n\n| Feature Name | Noise |\n|---|---|\n| Feature Identity | {cell} |\n"
    assert set(found(markdown, Category.FEATURE)) == {"FAJ 121 5123", "FAJ 121 5124"}
    assert found(markdown, Category.RELATED_FEATURE) == {}


@pytest.mark.parametrize(
    ("sentence", "told", "kind"),
    [
        ("Beam Split needs Delay Class (FAJ 121 5902), else it has no queues.", "needs", "prerequisite"),
        ("It depends on Delay Class (FAJ 121 5902).", "depends on", "prerequisite"),
        ("Delay Class (FAJ 121 5902) must be active first.", "must be active", "prerequisite"),
        ("It must not be used with Delay Class (FAJ 121 5902).", "must not be used with", "conflicting"),
        ("It excludes Delay Class (FAJ 121 5902).", "excludes", "conflicting"),
        ("It does not require Delay Class (FAJ 121 5902).", "", ""),
    ],
)
@pytest.mark.parametrize("heading", ["", "## Dependencies\n\n"])
def test_a_verb_tells_how_features_go_together(heading: str, sentence: str, told: str, kind: str) -> None:
    item = found(f"{OWN}{heading}{sentence}\n", Category.RELATED_FEATURE)["FAJ 121 5902"]
    said = item.fields["relationship"].text if "relationship" in item.fields else ""
    assert (said, tied_by_verb(said)) == (told, kind)
