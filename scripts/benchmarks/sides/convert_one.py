"""One side of the conversion benchmark: READER FOLDER WHAT, where WHAT is speed (MB/s) or memory (peak MiB).

`ours` and `docling` run in the product's environment, where docling is a part of it; `markitdown` in the peers'.
"""

from __future__ import annotations

import io
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

SECONDS = 2.0  # measured at least
MEDIA = {
    "html": ("text/html", "html"),
    "csv": ("text/csv", "csv"),
    "md": ("text/markdown", "text"),
    "pdf": ("application/pdf", "pdf"),
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "office"),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "office"),
}


def main(reader: str, folder: Path, what: str) -> None:
    files = sorted(folder.iterdir())
    read = {"ours": ours, "markitdown": _markitdown, "docling": _docling, "pdfplumber": _pdfplumber}[reader]()
    for file in files[:1]:
        read(file)
    size = sum(file.stat().st_size for file in files)
    done = 0
    began = time.perf_counter()
    while not done or (what == "speed" and time.perf_counter() - began < SECONDS):
        for file in files:
            read(file)
        done += 1
    seconds = time.perf_counter() - began
    print(done * size / seconds / 1e6 if what == "speed" else _peak())


def _peak() -> float:
    """MiB at most; Linux counts in KiB, macOS in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 1024 * 1024)


def ours() -> Callable[[Path], Any]:
    from randaemon.model import Stage, Task
    from randaemon.stages import convert

    def read(file: Path) -> Any:
        media_type, route = MEDIA[file.suffix[1:]]
        meta = {"media_type": media_type, "route": route, "delimiter": ","}
        return convert.run(Task(Stage.CONVERT, "", file, {}, file.parent, {}, meta))

    return read


def _markitdown() -> Callable[[Path], Any]:
    from markitdown import MarkItDown

    converter = MarkItDown()
    return lambda file: converter.convert(str(file)).text_content


def _docling() -> Callable[[Path], Any]:
    os.environ["HF_HUB_OFFLINE"] = "1"
    import logging

    from docling.datamodel.base_models import DocumentStream, InputFormat
    from docling.document_converter import DocumentConverter

    logging.disable(logging.CRITICAL)
    converter = DocumentConverter(allowed_formats=[InputFormat.HTML, InputFormat.DOCX, InputFormat.XLSX])

    def read(file: Path) -> Any:
        stream = DocumentStream(name=file.name, stream=io.BytesIO(file.read_bytes()))
        return converter.convert(stream).document.export_to_markdown()

    return read


def _pdfplumber() -> Callable[[Path], Any]:
    import pdfplumber

    def read(file: Path) -> Any:
        with pdfplumber.open(file) as pdf:
            return [(page.extract_text(), page.extract_tables()) for page in pdf.pages]

    return read


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
