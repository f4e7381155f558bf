"""Writing a sealed version where the user wants it: JSON lines, Parquet, CSV, or the two formats of LLaMA-Factory."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from randaemon.dataset import placing, rows
from randaemon.errors import RandaemonError
from randaemon.model import SPLITS


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: the files, sorted by name, and how many samples of each split stand in them."""

    files: list[Path]
    splits: dict[str, int]


FORMATS = ("jsonl", "parquet", "csv", "sharegpt", "alpaca")
#: A spreadsheet runs a cell that starts with one of these as a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_COLUMNS = (
    "id", "kind", "document", "family", "title", "places", "heading", "entity", "attribute", "fact", "question",
    "answer", "evidence", "score", "mode",
)  # fmt: skip


def write(
    source: Path | Mapping[str, bytes],
    form: str,
    output: Path,
    wanted: Callable[[Mapping[str, Any]], bool] | None = None,
) -> Exported:
    """Write a version (its folder, or its files by name) into `output`.

    `jsonl` is the sealed version itself, byte for byte; the others hold the three splits, one file each. With `wanted`
    there are only the splits in any format, and in them only the rows it holds for. What an earlier export in the same
    format left in `output` leaves with it (`placing`). Raises RandaemonError for an unknown format, a folder of another
    kind, and an output that holds files of the same names which no export wrote.
    """
    files = _read(source) if isinstance(source, Path) else source
    if wanted is not None:
        files = {f"{name}.jsonl": rows.lines(row for row in read_split(files, name) if wanted(row)) for name in SPLITS}
    match form:
        case "jsonl":
            made = dict(files)
        case "parquet":
            made = {f"{name}.parquet": _parquet(read_split(files, name)) for name in SPLITS}
        case "csv":
            made = {f"{name}.csv": _csv(read_split(files, name)) for name in SPLITS}
        case "sharegpt" | "alpaca":
            shape = _sharegpt if form == "sharegpt" else _alpaca
            made = {f"{name}.json": _json([shape(row) for row in read_split(files, name)]) for name in SPLITS}
            made["dataset_info.json"] = _json(_information(form))
        case _:
            raise RandaemonError(f"no such export format: {form}", hint=f"one of {', '.join(FORMATS)}", code="E_FORMAT")
    exported = [name for names in _FILES.values() for name in names]
    splits = {name: files[f"{name}.jsonl"].count(b"\n") for name in SPLITS}
    return Exported(placing.put(output, made, _FILES[form], exported), splits)


_INFORMATION = (*(f"{name}.json" for name in SPLITS), "dataset_info.json")
#: All that an export in a format may ever have written.
_FILES: Mapping[str, tuple[str, ...]] = {
    "jsonl": (*(f"{name}.jsonl" for name in SPLITS), "evaluation.jsonl", "coverage.json", "README.md", "manifest.json"),
    "parquet": tuple(f"{name}.parquet" for name in SPLITS),
    "csv": tuple(f"{name}.csv" for name in SPLITS),
    "sharegpt": _INFORMATION,
    "alpaca": _INFORMATION,
}


def safe(value: str) -> str:
    """The cell as text that no spreadsheet runs."""
    return f"'{value}" if value.startswith(_FORMULA) else value


def _read(folder: Path) -> dict[str, bytes]:
    if not (folder / "manifest.json").is_file():
        raise RandaemonError(f"{folder} is not a sealed dataset version", hint="`randaemon dataset build` makes one")
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}


def read_split(files: Mapping[str, bytes], name: str) -> list[dict[str, Any]]:
    """The rows of one split."""
    return [msgspec.json.decode(line) for line in files[f"{name}.jsonl"].splitlines()]


def _parquet(found: list[dict[str, Any]]) -> bytes:
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
    parquet.write_table(pa.Table.from_pylist(found, schema=schema), target)
    return target.getvalue()


def _csv(found: list[dict[str, Any]]) -> bytes:
    target = io.StringIO(newline="")
    writer = csv.writer(target)
    writer.writerow(_COLUMNS)
    for row in found:
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


def _sharegpt(row: Mapping[str, Any]) -> dict[str, Any]:
    said = [{"from": _SPEAKERS[each["role"]], "value": each["content"]} for each in row["messages"]]
    return {"id": row["id"], "conversations": said}


def _alpaca(row: Mapping[str, Any]) -> dict[str, Any]:
    """The last turn is the instruction, earlier ones are its history."""
    said = [each["content"] for each in row["messages"]]
    history = [[said[place], said[place + 1]] for place in range(0, len(said) - 2, 2)]
    return {"instruction": said[-2], "input": "", "output": said[-1], "history": history, "id": row["id"]}


def _information(form: str) -> dict[str, Any]:
    """`dataset_info.json`: how LLaMA-Factory finds the columns of each split."""
    columns = {
        "sharegpt": {"messages": "conversations"},
        "alpaca": {"prompt": "instruction", "query": "input", "response": "output", "history": "history"},
    }
    return {
        f"randaemon_{name}": {"file_name": f"{name}.json", "formatting": form, "columns": columns[form]}
        for name in SPLITS
    }


def _json(value: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n"


_SPEAKERS = {"user": "human", "assistant": "gpt"}
_ROLES = ("user", "assistant")
