"""Names of objects, whole changes and the AMOS equivalents of commands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from randaemon.model import Category, Item, Span
from randaemon.ran import cmedit
from randaemon.ran.cmedit import fdn
from randaemon.ran.mo import MoModel


def parameter(name: str, **fields: str) -> Item:
    return Item(
        Category.PARAMETER, name, Span(0, 1, "x"), fields={key: Span(0, 1, text) for key, text in fields.items()}
    )


@pytest.mark.parametrize(
    ("command", "said", "at"),
    [
        ("cmedit get SubNetwork=A,,MeContext=B", "is empty", ",MeContext=B"),
        ("cmedit get SubNetwork=A,MeContext", "is no Class=id", "MeContext"),
        ("cmedit get SubNetwork=A,MeContext=", "has no id", "MeContext="),
        ("cmedit delete SubNetwork=A,9Cell=1", "is no MO class", "9Cell"),
        ("cmedit create SubNetwork=A,Site-1=1 a=b", "is no MO class", "Site-1"),
        ("cmedit create EUtranCellFDD a=b", "full FDN", "EUtranCellFDD"),
        ("cmedit get NODE;SubNetwork=A,=b", "is no MO class", "=b"),
        ("cmedit get SubNetwork=A,ManagedElement=B,GNBDUFunction=1,EUtranCellFDD=C", "does not stand under", "EUtran"),
        ("cmedit delete ManagedElement=B,NRCellDU=C -ALL", "NRCellDU does not stand under ManagedElement", "NRCellDU"),
        ("cmedit action MeContext=B,NetworkElement=C,CmFunction=1 sync", "does not stand under", "NetworkElement"),
    ],
)
def test_a_wrong_fdn_is_told_with_what_and_where(command: str, said: str, at: str) -> None:
    (problem, *_) = cmedit.check(command)
    assert said in problem.message
    assert problem.position == command.index(at)


@pytest.mark.parametrize(
    "name",
    [
        "SubNetwork=ONRM_ROOT_MO,SubNetwork=RBS,MeContext=ERBS01,ManagedElement=1,ENodeBFunction=1,EUtranCellFDD=test1",
        "SubNetwork=A,MeContext=S,ManagedElement=S,ENodeBFunction=1,EUtranCellFDD=1,EUtranFreqRelation=2,EUtranCellRelation=3",
        "ManagedElement=S,GNBDUFunction=1,NRCellDU=1",
        "ManagedElement=S,SystemFunctions=1,Lm=1,FeatureState=CXC4012607",
        "ManagedElement=B,BscFunction=1,BscM=1,GeranCellM=1,GeranCell=7,Mobility=1",
        "NetworkElement=node,CmFunction=1",
        'SubNetwork="North, East",MeContext=B',
    ],
)
def test_the_shapes_of_public_files_are_right(name: str) -> None:
    assert fdn.shape_error(name) is None
    assert fdn.place_error(name) is None


@given(st.text(max_size=60), st.sampled_from(["", "SubNetwork=A,", "A=1,"]))
def test_any_text_is_an_fdn_or_is_told_why_not_within_it(noise: str, before: str) -> None:
    wrong = fdn.shape_error(before + noise)
    assert wrong is None or 0 <= wrong[1] <= len(before + noise)
    fdn.place_error(before + noise)


def test_a_change_that_needs_a_locked_cell_is_locked_around_and_verified() -> None:
    told = parameter("NRCellDU.pMax", default="30", takes_effect="Cell unlock")
    made = cmedit.change_for(told)
    assert [each.purpose for each in made] == ["read", "lock", "write", "unlock", "verify"]
    assert made[1].text == "cmedit set <NODE> NRCellDU=<CELL> administrativeState=LOCKED"
    assert made[-1].text == "cmedit get <NODE> NRCellDU.(NRCellDUId==<CELL>,pMax) -t"
    assert all(cmedit.check(each.text, MoModel.of([told])) == [] for each in made)
    assert all(cmedit.render(cmedit.parse(each.text)) == each.text for each in made)


@pytest.mark.parametrize(
    ("told", "purposes"),
    [
        (parameter("NRCellDU.pMax", default="30", takes_effect="Immediately"), ["read", "write", "verify"]),
        (parameter("AnrFunction.mode", default="ON", precondition="The cell is locked"), ["read", "write", "verify"]),
        (parameter("NRCellDU.pMax"), []),
        (parameter("NRCellDU.pMax", default="30", read_only="true"), []),
    ],
)
def test_nothing_is_locked_without_need_and_nothing_set_without_a_value(told: Item, purposes: list[str]) -> None:
    assert [each.purpose for each in cmedit.change_for(told)] == purposes


@pytest.mark.parametrize(
    ("command", "lines"),
    [
        ("cmedit get N NRCellDU.pMax -t", ["get NRCellDU pMax"]),
        ("cmedit get N NRCellDU.(pMax,cellId)", ["hget NRCellDU pMax|cellId"]),
        ("cmedit get N NRCellDU.(pMax,pmX2Att)", ["get NRCellDU pMax", "pget NRCellDU pmX2Att"]),
        ("cmedit get N NRCellDU=7", ["pr NRCellDU=7"]),
        ("cmedit get N NRCellDU.*", ["get NRCellDU"]),
        ("cmedit get N EUtranCellFDD;EUtranCellTDD", ["pr EUtranCellFDD", "pr EUtranCellTDD"]),
        ("cmedit get N NRCellDU=7 NRCellDU.pMax", ["get NRCellDU=7 pMax"]),
        ("cmedit get N NRCellDU.(NRCellDUId==7,pMax)", ["get NRCellDU=7 pMax"]),
        ("cmedit get -n N NRCellDU.pMax", ["get NRCellDU pMax"]),
        ("cmedit get SubNetwork=A,ManagedElement=B,GNBDUFunction=1", ["get GNBDUFunction=1"]),
        ("cmedit set N NRCellDU=7 pMax=30", ["set NRCellDU=7 pMax 30"]),
        ("cmedit set N NRCellDU=7 administrativeState=UNLOCKED", ["deb NRCellDU=7"]),
        (
            "cmedit set N FeatureState.(featureStateId==CXC4012607) featureState=ACTIVATED",
            ["set SystemFunctions=1,Lm=1,FeatureState=CXC4012607 featureState 1"],
        ),
        ("cmedit action N NRCellDU=7 restart", ["acc NRCellDU=7 restart"]),
        ("cmedit delete ManagedElement=B,GNBDUFunction=1,NRCellDU=7", ["del GNBDUFunction=1,NRCellDU=7"]),
        (
            "cmedit create ManagedElement=B,GNBDUFunction=1,NRCellDU=7 nRCellDUId=7",
            ["crn GNBDUFunction=1,NRCellDU=7", "end"],
        ),
        (
            "cmedit create ManagedElement=B,GNBDUFunction=1,NRCellDU=7 nRCellDUId=7,pMax=30",
            ["crn GNBDUFunction=1,NRCellDU=7", "pMax 30", "end"],
        ),
        ("cmedit get MeContext=A,ManagedElement=1,GNBDUFunction=1 --attribute a,b", ["hget GNBDUFunction=1 a|b"]),
        ("cmedit set N NRCellDU=7 plmn={mcc=240,mnc=[1,2]}", ["set NRCellDU=7 plmn mcc=240,mnc=1,2"]),
        ("cmedit set N NRCellDU=7 bands=[1,2]", ["set NRCellDU=7 bands 1,2"]),
        ("cmedit set N NRCellDU pMax=30", ["set NRCellDU pMax 30"]),
        ("cmedit get MeContext=A,ManagedElement=1", ["get ManagedElement=1"]),
        ("cmedit get SubNetwork=A,MeContext=B,ManagedElement=B NRCellDU.pMax", ["get NRCellDU pMax"]),
        # what a condition chooses AMOS would not: it would read or change them all
        ("cmedit get * EUtranCellFDD.(administrativeState==LOCKED)", []),
        ("cmedit get * EUtranCellFDD.administrativeState==LOCKED", []),
        ("cmedit get N NRCellDU.(pMax,cellId>3)", []),
        ("cmedit get N NRCellDU.(NRCellDUId==*_H*,pMax)", []),
        ("cmedit get N NRCellDU.pMax;NRCellCU.(cellLocalId==3)", []),
        ("cmedit get N NRCellDU.(cellId==3) NRCellDU.pMax", []),
        ("cmedit get N NRCellDU NRCellCU.pMax", []),
        ("cmedit get N EUtranCellFDD=7,EUtranFreqRelation.*", []),
        ("cmedit set N EUtranCellFDD=7,EUtranFreqRelation=1 cellReselectionPriority=5", []),
        ("cmedit get * --scopefilter (NRCellDU.pMax==20) NRCellDU.pMax", []),
        ("cmedit get N AuxPlugInUnit.(productData.(productName))", []),
        ("cmedit get N NRCellDU.<cm>", []),
        ("cmedit set N NRCellDU=7 plmn.mcc=240", []),
        ("cmedit set N NRCellDU=7 NRCellDU.pMax=30", ["set NRCellDU=7 pMax 30"]),
        # what holds more or less than nodes
        ("cmedit get -co CELLS NRCellDU.pMax", []),
        ("cmedit set -co CELLS NRCellDU pMax=30", []),
        ("cmedit get ManagedElement=B,ENodeBFunction=1,EUtranCellFDD=7 EUtranFreqRelation.*", []),
        ("cmedit get N", []),
        ("cmedit get ManagedElement=B,GNBDUFunction=1;N", []),
        # what is the manager's own
        ("cmedit get NetworkElement=N,CmFunction=1", []),
        ("cmedit get * CmFunction.syncStatus -t", []),
        ("cmedit action NetworkElement=N,CmFunction=1 sync", []),
        ("cmedit create NetworkElement=N networkElementId=N", []),
        ("cmedit describe NetworkElement", []),
        # what options and arguments make of it
        ("cmedit get N NRCellDU -cn", []),
        ("cmedit get N NRCellDU --output priColl mine", []),
        ("cmedit set N NRCellDU=7 pMax=30 --preview", []),
        ("cmedit delete N NRCellDU=7 -ALL", []),
        ("cmedit action N BrmBackupManager=1 createBackup.(name=a)", []),
        ("cmedit describe NRCellDU.pMax", []),
        ("cmedit set N NRCellDU.pMax==20 pMax=30", []),
        ("cmedit set N NRCellDU.(NRCellDUId!=7) pMax=30", []),
        ("cmedit delete N NRCellDU.(NRCellDUId==*_H*)", []),
        ("cmedit delete N NRCellDU.(NRCellDUId==7,pMax==20)", []),
        ("cmedit delete * --scopefilter (NRCellDU.pMax==20) NRCellDU=7", []),
        ("cmedit describe NRCellDU.*", ["mom NRCellDU"]),
        ("cmedit export --status --job 7", []),
    ],
)
def test_a_command_has_its_amos_equivalent(command: str, lines: list[str]) -> None:
    assert cmedit.amos(cmedit.parse(command)) == lines
