"""What the name of a file says, beside what it is. Stages see no names (docs/decisions.md 2); here both are known."""

from __future__ import annotations

from pathlib import PurePosixPath

from randaemon.ran import deliveries, threegpp

_OOXML = "application/vnd.openxmlformats-officedocument"
_TEXTS = frozenset({"text/plain", "text/csv", "text/markdown", "text/x-rst"})
_DATA = frozenset({"application/json", "application/yaml", "application/xml"})
_EXPECTED: dict[str, frozenset[str]] = {
    "html": frozenset({"text/html"}),
    "htm": frozenset({"text/html"}),
    "xhtml": frozenset({"text/html"}),
    "pdf": frozenset({"application/pdf"}),
    "docx": frozenset({f"{_OOXML}.wordprocessingml.document"}),
    "xlsx": frozenset({f"{_OOXML}.spreadsheetml.sheet"}),
    "pptx": frozenset({f"{_OOXML}.presentationml.presentation"}),
    "doc": frozenset({"application/x-ole-storage"}),
    "xls": frozenset({"application/x-ole-storage"}),
    "ppt": frozenset({"application/x-ole-storage"}),
    "rtf": frozenset({"application/rtf"}),
    "zip": frozenset({"application/zip"}),
    "csv": frozenset({"text/csv"}),
    "tsv": frozenset({"text/csv"}),
    "txt": _TEXTS | _DATA,
    "log": _TEXTS | _DATA,
    "md": _TEXTS,
    "rst": _TEXTS,
    "xml": frozenset({"application/xml", "text/html"}),
    "json": frozenset({"application/json"}),
    "yaml": frozenset({"application/yaml", "application/json", "text/plain"}),
    "yml": frozenset({"application/yaml", "application/json", "text/plain"}),
    "png": frozenset({"image/png"}),
    "jpg": frozenset({"image/jpeg"}),
    "jpeg": frozenset({"image/jpeg"}),
    "gif": frozenset({"image/gif"}),
}


def mismatch(name: str, media_type: str) -> str:
    """A note where the extension promises something else than the content is; "" where it fits or promises nothing."""
    extension = PurePosixPath(name).suffix.lstrip(".").lower()
    expected = _EXPECTED.get(extension)
    if not media_type or expected is None or media_type in expected:
        return ""
    return f"called .{extension}, but its content is {media_type}: the content counts"


def told(name: str) -> str:
    """`3GPP 38.331 version 18.6.0 (Release 18)`, `library LZN 793 1071 R38F, English`; "" for any other name."""
    found = threegpp.parse(name) or deliveries.parse(name)
    return str(found) if found else ""
