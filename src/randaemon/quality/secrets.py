"""Secrets and personal data in a text: found by kind, replaced by typed placeholders. Pure, in linear time.

What RAN documents print by the thousand is not taken for one: release and clause numbers, masks, example networks
(RFC 5737, RFC 3849), licence keys, document numbers, times. Where a word says that a secret follows (`password is …`),
what follows is one unless it is a word that such sentences go on with (`required`, `stored`).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

Match = re.Match[str]


@dataclass(frozen=True, slots=True)
class Secret:
    """Where something stands that must not be taught, and what it is: `MAIL`, `IMSI`, …"""

    kind: str
    start: int
    end: int


def scan(text: str) -> list[Secret]:
    """All of them, in the order of the text; of two that overlap the first one named in the list of kinds."""
    return list(_found_in(text))


def masked(text: str) -> str:
    """The text with `<MAIL>`, `<IMSI>`, … where they stood."""
    parts, place = [], 0
    for secret in _found_in(text):
        parts += [text[place : secret.start], f"<{secret.kind}>"]
        place = secret.end
    return "".join((*parts, text[place:]))


def _found_in(text: str) -> tuple[Secret, ...]:
    """Lines and answers come again and again; prompts and pages are too large to be kept."""
    return _known(text) if len(text) <= _KEPT else _scanned(text)


_KEPT = 2000  # characters


@lru_cache(maxsize=2048)
def _known(text: str) -> tuple[Secret, ...]:
    return _scanned(text)


def _scanned(text: str) -> tuple[Secret, ...]:
    found: list[Secret] = []
    for secret in _found(text):
        if not any(secret.start < other.end and other.start < secret.end for other in found):
            found.append(secret)
    return tuple(sorted(found, key=lambda each: each.start))


def _found(text: str) -> Iterator[Secret]:
    low = text.lower()
    for kind, shapes in _KINDS.items():
        for shape in shapes:
            if not shape.hints.search(low):
                continue
            for each in shape.pattern.finditer(text):
                if shape.holds(each):
                    start, end = each.span(each.lastindex or 0)
                    yield Secret(kind, start, start + len(text[start:end].rstrip(".")))


def _always(_: Match) -> bool:
    return True


def _value(found: Match) -> str:
    return str(found[found.lastindex or 0]).rstrip(".")


def _given(found: Match) -> bool:
    """`password=x`, `password: x`, `password is x`: anything but a placeholder or a word such a sentence goes on with.

    A plain word is one only where the clause ends with it: `password: choose a long one` gives none.
    """
    value = _value(found)
    if value.lower() in _ORDINARY or _PLACEHOLDER.match(value):
        return False
    behind = found.string[found.end() : found.end() + 1]
    plain = value.isalpha() and not _mixed(value)
    quoted = found.string[found.start(found.lastindex or 0) - 1] in "\"'`"
    return quoted or not plain or "=" in found[0] or not behind or behind in "\n,;|)" or found[0].endswith(".")


def _mentioned(found: Match) -> bool:
    """`the password x`, `| password | x |`: only what no word looks like."""
    value = _value(found)
    return _given(found) and (_mixed(value) or (any(map(str.isdigit, value)) and any(map(str.islower, value))))


def _community(found: Match) -> bool:
    """Of SNMP, not of BGP, whose communities are numbers."""
    return _given(found) and not re.fullmatch(r"[\d:]+", _value(found))


def _mixed(value: str) -> bool:
    """Letters beside digits, signs, or capitals inside of a small word."""
    inner = any(map(str.isupper, value[1:])) and any(map(str.islower, value))
    return inner or (any(map(str.isdigit, value)) and any(map(str.isalpha, value))) or not value.isalnum()


def _has_digit(found: Match) -> bool:
    return any(map(str.isdigit, _value(found)))


def _luhn(found: Match) -> bool:
    """The check digit of an IMEI."""
    numbers = [int(digit) for digit in found[1] if digit.isdigit()]
    doubled = [number * 2 - 9 * (number > 4) if place % 2 else number for place, number in enumerate(reversed(numbers))]
    return len(numbers) == 15 and sum(doubled) % 10 == 0


def _called(found: Match) -> bool:
    """As many digits as a telephone number has."""
    return 7 <= sum(map(str.isdigit, _value(found))) <= 15


def _address(found: Match) -> bool:
    """A real IPv4 address: no mask, no example, no clause or release number, none that stands for any host."""
    try:
        address = ipaddress.IPv4Address(found[1])
    except ValueError:
        return False
    if found[1].startswith("255.") or any(address in network for network in _EXAMPLES):
        return False
    if address.is_unspecified or address.is_loopback or address.is_multicast:
        return False
    before = found.string[max(found.start() - _LEAD, 0) : found.start()]
    if _NUMBERED.search(before) or (_LINE_START.search(before) and _TITLE.match(found.string, found.end())):
        return False
    return address.is_private or max(address.packed) >= _NO_CLAUSE or _HOSTS.search(before) is not None


def _address6(found: Match) -> bool:
    try:
        address = ipaddress.IPv6Address(found[1])
    except ValueError:
        return False
    return not (address.is_unspecified or address.is_loopback or address.is_multicast or address in _EXAMPLE6)


def _hardware(found: Match) -> bool:
    """Of one interface: no group, no broadcast, no example, no number with dots."""
    digits = re.sub(r"\W", "", found[1])
    group, example = int(digits[1], 16) % 2 == 1, digits.upper().startswith("00005E")
    number = "." in found[1] and digits.isdigit()
    return not (group or example or number or not int(digits, 16))


_LEAD = 40  # characters before an address in which a word says what it is
_NO_CLAUSE = 100  # no clause of a specification has a number like this
_EXAMPLES = tuple(map(ipaddress.IPv4Network, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")))
_EXAMPLE6 = ipaddress.IPv6Network("2001:db8::/32")
_NUMBERED = re.compile(
    r"\b(?:(?:sub)?clauses?|sections?|chapters?|annex|appendix|figure|table|versions?|releases?|rev(?:ision)?\.?|v|ts|tr"
    r"|software|package|build|firmware|step)\s*\Z",
    re.IGNORECASE,
)
_LINE_START = re.compile(r"(?:\A|\n)[#\s]*\Z")
_TITLE = re.compile(r"\.?[ \t]+[A-Z]")
_HOSTS = re.compile(
    r"\b(?:ip|address(?:es)?|host|server|gateway|router|ssh|ping|telnet|s?ftp|https?|login|log on|subnet|route|dns|ntp"
    r"|url|connect|reach(?:ed)?)\b|//|@",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(r"[*.xX_$#{}\[\]()…-]+\Z|your|.*\.\.", re.IGNORECASE)
_GOES_ON = """
    a able algorithm an and any are as at authentication be blank by can change changed choose confidential correct
    default defined disabled edit empty enabled encrypted enter entered expired expires field for from generated hashed
    hidden if in incorrect integer invalid is it kept known length long lost mandatory management may must n/a name new
    no none not null of on only optional or personal plaintext policy private protected provided read-only read-write
    required reset reused role safe saved secret secure see sent set shared shall short should shown static stored
    string strong text that the then this to true false type unchanged unique unknown unset used user valid value weak
    when will with wrong yes your
