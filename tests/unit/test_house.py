"""The rules of the house that no linter knows: sizes, names, where `Exception` may be caught, links that hold."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
SOURCES = sorted((PROJECT / "src/randaemon").rglob("*.py"))
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in SOURCES}
#: The lane boundary, in the daemon and in its child, and the top level of the training child.
#: The lane boundary of documents, that of commands, and the top level of each child.
MAY_CATCH_ALL = {"pool/__init__.py", "daemon/asking.py", "daemon/orders.py", "child.py", "training/child.py"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def name_of(path: Path) -> str:
    return path.relative_to(PROJECT / "src/randaemon").as_posix()


def functions() -> Iterator[tuple[str, Function]]:
    for path, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, Function):
                yield f"{name_of(path)}:{node.lineno} {node.name}", node


def test_no_file_is_longer_than_400_lines() -> None:
    lengths = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCES}
    assert {name: length for name, length in lengths.items() if length > 400} == {}


def test_no_function_is_longer_than_40_lines() -> None:
    lengths = {name: (node.end_lineno or 0) - node.lineno + 1 for name, node in functions()}
    assert {name: length for name, length in lengths.items() if length > 40} == {}


def test_half_of_the_functions_have_ten_lines_or_less() -> None:
    lengths = sorted((node.end_lineno or 0) - node.lineno + 1 for _, node in functions())
    assert lengths[len(lengths) // 2] <= 10


def test_no_module_or_class_has_a_name_that_says_nothing() -> None:
    empty = re.compile(r"(^|_)(utils?|helpers?|common|misc)($|_)")
    modules = [name_of(path) for path in SOURCES if empty.search(path.stem) or empty.search(path.parent.name)]
    classes = [
        f"{name_of(path)} {node.name}"
        for path, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and re.search(r"(Manager|Processor|Orchestrator|Helper|Util)s?$", node.name)
    ]
    assert (modules, classes) == ([], [])


def test_every_module_says_what_it_is_for() -> None:
    silent = [name_of(path) for path, tree in TREES.items() if tree.body and ast.get_docstring(tree) is None]
    assert silent == []


def test_exception_is_caught_at_the_boundaries_only() -> None:
    found = {
        name_of(path)
        for path, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler) and _catches_all(node)
    }
    assert found - MAY_CATCH_ALL == set()


def _catches_all(handler: ast.ExceptHandler) -> bool:
    """`except Exception` or wider, unless it looks at the error and raises it again."""
    named = {node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name)} if handler.type else {"all"}
    raises = any(isinstance(node, ast.Raise) for node in ast.walk(handler))
    return bool(named & {"all", "Exception", "BaseException"}) and not raises


def test_nothing_is_left_to_be_done() -> None:
    marks = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    found = [name_of(path) for path in SOURCES if marks.search(path.read_text(encoding="utf-8"))]
    assert found == []


def test_no_heavy_library_is_imported_at_the_top_of_what_the_daemon_or_the_command_line_loads() -> None:
    heavy = {"docling", "pandas", "mlx", "mlx_lm", "pdfplumber", "aiohttp", "datasets", "pyarrow", "transformers"}
    children_only = ("stages/", "integrations/docling.py", "training/download.py")
    found = [
        f"{name_of(path)} {name}"
        for path, tree in TREES.items()
        if not name_of(path).startswith(children_only)
        for name in _imported_at_the_top(tree)
        if name.partition(".")[0] in heavy
    ]
    assert found == []


def _imported_at_the_top(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        match node:
            case ast.Import(names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(module)):
                yield module


@pytest.mark.parametrize("file", [*PROJECT.glob("*.md"), *(PROJECT / "docs").glob("*.md")], ids=lambda path: path.name)
def test_links_between_the_documents_of_the_project_lead_somewhere(file: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", file.read_text(encoding="utf-8"))
    assert [link for link in links if not (file.parent / link).exists()] == []


def test_every_script_is_executable_and_says_what_it_does() -> None:
    scripts = [path for path in (PROJECT / "scripts").iterdir() if path.is_file() and path.name != "environment"]
    for script in scripts:
        assert script.stat().st_mode & 0o111, script.name
        assert script.read_text(encoding="utf-8").startswith("#!"), script.name


def test_nothing_of_the_project_is_pinned_by_address() -> None:
    pins = (PROJECT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    plain = re.compile(r"[A-Za-z0-9_.-]+==[A-Za-z0-9_.!+-]+(; [a-z_]+ == '[a-z0-9]+')?")
    assert [line for line in pins if line and not line.startswith("#") and not plain.fullmatch(line)] == []
    assert not any(line.startswith("randaemon") for line in pins)
