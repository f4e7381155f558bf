"""The grammar of cmedit: every published example judged right, nothing raises, what is printed reads back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from randaemon.model import Category, Item, Span
from randaemon.ran import cmedit
from randaemon.ran.mo import MoModel


def item(category: Category, name: str, **fields: str) -> Item:
    told = {field: Span(0, len(text), text) for field, text in fields.items()}
    return Item(category=category, name=name, span=Span(0, len(name), name), fields=told)


MODEL = MoModel.of(
    [
        item(Category.PARAMETER, "NRCellDU.pMax", range="-30..46", default="20", type="int32"),
        item(Category.PARAMETER, "NRCellDU.barring", range="BARRED, OPEN", type="enum"),
        item(Category.PARAMETER, "NRCellDU.cellId", read_only="true", type="int32"),
        item(Category.COUNTER, "NRCellDU.pmX2Att"),
        item(Category.COUNTER, "NRCellDU.ifInErrors"),
    ]
)


def test_every_published_example_is_judged_right_and_reads_back(shared: Path) -> None:
    lines = (shared / "domain" / "cmedit_examples.jsonl").read_text().splitlines()
    examples = [json.loads(line) for line in lines]
    assert len(examples) > 60
    for example in examples:
        problems = cmedit.check(example["cmd"])
        assert (not problems) == example["valid"], (example, problems)
        if example["valid"]:
            command = cmedit.parse(example["cmd"])
            assert cmedit.parse(cmedit.render(command)) == command, example


@pytest.mark.parametrize(
    "command",
    [
        "cmedit get <NODE> FeatureState.(FeatureStateId==CXC4012607,featureState,licenseState,serviceState) -t",
        "cmedit set <NODE> FeatureState.(featureStateId==CXC4012607) featureState=ACTIVATED --force",
        "cmedit get <NODE> NRCellDU.(administrativeState,operationalState) -t",
        "cmedit set <NODE> NRCellDU=<CELL> administrativeState=LOCKED",
        "cmedit get * CmFunction.syncStatus -t",
        "cmedit action NetworkElement=<NODE>,CmFunction=1 sync",
        'cmedit action <NODE> BrmBackupManager=1 createBackup.(name="pre_change")',
        "cmedit set NODE PmFunction.pmEnabled!=true pmEnabled=true",
        "cmedit export * -f=3GPP -c=CFG",
        "cmedit get -n NODE -co COLLECTION NRCellDU",
        "cmedit import --status --job 7",
        "cmedit create NetworkElement=N1 networkElementId=N1 -ns=OSS_NE_DEF -version=2.0.0",
        "cmedit set NODE NRCellDU=1 ref=SubNetwork=A,MeContext=B;pMax=3",
        "cmedit set NODE nrcelldu=1 pmax=3,pmueintrafreqenabled=true",
        "cmedit set NODE NRCellDU=1 pmSwitched=true",
        'cmedit set NODE NRCellDU=1 userLabel="north – “east”"',
    ],
)
def test_patterns_that_operators_use_are_accepted(command: str) -> None:
    assert cmedit.check(command) == []
    assert cmedit.render(cmedit.parse(command)) == command


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("", "begins with 'cmedit'"),
        ("cmedit", "verb is missing"),
        ("cmedit show X", "no verb"),
        ("cmedit get", "needs a target"),
        ("cmedit get N NRCellDU.(a", "not closed"),
        ("cmedit get N NRCellDU)", "closes nothing"),
        ('cmedit get N NRCellDU.a=="x', "quote"),
        ("cmedit get N NRCellDU --frobnicate", "unknown option"),
        ('cmedit get N X.y~~["a" && "b" || "c"]', "never mixed"),
        ("cmedit get N X.y~~a", "list in square brackets"),
        ("cmedit set N NRCellDU=1 pMax=", "value is expected"),
        ("cmedit set N NRCellDU=1 pMax==4", "attribute=value"),
        ("cmedit create EUtranFreqRelation=7 a=b", "full FDN"),
        ("cmedit get N --output priColl", "needs 2"),
        ("cmedit describe", "needs a class"),
        ("cmedit import NODE", "options only"),
        ("cmedit export --jobname J N1,", "no node, collection or FDN"),
        ("cmedit import -f file:a.xml --filetype csv", "one of 3gpp, dynamic"),
        ("cmedit get N NRCellDU.pMax<high", "whole numbers"),
        ("cmedit get N NRCellDU.userLabel!=*_test", "not with a pattern"),
        ("cmedit get N NRCellDU.<zz>", "is not expected"),
        ("cmedit get SITE*A NRCellDU", "beginning or the end"),
        ("cmedit set N NRCellDU=1 pMax=3,pMin=2,PMAX=4", "assigned twice"),
        ("cmedit set N NRCellDU=1 userLabel=“north”", 'write "'),
        ("cmedit get N NRCellDU –t", "write -"),
        ("cmedit set N NRCellDU=1 pmRrcConnEstabAtt=true", "PM counter"),
        ("cmedit set N nrcelldu=1 pmrrcconnestabatt=1", "PM counter"),
        ("cmedit set N NRCellDU=1 RRC.ConnEstabAtt.Sum=1", "PM counter"),
    ],
)
def test_what_is_wrong_is_said_in_a_plain_sentence(command: str, said: str) -> None:
    problems = cmedit.check(command)
    assert said in problems[0].message


def test_a_problem_points_at_its_place() -> None:
    text = "cmedit get NODE1 EUtranCellFDD.(qRxLevMin=-130)"
    assert cmedit.check(text)[0].position == text.index("=-130")


@pytest.mark.parametrize(
    "command",
    [
        "cmedit set <NODE> NRCellDU=<CELL> pMax=30",
        "cmedit set <NODE> NRCellDU=<CELL> pMax=<VALUE>",
        "cmedit set <NODE> nrcelldu.(NRCellDUId==1) PMAX=30",
        "cmedit set <NODE> NRCellDU=<CELL> barring=OPEN",
        "cmedit get <NODE> NRCellDU.(pMax,pmX2Att,administrativeState)",
        "cmedit get <NODE> NRCellDU.* -t",
        "cmedit set <NODE> FeatureState.(featureStateId==CXC4012607) featureState=ACTIVATED",
    ],
)
def test_commands_that_fit_the_model_pass(command: str) -> None:
    assert cmedit.check(command, MODEL) == []


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("cmedit set <NODE> NRCellDU=<CELL> pMax=47", "outside -30..46"),
        ("cmedit set <NODE> NRCellDU=<CELL> pMax=high", "no int32, the type"),
        ("cmedit set <NODE> NRCellDU=<CELL> pMax=2.5", "no int32, the type"),
        ("cmedit set <NODE> NRCellDU=<CELL> PMX2ATT=4", "PM counter"),
        ("cmedit set <NODE> NRCellDU=<CELL> operationalState=ENABLED", "read-only"),
        ("cmedit set <NODE> NRCellDU=<CELL> administrativeState=OFF", "outside LOCKED"),
        ("cmedit set <NODE> FeatureState=CXC4012607 featureState=ON", "outside DEACTIVATED"),
        ("cmedit set <NODE> FeatureState=CXC4012607 serviceState=OPERABLE", "read-only"),
        ("cmedit get <NODE> NRCellDU --attribute pMax,pMix", "no document names NRCellDU.pMix"),
        ("cmedit set <NODE> NRCellDU=<CELL> barring=MAYBE", "outside"),
        ("cmedit set <NODE> NRCellDU=<CELL> pMix=4", "no document names NRCellDU.pMix"),
        ("cmedit set <NODE> NRCellDX=<CELL> pMax=4", "no document names the class"),
        ("cmedit set <NODE> NRCellDU=<CELL> cellId=4", "read-only"),
        ("cmedit set <NODE> NRCellDU=<CELL> pmX2Att=4", "PM counter"),
        ("cmedit set <NODE> NRCellDU=<CELL> ifInErrors=4", "PM counter"),
        ("cmedit get <NODE> NRCellDU.(pMix,pMax)", "no document names NRCellDU.pMix"),
        ("cmedit describe NRCellDX.*", "no document names the class"),
        ("cmedit create SubNetwork=A,NRCellDU=1 pMix=1", "no document names"),
    ],
)
def test_commands_that_break_the_model_are_refused(command: str, said: str) -> None:
    assert any(said in problem.message for problem in cmedit.check(command, MODEL))


@pytest.mark.parametrize(
    ("told", "purposes"),
    [
        (item(Category.PARAMETER, "NRCellDU.pMax", range="-30..46", default="20"), ["read", "write"]),
        (item(Category.PARAMETER, "NRCellDU.pMax", range="-30..46", default="99"), ["read", "write"]),
        (item(Category.PARAMETER, "NRCellDU.cellId", default="2", read_only="true"), ["read"]),
        (item(Category.PARAMETER, "NRCellDU.label", default="(empty)"), ["read"]),
        (item(Category.PARAMETER, "pMax", default="2"), []),
        (item(Category.COUNTER, "NRCellDU.pmX2Att"), []),
        (item(Category.FEATURE, "FAJ 121 7301", licence_key="CXC 401 9731/1"), ["state", "activate", "deactivate"]),
        (item(Category.FEATURE, "FAJ 121 7301"), []),
    ],
)
def test_generated_commands_fit_their_item_and_always_pass(told: Item, purposes: list[str]) -> None:
    made = cmedit.commands_for(told)
    assert [each.purpose for each in made] == purposes
    assert all(cmedit.check(each.text, MoModel.of([told])) == [] for each in made)


@pytest.mark.parametrize(
    ("stated", "default", "value"),
    [
        ("-30..46", "99", "8"),  # a default outside its range is not taught
        ("10..9900", "400", "5000"),
        ("-140..-44", "-110", "-80"),
        ("0..1", "0", "1"),
        ("5..5", "5", "5"),
        ("-1, 0..5", "-1", "2"),
        ("0..30 dB in steps of 10", "0", "20"),
        ("OFF (0), ON (1)", "OFF", "ON"),
        ("1 = ON, 0 = OFF", "ON", "OFF"),
        ("ON | OFF | AUTO", "AUTO", "ON"),
        ("true, false", "false", "true"),
        ("0.5..2.5", "1", "2"),
        ("40<br>80<br>640", "640", "40"),  # a list that prints one a line
        ("", "7", "7"),
    ],
)
def test_an_attribute_is_set_to_another_value_than_its_default_where_the_text_allows_one(
    stated: str, default: str, value: str
) -> None:
    told = item(Category.PARAMETER, "NRCellDU.pMax", range=stated, default=default)
    assert cmedit.commands_for(told)[1].text == f"cmedit set <NODE> NRCellDU=<CELL> pMax={value}"


@pytest.mark.parametrize(
    ("kind", "fields", "value"),
    [
        ("boolean", {"default": "false"}, "true"),
        ("boolean", {}, "true"),
        ("int32[0..6]", {"range": "0..9", "default": "3"}, None),
        ("string", {"range": "0..128"}, None),
        ("struct PlmnId", {"default": "1"}, None),
    ],
)
def test_a_value_to_set_is_one_of_the_type(kind: str, fields: dict[str, str], value: str | None) -> None:
    made = cmedit.commands_for(item(Category.PARAMETER, "NRCellDU.pMax", type=kind, **fields))
    written = [each.text for each in made if each.purpose == "write"]
    assert written == ([] if value is None else [f"cmedit set <NODE> NRCellDU=<CELL> pMax={value}"])


_PARTS = st.sampled_from(
    ["cmedit", " ", "get", "set", "create", "delete", "action", "describe", "import", "export", "*", "N1", ";", ",",
     "=", "==", "~~", "(", ")", "[", "]", "{", "}", '"', ".", ".(", ".[{", "NRCellDU", "pMax", "pmX", "1", "-t",
     "--force", "--scopefilter", "-co", "-n", " AND ", "&&", "||", "<NODE>", "<", ">", ":", "--job", "SubNetwork=A",
     "\n", "é"]
)  # fmt: skip


@given(st.one_of(st.text(max_size=200), st.lists(_PARTS, max_size=30).map("".join)))
def test_no_text_raises_anything_but_cmedit_error(noise: str) -> None:
    for text in (noise, f"cmedit {noise}", f"cmedit set N {noise}", f"cmedit get N {noise}"):
        cmedit.check(text, MODEL)
        try:
            command = cmedit.parse(text)
        except cmedit.CmeditError:
            continue
        assert cmedit.parse(cmedit.render(command)) == command
