"""Identifiers of the RAN domain: how they look, what they are, how they are written when normalised.

A counter is a name whose local part matches `pm` + capital, anchored and case-sensitive, unless it is one of the known
attributes that look so; names under a counters heading or in a counter list are counters too (the caller knows that).
The literal rules "parameters never contain pm, counters always do" are wrong both ways (`pMax`, `sleepMode`,
`ifHCInOctets`), so they are reported by `literal_rule_breaks` and classify nothing.

Every repetition is bounded or possessive, so that all patterns run in linear time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from randaemon.ran import known

#: Endings that classes of a managed object model have and classes of ordinary programs seldom do.
_CLASS_ENDING = re.compile(
    r"(?:Cell(?:FDD|TDD|CU|DU)?|Relation|Carrier|CUCPFunction|CUUPFunction|DUFunction|ENodeBFunction|NodeBFunction"
    r"|RncFunction|FreqGroup|Frequency|MeasControl|ProfilePredefined|QciProfile|CqiProfile|DrxProfile|RlcProfile"
    r"|UeCfg|[A-Z]5qi(?:Table)?|FDD|TDD|SectorCarrier|TermPointTo[A-Za-z0-9]{2,8}|ReportConfig[A-Za-z0-9]{1,24}|CUCP|CUUP)\Z"
)
_NOT_NR_EVENTS = ("Function", "Id", "ID", "Ref", "Profile", "Cfg")

FAJ = re.compile(r"FAJ(?<![A-Za-z0-9]FAJ)(?:[\s_]{0,24}+|<br>)(121|801|221|201|122)(?:[\s_/]{0,24}+|<br>)(\d{4})(?!\d)")
CXC = re.compile(r"CXC(?<![A-Za-z0-9]CXC)\s{0,4}(40[124])\s{0,4}(\d{4})(?!\d)(?:/1(?!\d))?")
#: For the patterns of rules: what stands before a local name, its class and what joins them.
OWNER = r"(?P<owner>[A-Z][A-Za-z0-9]{1,80}+)(?:\.|::|_(?=pm[A-Z]))"
#: A local name that is no plain word: `pMax`.
HUMPED = r"[a-z][a-z0-9]{0,40}+[A-Z][A-Za-z0-9]{0,80}+"
#: What classes are said to be of: `the gNodeB's NRCellDU`.
NODE = r"(?:[a-z]{0,2}NodeB|[eg]NB|base station|node|cell|RBS|CU-[CU]P|CU|DU)"
#: How a counter counts: in libraries, and by TS 32.404 (CC, DER, GAUGE, SI).
COUNTER_TYPE = "ACC|CC|DDM|DER|GAUGE|PDF|PEG|SCAN|SI|TRIGACC|TRIGSCAN"
#: Attributes of `FeatureState`, which texts name without their class.
FEATURE_STATES = ("featureState", "licenseState", "serviceState")
_COUNTER_TYPE = re.compile(COUNTER_TYPE, re.IGNORECASE)
_COUNTER = re.compile(r"pm[A-Z][A-Za-z0-9]{1,120}\Z")
_WORD_COUNTER = re.compile(r"pm[A-Z][a-z]+\Z")
_LOWER_CAMEL = re.compile(r"[a-z][A-Za-z0-9]{1,120}\Z")
_CLASS = re.compile(r"(?:EP_)?[A-Z][A-Za-z0-9]{1,80}\Z")  # `EP_NgU`: ends of interfaces have the only prefix
#: Object classes and parameters of other vendors (`CELLDRXPARA.LONGDRXCYCLE`, `LNCEL_FDD`) and their counters by number
#: (`M8001C6`): words of capitals are believed only where the head of a column says what they are.
_VENDOR_CLASS = re.compile(r"[A-Z][A-Z0-9]{1,40}(?:_[A-Z0-9]{1,20}){0,4}\Z")
_VENDOR_PARAMETER = re.compile(r"[A-Z][A-Za-z0-9_]{1,60}\Z")
_NUMBERED_COUNTER = re.compile(r"M\d{3,5}[A-Z]\d{1,5}\Z")
_TWO_WORDS = re.compile(r"(?:[A-Z][a-z0-9]++){2}")
_HUMP = re.compile(r"[a-z0-9][A-Z]")
#: The hyphen in what connections are set up for: `mo-Data`, `mt-Access`, `mps-PriorityAccess`, `rna-Update`.
CAUSE = r"(?:(?<=\.m[ot])|(?<=\.m[cp]s)|(?<=\.rna))-"
_MEASUREMENT = re.compile(
    rf"(?:VS|(?:{'|'.join(sorted(known.FAMILIES))})(?=\.[A-Z]))(?:\.[A-Za-z0-9_]{{1,80}}(?:(?:{CAUSE}|-[A-Z])[A-Z][A-Za-z0-9_]{{0,78}})?){{1,6}}\Z"
)
_OWNED = re.compile(
    r"(EP_[A-Z][A-Za-z0-9]{1,80}+|[A-Z][A-Za-z0-9]{1,80}+|[A-Z][A-Z0-9]{1,40}(?:_[A-Z0-9]{1,20}){1,4})(?:::|`\.`|\.)"
)
#: Vendors begin with letters of their own (`L.Thrp.bits.DL`): believed in lists of counters only.
_VENDOR_MEASUREMENT = re.compile(r"[A-Z][A-Za-z0-9]{0,15}(?:\.[A-Za-z0-9][A-Za-z0-9_]{0,80}){2,6}\Z")
_LTE_EVENT = re.compile(r"INTERNAL_(?:EVENT|PROC|PER|UE)_[A-Z0-9_]{1,99}[A-Z0-9]\Z")
_MESSAGE_EVENT = re.compile(r"(?:RRC|S1|X2|M3|UE_MEAS)_[A-Z0-9]+(?:_[A-Z0-9]+){0,14}\Z")
#: A message that runs between nodes says in its last word what it is; states and causes end otherwise.
_MESSAGE_IN_PROSE = re.compile(
    r"(?:RRC|S1|X2|M3)_(?:[A-Z0-9]{2,40}_){1,12}(?:REQUEST|RESPONSE|COMPLETE|COMMAND|FAILURE|REJECT|REFUSE|REQUIRED|INDICATION|TRANSFER"
    r"|ACKNOWLEDGE|ACK|NOTIFY|NOTIFICATION|REPORT|CONFIRM|INFORMATION|RECONFIGURATION|TRANSPORT"
    r"|(?<=CONNECTION_)(?:SETUP|RELEASE|RESUME)|(?<=CONTEXT_)RELEASE|(?<=HANDOVER_)CANCEL|ENQUIRY|(?<=UE_)MESSAGE)\Z"
)
_UE_MEASUREMENT = re.compile(r"UE_MEAS_[A-Z][A-Z0-9]{3,30}(?:_[A-Z0-9]{1,30}){0,8}\Z")
_NR_EVENT = re.compile(r"(?:CuCp|CuUp|Du)[A-Z][A-Za-z0-9]{3,100}\Z")


def feature_identity(text: str) -> str:
    """`FAJ 121                 0892` and `FAJ_121_0892` → `FAJ 121 0892`; "" when there is no identity."""
    found = FAJ.search(text)
    return identity_of(found) if found else ""


def identity_of(found: re.Match[str]) -> str:
    """The normalised identity of a match of `FAJ`."""
    return f"FAJ {found[1]} {found[2]}"


def is_value_package(identity: str) -> bool:
    """True of a normalised identity of a value package (FAJ 801), which is sold but not a feature."""
    return identity.startswith("FAJ 801")


def licence_key(text: str) -> str:
    """`CXC 401 2607/1` → `CXC4012607`; "" when there is no licence key."""
    found = CXC.search(text)
    return f"CXC{found[1]}{found[2]}" if found else ""


@lru_cache(maxsize=32768)
def split_name(name: str) -> tuple[str, str]:
    """(MO class, local name) of `Class.attr`, `Class::attr` or `Class_pmX`; the class is "" of a bare name and of a
    3GPP measurement, whose dots separate its own parts.
    """
    found = _OWNED.match(name)
    if found is not None:
        measured = found[1] in known.FAMILIES and _MEASUREMENT.match(name)
        return ("", name) if measured else (found[1], name[found.end() :])
    owner, joined, local = name.partition("_")
    if joined and _CLASS.match(owner) and _COUNTER.match(local):
        return owner, local
    return "", name


@lru_cache(maxsize=32768)
def is_counter(name: str, data_type: str = "") -> bool:
    """True when the name alone says counter; the type and the class overrule it (boolean, PmFunction)."""
    owner, local = split_name(name)
    if not _COUNTER.match(local):
        return local in known.PLAIN_COUNTERS and not _attribute_type(data_type)
    if local in known.PM_ATTRIBUTES or local in known.PLACEHOLDERS:
        return False
    return owner != "PmFunction" and not _attribute_type(data_type) and not local.endswith("Enabled")


def is_counter_in_any_case(owner: str, local: str, data_type: str = "") -> bool:
    """True of a counter as an operator types it: `PMRRCCONNESTABATT`; a counter's whole name is no boolean either."""
    known_attribute = local.lower() in _PM_ATTRIBUTES or owner.lower() == "pmfunction"
    if known_attribute or local in known.PLACEHOLDERS:
        return False
    if is_counter(local, data_type) or is_sure_counter(local):
        return True
    plain, low = local.islower() or local.isupper() or _CAPITAL.match(local), local.lower()
    is_long = len(low) >= _SHORTEST and low.startswith("pm") and not low.startswith(_PM_WORDS)
    return bool(plain) and is_long and not low.endswith("enabled") and not _attribute_type(data_type)


