"""The ZIP of XML parts that an office document is: parts by name, relations, strict names taken for the common ones.

`unpack` has judged the archive before (sizes, methods, document types); no part is ever written anywhere.
"""

from __future__ import annotations

import hashlib
import posixpath
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from lxml import etree

from randaemon.errors import DAMAGE, Refused, Unreadable

OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006"
R: Final = f"{{{OFFICE}/relationships}}"
A: Final = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
COMPATIBLE: Final = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_RELATION: Final = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_TITLE: Final = "{http://purl.org/dc/elements/1.1/}title"
_STRICT: Final = (  # ISO 29500 strict has other names for the same things
    (
        b"http://purl.oclc.org/ooxml/wordprocessingml/main",
        b"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    ),
    (b"http://purl.oclc.org/ooxml/spreadsheetml/main", b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"),
    (b"http://purl.oclc.org/ooxml/presentationml/main", b"http://schemas.openxmlformats.org/presentationml/2006/main"),
    (b"http://purl.oclc.org/ooxml/drawingml/main", b"http://schemas.openxmlformats.org/drawingml/2006/main"),
    (b"http://purl.oclc.org/ooxml/officeDocument/math", OFFICE.encode() + b"/math"),
    (b"http://purl.oclc.org/ooxml/officeDocument/relationships", OFFICE.encode() + b"/relationships"),
)
_ROOT: Final = 8192  # bytes in which a part's root element declares its names
_TREE_MAX: Final = 96 << 20  # bytes of XML; its tree takes ten times as many
_PARSER = {"resolve_entities": False, "load_dtd": False, "no_network": True, "huge_tree": True}


@dataclass(frozen=True, slots=True)
class Relation:
    """What a part refers to: the name of another part, or an address outside."""

    kind: str  # the last word of its type: image, hyperlink, styles, …
    target: str
    external: bool


class Piecewise:
    """An XML part as it is read; the names of its root, at its beginning, are the common ones."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._head = _common(file.read(_ROOT))

    def read(self, size: int = -1) -> bytes:
        """The next bytes; somewhat more than `size` at the very beginning."""
        head, self._head = self._head, b""
        return head or self._file.read(size)


class Package:
    """An open office document."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._names = {name.lower(): name for name in archive.namelist()}  # programs disagree about their case

    def main(self) -> str:
        """The name of the part that holds the document itself; raises Unreadable E_OFFICE without one."""
        found = next((each for each in self.relations("").values() if each.kind == "officeDocument"), None)
        if found is None:
            raise damaged()
        return found.target

    def data(self, name: str) -> bytes | None:
        """A part's bytes, None when there is no such part."""
        stored = self._names.get(name.lower())
        return self._archive.read(stored) if stored else None

    def xml(self, name: str) -> Any:
        """A part's root element, None when there is no such part; raises Refused E_TOO_LARGE."""
        if self.size(name) > _TREE_MAX:
            raise Refused("a part of it is larger than 96 MiB", hint="split it or save it as PDF", code="E_TOO_LARGE")
        data = self.data(name)
        return None if data is None else etree.fromstring(_common(data), etree.XMLParser(**_PARSER))

    def size(self, name: str) -> int:
        """How many bytes a part has, 0 when there is no such part."""
        stored = self._names.get(name.lower())
        return self._archive.getinfo(stored).file_size if stored else 0

    @contextmanager
    def streamed(self, name: str) -> Iterator[Piecewise]:
        """A part to be read piece by piece; raises KeyError when there is no such part."""
        with self._archive.open(self._names[name.lower()]) as file:
            yield Piecewise(file)

    def relations(self, name: str) -> dict[str, Relation]:
        """What a part refers to, by id."""
        folder, base = posixpath.split(name)
        root = self.xml(posixpath.join(folder, "_rels", f"{base}.rels"))
        return {} if root is None else {each.get("Id", ""): _relation(each, folder) for each in root.iter(_RELATION)}

    def picture(self, relation: Relation, words: str) -> str:
        """What is noted of a picture: its digest where it lies in the file, its name, what is said of it."""
        data = None if relation.external else self.data(relation.target)
        digest = f"sha256:{hashlib.sha256(data).hexdigest()} " if data is not None else ""
        return f"{digest}{relation.target}" + (f" {words}" if words else "")

    def title(self) -> str:
        """The title from the file's properties, "" when a program put a file's name or nothing there."""
        root = self.xml("docProps/core.xml")
        found = root.find(_TITLE) if root is not None else None
        text = " ".join((found.text or "").split()) if found is not None else ""
        return text if " " in text and "_" not in text and not text.lower().startswith("microsoft ") else ""


@contextmanager
def opened(source: Path) -> Iterator[Package]:
    """The package in a file; whatever a damaged one makes the code inside raise becomes Unreadable E_OFFICE."""
    try:
        with zipfile.ZipFile(source) as archive:
            yield Package(archive)
    except (etree.LxmlError, NotImplementedError, RuntimeError, *DAMAGE) as error:
        raise damaged() from error


def damaged() -> Unreadable:
    """The error of a document that cannot be read."""
    return Unreadable("the office document is damaged", hint="open it and save it anew", code="E_OFFICE")


def _relation(element: Any, folder: str) -> Relation:
    external = element.get("TargetMode") == "External"
    target = element.get("Target", "")
    if not external:
        target = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
    return Relation(element.get("Type", "").rsplit("/", 1)[-1], target, external)


def _common(data: bytes) -> bytes:
    if b"purl.oclc.org" in data[:_ROOT]:
        for strict, common in _STRICT:
            data = data.replace(strict, common)
    return data
