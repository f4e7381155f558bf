"""The managed object model: built from items, merged in any order."""

from __future__ import annotations

from itertools import permutations

from randaemon.model import Category, Item, Span
from randaemon.ran.cmedit import check
from randaemon.ran.mo import Attribute, MoModel


def item(category: Category, name: str, **fields: str) -> Item:
    told = {field: Span(0, len(text), text) for field, text in fields.items()}
    return Item(category=category, name=name, span=Span(0, len(name), name), fields=told)


ITEMS = [
    item(Category.PARAMETER, "NRCellDU.pMax", range="-30..46", unit="dBm"),
    item(Category.PARAMETER, "NRCELLDU.pMax", default="20"),
    item(Category.PARAMETER, "NRCellDU.pMax", range="-30..33", read_only="readOnly"),
    item(Category.COUNTER, "NRCellDU.ifInErrors"),
    item(Category.PARAMETER, "bareName"),
]


def test_names_are_found_in_any_case() -> None:
    model = MoModel.of(ITEMS)
    assert model.knows("nrcelldu")
    assert model.attribute("NRCELLDU", "PMAX") == Attribute(
        "pMax", "", "-30..33 or -30..46", "20", "dBm", read_only=True
    )
    assert model.is_counter("NRCellDU", "ifInErrors")
    assert model.attribute("NRCellDU", "other") is None


def test_the_order_of_documents_does_not_matter() -> None:
    models = []
    for order in permutations(ITEMS):
        model = MoModel()
        for each in order:
            model = model.add([each])
        models.append(model)
    assert all(model == models[0] == MoModel.of(ITEMS) for model in models)


def test_a_pm_name_that_documents_call_an_attribute_is_none_of_the_counters() -> None:
    model = MoModel.of([item(Category.PARAMETER, "NRCellDU.pmSomethingOn", type="boolean")])
    assert not model.is_counter("NRCellDU", "pmSomethingOn")


def test_ranges_are_held_against_values_only_when_understood() -> None:
    assert Attribute("a", range="0..10, 20").allows("20")
    assert not Attribute("a", range="0..10, 20").allows("15")
    assert not Attribute("a", range="LOCKED | UNLOCKED").allows("OPEN")
    assert Attribute("a", range="see the table").allows("anything")
    assert Attribute("a").allows("anything")


def test_a_value_that_one_of_two_documents_allows_is_not_refused() -> None:
    told = [
        item(Category.PARAMETER, "NRCellDU.pMax", range="-30..33", type="int32"),
        item(Category.PARAMETER, "NRCellDU.pMax", range="-30..46", type="enum"),
        item(Category.PARAMETER, "NRCellDU.pMax", range="-30..33"),
    ]
    for order in permutations(told):
        attribute = MoModel.of(order).attribute("NRCellDU", "pMax")
        assert attribute is not None
        assert (attribute.range, attribute.data_type) == ("-30..33 or -30..46", "enum or int32")
        assert [attribute.allows(value) for value in ("33", "46", "47")] == [True, True, False]


def test_the_model_knows_which_documents_tell_an_attribute() -> None:
    told = item(Category.PARAMETER, "NRCellDU.pMax", range="-30..33")
    model = MoModel()
    for source in ("D", "B", "A", "C", "A"):
        model = model.add([told], source)
    attribute = model.attribute("NRCellDU", "pMax")
    assert attribute is not None
    assert attribute.told_in == ("A", "B", "C")
    (problem,) = check("cmedit set N NRCellDU=1 pMax=50", model)
    assert problem.message == "50 is outside -30..33, the range of pMax (told in A; B; C)"
