"""XML that describes a managed object model."""

from __future__ import annotations

from randaemon.model import Category, Clean
from randaemon.stages.convert.xml import convert_text
from randaemon.stages.extract import extract

MODEL = """<?xml version="1.0"?>
<models><mim name="GNBDUFunction"><class name="TidePolicy"><description>Of tides.</description>
<attribute name="tidePolicyId"><key/><dataType><string/></dataType></attribute>
<attribute name="tideLevel"><description>Its level.</description><unit>%</unit><dataType><int32><range><min>0</min>
<max>100</max></range><defaultValue>40</defaultValue></int32></dataType></attribute>
<attribute name="tideUes"><counterType>GAUGE</counterType><dataType><int64/></dataType></attribute></class>
<moc name="NRCellDU"><attr name="tideRef"><dataType><moRef name="TidePolicy"/></dataType></attr>
<counter name="pmTideHigh"/></moc></mim></models>
"""


def test_the_classes_of_a_model_are_lists_of_their_attributes_and_counters() -> None:
    told = convert_text(MODEL).markdown
    assert "| TidePolicy | tideLevel | int32 | 0..100 | 40 | % | Its level. |" in told
    assert "| NRCellDU | tideRef | moRef TidePolicy |" in told
    found = extract(Clean(markdown=told))
    parameters = {item.name for item in found.of(Category.PARAMETER)}
    assert parameters == {"TidePolicy.tidePolicyId", "TidePolicy.tideLevel", "NRCellDU.tideRef"}
    assert {item.name for item in found.of(Category.COUNTER)} == {"TidePolicy.tideUes", "NRCellDU.pmTideHigh"}


def test_the_classes_of_a_program_stay_what_they_are() -> None:
    text = '<mapping><class name="Person"><attribute name="firstName"/></class></mapping>'
    assert convert_text(text).markdown == f"```xml\n{text}\n```\n"


def test_a_damaged_model_is_shown_as_it_is() -> None:
    assert convert_text(MODEL[:-40]).markdown.startswith("```xml\n")


def test_types_of_counters_tell_the_model_of_a_node_whatever_its_classes_are_called() -> None:
    counted = '<attribute name="held"><counterType>PEG</counterType></attribute>'
    text = f'<models><mim name="Twin"><class name="TwinAnchor">{counted}</class></mim></models>'
    assert "| TwinAnchor | held |" in convert_text(text).markdown
