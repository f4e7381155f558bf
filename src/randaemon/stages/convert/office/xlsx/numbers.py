"""Numbers as a workbook prints them: `7` in the format `000` is `007`, `1.1` in `0.00` is `1.10`, days are dates.

Dates come out as ISO has them, whatever the country of the format; what a format does beyond this (fractions, signs
between digits) leaves the number plain. Format codes: ECMA-376 part 1, 18.8.31.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Final

_COMMON: Final = """
    1 0|2 0.00|3 #,##0|4 #,##0.00|9 0%|10 0.00%|11 0.00E+00|12 # ?/?|13 # ??/??|14 yyyy-mm-dd|15 yyyy-mm-dd
    |16 yyyy-mm-dd|17 yyyy-mm-dd|18 h:mm|19 h:mm:ss|20 h:mm|21 h:mm:ss|22 yyyy-mm-dd h:mm|37 #,##0|38 #,##0|39 #,##0.00
    |40 #,##0.00|45 h:mm:ss|46 [h]:mm:ss|47 h:mm:ss|48 ##0.0E+0|49 @
"""
BUILT_IN: Final = {
    int(number): code for number, _, code in (pair.strip().partition(" ") for pair in _COMMON.split("|"))
}
_WHOLE = re.compile(r"-?\d{1,15}")
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|[_*].|\[\$(?P<money>[^\]-]*)[^\]]*\]|\[(?P<elapsed>h+|m+|s+)\]|\[[^\]]*\]'
    r"|(?P<scientific>E[+-]0+)|(?P<general>General)|(?P<half>AM/PM|A/P)|(?P<digits>[0#?.,]+)|(?P<date>[ymdhs]+)|(?P<sign>.)",
    re.IGNORECASE | re.DOTALL,
)
_SECTION = re.compile(r'(?:"[^"]*"|\\.|[^;"\\])*', re.DOTALL)
_LAST_DAY: Final = 2_958_465  # 9999-12-31


@dataclass(frozen=True, slots=True)
class _Section:
    """One of the up to four parts of a format code, taken apart."""

    before: str = ""
    after: str = ""
    digits: str = ""  # of "#,##0.00"
    exponent: int = 0  # digits of the exponent, 0 without one
    percent: int = 0
    dates: str = ""  # "ymdhs" as far as they occur
    elapsed: bool = False
    kind: str = "number"  # number | date | general | words | text | plain


def plain(raw: str) -> str:
    """A number without a format: as few digits as tell it from others, and no exponent up to 20 of them."""
    if _WHOLE.fullmatch(raw):
        return raw
    try:
        text = format(float(raw), ".15g")
    except ValueError:
        return raw
    return format(Decimal(text), "f") if "e" in text and abs(float(raw)) < 1e21 and abs(float(raw)) > 1e-15 else text


class Format:
    """A number format; `of` a raw number gives what is printed."""

    def __init__(self, code: str, *, from_1904: bool = False) -> None:
        parts = [found for found in _SECTION.findall(code) if found] or ["General"]
        self._sections = [_section(part) for part in parts[:3]]
        self._epoch = datetime(1904, 1, 1) if from_1904 else datetime(1899, 12, 30)  # noqa: DTZ001  # no zone in files

    def of(self, raw: str) -> str:
        """A number as it is printed; what is no number stays as it is."""
        try:
            value = Decimal(raw)
        except InvalidOperation:
            return raw
        if not value.is_finite() or abs(value) > Decimal("1e300"):
            return raw
        section, value = self._chosen(value)
        match section.kind:
            case "date":
                return self._date(section, value) or plain(raw)
            case "general":
                return f"{section.before}{plain(format(value, 'f') if abs(value) < 10**20 else raw)}{section.after}"
            case "number":
                return f"{section.before}{_digits(section, value)}{section.after}"
            case "words":
                return section.before or plain(raw)
            case _:
                return plain(raw)

    def _chosen(self, value: Decimal) -> tuple[_Section, Decimal]:
        if value < 0 and len(self._sections) > 1:
            section = self._sections[1]
            return (section, abs(value)) if section.before or section.after else (section, value)
        return self._sections[2 if value == 0 and len(self._sections) > 2 else 0], value

    def _date(self, section: _Section, value: Decimal) -> str:
        if section.elapsed:
            seconds = int((value * 86_400).to_integral_value(ROUND_HALF_UP))
            return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
        if not 0 <= value < _LAST_DAY:
            return ""
        leap = 1 if value < 60 and self._epoch.year == 1899 else 0  # 1900 had a 29th of February, for spreadsheets
        moment = self._epoch + timedelta(days=int(value) + leap, seconds=round(float(value % 1) * 86_400))
        has_time = bool(set(section.dates) & set("hs"))
        has_day = bool(set(section.dates) & set("yd")) or not has_time
        time = "%H:%M:%S" if "s" in section.dates or moment.second else "%H:%M"
        return moment.strftime(" ".join((["%Y-%m-%d"] if has_day else []) + ([time] if has_time else [])))


def _section(code: str) -> _Section:
    tokens = list(_tokens(code))
    dates = "".join(value for kind, value in tokens if kind in ("date", "elapsed")).lower()
    if dates:
        return _Section(dates=dates, elapsed=any(kind == "elapsed" for kind, _ in tokens), kind="date")
    body = [number for number, (kind, _) in enumerate(tokens) if kind != "literal"]
    first, last = (body[0], body[-1] + 1) if body else (len(tokens), len(tokens))
    literals = "".join(value for kind, value in tokens if kind == "literal")
    return _Section(
        before="".join(value for _, value in tokens[:first]),
        after="".join(value for _, value in tokens[last:]),
        digits="".join(value for kind, value in tokens if kind == "digits"),
        exponent=next((len(value) - 2 for kind, value in tokens if kind == "scientific"), 0),
        percent=literals.count("%"),
        kind=_kind(tokens[first:last], literals),
    )


def _kind(body: Sequence[tuple[str, str]], literals: str) -> str:
    kinds = {kind for kind, _ in body}
    if "@" in literals:
        return "text"
    if not kinds:
        return "words"
    if "general" in kinds:
        return "general"
    return "number" if "digits" in kinds and "literal" not in kinds else "plain"  # signs between digits


def _tokens(code: str) -> Iterator[tuple[str, str]]:
    for found in _TOKEN.finditer(code):
        kind = found.lastgroup
        if kind in ("quoted", "escaped", "money", "sign"):
            yield "literal", found.group(kind)
        elif kind in ("digits", "scientific", "general", "date", "elapsed"):
            yield kind, found.group(kind)


def _digits(section: _Section, value: Decimal) -> str:
    scaled, _, part = section.digits.partition(".")
    whole, part = scaled.rstrip(","), part.rstrip(",")
    value = value * 100**section.percent / 1000 ** (len(scaled) - len(whole))
    if section.exponent:
        mantissa, _, power = format(value, f".{len(part)}e").partition("e")
        return f"{mantissa}E{power[0]}{power[1:].lstrip('0').zfill(section.exponent)}"
    rounded = abs(value).quantize(Decimal(1).scaleb(-len(part)), ROUND_HALF_UP) if abs(value) < 10**25 else abs(value)
    left, _, right = format(rounded, "f").partition(".")
    left = "" if left == "0" and "0" not in whole else left.zfill(whole.count("0"))
    if "," in whole:
        left = re.sub(r"(?<=\d)(?=(?:\d{3})+$)", ",", left)
    needed = len(part.rstrip("#?"))
    right = right[:needed] + right[needed:].rstrip("0")
    sign = "-" if value < 0 and rounded else ""
    return sign + (left or ("" if right else "0")) + (f".{right}" if right else "")
