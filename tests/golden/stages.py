"""The stages before extraction, as the tests here run them: bytes in, clean document out."""

from __future__ import annotations

from pathlib import Path

import msgspec

from randaemon.model import Clean, Done, Stage, Task
from randaemon.stages import convert, preprocess, unpack

_DIGEST = "0" * 64


def cleaned(source: Path, folder: Path) -> Clean:
    """The document after unpack, convert and preprocess; raises Refused as they do."""
    unpacked = unpack.run(Task(Stage.UNPACK, _DIGEST, source, {}, folder, {}))
    assert isinstance(unpacked, Done), unpacked
    converted = convert.run(Task(Stage.CONVERT, _DIGEST, source, {}, folder, {}, meta=unpacked.meta))
    assert isinstance(converted, Done), converted
    assert converted.artifact is not None
    artifact = folder / f"{source.name}.converted.json"
    artifact.write_bytes(converted.artifact)
    done = preprocess.run(Task(Stage.PREPROCESS, _DIGEST, source, {Stage.CONVERT: artifact}, folder, {}))
    assert isinstance(done, Done), done
    assert done.artifact is not None
    return msgspec.json.decode(done.artifact, type=Clean)
