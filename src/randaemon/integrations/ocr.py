"""Pages that are pictures, read by RapidOCR (the `ocr` extra): its models come with it, nothing is fetched."""

from __future__ import annotations

import logging
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

_SCALE: Final = 200 / 72  # dots a point: enough for 8 point type
_PIXELS_MAX: Final = 5_000  # of a side; a poster is drawn smaller
_SURE: Final = 0.5  # what it is less sure of is no text

Printed = tuple[str, float, float, float, float]  # text, left, top, right, bottom in points


class Ocr:
    """One reader for all pages of a worker; built at the first of them."""

    def __init__(self) -> None:
        self._engine: Any = None

    def available(self) -> bool:
        """True when the extra is installed."""
        return find_spec("rapidocr") is not None and find_spec("onnxruntime") is not None

    def page(self, source: Path, number: int) -> list[Printed]:
        """The lines of text on a page of a PDF (from 1 on), in the order in which they were found."""
        import pypdfium2 as pdfium

        document = pdfium.PdfDocument(source)
        try:
            page = document[number - 1]
            scale = min(_SCALE, _PIXELS_MAX / max(page.get_size()))
            found = self._load()(page.render(scale=scale).to_numpy())
        finally:
            document.close()
        if found.boxes is None:
            return []
        lines = zip(found.boxes.tolist(), found.txts, found.scores, strict=True)
        return [_printed(box, text, scale) for box, text, score in lines if score >= _SURE and text.strip()]

    def _load(self) -> Any:
        if self._engine is None:
            from rapidocr import RapidOCR

            logging.getLogger("RapidOCR").setLevel(logging.CRITICAL)
            self._engine = RapidOCR(params={"Global.log_level": "critical"})
        return self._engine


def _printed(box: list[list[float]], text: str, scale: float) -> Printed:
    xs, ys = [point[0] / scale for point in box], [point[1] / scale for point in box]
    return text, min(xs), min(ys), max(xs), max(ys)
