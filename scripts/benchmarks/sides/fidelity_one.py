"""One side of the fidelity benchmark: READER FOLDER OUT; writes the Markdown of each file, prints the seconds taken."""

from __future__ import annotations

import io
import logging
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.sides.convert_one import MEDIA


def main(reader: str, folder: Path, out: Path) -> None:
    read = {"ours": _ours, "markitdown": _markitdown, "docling": _docling}[reader]()
    began = time.perf_counter()
    for file in sorted(folder.iterdir()):
        (out / f"{file.name}.md").write_text(read(file))
    print(time.perf_counter() - began)


def _ours() -> Callable[[Path], str]:
    import msgspec

    from randaemon.model import Converted, Done, Stage, Task
    from randaemon.stages import convert

    def read(file: Path) -> str:
        media_type, route = MEDIA[file.suffix[1:]]
        meta = {"media_type": media_type, "route": route, "delimiter": ","}
        outcome = convert.run(Task(Stage.CONVERT, "", file, {}, file.parent, {}, meta))
        found = outcome.artifact if isinstance(outcome, Done) else None
        return msgspec.json.decode(found or b"", type=Converted).markdown

    return read


def _markitdown() -> Callable[[Path], str]:
    from markitdown import MarkItDown

    converter = MarkItDown()
    return lambda file: converter.convert(str(file)).text_content


def _docling() -> Callable[[Path], str]:
    """Without models: its PDF pipeline needs them, so that it reads no PDF here."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    from docling.datamodel.base_models import DocumentStream
    from docling.document_converter import DocumentConverter

    logging.disable(logging.CRITICAL)
    converter = DocumentConverter()

    def read(file: Path) -> str:
        if file.suffix == ".pdf":
            return ""
        stream = DocumentStream(name=file.name, stream=io.BytesIO(file.read_bytes()))
        return str(converter.convert(stream).document.export_to_markdown())

    return read


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
