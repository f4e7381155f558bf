"""Office documents by docling-slim: loaded late, since it is large; absent where it needs what is not there (torch)."""

from __future__ import annotations

import io
import logging
import os
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from randaemon.errors import DAMAGE, STUMBLES, Unreadable
from randaemon.model import OfficePart

_KINDS: Final = {"code": "code", "footnote": "note"}
_SLIDES: Final = "application/vnd.openxmlformats-officedocument.presentationml.presentation"


class DoclingReader:
    """Reads DOCX, XLSX and PPTX. Offline: these formats need no model, and none may be fetched."""

    def __init__(self) -> None:
        self._converter: Any = None

    def available(self) -> bool:
        """True when docling can be imported."""
        try:
            self._load()
        except ImportError:
            return False
        return True

    def read(self, source: Path, media_type: str) -> list[OfficePart]:
        """The parts in reading order; raises Unreadable E_OFFICE when docling cannot read all of it."""
        from docling.datamodel.base_models import ConversionStatus, DocumentStream

        stream = DocumentStream(name=f"document.{_extension(media_type)}", stream=io.BytesIO(source.read_bytes()))
        try:
            result = self._load().convert(stream, raises_on_error=False)
            parts = list(_parts(result.document))
        except (*DAMAGE, *STUMBLES) as error:  # which it lets through, in spite of raises_on_error
            raise _damaged() from error
        if result.status is not ConversionStatus.SUCCESS:  # a part of a document is not the document
            raise _damaged()
        return list(_titles_first(parts)) if media_type == _SLIDES else parts

    def _load(self) -> Any:
        if self._converter is None:
            os.environ["HF_HUB_OFFLINE"] = "1"
            os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
            from docling.datamodel.base_models import InputFormat
            from docling.document_converter import DocumentConverter

            for name in ("docling", "docling_core", "openpyxl"):
                logging.getLogger(name).setLevel(logging.CRITICAL)  # pictures they cannot draw, and the like
            self._converter = DocumentConverter(
                allowed_formats=[InputFormat.DOCX, InputFormat.XLSX, InputFormat.PPTX],
            )
        return self._converter


def _damaged() -> Unreadable:
    return Unreadable("the office document is damaged", hint="open it and save it anew", code="E_OFFICE")


def _extension(media_type: str) -> str:
    """docling tells formats by name as well as by content, and the bytes have no name here."""
    return next((end for key, end in (("spreadsheet", "xlsx"), ("presentation", "pptx")) if key in media_type), "docx")


def _parts(document: Any) -> Iterator[OfficePart]:
    reading = _Reading(document)
    whole: int | None = None  # depth of an item that was read with all that lies in it
    for item, depth in document.iterate_items(with_groups=True):
        if whole is not None and depth > whole:
            continue
        label = str(getattr(item.label, "value", item.label))
        whole = depth if label in ("inline", "table") else None
        part = reading.part(item, label)
        if part:
            yield part


class _Reading:
    """What the items before have said: the sheet we are in, and whether the document has a title of its own."""

    def __init__(self, document: Any) -> None:
        self._document = document
        self._sheet = ""
        self._below_title = 0
        self._list_item: Any = None  # one whose text follows as an inline group

    def part(self, item: Any, label: str) -> OfficePart | None:
        """The part that an item is, None for what only groups others or holds no text."""
        text = str(getattr(item, "text", "")).strip()
        match label:
            case "sheet":
                self._sheet = item.name
                return OfficePart("heading", item.name, level=1)
            case "title":
                self._below_title = 1
                return OfficePart("heading", text, level=1, page=_page(item))
            case "section_header":
                return OfficePart("heading", text, level=item.level + self._below_title, page=_page(item))
            case "table":
                page = None if self._sheet else _page(item)
                return OfficePart("table", rows=_grid(item), page=page, place=_range(item, self._sheet))
            case "inline":
                return self._inline(item)
            case "list_item":
                self._list_item = None if text else item
                return self._item(item, text) if text else None
            case _:
                return OfficePart(_KINDS.get(label, "paragraph"), text, page=_page(item)) if text else None

    def _inline(self, group: Any) -> OfficePart | None:
        """Stretches of different type. docling trims them, so that the spaces between are a guess."""
        text = " ".join(child.resolve(self._document).text for child in group.children).strip()
        owner, self._list_item = self._list_item, None
        if owner is not None and group.parent.cref == owner.self_ref:
            return self._item(owner, text)
        return OfficePart("paragraph", text) if text else None

    def _item(self, item: Any, text: str) -> OfficePart:
        depth, above = 0, item.parent
        while above is not None:
            owner = above.resolve(self._document)
            depth += str(owner.label.value if hasattr(owner, "label") else "") == "list"
            above = owner.parent
        bullet = f"{item.marker} " if item.enumerated and item.marker else "- "
        return OfficePart("list", bullet + text, level=max(depth, 1), page=_page(item))


def _page(item: Any) -> int | None:
    provenance = getattr(item, "prov", None)
    return int(provenance[0].page_no) if provenance else None


def _grid(item: Any) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(str(cell.text) for cell in row) for row in item.data.grid)


def _range(item: Any, sheet: str) -> str:
    """`Sheet!A1:C4`; docling gives the cells' columns and rows as the edges of a box."""
    if not sheet or not item.prov:
        return sheet
    box = item.prov[0].bbox
    return f"{sheet}!{_column(int(box.l))}{int(box.t) + 1}:{_column(int(box.r) - 1)}{int(box.b)}"


def _column(number: int) -> str:
    """0 is A, 26 is AA."""
    letters = ""
    number += 1
    while number > 0:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _titles_first(parts: Iterable[OfficePart]) -> Iterator[OfficePart]:
    """A slide's title comes before what is on the slide, wherever it was drawn."""
    for _, slide in groupby(parts, key=lambda part: part.page):
        yield from sorted(slide, key=lambda part: part.kind != "heading")
