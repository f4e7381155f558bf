"""Imports point inward: import-linter holds it, and each of its contracts is seen to catch a planted violation."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]

#: Contract → where a forbidden import is planted, and which.
PLANTED = {
    "Layers, inner to outer": ("lifecycle.py", "from randaemon import config"),
    "Only store speaks SQL": ("cli/about.py", "import sqlite3"),
    "Only watcher imports watchdog": ("governor/__init__.py", "import watchdog.events"),
    "Only wiring imports integrations": ("cli/about.py", "from randaemon.integrations import desktop"),
    "Integrations know nothing of each other": (
        "integrations/desktop.py",
        "from randaemon.integrations import launchd",
    ),
    "Integrations import values and errors only": ("integrations/desktop.py", "from randaemon.ran import names"),
    "Stages know nothing of each other": ("stages/finalize.py", "from randaemon.stages import unpack"),
}


def linted(folder: Path) -> dict[str, bool]:
    """Contract → kept, of the package in this folder."""
    here = "import sys; sys.path.insert(0, '.')"  # before the editable install of the project itself
    command = [sys.executable, "-c", f"{here}; from importlinter import cli; cli.lint_imports_command()", "--no-cache"]
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    lines = [line.strip() for line in ended.stdout.splitlines()]
    found = {line.rpartition(" ")[0]: line.endswith("KEPT") for line in lines if line.endswith(("KEPT", "BROKEN"))}
    assert found, ended.stdout + ended.stderr
    return found


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    shutil.copytree(PROJECT / "src/randaemon", tmp_path / "randaemon", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(PROJECT / "pyproject.toml", tmp_path)
    return tmp_path


def plant(folder: Path, contract: str) -> None:
    file, statement = PLANTED[contract]
    with (folder / "randaemon" / file).open("a", encoding="utf-8") as source:
        source.write(f"\n\ndef _planted() -> None:\n    {statement}\n")


def test_every_contract_is_kept_and_has_a_planted_violation_here(copied: Path) -> None:
    assert linted(copied) == dict.fromkeys(PLANTED, True)


@pytest.mark.parametrize("contract", PLANTED)
def test_a_planted_violation_is_caught_by_its_contract(copied: Path, contract: str) -> None:
    plant(copied, contract)
    assert linted(copied)[contract] is False


def test_a_module_without_a_place_in_the_layers_is_caught(copied: Path) -> None:
    (copied / "randaemon" / "utilities.py").write_text('"""Anything."""\n', encoding="utf-8")
    assert linted(copied)["Layers, inner to outer"] is False


def test_the_page_for_developers_shows_the_layers_that_are_held() -> None:
    linter = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["importlinter"]
    held = [set(layer.split(" | ")) for layer in reversed(linter["contracts"][0]["layers"])]
    page = (PROJECT / "docs/architecture.md").read_text()
    shown = [set(re.findall(r"`(\w+)`", row)) for row in re.findall(r"^\| \d+ \| ([^|]+) \|", page, re.MULTILINE)]
    assert [row for row in shown if row <= set().union(*held)] == held
