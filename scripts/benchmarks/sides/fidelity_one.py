"""One side of the fidelity benchmark: READER FOLDER OUT SECONDS; writes the Markdown of each file.

Prints the mean seconds a document by format, as JSON. No format gets more than SECONDS.
"""

from __future__ import annotations

import io
import json
import logging
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.sides.convert_one import MEDIA


def main(reader: str, folder: Path, out: Path, seconds: float) -> None:
    read = {"ours": _ours, "markitdown": _markitdown, "docling": _docling}[reader]()
    kinds = sorted({file.suffix for file in folder.iterdir()})
    taken = {}
    for kind in kinds:
        files = sorted(folder.glob(f"*{kind}"))
        read(files[0])  # what is built at the first file of a kind is not counted
        done, began = 0, time.perf_counter()
        for file in files:
            if time.perf_counter() - began > seconds:
                break
            (out / f"{file.name}.md").write_text(read(file))
            done += 1
        taken[kind[1:]] = (time.perf_counter() - began) / max(done, 1)
    print(json.dumps(taken))


def _ours() -> Callable[[Path], str]:
    import msgspec

    from randaemon.model import Converted, Done, Stage, Task
    from randaemon.stages import convert

    def read(file: Path) -> str:
        media_type, route = MEDIA[file.suffix[1:]]
        meta = {"media_type": media_type, "route": route, "delimiter": ","}
        outcome = convert.run(Task(Stage.CONVERT, "", file, {}, file.parent, {}, meta))
        if not isinstance(outcome, Done) or not isinstance(outcome.artifact, bytes):
            raise SystemExit(f"{file.name}: {outcome}")
        return msgspec.json.decode(outcome.artifact, type=Converted).markdown

    return read


def _markitdown() -> Callable[[Path], str]:
    from markitdown import MarkItDown

    converter = MarkItDown()
    return lambda file: converter.convert(str(file)).text_content


def _docling() -> Callable[[Path], str]:
    """PDF by the pipeline that needs no models, everything else as it comes."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    from docling.datamodel.base_models import DocumentStream, InputFormat
    from docling.document_converter import DocumentConverter, NativePdfFormatOption

    logging.disable(logging.CRITICAL)
    converter = DocumentConverter(format_options={InputFormat.PDF: NativePdfFormatOption()})

    def read(file: Path) -> str:
        stream = DocumentStream(name=file.name, stream=io.BytesIO(file.read_bytes()))
        return str(converter.convert(stream).document.export_to_markdown())

    return read


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), float(sys.argv[4]))
