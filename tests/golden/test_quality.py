"""The quality of what is said about the annotated documents: coverage of the true items times the mean score."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from statistics import mean

import pytest
from tests.golden.documents import NAMES, annotation, document, extraction

from randaemon import quality
from randaemon.model import Candidate, Category
from randaemon.stages import finalize
from randaemon.stages.converse import MODES, converse, facts

LEAST = 0.742  # of the best mode
CLEAR = 0.015  # between one mode and the next


def wanted(name: str) -> set[tuple[str, str]]:
    told = annotation(name)
    return {(key.value, item) for key in Category for item in set(told[key.value]) - set(told["optional"].get(key, ()))}


@cache
def candidates(name: str, mode: str) -> tuple[Candidate, ...]:
    """One wording of each fact, for speed."""
    clean, found = document(name), extraction(name)
    said = [converse(fact, mode=mode)[0] for fact in facts(clean.markdown, found, mode)]
    return finalize.candidates("0" * 64, clean, found, said, 0.5)


@cache
def document_quality(name: str, mode: str) -> float:
    """Coverage of the annotated items times the mean score."""
    same = annotation(name)["same"]
    accepted = [each for each in candidates(name, mode) if each.score.accepted]
    taught = {(key, same.get(item, item)) for each in accepted for key, item in quality.taught(each.conversation)}
    share = len(wanted(name) & taught) / len(wanted(name))
    return share * mean(each.score.value for each in accepted) if accepted else 0.0


def test_each_mode_is_clearly_better_than_the_one_before_on_annotated_documents() -> None:
    names = [name for name in NAMES if wanted(name)]
    found = [mean(document_quality(name, mode) for name in names) for mode in MODES]
    assert all(after - before > CLEAR for before, after in pairwise(found)), found
    assert found[-1] >= LEAST


@pytest.mark.parametrize("name", ["alder_uplink", "quartz_handover"])
def test_ten_rebuilds_give_the_same_candidates(name: str) -> None:
    assert all(candidates.__wrapped__(name, "hybrid") == candidates(name, "hybrid") for _ in range(10))


def test_the_gates_refuse_nothing_that_the_rules_say_of_annotated_documents() -> None:
    found = [each for name in NAMES for mode in MODES for each in candidates(name, mode)]
    refused = [
        (each.score.gate, each.score.reason, each.conversation.messages) for each in found if not each.score.accepted
    ]
    assert refused == []
    assert len(found) > 4000


def test_commands_that_steps_print_are_taught_as_commands() -> None:
    """They stood in a sentence before, with a full stop behind them, or the step ended with its colon."""
    [told] = [
        each
        for each in candidates("quartzite_howto", "hybrid")
        if "to activate FAJ 121 6733 with ENM CLI" in asked(each)
    ]
    assert told.conversation.messages[-1].content.splitlines()[1:3] == [
        "1. Make a backup:",
        'cmedit action NODE01 BrmBackupManager=1 createBackup.(name="pre_quartzite")',
    ]
    [bare] = [
        each for each in candidates("mirror_ca", "hybrid") if asked(each).startswith("What are the steps to activate")
    ]
    assert bare.conversation.messages[-1].content.splitlines()[-2:] == [
        "3. Check the result:",
        "cmedit get <NODE> FeatureState.(featureStateId==CXC4012230,featureState,serviceState) -t",
    ]
    [shell] = [
        each
        for each in candidates("jacana_howto", "hybrid")
        if asked(each).startswith("What are the steps to deactivate")
    ]
    assert shell.conversation.messages[-1].content.splitlines()[1] == (
        "1. Run `set SystemFunctions=1,Lm=1,FeatureState=CXC4015940 featureState 0`."
    )


def asked(each: Candidate) -> str:
    return each.conversation.messages[0].content


@pytest.mark.parametrize(
    ("name", "title"),
    [("bittern_plain", "NR Bittern Beam Hold"), ("activation_guide", None), ("juniper_split", "JUNIPER LOAD SPLIT")],
)
def test_a_heading_that_is_no_name_titles_no_feature(name: str, title: str | None) -> None:
    [feature] = extraction(name).of(Category.FEATURE)
    assert (feature.fields["title"].text if "title" in feature.fields else None) == title
