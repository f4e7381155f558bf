"""What the names of a vendor's deliveries say: libraries as ZIP, documents by number and revision.

    en_lzn7931071_r38f.zip              library LZN 793 1071 R38F, in English
    347_22104-LZA7016014_1Uen.BC.html   document 347/221 04-LZA 701 6014/1 Uen, revision BC

As with 3GPP's names (`threegpp`), this is told beside what the document itself says and never instead of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_LIBRARY = re.compile(
    r"(?P<language>[a-z]{2})_lzn(?P<number>\d{7})(?:_(?P<revision>[a-z]\d{1,3}[a-z]{0,2}))?", re.IGNORECASE
)
_DOCUMENT = re.compile(
    r"(?P<serial>\d{1,4})_(?P<decimal>\d{3,6})-(?P<product>[A-Z]{3})(?P<number>\d{7})(?:_(?P<variant>\d+))?"
    r"(?P<language>U[a-z]{2})?(?:\.(?P<revision>[A-Z]{1,3}\d{0,2}))?",
)
_LANGUAGES = {"en": "English", "sv": "Swedish", "de": "German", "fr": "French", "es": "Spanish", "zh": "Chinese"}
_EXTENSION = re.compile(r"\.(?:zip|html?|pdf|docx?|xlsx?|csv|txt|xml|md)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A library or a document, as its file is called."""

    kind: str  # library | document
    number: str
    revision: str = ""
    language: str = ""

    def __str__(self) -> str:
        revision = f" {self.revision}" if self.revision and self.kind == "library" else ""
        if self.revision and self.kind == "document":
            revision = f", revision {self.revision}"
        return f"{self.kind} {self.number}{revision}" + (f", {self.language}" if self.language else "")


def parse(name: str) -> Delivery | None:
    """A file's name, with or without folder and extension; None for any other name."""
    stem = _EXTENSION.sub("", re.split(r"[/\\]", name)[-1].strip())
    if found := _LIBRARY.fullmatch(stem):
        digits = found["number"]
        language = _LANGUAGES.get(found["language"].lower(), found["language"].lower())
        return Delivery("library", f"LZN {digits[:3]} {digits[3:]}", (found["revision"] or "").upper(), language)
    if found := _DOCUMENT.fullmatch(stem):
        return Delivery("document", _document_number(found), found["revision"] or "")
    return None


def _document_number(found: re.Match[str]) -> str:
    decimal, digits = found["decimal"], found["number"]
    decimal = f"{decimal[:3]} {decimal[3:]}" if len(decimal) > 4 else decimal
    variant = f"/{found['variant']}" if found["variant"] else ""
    language = f" {found['language']}" if found["language"] else ""
    return f"{found['serial']}/{decimal}-{found['product']} {digits[:3]} {digits[3:]}{variant}{language}"
