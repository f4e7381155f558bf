"""Structure of a feature document: what its headings mean and what its key/value rows are called.

Feature descriptions share one outline (Overview, Dependencies, Operation, Network Impact, Parameters, Performance,
Activate, Deactivate, Engineering Guidelines, Change History, Legal), with the feature's name before or after the word.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache

from randaemon.ran.names import could_be_class, has_hump, is_distinct_class, is_event


class Role(StrEnum):
    """What a section is for."""

    OVERVIEW = "overview"
    DEPENDENCIES = "dependencies"
    OPERATION = "operation"
    IMPACT = "impact"
    PARAMETERS = "parameters"
    ATTRIBUTES = "attributes"  # MOM page, or the descriptions that `convert` collects from links
    PERFORMANCE = "performance"
    KPIS = "kpis"
    COUNTERS = "counters"
    EVENTS = "events"
    ACTIVATE = "activate"
    DEACTIVATE = "deactivate"
    PREREQUISITES = "prerequisites"
    STEPS = "steps"
    AFTER = "after"
    GUIDELINES = "guidelines"
    FEATURES = "features"  # what is new or changed in a release
    HISTORY = "history"
    LEGAL = "legal"
    NONE = ""


PROCEDURES = frozenset({Role.ACTIVATE, Role.DEACTIVATE})
PROCEDURE_PARTS = frozenset({Role.PREREQUISITES, Role.STEPS, Role.AFTER})
CLASS_PARTS = frozenset({Role.ATTRIBUTES, Role.COUNTERS})
_PERFORMANCE_PARTS = frozenset({Role.KPIS, Role.COUNTERS, Role.EVENTS})

#: The roles of titles that `is_part_of` can be true of.
PARTS = PROCEDURE_PARTS | _PERFORMANCE_PARTS | {Role.NONE}

_NUMBER = re.compile(
    r"(?:[0-9]{1,3}(?:\.[0-9]{1,3}){0,5}|[A-Z](?:\.[0-9]{1,3}){1,4}|[A-Z](?=[.)]))[.)]?[\s:]+"
    r"|[0-9]{1,2}(?:\.[0-9]{1,2}){0,5}(?=[A-Z][a-z]{2})"  # `7Activate X`, where a converter lost a tab
)

_TIES = r"(?:(?:inter)?dependenc(?:y|ies)|interactions?|interworking)"
_RELATIONS = r"(?:feature )?relation(?:ship)?s(?:\Z| (?:to|with|between)\b)"
_IN = r"(?: in (?:this release|the release|\d.*))?"
_CHANGED = "(?:new|changed|enhanced|removed|introduced)"
_NEWS = r"(?:what(?:'s| is) new\b|news\Z)"
_TURN = r"(?:switch|turn)(?:ing)? (?:[a-z0-9-]{1,30} ){0,4}"
_HOW = (
    r"(?:(?:(?:(?:how|(?:steps?|procedure|instructions?|guide|task)(?: on how)?) )?to"
    r"|(?:steps?|procedure|instructions?|guide) (?:for|of)) (?:the )?)?"
)
_OTHERS = r"(?:features|functions)"
_GOES_WITH = (
    rf"related {_OTHERS}\b|works? (?:together )?with\b"
    rf"|(?:prerequisite|required|conflicting|interacting|mutually exclusive) {_OTHERS}\Z"
    rf"|.* (?:with|to|on|between) (?:other )?{_OTHERS}\Z"
)
_KINDS_OF = r"(?:(?:new|changed|related|relevant|affected|important|key|main|mo|configuration|and) )*"
_ATTRIBUTES = (
    rf"{_KINDS_OF}attributes\Z|.*\bparameter (?:reference|list|overview|settings?|values|changes|summary|table)\b"
    r"|(?:managed objects?(?: model)?|mom?) changes\Z"
    r"|(?:what )?change[sd] (?:in|to) the (?:managed object |mo )?model\Z"
)

#: `Appendix A.b: 24.Q1.0: Support of more cells`: what a release changed.
_RELEASE = r"(?:(?:appendix )?[a-z](?:\.[a-z]{1,2})?:? )?\d{2}\.q[1-4](?:\.\d)?:"

#: The same in French, German, Spanish, Portuguese and Italian, as operators of these countries write them.
_ABROAD = {
    Role.DEACTIVATE: r"d[ée]sactiv(?:er|ation)\b|deaktivier(?:en|ung)\b|desactiva(?:r|ción)\b|desativa(?:r|ção)\b"
    r"|disattiva(?:re|zione)\b",
    Role.ACTIVATE: r"activer\b|aktivier(?:en|ung)\b|activa(?:r|ción)\b|ativa(?:r|ção)\b|attiva(?:re|zione)\b",
    Role.PREREQUISITES: r"(?:pr[ée]requis|voraussetzungen|requisitos previos|pré-requisitos|prerequisiti)\Z",
    Role.STEPS: r"(?:étapes|schritte|pasos|passos|passaggi|vorgehen|procédure|procedimiento|procedimento)\Z",
    Role.COUNTERS: r"(?:compteurs|zähler|contadores|contatori)\b",
    Role.EVENTS: r"(?:[ée]v[èée]nements|ereignisse|eventos|eventi)\b",
    Role.DEPENDENCIES: r"(?:d[ée]pendances|abhängigkeiten|dependencias|dependências|dipendenze)\b",
    Role.PARAMETERS: r"(?:param[èe]tres|parámetros|parâmetros|parametri|attributs|atributos)\b",
    Role.OVERVIEW: r"(?:aperçu|überblick|visión general|visão geral)\b"
    r"|(?:einleitung|einführung|introducción|introdução|introduzione)\Z",
}

# In order: the first that matches decides. "Deactivate" stands before "activate", sub-heads before their chapters.
_ROLES = re.compile(
    "|".join(
        f"(?P<{role.value}>{pattern}{'|' + _ABROAD[role] if role in _ABROAD else ''})"
        for role, pattern in (
            (Role.HISTORY, rf"(?:feature )?change history\b|revision history\b|{_RELEASE}"),
            (Role.DEACTIVATE, rf"{_HOW}(?:deactivat(?:e|ing|ion)|disabl(?:e|ing)|{_TURN}off)\b|.* deactivation\Z"),
            (Role.ACTIVATE, rf"{_HOW}(?:activat(?:e|ing|ion)|enabl(?:e|ing|ement)|{_TURN}on)\b|.* activation\Z"),
            (Role.PREREQUISITES, r"(?:pre-?requisites?|before you (?:begin|start)|preconditions?|preparations?)\Z"),
            (Role.STEPS, r"(?:steps?|procedure|instructions?)\Z"),
            (Role.AFTER, r"(?:after this task|postrequisites?|result|results|next steps?)\Z"),
            (Role.ATTRIBUTES, r"(?:mo )?attributes?(?: descriptions?)?\Z|attribute descriptions?\b"),
            (Role.COUNTERS, r"(?:(?:new |changed |related |relevant )?(?:pm )?counters?|measurements)\b|.* counters\Z"),
            (Role.EVENTS, r"(?:(?:new |related )?(?:pm )?events?)\b|.* (?:pm )?events\Z"),
            (Role.KPIS, r"(?:kpis?|key performance indicators?)\b|.* kpis\Z"),
            (
                Role.DEPENDENCIES,
                rf"(?:feature )?{_TIES}\b|.* {_TIES}\Z|{_RELATIONS}|(?:depends on|requires)\Z|{_GOES_WITH}",
            ),
            (Role.PARAMETERS, rf"{_KINDS_OF}param(?:eter)?s?\b|.* parameters\Z|attributes (?:for|of)\b|{_ATTRIBUTES}"),
            (Role.PERFORMANCE, r"performance (?:of|for)\b|performance\Z|.* performance\Z"),
            (Role.IMPACT, r"network impact\b|.* network impact\Z"),
            (Role.OPERATION, r"feature operation\b|.* operation\Z|operation of\b"),
            (Role.GUIDELINES, r"engineering guidelines?\b|.* guidelines?\Z"),
            (
                Role.FEATURES,
                rf"(?:{_CHANGED} (?:and {_CHANGED} )?)?features{_IN}\Z|{_NEWS}",
            ),
            (Role.LEGAL, r"legal\b|copyright\b|disclaimer\b|trademarks?\b"),
            (Role.OVERVIEW, r"overview\b|.* overview\Z|(?:introduction|summary|what it does)\Z|feature overview\b"),
        )
    )
)

#: Titles of parts that have no role: they end no chapter where a converter lost the depth of headings.
_MINOR = frozenset({"hardware", "limitations", "network requirements", "context", "constraints"})

#: Keys of the overview table (lower case) → field of a feature item.
OVERVIEW_KEYS = {
    "feature": "title",
    "id": "identity",
    "feature name": "title",
    "feature title": "title",
    "name of feature": "title",
    "feature identity": "identity",
    "feature id": "identity",
    "feature number": "identity",
    "feature faj": "identity",
    "faj": "identity",
    "faj number": "identity",
    "product number": "identity",
    "identity": "identity",
    "value package name": "package",
    "value package": "package",
    "value package identity": "package_identity",
    "value package id": "package_identity",
    "node type": "node_type",
    "node types": "node_type",
    "access type": "access_type",
    "radio access technology": "access_type",
    "licensing": "licensing",
    "licence": "licensing",
    "license": "licensing",
    "licence key": "licence_key",
    "license key": "licence_key",
    "license control": "licensing",
    "nom de la fonction": "title",
    "identité": "identity",
    "identité de la fonction": "identity",
    "clé de licence": "licence_key",
    "funktionsname": "title",
    "kennung": "identity",
    "lizenzschlüssel": "licence_key",
    "feature state id": "licence_key",
    "description": "description",
    "summary": "description",
}
#: At least one of these must be a key before two columns count as an overview.
OVERVIEW_PROOF = frozenset({"feature name", "feature identity", "feature id", "value package name"})

RELATIONS = frozenset({"introduced", "affected", "affecting"})
RELATIONSHIPS = frozenset({"prerequisite", "related", "conflicting"})
_NOT = r"(?<!not )(?<!n't )(?<!no )(?<!longer )"
_USED = r"(?:be )?(?:used|combined|activated|active|enabled|run)(?: at the same time| together| simultaneously)?"
#: How one feature goes with another, where a verb tells it.
TIES = re.compile(
    rf"\b{_NOT}(?:(?P<conflicting>(?:must|can|may|should|shall) ?not {_USED}(?: as| with)?\b|excludes?\b|contradicts?\b"
    r"|conflicts?(?= with\b)|(?:is |are )?(?:incompatible|not compatible) with\b|(?:is |are )?mutually exclusive\b)"
    r"|(?P<prerequisite>requires?\b|needs?\b|(?:depends?|dependent|relies|rely|builds?) (?:up)?on\b|presupposes?\b"
    r"|(?:must|has to|have to|needs to) (?:already )?be (?:active|activated|enabled)\b"
    r"|is (?:required|needed)\b))",
    re.IGNORECASE,
)

#: "This feature has no associated events": the section is empty, whatever names the sentence holds.
NOTHING = re.compile(
    r"(?:\b(?:has|have|is|are|with) no|^no) (?:\w{1,20} ){0,4}(?:events?|counters?|parameters?|kpis?|attributes?)\b"
    r"|^(?:none|not applicable|n/a)\.?$",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def bare_title(title: str) -> str:
    """A heading without its number and emphasis: `5.1 Parameters for X` → `Parameters for X`."""
    plain = title.strip().strip("*_`# ")
    found = _NUMBER.match(plain)
    return plain[found.end() :].strip() if found else plain


@lru_cache(maxsize=4096)
def role_of(title: str) -> Role:
    """What one heading announces; NONE when it says nothing we know."""
    found = _ROLES.match(" ".join(bare_title(title).rstrip(":").lower().split()))
    return Role(found.lastgroup or "") if found else Role.NONE


@lru_cache(maxsize=4096)
def is_part_of(title: str, chapter: str) -> bool:
    """True of `Steps` after `7 Activate X` and `Counters` after `6 Performance of X`: a part, whatever its level."""
    if bare_title(title) != title.strip().strip("*_`# "):
        return False  # it has a number of its own
    role, above = role_of(title), role_of(chapter)
    if role in PROCEDURE_PARTS:
        return above in PROCEDURES
    if role in _PERFORMANCE_PARTS:
        return above is Role.PERFORMANCE
    return above in (Role.DEPENDENCIES, *PROCEDURES) and title.strip().lower() in _MINOR


@lru_cache(maxsize=4096)
def role_in(path: tuple[str, ...]) -> Role:
    """The role of a place: of the innermost heading that has one."""
    for title in reversed(path):
        role = role_of(title)
        if role is not Role.NONE:
            return role
    return Role.NONE


@lru_cache(maxsize=4096)
def procedure_depth(path: tuple[str, ...]) -> int:
    """How many titles lead to the procedure's own heading; 0 outside procedures. `Steps` belongs to the one above."""
    for depth in range(len(path), 0, -1):
        role = role_of(path[depth - 1])
        if role in PROCEDURES:
            return depth
        if role is not Role.NONE and role not in PROCEDURE_PARTS:
            return 0
    return 0


