"""Identifiers: what they are, how they are normalised, and the false friends of real documents."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from randaemon.ran import known, mentions, names


@pytest.mark.parametrize(
    ("printed", "normal"),
    [
        ("FAJ 121 4219", "FAJ 121 4219"),
        ("FAJ 121                 0892", "FAJ 121 0892"),
        ("FAJ_121_4219/enabled", "FAJ 121 4219"),
        ("FAJ\n801 0400", "FAJ 801 0400"),
        ("FAJ 123 4219", ""),
        ("FAJ 121 42190", ""),
        ("XFAJ 121 4219", ""),
    ],
)
def test_feature_identities_are_written_one_way(printed: str, normal: str) -> None:
    assert names.feature_identity(printed) == normal


@pytest.mark.parametrize(
    ("printed", "normal"),
    [
        ("CXC4012607", "CXC4012607"),
        ("CXC 401 2607", "CXC4012607"),
        ("CXC4040001/1", "CXC4040001"),
        ("CXC 402 1234", "CXC4021234"),
        ("CXC4112607", ""),
        ("CXC40126071", ""),
    ],
)
def test_licence_keys_are_written_one_way(printed: str, normal: str) -> None:
    assert names.licence_key(printed) == normal


def test_a_value_package_is_no_feature() -> None:
    assert names.is_value_package("FAJ 801 0400")
    assert not names.is_value_package("FAJ 121 0400")


@pytest.mark.parametrize(
    "name", ["pmRrcConnEstabSucc", "EUtranCellFDD.pmUeThp", "NRCellDU::pmX2Att", "EUtranCellFDD_pmUe"]
)
def test_a_counter_is_known_by_its_anchored_local_name(name: str) -> None:
    assert names.is_counter(name)


@pytest.mark.parametrize(
    "name",
    [
        "pMax",
        "equipmentId",
        "sleepMode",
        "dscpPcpMapId",
        "a3OffsetPm",
        "pm1",
        "pm919",
        "pma1interf",
        "PMUE",
        "pmCounter",
    ],
)
def test_names_that_only_contain_pm_are_no_counters(name: str) -> None:
    assert not names.is_counter(name)


def test_pm_names_of_boolean_type_and_on_pm_function_are_attributes() -> None:
    assert not names.is_counter("Anything.pmFlagSetHere", "boolean")
    assert not names.is_counter("PmFunction.pmFileLocation")
    assert names.is_counter("Anything.pmFlagSetHere", "int64")


def test_every_published_exception_is_judged_right(shared: Path) -> None:
    published = json.loads((shared / "domain" / "pm_rule_exceptions.json").read_text())
    assert set(published["parameters_starting_pm_capital"]) == known.PM_ATTRIBUTES
    assert not [name for name in published["parameters_containing_pm_any_case"] if names.is_counter(name)]
    assert not [name for name in published["counters_without_pm"] if not names.could_be_counter(name)]


@pytest.mark.parametrize(
    "name",
    [
        "RRC.ConnEstabAtt.Sum",
        "VS.ifInDiscards",
        "DRB.UEThpDl",
        "RRC.ConnReEstabAtt.HOFail",
        "RRC.ConnEstabAtt.mo-Data",
        "RRC.ConnEstabSucc.mps-PriorityAccess",
    ],
)
def test_3gpp_measurements_are_counters_without_pm(name: str) -> None:
    assert names.is_measurement(name)
    assert names.split_name(name) == ("", name)


@pytest.mark.parametrize(
    "name", ["INTERNAL_PROC_HO_EXEC", "RRC_CONNECTION_SETUP", "S1_HANDOVER_REQUEST", "CuCpProcNrHoExeOut"]
)
def test_events_of_both_generations_are_events(name: str) -> None:
    assert names.is_event(name)


@pytest.mark.parametrize(
    "name", ["EVENT_PARAM_CAUSE", "EVENT_ARRAY_CELLS", "RRC_CONNECTED", "RRC_IDLE", "Duplex", "CuCpX"]
)
def test_event_parameters_and_rrc_states_are_no_events(name: str) -> None:
    assert not names.is_event(name)


@pytest.mark.parametrize("word", ["html", "md", "js", "A", "Foo"])
def test_file_extensions_are_no_attributes(word: str) -> None:
    assert not names.is_attribute(word)


def test_the_literal_rules_are_reported_and_classify_nothing() -> None:
    breaks = names.literal_rule_breaks(["NRCellDU.pMax", "NRCellDU.bWPSetRef"], ["LagPort.ifInErrors", "NRCellDU.pmX2"])
    assert breaks == (["NRCellDU.pMax"], ["LagPort.ifInErrors"])


@given(st.text(alphabet="ACDINTERLSXMpmuCDuC_p.:`1 R", max_size=120))
@example("INTERNAL_EVENT_A_B Cell.pmA Cell::pmX Cell`.`pMax Cell_pmY RRC_CONN_X S1_PAGINGX CuCpProcX DuPerX pmAb")
def test_mentions_are_found_wherever_the_whole_pattern_finds_one(text: str) -> None:
    """The few places that are asked about are all there can be."""
    everywhere = [(found.span(), found.lastgroup) for found in mentions._MENTION.finditer(text)]
    assert [(found.span(), found.lastgroup) for found in mentions.of(text)] == everywhere