_CAPITAL = re.compile(r"Pm[A-Z]")
_SHORTEST = 12  # letters: shorter words in one case may be anything
_PM_WORDS = ("pmax", "pmch", "pmtud")  # how attributes begin besides
_PM_ATTRIBUTES = frozenset(name.lower() for name in known.PM_ATTRIBUTES)


def is_sure_counter(name: str) -> bool:
    """True of a counter's name that no program has: three humps and more (`pmRrcConnEstabAtt`, not `pmReadAll`)."""
    return is_counter(name) and len(_HUMP.findall(split_name(name)[1])) >= 3


def is_counter_type(text: str) -> bool:
    """Does this say how a counter counts? `GAUGE` does, its data type does not."""
    return _COUNTER_TYPE.fullmatch(text) is not None


def is_word_counter(local: str) -> bool:
    """True of `pmResets`: counters say more, what is counted of what; one word any tool may have."""
    return _WORD_COUNTER.match(local) is not None


def is_measurement(name: str) -> bool:
    """True of a 3GPP measurement name: `RRC.ConnEstabAtt.Sum`, `VS.ifInDiscards`."""
    return name.partition(".")[0] in known.FAMILIES and _MEASUREMENT.match(name) is not None


def is_vendor_measurement(name: str) -> bool:
    """True of what a column of counters may hold besides: `L.Thrp.bits.DL`."""
    return _VENDOR_MEASUREMENT.match(name) is not None


