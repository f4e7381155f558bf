"""Secrets and personal data in a text: found by kind, replaced by typed placeholders. Pure, in linear time.

What RAN documents print by the thousand is not taken for one: release numbers, masks, example networks (RFC 5737),
licence keys, document numbers.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Secret:
    """Where something stands that must not be taught, and what it is: `MAIL`, `IMSI`, …"""

    kind: str
    start: int
    end: int


def scan(text: str) -> list[Secret]:
    """All of them, in the order of the text; of two that overlap the first one named in the list of kinds."""
    found: list[Secret] = []
    for secret in _found(text):
        if not any(secret.start < other.end and other.start < secret.end for other in found):
            found.append(secret)
    return sorted(found, key=lambda each: each.start)


def masked(text: str) -> str:
    """The text with `<MAIL>`, `<IMSI>`, … where they stood."""
    parts, place = [], 0
    for secret in scan(text):
        parts += [text[place : secret.start], f"<{secret.kind}>"]
        place = secret.end
    return "".join((*parts, text[place:]))


def _found(text: str) -> Iterator[Secret]:
    for kind, (pattern, holds) in _KINDS.items():
        for each in pattern.finditer(text):
            if holds(each[each.lastindex or 0]):
                yield Secret(kind, *each.span(each.lastindex or 0))


def _always(_: str) -> bool:
    return True


def _luhn(digits: str) -> bool:
    """The check digit of an IMEI."""
    numbers = [int(digit) for digit in digits if digit.isdigit()]
    doubled = [number * 2 - 9 * (number > 4) if place % 2 else number for place, number in enumerate(reversed(numbers))]
    return len(numbers) == 15 and sum(doubled) % 10 == 0


def _private(address: str) -> bool:
    """A real IPv4 address: no mask, no example, none of those that stand for any host."""
    try:
        found = ipaddress.IPv4Address(address)
    except ValueError:
        return False
    mask = address.startswith("255.")
    example = any(found in network for network in _EXAMPLES)
    return not (mask or example or found.is_unspecified or found.is_loopback or found.is_multicast)


def _private6(address: str) -> bool:
    try:
        found = ipaddress.IPv6Address(address)
    except ValueError:
        return False
    return not (found.is_unspecified or found.is_loopback or found in _EXAMPLE6) and len(address) > 6


_EXAMPLES = tuple(map(ipaddress.IPv4Network, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")))
_EXAMPLE6 = ipaddress.IPv6Network("2001:db8::/32")
_PEM = "[A-Z ]{0,30}PRIVATE KEY-----"
_BASE64 = r"(?:\s+[\w+/=]{16,80})*"  # the lines of a key whose end is missing
_KINDS: Mapping[str, tuple[re.Pattern[str], Callable[[str], bool]]] = {
    "PRIVATE_KEY": (
        re.compile(rf"-----BEGIN {_PEM}(?:[\s\S]{{0,8000}}?-----END {_PEM}|(?:\s+[\w+/=]{{16,80}})*)"),
        _always,
    ),
    "ACCESS_KEY": (re.compile(r"\b(?:AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{20,}|sk-[A-Za-z0-9_-]{20,})"), _always),
    "TOKEN": (re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.|\bBearer\s+[A-Za-z0-9._~+/-]{16,}"), _always),
    "PASSWORD": (
        re.compile(r"\b(?:password|passwd|pwd|secret|api[_-]?key)\s*[=:]\s*([^\s<>\"'`,;]{4,})", re.IGNORECASE),
        _always,
    ),
    "MAIL": (
        re.compile(r"\b[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{2,63}){1,4}\b"),
        _always,
    ),
    "IMSI": (re.compile(r"\bIMSI\b\W{0,4}(?:is\s+|of\s+)?(\d{14,15})\b", re.IGNORECASE), _always),
    "IMEI": (re.compile(r"(?<![\w.])(\d{2}-?\d{6}-?\d{6}-?\d)(?![\w.]*\d)"), _luhn),
    "MSISDN": (
        re.compile(
            r"(?<![\w+])(\+\d{1,3}[ -]\d[\d -]{7,13}\d)\b|\b(?:MSISDN|phone|tel)\b\W{0,4}(?:is\s+)?(\+?\d{9,15})\b",
            re.IGNORECASE,
        ),
        _always,
    ),
    "IP_ADDRESS": (re.compile(r"(?<![\w.])(\d{1,3}(?:\.\d{1,3}){3})(?![\w.]*\d)"), _private),
    "IP6_ADDRESS": (re.compile(r"(?<![\w:])([0-9a-fA-F]{1,4}(?::{1,2}[0-9a-fA-F]{1,4}){3,7})(?![\w:])"), _private6),
    "MAC_ADDRESS": (re.compile(r"(?<![\w:-])((?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2})(?![\w:-])"), _always),
}
NAMES: Mapping[str, str] = {
    "PRIVATE_KEY": "a private key",
    "ACCESS_KEY": "an access key",
    "TOKEN": "a bearer token",
    "PASSWORD": "a password",
    "MAIL": "a mail address",
    "IMSI": "an IMSI",
    "IMEI": "an IMEI",
    "MSISDN": "a telephone number",
    "IP_ADDRESS": "a network address",
    "IP6_ADDRESS": "a network address",
    "MAC_ADDRESS": "a hardware address",
}