def tied_by_verb(said: str) -> str:
    """`prerequisite` of `requires`, `conflicting` of `must not be used with`, "" of `Prerequisite`: that is no verb."""
    found = TIES.match(said)
    return (found.lastgroup or "") if found else ""


@lru_cache(maxsize=4096)
def titled_class(title: str) -> str:
    """The MO class whose page one title heads; "" when it heads none."""
    bare = bare_title(title)
    found = _CLASS_PAGE.match(bare) if "lass" in bare or bare.startswith("MOM:") else None
    if found:
        return found[1]
    named = _CLASS_PART.match(bare)  # lists are often divided by class, each under its name
    if not named:
        return ""
    called = bare.startswith("MO") and named[1] != bare
    return named[1] if (could_be_class if called else is_distinct_class)(named[1]) else ""


@lru_cache(maxsize=4096)
def titled_struct(title: str) -> str:
    """The type whose members one title heads, `struct PaceRule`; "" when it heads none."""
    found = _STRUCT_PAGE.match(bare_title(title)) if "truct" in title else None
    return found[1] if found and has_hump(found[1]) else ""


@lru_cache(maxsize=4096)
def class_word(title: str) -> str:
    """The word of a title that is one alone and has the shape of a class: `X2Retry`, `3.2 MO X2Retry`."""
    found = _CLASS_WORD.match(bare_title(title))
    return found[1] if found and has_hump(found[1]) and not is_event(found[1]) else ""


