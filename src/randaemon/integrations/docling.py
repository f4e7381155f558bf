"""PDF by docling with models for layout and tables that lie in a folder: nothing is ever fetched.

Loaded late, since it is large; absent where it needs what is not there (torch, the models).
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from randaemon.errors import DAMAGE, STUMBLES
from randaemon.model import PdfPart

_KINDS: Final = {"code": "code", "footnote": "note"}


class DoclingModels:
    """Reads PDFs by the models in one folder."""

    def __init__(self) -> None:
        self._converters: dict[Path, Any] = {}

    def available(self, folder: Path) -> bool:
        """True when the models and what runs them are there."""
        return folder.is_dir() and find_spec("torch") is not None and find_spec("docling") is not None

    def read(self, source: Path, folder: Path) -> list[PdfPart] | None:
        """The parts in reading order; None when docling cannot read all of it: a part is not the document."""
        from docling.datamodel.base_models import ConversionStatus, DocumentStream

        with source.open("rb") as file:
            try:
                result = self._converter(folder).convert(
                    DocumentStream(name="document.pdf", stream=file), raises_on_error=False
                )
                return list(parts(result.document)) if result.status is ConversionStatus.SUCCESS else None
            except (*DAMAGE, *STUMBLES, OSError, RuntimeError, ImportError):  # models that are none, among others
                return None

    def _converter(self, folder: Path) -> Any:
        if folder not in self._converters:
            os.environ["HF_HUB_OFFLINE"] = "1"
            os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
            from docling.datamodel.base_models import InputFormat
            from docling.datamodel.pipeline_options import PdfPipelineOptions
            from docling.document_converter import DocumentConverter, PdfFormatOption

            for name in ("docling", "docling_core"):
                logging.getLogger(name).setLevel(logging.CRITICAL)  # pictures they cannot draw, and the like
            options = PdfPipelineOptions(artifacts_path=folder, do_ocr=False)
            self._converters[folder] = DocumentConverter(
                allowed_formats=[InputFormat.PDF],
                format_options={InputFormat.PDF: PdfFormatOption(pipeline_options=options)},
            )
        return self._converters[folder]


def parts(document: Any) -> Iterator[PdfPart]:
    """The parts of a docling document, without headers and footers."""
    below_title = 0
    for item, _ in document.iterate_items():
        label = str(getattr(item.label, "value", item.label))
        if label == "title":
            below_title = 1
        part = _part(document, item, label, below_title)
        if part.text or part.rows:
            yield part


def _part(document: Any, item: Any, label: str, below_title: int) -> PdfPart:
    text, page = str(getattr(item, "text", "")).strip(), _page(item)
    match label:
        case "title":
            return PdfPart("heading", text, level=1, page=page)
        case "section_header":
            return PdfPart("heading", text, level=item.level + below_title, page=page)
        case "table":
            rows = tuple(tuple(str(cell.text) for cell in row) for row in item.data.grid)
            return PdfPart("table", rows=rows, page=page)
        case "list_item":
            bullet = f"{item.marker} " if item.enumerated and item.marker else "- "
            return PdfPart("list", bullet + text if text else "", level=_depth(document, item), page=page)
        case _:
            return PdfPart(_KINDS.get(label, "paragraph"), text, page=page)


def _depth(document: Any, item: Any) -> int:
    depth, above = 0, item.parent
    while above is not None:
        owner = above.resolve(document)
        depth += str(owner.label.value if hasattr(owner, "label") else "") == "list"
        above = owner.parent
    return max(depth, 1)


def _page(item: Any) -> int | None:
    provenance = getattr(item, "prov", None)
    return int(provenance[0].page_no) if provenance else None
