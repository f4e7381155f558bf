"""Identifiers of the RAN domain: how they look, what they are, how they are written when normalised.

A counter is a name whose local part matches `pm` + capital, anchored and case-sensitive, unless it is one of the known
attributes that look so; names under a counters heading or in a counter list are counters too (the caller knows that).
The literal rules "parameters never contain pm, counters always do" are wrong both ways (`pMax`, `sleepMode`,
`ifHCInOctets`), so they are reported by `literal_rule_breaks` and classify nothing.

Every pattern is anchored by look-behind, has no nested repetition and so runs in linear time.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from functools import lru_cache

#: Attributes that start `pm` + capital, from a published parameter list of 6,218 names.
PM_ATTRIBUTES = frozenset(
    {
        "pmActivated", "pmActivatedStatus", "pmConfigString", "pmEnabled", "pmEventMId", "pmEventServiceId",
        "pmEventSigMId", "pmEventSpecificationId", "pmFlexCounterFilterId", "pmGroupId", "pmGroupVersion", "pmId",
        "pmJobId", "pmMeasurementCapabilitiesId", "pmSupportId", "pmThresholdMonitoringId",
        "pmUeIntraFreqCellProfileId", "pmUeIntraFreqCellProfileRef", "pmUeIntraFreqEnabled", "pmUeMeasControlId",
        "pmUeMeasId", "pmUeReportType", "pmUlInterferenceReportId",
    }
)  # fmt: skip

#: Counters that do not start with `pm`, from a published page of the model and from TWAMP and PTP measurements.
PLAIN_COUNTERS = frozenset(
    {
        "delayRtP95", "ifHCInOctets", "ifHCLossOfSignal", "ifHCOutOctets", "ifInDiscards", "ifInErrors",
        "ifInOctetRatePercentiles", "ifOutDiscards", "ifOutErrors", "ifOutOctetRatePercentiles",
        "ipIfStatsIpOptDroppedPkts", "ipIfStatsOutDiscards", "ipdvFwdP95", "lostPktsFwd", "ptpOffsetFromMasterAvg",
        "reorderPktFwd",
    }
)  # fmt: skip

#: Words with the shape of a counter that are none: placeholders of prose, keys of the PM dictionary file format.
_PLACEHOLDERS = frozenset(
    {
        "pmCounter", "pmCounters", "pmCounterName", "pmEvent", "pmEvents", "pmName", "pmX", "pmXx", "pmXxx", "pmXXX",
        "pmDictionary", "pmDictionaryHeader", "pmDictionaryMeasurements", "pmDefVsn", "pmDefSchemaVsn", "pmMeasResult",
    }
)  # fmt: skip

#: MO classes that public material names; others are recognised by the words they end in or by the document itself.
KNOWN_CLASSES = frozenset(
    {
        "AdmissionControl", "AnrFunction", "AnrFunctionEUtran", "AnrFunctionNR", "AntennaNearUnit", "AntennaSubunit",
        "AntennaUnit", "AntennaUnitGroup", "EndpointResource", "RadioEquipmentClock", "RadioEquipmentClockReference",
        "ResourcePartition", "ResourcePartitionMember", "RetSubUnit", "RfPort", "RiPort", "SctpEndpoint", "SctpProfile",
        "SfpModule", "TermPointToAmf", "TmaSubUnit",
        "AuxPlugInUnit", "BfDevice", "BrmBackup", "BrmBackupManager", "BtsFunction", "CarrierAggregationFunction",
        "CellSleepFunction", "CmFunction", "Drx", "DrxProfile", "ENodeBFunction", "EUtranCellFDD",
        "EUtranCellRelation", "EUtranCellTDD", "EUtranFreqRelation", "EUtranFrequency", "Equipment",
        "EquipmentSupportFunction", "EthernetPort", "ExternalENodeBFunction", "ExternalEUtranCellFDD",
        "ExternalGNodeBFunction", "ExternalNRCellCU", "FeatureState", "FieldReplaceableUnit", "FmAlarmModel",
        "FmAlarmSupervision", "GNBCUCPFunction", "GNBCUUPFunction", "GNBDUFunction", "GeranCell", "GeranFreqGroup",
        "InterfaceIPv4", "LagPort", "Licensing", "Lm", "LoadBalancingFunction", "ManagedElement", "MceFunction",
        "MeContext", "NRCellCU", "NRCellDU", "NRCellRelation", "NRFreqRelation", "NRFrequency", "NRSectorCarrier",
        "NbIotCell", "NetworkElement", "NodeBFunction", "NodeSupport", "OptionalFeatureLicense", "Paging", "PmFunction",
        "PreschedulingProfile", "PtpBcOcPort", "QciProfilePredefined", "QciTable", "Rcs", "ReportConfigA1Prim",
        "ReportConfigA5", "ReportConfigB1Utra", "ReportConfigSearch", "RfBranch", "RiLink", "Router", "Rrc",
        "RncFunction", "SectorCarrier", "SectorEquipmentFunction", "SubNetwork", "SwM", "SystemFunctions",
        "TermPointToENB", "TermPointToGNB", "TermPointToMme", "TimeSettings", "Transport",
        "TwampTestSession", "UeMeasControl", "UePolicyOptimization", "UtranCell",
        "UtranCellRelation", "UtranFreqRelation", "VlanPort",
    }
)  # fmt: skip

#: Endings that classes of a managed object model have and classes of ordinary programs seldom do.
_CLASS_ENDING = re.compile(
    r"(?:Cell(?:FDD|TDD|CU|DU)?|Relation|Carrier|CUCPFunction|CUUPFunction|DUFunction|ENodeBFunction|NodeBFunction"
    r"|RncFunction|FreqGroup|Frequency|MeasControl|ProfilePredefined|QciProfile|CqiProfile|DrxProfile|RlcProfile"
    r"|UeCfg|FDD|TDD|SectorCarrier|TermPointTo[A-Za-z0-9]{2,8}|ReportConfig[A-Za-z0-9]{1,24}|CUCP|CUUP)\Z"
)

_NOT_ATTRIBUTES = frozenset(
    {
        "bmp", "bz2", "cfg", "class", "com", "conf", "cpp", "cs", "css", "csv", "doc", "docx", "emf", "exe", "gif",
        "go", "gz", "htm", "html", "ico", "ini", "io", "java", "jpeg", "jpg", "js", "json", "jsonl", "log", "md", "net",
        "org", "pdf", "php", "png", "ppt", "pptx", "proto", "py", "rar", "rb", "rs", "rst", "sh", "sql", "svg", "tar",
        "tgz", "toml", "ts", "txt", "vsd", "wmf", "xls", "xlsx", "xml", "yaml", "yang", "yml", "zip",
    }
)  # fmt: skip

#: Words of the trade in the shape of an attribute.
_NETWORK_WORDS = frozenset(
    {
        "eCPRI", "eMBB", "eMBMS", "eMTC", "eNB", "eNBs", "eNodeB", "eNodeBs", "eSIM", "gNB", "gNBs", "gNodeB",
        "gNodeBs", "iOS", "iPhone", "macOS", "mMTC", "ngRAN", "nodeB", "rApp", "rApps", "uRLLC", "vCU", "vDU", "vRAN",
        "xApp", "xApps",
    }
)  # fmt: skip
_NOT_EVENTS = frozenset({"RRC_CONNECTED", "RRC_IDLE", "RRC_INACTIVE", "RRC_CONNECTED_MODE", "RRC_IDLE_MODE"})
_NOT_NR_EVENTS = ("Function", "Id", "Ref", "Profile", "Cfg")

FAJ = re.compile(r"FAJ(?<![A-Za-z0-9]FAJ)(?:[\s_]{0,24}+|<br>)(121|801|221|201|122)(?:[\s_/]{0,24}+|<br>)(\d{4})(?!\d)")
CXC = re.compile(r"CXC(?<![A-Za-z0-9]CXC)\s{0,4}(40[124])\s{0,4}(\d{4})(?!\d)(?:/1(?!\d))?")
#: For the patterns of rules: what stands before a local name, its class and what joins them.
OWNER = r"(?P<owner>[A-Z][A-Za-z0-9]{1,80}+)(?:\.|::|_(?=pm[A-Z]))"
#: Attributes of `FeatureState`, which texts name without their class.
FEATURE_STATES = ("featureState", "licenseState", "serviceState")
_COUNTER = re.compile(r"pm[A-Z][A-Za-z0-9]{1,120}\Z")
_LOWER_CAMEL = re.compile(r"[a-z][A-Za-z0-9]{1,120}\Z")
_CLASS = re.compile(r"[A-Z][A-Za-z0-9]{1,80}\Z")
#: Object classes and parameters of other vendors (`CELLDRXPARA.LONGDRXCYCLE`, `LNCEL_FDD`) and their counters by number
#: (`M8001C6`): words of capitals are believed only where the head of a column says what they are.
_VENDOR_CLASS = re.compile(r"[A-Z][A-Z0-9]{1,40}(?:_[A-Z0-9]{1,20}){0,4}\Z")
_VENDOR_PARAMETER = re.compile(r"[A-Z][A-Za-z0-9_]{1,60}\Z")
_NUMBERED_COUNTER = re.compile(r"M\d{3,5}[A-Z]\d{1,4}\Z")
_HUMP = re.compile(r"[a-z0-9][A-Z]")
#: What measurements of 3GPP begin with.
_FAMILIES = frozenset(
    {
        "VS", "RRC", "RRU", "RSD", "ERAB", "S1SIG", "DRB", "SRB", "HO", "MM", "SM", "GTP", "TB", "L1M", "CARR",
        "PEE", "QF", "QFR", "PAG", "UECNTX", "MAC", "PHR", "MR", "NSS", "UEMEAS", "RM", "CE", "IP", "XNSIG", "NGSIG",
        "X2SIG", "IRATHO", "EQPT", "OR", "SDU", "RACH", "BEAM", "QosFlow", "F1SIG", "E1SIG", "CQI",
    }
)  # fmt: skip
_MEASUREMENT = re.compile(
    rf"(?:{'|'.join(sorted(_FAMILIES))})(?:\.[A-Za-z0-9_]{{1,80}}(?:-[A-Z]{{2}}[A-Za-z0-9_]{{0,78}})?){{1,6}}\Z"
)
_OWNED = re.compile(r"([A-Z][A-Za-z0-9]{1,80}+|[A-Z][A-Z0-9]{1,40}(?:_[A-Z0-9]{1,20}){1,4})(?:::|`\.`|\.)")
#: Vendors begin with letters of their own (`L.Thrp.bits.DL`): believed in lists of counters only.
_VENDOR_MEASUREMENT = re.compile(r"[A-Z][A-Za-z0-9]{0,15}(?:\.[A-Za-z0-9][A-Za-z0-9_]{0,80}){2,6}\Z")
_LTE_EVENT = re.compile(r"INTERNAL_(?:EVENT|PROC|PER|UE)_[A-Z0-9_]{2,100}\Z")
_MESSAGE_EVENT = re.compile(r"(?:RRC|S1|X2|M3|UE_MEAS)_[A-Z0-9]+(?:_[A-Z0-9]+){0,14}\Z")
#: A message that runs between nodes says in its last word what it is; states and causes end otherwise.
_MESSAGE_IN_PROSE = re.compile(
    r"(?:RRC|S1|X2|M3)_(?:[A-Z0-9]{2,40}_){1,12}(?:REQUEST|RESPONSE|COMPLETE|COMMAND|FAILURE|REJECT|INDICATION|TRANSFER"
    r"|ACKNOWLEDGE|ACK|NOTIFY|NOTIFICATION|REPORT|CONFIRM|INFORMATION|RECONFIGURATION|TRANSPORT)\Z"
)
_UE_MEASUREMENT = re.compile(r"UE_MEAS_[A-Z][A-Z0-9]{3,30}(?:_[A-Z0-9]{1,30}){0,8}\Z")
_NR_EVENT = re.compile(r"(?:CuCp|CuUp|Du)[A-Z][A-Za-z0-9]{3,100}\Z")

#: All that prose can name, without backtracking. Groups tell what was found and hold the end of it: lte, message,
#: counter, nr, or separator and local of `Class.attr`, `Class::pmX`, `Class_pmX` and 3GPP measurements.
_MENTION = re.compile(
    r"[A-Zp](?<![A-Za-z0-9_.].)(?:"
    r"(?<=I)NTERNAL_(?P<lte>(?:EVENT|PROC|PER|UE)_[A-Z0-9_]{2,100}+)"
    r"|(?:(?<=R)RC|(?<=S)1|(?<=X)2|(?<=M)3|(?<=U)E_MEAS)_(?P<message>[A-Z][A-Z0-9_]{5,100}+)"
    r"|(?<=p)m(?P<counter>[A-Z][A-Za-z0-9]{1,120}+)"
    r"|(?:(?<=C)u(?:Cp|Up)|(?<=D)u)(?P<nr>[A-Z][A-Za-z0-9]{3,100}+)(?!\.?[A-Za-z0-9])"
    r"|(?<=[A-Z])[A-Za-z0-9]{1,80}+(?P<separator>\.|::|`\.`|_(?=pm[A-Z]))"
    r"(?P<local>[A-Za-z][A-Za-z0-9]{1,120}+(?:\.[A-Za-z0-9_]{1,80}+){0,5}+)"
    r")(?![A-Za-z0-9])"
)
#: What such a name begins with, or what its class ends before. Letters of their own are searched at twenty times the
#: speed of a set of letters, so this is how the few places are found that `_MENTION` is then asked about.
_BEGINNINGS = (re.compile(r"pm[A-Z]"), re.compile(r"Cu[CU]p[A-Z]"), re.compile(r"Du[A-Z]"))
_SEPARATORS = (
    re.compile(r"\.(?:(?<=[A-Za-z0-9]\.)[A-Za-z]|(?<=(`)\.)`)"),
    re.compile(r"::[A-Za-z]"),
    re.compile(r"_(?:(?<=INTERNAL_)|(?<=RRC_)|(?<=[SXM][123]_)|(?<=UE_)MEAS_|pm[A-Z])"),
)
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_LONGEST_WORD = 140


def mentions(text: str) -> Iterator[re.Match[str]]:
    """What a text names anywhere, in its order; the group that matched last tells what it is."""
    starts: set[int] = set()
    for beginning in _BEGINNINGS:
        starts.update([found.start() for found in beginning.finditer(text)])
    for separator in _SEPARATORS:
        starts.update([word_start(text, found.start(found.lastindex or 0)) for found in separator.finditer(text)])
    return matches_at(_MENTION, text, starts)


def word_start(text: str, end: int) -> int:
    """Where the letters and digits begin that end at an offset."""
    before = text[end - _LONGEST_WORD if end > _LONGEST_WORD else 0 : end]
    return end - len(before) + len(before.rstrip(_LETTERS))


def matches_at(
    pattern: re.Pattern[str], text: str, starts: Iterable[int], stop: int = sys.maxsize
) -> Iterator[re.Match[str]]:
    """What `finditer` would find before `stop`, of a pattern that can match at these offsets alone."""
    end = 0
    for start in sorted(starts):
        found = pattern.match(text, start, stop) if start >= end else None
        if found:
            end = found.end()
            yield found


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
        measured = found[1] in _FAMILIES and _MEASUREMENT.match(name)
        return ("", name) if measured else (found[1], name[found.end() :])
    owner, joined, local = name.partition("_")
    if joined and _CLASS.match(owner) and _COUNTER.match(local):
        return owner, local
    return "", name


def is_counter(name: str, data_type: str = "") -> bool:
    """True when the name alone says counter; the type and the class overrule it (boolean, PmFunction)."""
    owner, local = split_name(name)
    if not _COUNTER.match(local):
        return local in PLAIN_COUNTERS and not _attribute_type(data_type)
    if local in PM_ATTRIBUTES or local in _PLACEHOLDERS:
        return False
    return owner != "PmFunction" and not _attribute_type(data_type) and not local.endswith("Enabled")


def is_sure_counter(name: str) -> bool:
    """True of a counter's name that no program has: three humps and more (`pmRrcConnEstabAtt`, not `pmReadAll`)."""
    return is_counter(name) and len(_HUMP.findall(split_name(name)[1])) >= 3


