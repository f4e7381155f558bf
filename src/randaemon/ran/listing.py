"""Tables by their header cells: the library's lists (Parameters, Actions, Counters, Alarms, KPIs, Features, Events,
Generic) and the smaller tables of feature documents share one vocabulary of column heads.
"""

from __future__ import annotations

import re
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


#: What a column holds, by its head (lower case, one space). `*_name` fields say what the rows are.
_HEADS: dict[str, str] = {
    # what a row is about
    "parameter_name": (
        "parameter | parameter name | param | params | attribute | attribute name | mo attribute | mo.attribute | "
        "mo parameter | mo class.attribute | parameter/attribute | configuration parameter | paramètre | attribut | "
        "parámetro | parâmetro | parametro | "
        "configuration attribute | parameters | attributes | attribute names | parameter names | mo/attribute | "
        "mo / attribute | mo and attribute"
    ),
    "counter_name": (
        "counter | counter name | pm counter | pm counters | counters | measurement name | pm counter name | "
        "pmcounter | pmcounters | counter names | "
        "compteur | compteurs | nom du compteur | zähler | zählername | "
        "contador | contatore | measurement type | meastype | measurement"
    ),
    "event_name": (
        "event | events | event name | pmevent | pmevents | pmevent name | pm event | pm event name | "
        "event/message name"
    ),
    "event_parameter": "event parameter | event parameters | event parameter name",
    "feature_name": (
        "feature | feature name | related feature | feature title | dependent feature | required feature | "
        "interacting feature | fonction | funktion | función | funcionalidad | funcionalidade"
    ),
    "action_name": "action",
    "alarm_name": "specificproblem | alarm | alarm name",
    "kpi_name": "nom kpi | kpi | kpi name",
    "struct": "struct name",
    # what is said about it
    "parameter_id": (
        "parameter id | abbreviated name | abbreviated parameter name | mml parameter | parameter identifier | "
        "short name"
    ),
    "counter_id": "counter id | counter number",
    "object": "object | class | object name | class name | where",
    "setting": "setting | knob",
    "mo": (
        "mo type | moc name | mo class name | mo class | mo | managed object | managed object class | measobjclass | "
        "object class | moc | mo name | managed object (mo) | measured object class | object type | mo-class | "
        "moclass | classe mo | classe d'objet | mo-klasse | objektklasse | clase mo | "
        "managed object type | measured object | measured object type"
    ),
    "condition": "meascondition | condition",
    "type": (
        "measresulttype | type | data type | datatype | counter type | event type | attribute type | "
        "collection method | value type | type de compteur"
    ),
    "range": (
        "measresultrange | range | range and values | value range | values | allowed values | valid values | "
        "range/values | valid range | gui value range | possible values | permitted values | value(s) | "
        "range or values | range and step | range and step size | "
        "wertebereich | plage | plage de valeurs | rango | rango de valores | intervalo"
    ),
    "unit": "measresultunits | unit | units | unité | einheit | unidad | unidade | unità",
    "required": "required | required?",
    "description": (
        "description | definition | descr | desc | event description and trigger | counter description | "
        "event description | meaning | measdescription | remark | remarks | comment | comments | explanation | "
        "purpose | what is counted | "
        "what it does | what it counts | incremented when | stepped when | beschreibung | bedeutung | descripción | "
        "descrição | descrizione"
    ),
    "parameter_description": "parameter description",
    "parameter_type": "parameter type",
    "entry": "name | member | member name",
    "relation": "relation | introduced or affected | introduced/affected",
    "default": (
        "default | default value | dflt | new default | new default value | factory default | factory value | "
        "factory | valeur par défaut | factory setting | default setting | initial value | standard value | "
        "vendor default | system default | standardwert | vorgabewert | voreinstellung | valor por defecto | "
        "valor predeterminado | valor padrão"
    ),
    "told": "value | value information | properties | details | characteristics",
    "ranged": "range [default] | range (default) | values [default] | values (default) | range and default",
    "parameter_unit": "parameter unit",
    "takes_effect": "change take effect | change takes effect | takes effect | take effect",
    "read_only": "readonly | read only | read-only",
    "mandatory": "mandatory",
    "precondition": "precondition",
    "dependencies": "dependencies",
    "disturbances": "disturbances",
    "resolution": "resolution",
    "trigger": "trigger",
    "deprecated": "deprecated",
    "related_event": "related pm event",
    "identity": (
        "feature identity | feature id | identity | faj | faj number | product number | feature number | identité | "
        "kennung | identidad | identificador"
    ),
    "relationship": (
        "relationship | relationship type | type of relationship | type of dependency | dependency type | "
        "type of relation | relation type | interaction type | kind of relation | kind of relationship | "
        "kind of dependency | nature of relation | nature of dependency | type of interaction | dependency | "
        "type de relation | beziehung | relación | relação"
    ),
    "kind": "kind",
    "scope": "relationship scope",
    "access_type": "access type | access | technology",
    "node_type": "node type",
    "licence_key": "featurestateid | feature state id | licence key | license key | cxc | cxc number | keyid",
    "licence": "licence | license",
    "package": "value package name | value package",
    "package_identity": "value package identity",
}
_COLUMNS = {head: field for field, heads in _HEADS.items() for head in heads.split(" | ")}

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
    (Kind.PARAMETERS, frozenset({"setting", "mo"}), "setting"),
    (Kind.PARAMETERS, frozenset({"setting", "object"}), "setting"),
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
    return field_of(cell) != ""