def is_radio_measurement(name: str) -> bool:
    """True of a vendor's measurement that begins as those of a radio technology do: `L.HHO.Succ.Out`, `VS.RRC.Att`."""
    return name.startswith(("L.", "N.", "VS.")) and is_vendor_measurement(name)


def is_numbered_counter(name: str) -> bool:
    """True of what a column of counter ids may hold besides: `M8001C6`."""
    return _NUMBERED_COUNTER.match(name) is not None


def is_vendor_class(name: str) -> bool:
    """True of an object class in capitals: `CELLALGOSWITCH`, `LNCEL_FDD`."""
    return _VENDOR_CLASS.match(name) is not None


def is_vendor_parameter(name: str) -> bool:
    """True of what a column of parameter ids may hold: `LONGDRXCYCLE`, `HoAlgoSwitch`."""
    return _VENDOR_PARAMETER.match(name) is not None


def is_managed_by_enm(owner: str, local: str) -> bool:
    """True of an attribute as `cmedit` can name it: classes have lower-case letters, attributes begin so."""
    return not owner.isupper() and local[:1].islower() and is_class(owner)


def could_be_counter(name: str) -> bool:
    """True of what may stand for a counter under a counters heading: `ifHCInOctets`, `pmX…`, `DRB.UEThpDl`."""
    _, local = split_name(name)
    if local in known.PLACEHOLDERS:
        return False
    if is_measurement(name) or is_vendor_measurement(name):
        return True
    return bool(_LOWER_CAMEL.match(local) and (_HUMP.search(local) or _COUNTER.match(local)))