def is_measurement(name: str) -> bool:
    """True of a 3GPP measurement name: `RRC.ConnEstabAtt.Sum`, `VS.ifInDiscards`."""
    return _MEASUREMENT.match(name) is not None


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
    if local in _PLACEHOLDERS:
        return False
    if is_measurement(name) or is_vendor_measurement(name):
        return True
    return bool(_LOWER_CAMEL.match(local) and (_HUMP.search(local) or _COUNTER.match(local)))


def is_event(name: str) -> bool:
    """True of an event name where events are expected (a heading, a list); parameters of events never are."""
    if name in _NOT_EVENTS:
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


def is_attribute(local: str) -> bool:
    """True of a word with the shape of an MO attribute (`pMax`, `tTimer`, `qRxLevMin`), not of a file extension."""
    if local.lower() in _NOT_ATTRIBUTES or local in _NETWORK_WORDS:
        return False
    return _LOWER_CAMEL.match(local) is not None


def has_hump(local: str) -> bool:
    """True of `qRxLevMin`, false of `data`: an ordinary word says little about being an attribute."""
    return _HUMP.search(local) is not None


def is_class(name: str) -> bool:
    """True of a word with the shape of an MO class."""
    return _CLASS.match(name) is not None


def is_known_class(name: str) -> bool:
    """True of a class that belongs to a managed object model by name or by the words it ends in."""
    return name in KNOWN_CLASSES or (_CLASS.match(name) is not None and _CLASS_ENDING.search(name) is not None)