def field_of(cell: str) -> str:
    """What a column with this head holds; "" when the vocabulary does not have it."""
    return _COLUMNS.get(column_key(cell), "")


def by_section(form: Layout, role: Role) -> Layout:
    """The layout of a table that heads its names just `Name` or in words of its own: its section says what they are."""
    if role is Role.DEPENDENCIES:
        placed = {**form.columns, "feature_name": form.columns.get("entry", 0), "name": 0}
        described = {} if 1 in placed.values() else {"description": 1}
        tied = {"relationship": placed["kind"]} if "kind" in placed else {}
        return _laid_out(Kind.DEPENDENCIES, {**described, **tied, **placed})
    if "entry" not in form.columns:
        return form
    kind = _IN_SECTION.get(role)
    if kind is None:
        return form
    classes = {"mo": form.columns["object"]} if "object" in form.columns else {}
    return _laid_out(kind, {**classes, **form.columns, "name": form.columns["entry"]})


def by_cells(cells: Sequence[str], role: Role) -> Layout | None:
    """The layout of a table whose header stayed on the page before: by its section and what its cells look like."""
    kind = _IN_SECTION.get(role)
    if kind is None or len(cells) < 2:
        return None
    fields = {"description": len(cells) - 1}
    for position, cell in enumerate(cells):
        if field := _given_away(cell):
            fields.setdefault(field, position)
    if kind is Kind.DEPENDENCIES:
        fields["feature_name"] = 0
    return _laid_out(kind, {**fields, "name": 0})


def _given_away(cell: str) -> str:
    """The field whose value a cell can only be; "" of any other."""
    plain = cell.replace("<br>", " ").strip(" `*.").lower()
    if plain in RELATIONS:
        return "relation"
    if plain in RELATIONSHIPS:
        return "relationship"
    if FAJ.match(cell):
        return "identity"
    return "event_parameter" if cell.startswith(("EVENT_PARAM", "EVENT_ARRAY")) else ""


@lru_cache(maxsize=4096)
def column_key(cell: str) -> str:
    """A header cell as the vocabulary writes it: lower case, one space, no emphasis, no BOM."""
    plain = cell.replace("<br>", " ").replace("\ufeff", "").strip().strip("*_`:").lower()
    return " ".join(plain.replace("_", " ").split())


def _key(cell: str) -> str:
    """Of a head below that of a group (`Limits<br>Unit`) the head itself; without what qualifies it."""
    whole = column_key(cell)
    if whole in _COLUMNS:
        return whole
    return _QUALIFIED.sub("", column_key(cell.rpartition("<br>")[2]))


#: `New counter`, `Related parameters`, `Attribute (class.name)`.
_QUALIFIED = re.compile(
    r"^(?:(?:new|related|affected|relevant|changed|updated|impacted|introduced|ran|pm) )+|(?<=[a-z]) ?\([^()]{1,40}\)$"
)


@lru_cache(maxsize=1024)
def _layout(header: tuple[str, ...]) -> Layout:
    fields: dict[str, int] = {}
    for position, cell in enumerate(header):
        field = _COLUMNS.get(_key(cell))
        if field is not None:
            fields.setdefault(field, position)  # the first: cxc.csv heads two columns featureStateId
    featured = "identity" in fields or ("feature_name" in fields and "parameter_name" not in fields)
    if "relation" in fields and featured:
        fields.setdefault("relationship", fields["relation"])
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