"""
_ORDINARY = frozenset(_GOES_ON.split())
_PEM = "[A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----"
_WORDS = (
    r"(?:pass(?:word|wd|phrase|code)|(?<![a-z])(?:pwd|psk|credentials?)|secret(?:[ _-]?key)?"
    r"|(?:api|access|shared)[ _-]?key)\b"
)
_IS = r"\s*(?:=|:|\b(?:is|was|be)\b(?: set to| now)?)\s*"
_GIVEN = r"[\"'`]?([^\s<>\"'`,;|]{3,80})"
_DIGITS = "0 1 2 3 4 5 6 7 8 9"
_COMMUNITY = r"\bcommunity(?:[ _-](?:string|name))?"


@dataclass(frozen=True, slots=True)
class _Shape:
    """A pattern, looked for only where one of the hints stands: ten times as quick over text that holds none."""

    hints: re.Pattern[str]  # in small letters
    pattern: re.Pattern[str]
    holds: Callable[[Match], bool]


def _shape(hints: str, pattern: str, holds: Callable[[Match], bool] = _always, flags: int = re.IGNORECASE) -> _Shape:
    return _Shape(re.compile("|".join(map(re.escape, hints.split()))), re.compile(pattern, flags), holds)


_HINTED = "pass pwd psk credential secret key"
_KINDS: Mapping[str, tuple[_Shape, ...]] = {
    "PRIVATE_KEY": (
        _shape("private", rf"-----BEGIN {_PEM}(?:[\s\S]{{0,8000}}?-----END {_PEM}|(?:\s+[\w+/=]{{16,80}})*)", flags=0),
    ),
    "SIM_KEY": (
        _shape(
            "k op", r"\b(?:K|K[iI]|O[pP][cC]?|KASME|CK|IK)\b\s*(?:[=:|]|is\b)?\s*((?:0x)?[0-9a-fA-F]{32})\b", flags=0
        ),
    ),
    "ACCESS_KEY": (
        _shape(
            "akia asia gh glpat- xox aiza sk- k_live_ hf_ npm_ accountkey",
            r"\b(?:(?:AKIA|ASIA)[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{20,}"
            r"|xox[abeprs]-[\w-]{10,}|AIza[\w-]{35}|sk-[\w-]{20,}|[sr]k_live_\w{16,}|hf_[A-Za-z0-9]{30,}"
            r"|npm_[A-Za-z0-9]{36}|AccountKey=[\w+/=]{40,})",
            flags=0,
        ),
    ),
    "TOKEN": (
        _shape("eyj bearer", r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*|\bBearer\s+[\w.~+/-]{16,}", flags=0),
        _shape("authorization", r"\bauthorization\b\W{1,3}basic\s+([\w+/]{8,}={0,2})"),
        _shape("token", rf"\btoken{_IS}[\"'`]?([\w.-]{{16,}})", _has_digit),
    ),
    "PASSWORD": (
        _shape(_HINTED, rf"{_WORDS}{_IS}{_GIVEN}", _given),
        _shape(_HINTED, rf"{_WORDS}\s+[\"'`]([^\s\"'`]{{3,80}})[\"'`]", _given),
        _shape(_HINTED, rf"{_WORDS}\s*\|\s*([^\s|]{{6,80}})\s*\|", _mentioned),
        _shape(
            _HINTED,
            rf"{_WORDS}\s+([^\s<>\"'`,;|]{{6,80}})",
            lambda found: _has_digit(found) and _mentioned(found),
        ),
        _shape("pin puk", rf"\b(?:PIN|PUK)(?: code)?{_IS}(\d{{4,8}})\b"),
        _shape("://", r"://[^\s:/@]{1,64}:([^\s:/@]{1,64})@"),
        _shape("-u --user", r"(?<!\w)(?:-u|--user)[ =][^\s:]{1,64}:([^\s/]{3,64})"),
    ),
    "COMMUNITY": (
        _shape("community", r"\bsnmp-server\s+community\s+(\S{3,64})"),
        _shape(
            "community",
            rf"{_COMMUNITY}{_IS}{_GIVEN}",
            _community,
        ),
        _shape("community", rf"{_COMMUNITY}\s+{_GIVEN}", lambda found: _community(found) and _mentioned(found)),
    ),
    "MAIL": (_shape("@", r"\b[\w.%+-]{1,64}@[A-Z0-9-]{1,63}(?:\.[A-Z0-9-]{2,63}){1,4}\b"),),
    "IMSI": (
        _shape("imsi supi", r"\b(?:IMSI|SUPI)\b\W{0,4}(?:is\s+|of\s+)?(\d{14,15}|\d{3}[ -]\d{2,3}[ -]\d{9,10})\b"),
    ),
    "IMEI": (
        _shape(_DIGITS, r"(?<![\w.])(\d{2}-?\d{6}-?\d{6}-?\d)(?![\w.]*\d)", _luhn, 0),
        _shape("imei", r"\bIMEI(?:SV)?\b\W{0,4}(?:is\s+|of\s+)?(\d{14,16})\b"),
    ),
    "MSISDN": (
        _shape("+", r"(?<![\w+])(\+\d{1,3}[ -]\d[\d -]{7,13}\d)\b|(?<![\w+.])(\+[1-9]\d{7,14})(?![\w.]*\d)"),
        _shape("(0)", r"(?<![\w+])(\+\d{1,3} ?\(0\)[\d -]{6,14}\d)\b"),
        _shape(
            "msisdn phone tel fax hotline mobile",
            r"\b(?:msisdn|(?:tele)?phone|tel|fax|hotline|mobile(?= (?:no|num)| ?:))\b\.?(?:\s*(?:no\.?|number))?\s*"
            r"(?:is\b|[:=|-])?\s*(\(?\+?\d[\d ()/-]{5,18}\d)\b",
            _called,
        ),
        _shape("-", r"(?<![\w-])((?:\(\d{3}\) ?|\d{3}-)\d{3}-\d{4})(?![\w-])", flags=0),
    ),
    "IP_ADDRESS": (_shape(_DIGITS, r"(?<![\w.])(\d{1,3}(?:\.\d{1,3}){3})(?![\w.]*\d)", _address, 0),),
    "IP6_ADDRESS": (_shape(":", r"(?<![\w:.])([0-9a-fA-F:]{6,39})(?![\w:])", _address6, 0),),
    "MAC_ADDRESS": (
        _shape(": -", r"(?<![\w:-])((?:[0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2})(?![\w:-])", _hardware, 0),
        _shape(".", r"(?<![\w.])([0-9a-fA-F]{4}\.[0-9a-fA-F]{4}\.[0-9a-fA-F]{4})(?![\w.]*\w)", _hardware, 0),
    ),
}
NAMES: Mapping[str, str] = {
    "PRIVATE_KEY": "a private key",
    "SIM_KEY": "the key of a SIM",
    "ACCESS_KEY": "an access key",
    "TOKEN": "a bearer token",
    "PASSWORD": "a password",
    "COMMUNITY": "an SNMP community",
    "MAIL": "a mail address",
    "IMSI": "an IMSI",
    "IMEI": "an IMEI",
    "MSISDN": "a telephone number",
    "IP_ADDRESS": "a network address",
    "IP6_ADDRESS": "a network address",
    "MAC_ADDRESS": "a hardware address",
}