def document_number(text: str) -> str:
    """The first document number: `106/221 04-LZA 701 6014/1 Uen`; "" when none is printed."""
    found = _DOCUMENT.search(text) if _DOCUMENT_CLUE.search(text) else None
    return " ".join(found[0].split()) if found else ""


_DOCUMENT_CLUE = re.compile(r"/\d{3,5}(?: \d{2})?-[A-Z]{3}")  # begins with a letter of its own, and is fast therefore
_DOCUMENT = re.compile(
    r"(?<![A-Za-z0-9/])\d{1,4}/\d{3,5}(?: \d{2})?-[A-Z]{3} ?\d{3} ?\d{2,4}(?: ?\d{2,4})?(?:/\d{1,3})?(?: U[a-z]{2}\b)?"
)


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


#: Each begins with a set of letters or with letters of its own, as `_MENTION` does and for the same reason.
_RAN_WORDS = (
    re.compile(
        r"[CEFGLMNS](?:(?<=F)(?:AJ[\s_]{0,24}+(?:121|801|221)|eatureState)|(?<=C)XC\s?40[124]"
        r"|(?<=E)(?:UtranCell|NodeBFunction)|(?<=N)(?:RCell(?:CU|DU)|bIotCell|etworkElement=)"
        r"|(?<=G)NB(?:DU|CUCP|CUUP)Function|(?<=M)(?:eContext=|anagedElement=|O Class)|(?<=S)ubNetwork="
        r"|(?<=L)(?<!\wL)Z[AN] ?\d{3} ?\d{4})"
    ),
    re.compile(r"cmedit(?<!\wcmedit)\b"),
    re.compile(r"he (?<=[Tt]he )(?<!\w[Tt]he )[A-Z][A-Za-z0-9]{2,40}+ MO\b"),
)

_CALLED_MO = (re.compile(r"MO(?![A-Za-z0-9])(?: [Cc]lass)?:?"), re.compile(r"managed object"))
_BEFORE_MO = re.compile(r"(?<![A-Za-z0-9.])[A-Z][A-Za-z0-9]{2,60}+(?= )")
_AFTER_MO = re.compile(r" ([A-Z][A-Za-z0-9]{2,60}+)(?![A-Za-z0-9.])")


def told_classes(text: str) -> set[str]:
    """The words that a text calls an MO: `the HemlockLink MO`, `(MO class: NRCellDU)`."""
    told: set[str] = set()
    for pattern in _CALLED_MO:
        for found in pattern.finditer(text):
            if before := _BEFORE_MO.match(text, word_start(text, max(found.start() - 1, 0)), found.start()):
                told.add(before[0])
            if after := _AFTER_MO.match(text, found.end()):
                told.add(after[1])
    return {word for word in told if _HUMP.search(word) or is_known_class(word)}


def is_ran_text(text: str) -> bool:
    """True when a text holds at least one thing only RAN documents name; bare words are believed only then."""
    return any(words.search(text) for words in _RAN_WORDS)