@lru_cache(maxsize=4096)
def is_enumeration(path: tuple[str, ...]) -> bool:
    """True on the page of an enumeration (`enum X`): its members are values and nothing else."""
    return any(_ENUM_PAGE.match(bare_title(title)) for title in path)


_STRUCT_PAGE = re.compile(r"[Ss]truct(?:ure)?:? `{0,1}([A-Z][A-Za-z0-9]{1,80})`{0,1}(?=\Z|[ (])")
_ENUM_PAGE = re.compile(r"(?:enum|enumeration|Enumeration|Enum):? `{0,1}[A-Z][A-Za-z0-9]{1,80}`{0,1}(?=\Z|[ (])")
_PARTS_OF = r"(?:(?:[Nn]ew|[Cc]hanged|MO|PM) )*(?:[Aa]ttributes|[Pp]arameters|[Cc]ounters|[Ss]ettings)"
_CLASS_PART = re.compile(
    rf"(?:{_PARTS_OF} (?:of|in|for|on|under) (?:the )?)?(?:MO:? )?`?([A-Z][A-Za-z0-9]{{1,80}}+)`?(?: MO)?"
    rf"(?: {_PARTS_OF})?(?: \([^()]{{1,60}}\))?\Z"
)
_CLASS_WORD = re.compile(r"(?:MOM?:? )?`?([A-Z][a-z0-9]{0,40}+[A-Z][A-Za-z0-9]{1,80}+)`?(?: MO| \([^()]{1,60}\))?\Z")
_CLASS_PAGE = re.compile(
    r"(?:MOM: ?|(?:MO |Mo |Managed [Oo]bject )?[Cc]lass:? )`{0,1}([A-Z][A-Za-z0-9]{1,80})`{0,1}(?=\Z|[ (])"
)
