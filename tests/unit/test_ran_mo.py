"""The managed object model: built from items, merged in any order."""

from __future__ import annotations

from itertools import permutations

from randaemon.model import Category, Item, Span
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
    assert model.attribute("NRCELLDU", "PMAX") == Attribute("pMax", "", "-30..33", "20", "dBm", read_only=True)
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
