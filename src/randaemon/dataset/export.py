"""Writing a sealed version where the user wants it: JSON lines, Parquet or CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from randaemon.errors import RandaemonError

FORMATS = ("jsonl", "parquet", "csv")
_SPLITS = ("train", "valid", "test")
#: A spreadsheet runs a cell that starts with one of these as a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_COLUMNS = (
    "id", "kind", "document", "family", "title", "places", "heading", "entity", "attribute", "fact", "question",
    "answer", "evidence", "score", "mode",
)  # fmt: skip


def write(source: Path | Mapping[str, bytes], form: str, output: Path) -> list[Path]:
    """Write a version (its folder, or its files by name) into `output`; returns what was written, sorted by name.

    `jsonl` is the sealed version itself, byte for byte; `parquet` and `csv` hold the three splits, one file each.
    Each file appears complete or not at all. Raises RandaemonError for an unknown format or a folder of another kind.
    """
    files = _read(source) if isinstance(source, Path) else source
    match form:
        case "jsonl":
            made = dict(files)
        case "parquet":
            made = {f"{name}.parquet": _parquet(_rows(files, name)) for name in _SPLITS}
        case "csv":
            made = {f"{name}.csv": _csv(_rows(files, name)) for name in _SPLITS}
        case _:
            raise RandaemonError(f"no such export format: {form}", hint=f"one of {', '.join(FORMATS)}", code="E_FORMAT")
    output.mkdir(parents=True, exist_ok=True)
    return [_put(output / name, data) for name, data in sorted(made.items())]


def safe(value: str) -> str:
    """The cell as text that no spreadsheet runs."""
    return f"'{value}" if value.startswith(_FORMULA) else value


def _read(folder: Path) -> dict[str, bytes]:
    if not (folder / "manifest.json").is_file():
        raise RandaemonError(f"{folder} is not a sealed dataset version", hint="`randaemon dataset build` makes one")
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}


def _rows(files: Mapping[str, bytes], name: str) -> list[dict[str, Any]]:
    return [msgspec.json.decode(line) for line in files[f"{name}.jsonl"].splitlines()]


def _parquet(rows: list[dict[str, Any]]) -> bytes:
    import pyarrow as pa
    from pyarrow import parquet

    text = pa.string()
    span = pa.struct([("start", pa.int64()), ("end", pa.int64()), ("text", text)])
    kinds: dict[str, Any] = {
        "messages": pa.list_(pa.struct([("role", text), ("content", text)])),
        "places": pa.list_(text),
        "evidence": pa.list_(span),
        "score": pa.float64(),
    }
    columns = ("messages", *(name for name in _COLUMNS if name not in ("question", "answer")))
    schema = pa.schema([(name, kinds.get(name, text)) for name in columns])
    target = io.BytesIO()
    parquet.write_table(pa.Table.from_pylist(rows, schema=schema), target)
    return target.getvalue()


def _csv(rows: list[dict[str, Any]]) -> bytes:
    target = io.StringIO(newline="")
    writer = csv.writer(target)
    writer.writerow(_COLUMNS)
    for row in rows:
        flat = {**row, **_flat(row)}
        writer.writerow([safe(str(flat[name])) for name in _COLUMNS])
    return target.getvalue().encode()


def _flat(row: Mapping[str, Any]) -> dict[str, str]:
    said = {role: "\n".join(each["content"] for each in row["messages"] if each["role"] == role) for role in _ROLES}
    return {
        "question": said["user"],
        "answer": said["assistant"],
        "places": "; ".join(row["places"]),
        "evidence": msgspec.json.encode(row["evidence"]).decode(),
    }


_ROLES = ("user", "assistant")


def _put(path: Path, data: bytes) -> Path:
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(data)
    part.replace(path)
    return path
