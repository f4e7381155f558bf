"""Tables by their header cells: the library's lists (Parameters, Actions, Counters, Alarms, KPIs, Features, Events,
Generic) and the smaller tables of feature documents share one vocabulary of column heads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from randaemon.ran.feature import RELATIONS, RELATIONSHIPS, Role
from randaemon.ran.names import FAJ


class Kind(StrEnum):
    """What the rows of a table are."""

    PARAMETERS = "Parameters"
    ACTIONS = "Actions"
    COUNTERS = "Counters"
    ALARMS = "Alarms"
    KPIS = "KPIs"
    FEATURES = "Features"
    EVENTS = "Events"
    DEPENDENCIES = "Dependencies"
    GENERIC = "Generic"


@dataclass(frozen=True, slots=True)
class Layout:
    """The kind of a table and which column holds what: `columns["name"]` is the column of the names."""

    kind: Kind
    columns: Mapping[str, int]
    told: tuple[tuple[str, int], ...] = ()  # the columns that say something of a row, its description apart


#: Column head (lower case, one space) → field. `*_name` fields say what the rows are.
_COLUMNS: dict[str, str] = {
    # what a row is about
    "parameter": "parameter_name", "parameter name": "parameter_name", "attribute": "parameter_name",
    "attribute name": "parameter_name", "mo attribute": "parameter_name", "mo.attribute": "parameter_name",
    "mo parameter": "parameter_name", "mo class.attribute": "parameter_name", "parameter/attribute": "parameter_name",
    "configuration parameter": "parameter_name", "configuration attribute": "parameter_name",
 "parameters": "parameter_name", "attributes": "parameter_name",
    "counter": "counter_name", "counter name": "counter_name", "pm counter": "counter_name",
    "pm counters": "counter_name", "counters": "counter_name", "measurement name": "counter_name",
    "pm counter name": "counter_name", "pmcounter": "counter_name",
    "measurement type": "counter_name", "meastype": "counter_name", "measurement": "counter_name",
    "event": "event_name", "events": "event_name", "event name": "event_name", "pmevent name": "event_name",
    "pm event": "event_name", "pm event name": "event_name", "event/message name": "event_name",
    "event parameter": "event_parameter", "event parameters": "event_parameter",
    "event parameter name": "event_parameter",
    "feature": "feature_name", "feature name": "feature_name", "related feature": "feature_name",
    "feature title": "feature_name", "dependent feature": "feature_name", "required feature": "feature_name",
    "interacting feature": "feature_name",
    "action": "action_name", "specificproblem": "alarm_name", "alarm": "alarm_name", "alarm name": "alarm_name",
    "nom kpi": "kpi_name", "kpi": "kpi_name", "kpi name": "kpi_name", "struct name": "struct",
    # what is said about it
    "parameter id": "parameter_id", "abbreviated name": "parameter_id", "abbreviated parameter name": "parameter_id",
    "mml parameter": "parameter_id", "parameter identifier": "parameter_id", "short name": "parameter_id",
    "counter id": "counter_id", "counter number": "counter_id", "object": "object",
    "class": "object", "object name": "object", "mo type": "mo", "moc name": "mo",
    "mo class name": "mo", "mo class": "mo", "mo": "mo", "managed object": "mo", "managed object class": "mo",
    "measobjclass": "mo", "object class": "mo", "moc": "mo", "mo name": "mo", "managed object (mo)": "mo",
    "measured object class": "mo", "meascondition": "condition", "measresulttype": "type",
    "measresultrange": "range", "measresultunits": "unit",
    "description": "description", "parameter description": "parameter_description", "definition": "description",
    "event description and trigger": "description", "counter description": "description",
    "event description": "description", "meaning": "description", "measdescription": "description",
    "type": "type", "data type": "type", "datatype": "type", "parameter type": "parameter_type", "counter type": "type",
    "event type": "type", "attribute type": "type", "collection method": "type",
    "name": "entry", "relation": "relation",
    "range": "range", "range and values": "range", "value range": "range", "values": "range",
    "allowed values": "range", "valid values": "range", "range/values": "range", "valid range": "range",
    "gui value range": "range", "value type": "type",
    "default": "default", "default value": "default", "new default": "default", "new default value": "default",
    "factory default": "default", "possible values": "range", "permitted values": "range", "value(s)": "range",
    "factory value": "default", "range or values": "range", "unit": "unit", "units": "unit",
    "parameter unit": "parameter_unit",
    "change take effect": "takes_effect", "change takes effect": "takes_effect", "takes effect": "takes_effect",
    "take effect": "takes_effect", "readonly": "read_only", "read only": "read_only", "read-only": "read_only",
    "mandatory": "mandatory", "precondition": "precondition", "dependencies": "dependencies",
    "disturbances": "disturbances", "resolution": "resolution", "condition": "condition", "trigger": "trigger",
    "deprecated": "deprecated", "related pm event": "related_event",
    "feature identity": "identity", "feature id": "identity", "identity": "identity", "faj": "identity",
    "faj number": "identity", "product number": "identity",
    "feature number": "identity", "relationship": "relationship", "relationship type": "relationship",
    "relationship scope": "scope", "access type": "access_type", "access": "access_type", "node type": "node_type",
    "featurestateid": "licence_key", "feature state id": "licence_key", "licence key": "licence_key",
    "licence": "licence", "license": "licence",
    "license key": "licence_key", "cxc": "licence_key", "cxc number": "licence_key", "keyid": "licence_key",
    "value package name": "package", "value package": "package", "value package identity": "package_identity",
}  # fmt: skip

# In order: a list of actions has parameter names too, one of event formats has parameter names and types.
_KINDS: tuple[tuple[Kind, frozenset[str], str], ...] = (
    (Kind.DEPENDENCIES, frozenset({"relationship", "feature_name"}), "feature_name"),
    (Kind.DEPENDENCIES, frozenset({"relationship", "identity"}), "identity"),
    (Kind.ACTIONS, frozenset({"action_name", "mo"}), "action_name"),
    (Kind.ALARMS, frozenset({"alarm_name"}), "alarm_name"),
    (Kind.KPIS, frozenset({"kpi_name"}), "kpi_name"),
    (Kind.EVENTS, frozenset({"event_name"}), "event_name"),
    (Kind.EVENTS, frozenset({"event_parameter"}), "event_parameter"),
    (Kind.COUNTERS, frozenset({"counter_id"}), "counter_id"),
    (Kind.COUNTERS, frozenset({"counter_name"}), "counter_name"),
    (Kind.PARAMETERS, frozenset({"parameter_id", "mo"}), "parameter_id"),
    (Kind.PARAMETERS, frozenset({"parameter_id", "object"}), "parameter_id"),
    (Kind.PARAMETERS, frozenset({"parameter_name"}), "parameter_name"),
    (Kind.FEATURES, frozenset({"licence_key"}), "licence_key"),
    (Kind.FEATURES, frozenset({"feature_name", "identity"}), "identity"),
    (Kind.FEATURES, frozenset({"feature_name", "package"}), "feature_name"),
    (Kind.FEATURES, frozenset({"identity", "entry"}), "identity"),
)


def layout(header: Sequence[str]) -> Layout:
    """Kind and columns of a table by its header cells; GENERIC when the heads say nothing we know."""
    return _layout(tuple(header))


def is_column(cell: str) -> bool:
    """True of a cell that the vocabulary has as a column head."""
    return column_key(cell) in _COLUMNS


def by_section(form: Layout, role: Role) -> Layout:
    """The layout of a table that heads its names just `Name` or in words of its own: its section says what they are."""
    if role is Role.DEPENDENCIES:
        return _laid_out(
            Kind.DEPENDENCIES,
            {"description": 1, **form.columns, "feature_name": form.columns.get("entry", 0), "name": 0},
        )
    if "entry" not in form.columns:
        return form
    kind = _IN_SECTION.get(role)
    if kind is None:
        return form
    return _laid_out(kind, {**form.columns, "name": form.columns["entry"]})


def by_cells(cells: Sequence[str], role: Role) -> Layout | None:
    """The layout of a table whose header stayed on the page before: by its section and what its cells look like."""
    kind = _IN_SECTION.get(role)
    if kind is None or len(cells) < 2:
        return None
    fields = {"description": len(cells) - 1}
    for position, cell in enumerate(cells):
        plain = cell.replace("<br>", " ").strip(" `*.").lower()
        if plain in RELATIONS:
            fields.setdefault("relation", position)
        elif plain in RELATIONSHIPS:
            fields.setdefault("relationship", position)
        elif FAJ.match(cell):
            fields.setdefault("identity", position)
        elif cell.startswith(("EVENT_PARAM", "EVENT_ARRAY")):
            fields.setdefault("event_parameter", position)
    if kind is Kind.DEPENDENCIES:
        fields["feature_name"] = 0
    return _laid_out(kind, {**fields, "name": 0})


@lru_cache(maxsize=4096)
def column_key(cell: str) -> str:
    """A header cell as the vocabulary writes it: lower case, one space, no emphasis, no BOM."""
    return " ".join(cell.replace("<br>", " ").replace("\ufeff", "").strip().strip("*_`:").lower().split())


def _key(cell: str) -> str:
    """Of a head below that of a group (`Limits<br>Unit`) the head itself."""
    whole = column_key(cell)
    return whole if whole in _COLUMNS or "<br>" not in cell else column_key(cell.rpartition("<br>")[2])


@lru_cache(maxsize=1024)
def _layout(header: tuple[str, ...]) -> Layout:
    fields: dict[str, int] = {}
    for position, cell in enumerate(header):
        field = _COLUMNS.get(_key(cell))
        if field is not None:
            fields.setdefault(field, position)  # the first: cxc.csv heads two columns featureStateId
    for kind, needed, named in _KINDS:
        if needed <= fields.keys():
            if "object" in fields:
                fields.setdefault("mo", fields["object"])
            return _laid_out(kind, {**fields, **_of_the_row(kind, fields), "name": fields[named]})
    return Layout(Kind.GENERIC, fields)


def _laid_out(kind: Kind, columns: dict[str, int]) -> Layout:
    return Layout(kind, columns, tuple((field, columns[field]) for field in FIELDS if field in columns))


#: What a row says of its name, as fields of an item.
FIELDS = (
    "mo", "type", "range", "default", "unit", "takes_effect", "precondition", "read_only", "condition",
    "dependencies", "resolution", "mandatory", "disturbances", "trigger", "struct", "relation", "related_event",
)  # fmt: skip


def _of_the_row(kind: Kind, fields: Mapping[str, int]) -> dict[str, int]:
    """`Parameter Description` describes the row in a list of parameters, and a part of it in a list of events."""
    if kind is not Kind.PARAMETERS:
        return {}
    said = {field: fields[f"parameter_{field}"] for field in _SAID_OF_PARAMETERS if f"parameter_{field}" in fields}
    return {field: position for field, position in said.items() if field not in fields}


_IN_SECTION = {
    Role.PARAMETERS: Kind.PARAMETERS,
    Role.ATTRIBUTES: Kind.PARAMETERS,
    Role.COUNTERS: Kind.COUNTERS,
    Role.EVENTS: Kind.EVENTS,
    Role.DEPENDENCIES: Kind.DEPENDENCIES,
}
_SAID_OF_PARAMETERS = ("description", "type", "unit")
