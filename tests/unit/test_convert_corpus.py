"""Every file of the shared corpus goes through three stages, or is refused for the reason that is named here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from randaemon.errors import Refused
from randaemon.model import Clean, Converted, Done, Expand, Meta, Stage, Task
from randaemon.stages import convert, preprocess, unpack

# file → route and a text that must stand in the clean Markdown, or the code of its refusal
GOLDEN = {
    "csv/3gpp-tr-library__table-7.5-6.csv": ("csv", "| scenario | condition | mu_lgDS |"),
    "csv/3gpp-tr-library__table-B-2.csv": ("csv", "| RMa-AV | LOS | 10m < hUT <= 300m, d2D <= 10km |"),
    "csv/bts-ce-lite__baseline_sample.csv": ("csv", "| HUAWEI | 3G | UCELL | MAXTXPOWER | 120 |"),
    "csv/bts-ce-lite__bcf_4g.csv": ("", "E_EMPTY"),
    "csv/bts-ce-lite__parameter_reference.csv": ("csv", "| VENDOR | TECHNOLOGY | GRANULARITY | MO |"),
    "csv/bts-ce-lite__parameter_reference_sample.csv": ("csv", "| DUMMYPARAM2 | DUMMYPARAM | NO | UCELL |"),
    "csv/it-test__xAPP_counters.csv": ("text", "average latency 0.402millisec\n0 1.508millisec"),
    "csv/vnfrqts-requirements__Ansible_JSON_File_Key_Value_Description.csv": (
        "csv",
        "| PlaybookName | xNF provider must",
    ),
    "docx/scream__SCReAM-BW-test-tool.docx": ("office", "| -minrate value | The minimum bitrate [kbps], default"),
    "html/magma__index.html": ("html", "E_NO_TEXT"),
    "md/3gpp-tr-library__7.4-pathloss.md": ("text", "# 7.4 Pathloss, LOS probability and penetration modelling\n\n"),
    "md/docs__package-variant.md": ("text", "## Overview\n\nWhen deploying workloads"),
    "md/enm-cli__README.md": ("text", "SubNetwork=ONRM_ROOT_MO"),
    "md/magma__metrics.md": ("text", "# Metrics\n\n## Overview"),
    "md/sdran-docs__Installation_RANSim_PCI.md": ("text", "# Installation with RAN-Simulator"),
    "pdf/magma__Magma_Product_Overview.pdf": ("pdf", "### What is Magma?\n\nMagma is an open-source"),
    "pdf/scream__CableLabs-L4S-interop-nov-2024-Ericsson.pdf": ("pdf", "## Summary\n\n- Previous issues"),
    "rst/integration__docs_5G_Bulk_PM.rst": ("text", "# 5G Bulk PM"),
    "rst/nonrtric-plt-ranpm__docs_overview.rst": ("text", "# Non-RT RIC RAN PM Measurement\n\nParent"),
    "rst/nonrtric-plt-ranpm__pm-file-converter_docs_overview.rst": ("text", "```javascript"),
    "rst/oam__abbreviations.rst": ("text", "| Abbreviation | Description |\n| --- | --- |\n| AAF | Application"),
    "txt/integration__PM_Dictionary.yaml": ("text", "```yaml\npmDictionary:"),
    "txt/sdran-docs__measLabel_analysis.txt": ("text", "Measurement Label PER analysis"),
    "xlsx/3gpp-citations__test_input.xlsx": ("office", "# Specifications\n\n| Spec No | Type | Title |"),
    "xml/nonrtric-plt-ranpm__pm.xml": ("xml", "| pmCounterNumber0 | "),
}
ARCHIVES = {"zip/integration__postman.zip": (2, 0), "zip/magma__inbound_roaming_sample.zip": (6, 7)}


def unpacked(source: Path, scratch: Path) -> Meta | Expand:
    outcome = unpack.run(Task(Stage.UNPACK, "", source, {}, scratch, {}))
    if isinstance(outcome, Expand):
        return outcome
    assert isinstance(outcome, Done)
    return outcome.meta


def cleaned(source: Path, meta: Meta, scratch: Path) -> tuple[Converted, Clean]:
    outcome = convert.run(Task(Stage.CONVERT, "", source, {}, scratch, {}, meta))
    assert isinstance(outcome, Done)
    assert outcome.artifact
    artifact = scratch / "converted.json"
    artifact.write_bytes(outcome.artifact)
    after = preprocess.run(Task(Stage.PREPROCESS, "", source, {Stage.CONVERT: artifact}, scratch, {}, meta))
    assert isinstance(after, Done)
    assert after.artifact
    return msgspec.json.decode(outcome.artifact, type=Converted), msgspec.json.decode(after.artifact, type=Clean)


def check_spans(document: Converted | Clean) -> None:
    at = 0
    for block in document.blocks:
        assert document.markdown[at : block.start].strip() == ""
        assert document.markdown[block.start : block.end].strip()
        at = block.end
    assert document.markdown[at:].strip() == ""
    for mark in document.marks:
        assert document.markdown[mark.start : mark.end].strip()


@pytest.mark.parametrize("name", GOLDEN)
def test_a_document_of_the_corpus_converts_or_is_refused(name: str, shared: Path, tmp_path: Path) -> None:
    source, (route, text) = shared / "corpus" / name, GOLDEN[name]
    if text.startswith("E_"):
        with pytest.raises(Refused) as caught:
            cleaned(source, meta_of(source, tmp_path), tmp_path)
        assert caught.value.code == text
        return
    meta = meta_of(source, tmp_path)
    assert meta["route"] == route
    before, after = cleaned(source, meta, tmp_path)
    check_spans(before)
    check_spans(after)
    assert text in after.markdown


def meta_of(source: Path, scratch: Path) -> Meta:
    meta = unpacked(source, scratch)
    assert not isinstance(meta, Expand)
    return meta


@pytest.mark.parametrize("name", ARCHIVES)
def test_an_archive_of_the_corpus_becomes_documents_that_convert(name: str, shared: Path, tmp_path: Path) -> None:
    outcome = unpacked(shared / "corpus" / name, tmp_path)
    assert isinstance(outcome, Expand)
    assert (len(outcome.children), outcome.meta["ignored"]) == ARCHIVES[name]
    for child in outcome.children:
        assert child.refusal is None
        source = tmp_path / str(child.index)
        assert source.stat().st_size == child.size
        scratch = tmp_path / f"scratch-{child.index}"
        scratch.mkdir()
        check_spans(cleaned(source, meta_of(source, scratch), scratch)[1])


def test_the_table_names_every_file_of_the_corpus(shared: Path) -> None:
    def files() -> Iterator[str]:
        for path in (shared / "corpus").glob("*/*"):
            if path.parent.name != "gold":
                yield f"{path.parent.name}/{path.name}"

    assert sorted(files()) == sorted([*GOLDEN, *ARCHIVES])


def test_nearly_all_that_can_be_read_is_read() -> None:
    """Refused are an empty file and a page that a browser fills in: nothing could be read there."""
    refused = [name for name, (_, text) in GOLDEN.items() if text.startswith("E_")]
    assert refused == ["csv/bts-ce-lite__bcf_4g.csv", "html/magma__index.html"]


def test_the_manual_explains_every_reason_for_which_a_document_can_end_here() -> None:
    sources = [Path(package.__file__ or "").parent for package in (unpack, convert, preprocess)]
    codes = {
        code
        for folder in sources
        for path in folder.rglob("*.py")
        for code in re.findall(r"\bE_[A-Z_]+", path.read_text())
    }
    manual = (Path(__file__).parents[2] / "docs" / "formats.md").read_text(encoding="utf-8")
    assert codes
    assert codes <= set(re.findall(r"\bE_[A-Z_]+", manual))