def is_event(name: str) -> bool:
    """True of an event name where events are expected (a heading, a list); parameters of events never are."""
    if name in known.STATES:
        return False
    return bool(_LTE_EVENT.match(name) or _MESSAGE_EVENT.match(name) or _NR_EVENT.match(name))


def could_be_event(name: str) -> bool:
    """True of a CamelCase word that is an event if its column holds events: `NgapPaging`."""
    return _CLASS.match(name) is not None and _HUMP.search(name) is not None


def is_prose_event(name: str) -> bool:
    """True of an event name that can be believed anywhere in a text."""
    if _LTE_EVENT.match(name) or _MESSAGE_IN_PROSE.match(name):
        return True
    if _UE_MEASUREMENT.match(name):
        return True
    return bool(_NR_EVENT.match(name)) and len(_HUMP.findall(name)) >= 3 and not name.endswith(_NOT_NR_EVENTS)


@lru_cache(maxsize=32768)
def is_attribute(local: str) -> bool:
    """True of a word with the shape of an MO attribute (`pMax`, `tTimer`, `qRxLevMin`), not of a file extension."""
    if local.lower() in known.ENDINGS or local in known.NETWORK_WORDS:
        return False
    return _LOWER_CAMEL.match(local) is not None


@lru_cache(maxsize=32768)
def has_hump(local: str) -> bool:
    """True of `qRxLevMin`, false of `data`: an ordinary word says little about being an attribute."""
    return _HUMP.search(local) is not None


def is_class(name: str) -> bool:
    """True of a word with the shape of an MO class."""
    return _CLASS.match(name) is not None


@lru_cache(maxsize=4096)
def is_known_class(name: str) -> bool:
    """True of a class that belongs to a managed object model by name or by the words it ends in."""
    return name in known.CLASSES or (_CLASS.match(name) is not None and _CLASS_ENDING.search(name) is not None)


@lru_cache(maxsize=4096)
def could_be_class(name: str) -> bool:
    """True of a word that is a class where the words beside it call it one."""
    return has_hump(name) or is_known_class(name)


@lru_cache(maxsize=4096)
def is_two_words(name: str) -> bool:
    """True of `QosFlowProfile`, false of abbreviations that have a hump too, such as `VoLTE`."""
    return _TWO_WORDS.match(name) is not None


def is_distinct_class(name: str) -> bool:
    """True of a class that cannot be taken for a word: `NRCellDU` and `GNBDUFunction`, not `Paging`."""
    return is_known_class(name) and (has_hump(name) or name[:3].isupper())


def literal_rule_breaks(parameters: Iterable[str], counters: Iterable[str]) -> tuple[list[str], list[str]]:
    """What breaks the two literal rules: parameters that contain `pm` in any case, counters that do not."""
    return (
        [name for name in parameters if "pm" in split_name(name)[1].lower()],
        [name for name in counters if "pm" not in split_name(name)[1].lower()],
    )


def _attribute_type(data_type: str) -> bool:
    """Counters are numbers: a boolean, string, enumeration, reference or struct is an attribute."""
    word = data_type.strip().lower()
    return word.startswith(("bool", "string", "enum", "moref", "struct", "derived", "reference"))
