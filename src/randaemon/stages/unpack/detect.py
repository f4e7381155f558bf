"""What a file is, by its content. Names never count: two equal files are one document, whatever they are called."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from randaemon.model import Scalar
from randaemon.stages import encoding

HEAD = 256 * 1024  # bytes looked at
_OOXML = {
    b"word/": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    b"xl/": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    b"ppt/": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
SAVE_AS = "save it as DOCX, XLSX, PPTX, PDF or HTML"
_REPACK = "repack it as ZIP"
_AS_PDF = "put the text into a document; pictures are not read"
_MAGIC: tuple[tuple[bytes, str, str], ...] = (
    (b"\x1f\x8b", "application/gzip", _REPACK),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed", _REPACK),
    (b"Rar!\x1a\x07", "application/vnd.rar", _REPACK),
    (b"BZh", "application/x-bzip2", _REPACK),
    (b"\xfd7zXZ\x00", "application/x-xz", _REPACK),
    (b"\x28\xb5\x2f\xfd", "application/zstd", _REPACK),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage", SAVE_AS),
    (b"\x89PNG\r\n\x1a\n", "image/png", _AS_PDF),
    (b"\xff\xd8\xff", "image/jpeg", _AS_PDF),
    (b"GIF8", "image/gif", _AS_PDF),
    (b"II*\x00", "image/tiff", _AS_PDF),
    (b"MM\x00*", "image/tiff", _AS_PDF),
    (b"BM", "image/bmp", _AS_PDF),
)
_LEAD = re.compile(r"(?:\s+|<!--.*?-->|<\?.*?\?>)*", re.DOTALL)
_HTML = re.compile(
    r"<(?:!doctype\s+html|(?:html|head|body|title|meta|div|span|table|p|h[1-6]|ul|ol|section|article)\b)", re.IGNORECASE
)
_XHTML = re.compile(r"<(?:!doctype\s+)?html\b", re.IGNORECASE)
_XML = re.compile(r"<(?:!DOCTYPE\s|[A-Za-z_][\w.:-]*[\s/>])")
_MARKDOWN = re.compile(
    r"^(?:#{1,6} +\S|```|~~~|\|?(?: *:?-{3,}:? *\|)+ *:?-*:? *$|[-*] +\[[ x]\] |.*\[[^\]\n]+\]\([^)\n]+\))",
    re.MULTILINE,
)
_RST = re.compile(
    r"^(?:\.\. [\w-]+::|\.\. _[\w -]+:|:\w+:`|\+(?:[-=]{3,}\+)+ *$|\.\. (?:This work|SPDX|Copyright))", re.MULTILINE
)
_ATX = re.compile(r"^#{1,6} +[^\s#]", re.MULTILINE)
_DIRECTIVE = re.compile(r"^\.\. [\w-]+::", re.MULTILINE)
_RST_TITLE = re.compile(r"^(?P<over>([=*#~^-])\2{3,}\n)?\S.*\n(?:={4,}|~{4,}|\^{4,}|\*{4,}|-{4,}) *$", re.MULTILINE)
_YAML = re.compile(r"^(?:---\s*$|[A-Za-z_][\w.-]*:(?:\s|$))", re.MULTILINE)
_DEEPER = re.compile(r"^#{2,6} +[A-Za-z]", re.MULTILINE)
_KEYED = re.compile(r"[\"']?[A-Za-z_][\w ./-]{0,80}[\"']?:(?:\s+(?P<value>[^\s&!|>#].*))?\s*$")
_DELIMITERS = (",", ";", "\t", "|")


@dataclass(frozen=True, slots=True)
class Kind:
    """What a file is. `route` names the converter; without one it is not supported and `hint` says what to do."""

    media_type: str
    route: str = ""
    hint: str = ""
    meta: Mapping[str, Scalar] = field(default_factory=dict)


def detect(head: bytes, *, whole: bool) -> Kind:
    """The kind of a file from its first `HEAD` bytes; `whole` says that they are all of it. ZIP has route `zip`."""
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08PK")):
        return Kind("application/zip", "zip")
    if head.lstrip().startswith(b"%PDF-") or (b"%PDF-" in head[:1024] and not _printable(head)):
        return Kind("application/pdf", "pdf")  # readers allow junk before it; a text may speak of it
    return _known_binary(head) or _text(head, whole)


def detect_package(names: frozenset[bytes]) -> Kind:
    """What a ZIP is by the names in its directory: an office document or a plain archive."""
    if b"[Content_Types].xml" in names:
        for folder, media_type in _OOXML.items():
            if any(name.startswith(folder) and name.endswith(b".xml") for name in names):
                return Kind(media_type, "office")
        return Kind("application/zip", "", SAVE_AS)
    if b"mimetype" in names and b"content.xml" in names:
        return Kind("application/vnd.oasis.opendocument", "legacy")
    if b"mimetype" in names and b"META-INF/container.xml" in names:
        return Kind("application/epub+zip", "", SAVE_AS)
    return Kind("application/zip", "zip")


def sniff(text: str, *, whole: bool) -> str:
    """The delimiter of a table in text, "" when it is not one: records of one width, at least two of each."""
    best, best_score = "", 0.0
    for delimiter in _DELIMITERS:
        score = _table_score(text, delimiter, whole)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _known_binary(head: bytes) -> Kind | None:
    for magic, media_type, hint in _MAGIC:
        if head.startswith(magic) and not (magic == b"BM" and _printable(head[:64])):
            return Kind(media_type, "", hint)
    if head.startswith(b"{\\rtf"):
        return Kind("application/rtf", "legacy")
    if head[257:262] == b"ustar":
        return Kind("application/x-tar", "", _REPACK)
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return Kind("image/webp", "", _AS_PDF)
    return None


def _text(head: bytes, whole: bool) -> Kind:
    if not encoding.byte_order_mark(head) and not _printable(head):
        return Kind("application/octet-stream", "", "only documents and lists are read")
    sample = head if whole else head[: head.rfind(b"\n") + 1] or head[:-4]
    text, name = encoding.decode(sample, markup=True)
    kind = _markup(text) or _structured(text, whole) or Kind("text/plain", "text")
    return Kind(kind.media_type, kind.route, kind.hint, {"encoding": name, **kind.meta})


def _printable(data: bytes) -> bool:
    """True when the bytes look like text of some one-byte encoding or UTF-8: few control characters."""
    return 50 * len(data.translate(None, _TEXT_BYTES)) <= len(data)


_TEXT_BYTES = bytes({7, 8, 9, 10, 11, 12, 13, 27} | set(range(0x20, 0x100)) - {0x7F})


def _markup(text: str) -> Kind | None:
    lead = _LEAD.match(text)
    start = lead.end() if lead else 0
    is_xml = text.lstrip().startswith("<?xml")
    if (_XHTML if is_xml else _HTML).match(text, start):
        return Kind("text/html", "html")
    if is_xml or (_XML.match(text, start) and text.rstrip().endswith(">")):
        return Kind("application/xml", "xml")
    return None


def _structured(text: str, whole: bool) -> Kind | None:
    if _is_json(text, whole):
        return Kind("application/json", "text")
    marked = len(_MARKDOWN.findall(text[:20_000]))
    delimiter = "" if marked > 2 else sniff(text, whole=whole)
    if delimiter:
        return Kind("text/csv", "csv", meta={"delimiter": delimiter})
    if (_RST.search(text) and not _is_pandoc(text)) or (not marked and _RST_TITLE.search(text)):
        return Kind("text/x-rst", "text")
    if _is_yaml(text) and not (_is_headed(text) and _has_prose(text)):
        return Kind("application/yaml", "text")
    return Kind("text/markdown", "text") if marked else None


def _is_json(text: str, whole: bool) -> bool:
    start = text.lstrip()[:1]
    if start not in ("{", "["):
        return False
    first_line = text.lstrip().split("\n", 1)[0]
    return _parses(text) if whole else _parses(first_line) or '":' in text[:2000]


def _parses(text: str) -> bool:
    try:
        msgspec.json.decode(text)
    except msgspec.DecodeError:
        return '{"' in text[:2] and _lines_parse(text)
    except RecursionError:  # nested deeper than anyone means; it passes through as text
        return True
    return True


def _lines_parse(text: str) -> bool:
    """JSON lines: every line a value of its own."""
    try:
        return len(msgspec.json.Decoder(dict[str, object]).decode_lines(text)) > 0
    except msgspec.DecodeError:
        return False


def _is_pandoc(text: str) -> bool:
    """Markdown may hold grid tables too, but no directive."""
    return len(_ATX.findall(text[:20_000])) > 1 and not _DIRECTIVE.search(text)


def _is_yaml(text: str) -> bool:
    lines = [line for line in text[:20_000].splitlines() if line.strip() and not line.lstrip().startswith("#")]
    keyed = sum(bool(re.match(r"\s*(?:- )?[\"']?[\w./-]+[\"']?:(?:\s|$)|\s*- ", line)) for line in lines)
    return len(lines) > 2 and bool(_YAML.search(text)) and keyed >= 0.7 * len(lines)


def _is_headed(text: str) -> bool:
    """True of `##` lines, which are headings of Markdown as well as comments."""
    return _DEEPER.search(text[:20_000]) is not None


def _has_prose(text: str) -> bool:
    """True of what YAML cannot hold at the margin: a line without a key, emphasis, a list below a key with a value, a
    key twice.
    """
    above = ""
    keys: set[str] = set()
    for line in text[:20_000].splitlines():
        if line.startswith("- ") and above:
            return True
        if not line or line[0] in " \t#":
            continue
        if line.startswith("---"):
            keys.clear()  # of another document in the same file
        keyed = _KEYED.match(line)
        if keyed is None and (line.startswith("**") or line[0].isalpha()):
            return True
        key = line.partition(":")[0] if keyed else ""
        if key in keys:
            return True
        keys |= {key} if key else set()
        above = line if keyed and keyed["value"] else ""
    return False


def _table_score(text: str, delimiter: str, whole: bool) -> float:
    if delimiter not in text:
        return 0.0
    widths = _widths(text, delimiter, whole)
    if len(widths) < 2:
        return 0.0
    width, rows = Counter(widths).most_common(1)[0]
    share = rows / len(widths)
    if width < 2 or rows < 2 or share < 0.8 or _is_prose(text, delimiter, width):
        return 0.0
    return share + min(width, 50) / 1000


def _widths(text: str, delimiter: str, whole: bool) -> list[int]:
    csv.field_size_limit(2 * HEAD)  # the module's limit of 131,072 is smaller than the sample
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    widths = [len(row) for row in reader if any(cell.strip() for cell in row)]
    return widths if whole or len(widths) < 3 else widths[:-1]


def _is_prose(text: str, delimiter: str, width: int) -> bool:
    """Sentences have a space after each comma, and tables of Markdown have a bar at both ends."""
    if delimiter == "|":
        return text.lstrip().startswith("|")
    if delimiter == "\t" and width == 2:
        return _is_outline(text)
    count = text.count(delimiter)
    return delimiter != "\t" and width < 4 and text.count(delimiter + " ") > 0.5 * count


def _is_outline(text: str) -> bool:
    """True where a tab only stands behind the marks of clauses and items, as in text that a word processor wrote."""
    lines = [line for line in text.split("\n") if "\t" in line]
    marked = [line for line in lines if _MARKED.match(line)]
    return len(marked) >= _MOSTLY * len(lines) and not all(line[0].isdigit() and line[1] == "\t" for line in marked)


_MARKED = re.compile(r"(?:\d{1,2}(?:\.\d{1,3}){0,5}|[A-Z](?:\.\d{1,3}){1,4}|[a-z]\)|\[\d{1,3}\]|-|•)\t")
_MOSTLY = 0.8
