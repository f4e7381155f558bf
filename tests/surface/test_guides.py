"""What the guides name is there."""

from __future__ import annotations

import re
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest

from randaemon.demo.report import look_around
from randaemon.store.home import Home

PROJECT = Path(__file__).resolve().parents[2]
GUIDES = (
    "README.md",
    "CONTRIBUTING.md",
    *("docs/architecture.md", "docs/decisions.md", "docs/formats.md", "docs/operating.md"),
)


@pytest.mark.parametrize("guide", GUIDES)
def test_every_link_of_a_guide_leads_to_a_file(guide: str) -> None:
    file = PROJECT / guide
    targets = re.findall(r"\]\(([^)#:]+)\)", file.read_text(encoding="utf-8"))
    assert [target for target in targets if not (file.parent / target).exists()] == []


def test_every_module_that_the_architecture_names_is_there() -> None:
    text = (PROJECT / "docs/architecture.md").read_text(encoding="utf-8")
    tree = text.partition("    src/randaemon/\n")[2].partition("    launchd/")[0]
    heads = (line.strip().partition("   ")[0] for line in tree.splitlines())
    named = [name for head in heads for name in re.findall(r"\w+(?:\.py|/)", head)]
    assert len(named) > 10
    assert [name for name in named if not (PROJECT / "src/randaemon" / name).exists()] == []


def test_the_folder_of_guides_holds_what_contributing_says() -> None:
    text = (PROJECT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    listed = re.search(r"^    docs/ +(.+)$", text, re.MULTILINE)
    assert listed is not None
    assert [name for name in listed[1].split(", ") if not (PROJECT / f"docs/{name}.md").exists()] == []


@pytest.mark.parametrize("activated", [False, True])
def test_what_the_demo_says_to_type_works_in_a_shell_that_knows_no_randaemon(tmp_path: Path, activated: bool) -> None:
    programs = Path(sysconfig.get_path("scripts"))
    path = ":".join([str(programs)] * activated + ["/usr/bin", "/bin"])
    told = look_around(Home.at(tmp_path / "the home"), programs, shutil.which("randaemon", path=path))
    typed = [line for line in told if line.startswith("  ")]
    assert ("PATH=" in typed[0]) is not activated
    shell = subprocess.run(
        ["/bin/sh", "-ec", "\n".join(typed)],
        env={"PATH": path, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert shell.returncode == 0, shell.stderr
    assert f"empty — drop files into {tmp_path / 'the home/inbox'}" in shell.stdout


def test_every_command_and_test_that_the_measurements_name_is_there() -> None:
    text = (PROJECT / "docs/measurements.md").read_text(encoding="utf-8")
    tortures = (PROJECT / "scripts/torture").read_text(encoding="utf-8")
    benches = {file.stem for file in (PROJECT / "scripts/benchmarks").glob("*.py")}
    assert set(re.findall(r"scripts/bench (\w+)", text)) <= benches
    assert set(re.findall(r"scripts/torture (\w+)", text)) <= set(re.findall(r"^(\w+)\)$", tortures, re.MULTILINE))
    cited = re.findall(r"(tests/[\w/]+\.py)(?: \(`(\w+)`\))?", text)
    assert len(cited) > 20
    assert [(file, name) for file, name in cited if not _tests(file, name)] == []


def test_every_torture_chooses_a_test_and_is_listed() -> None:
    text = (PROJECT / "scripts/torture").read_text(encoding="utf-8")
    listed = re.findall(r"^#   scripts/torture (\w+)", text, re.MULTILINE)
    entries = re.findall(r"^(\w+)\)$(.*?)^    ;;$", text.partition("\ncase ")[2], re.MULTILINE | re.DOTALL)
    assert sorted(listed) == sorted(name for name, _ in entries)
    for name, body in entries:
        words, plain = re.search(r"^    run (\w+)(?: (\S+))?", body, re.MULTILINE), re.search(r"-k (\w+)", body)
        files = [f"tests/fault/{words[2] or 'test_kill.py'}"] if words else re.findall(r"tests/\S+\.py", body)
        chosen = words or plain
        assert chosen is not None, name
        assert [file for file in files if not _tests(file, chosen[1])] == [], name


def _tests(file: str, word: str) -> list[str]:
    """The tests of a file whose name holds the word."""
    path = PROJECT / file
    names = re.findall(r"def (test_\w+)", path.read_text(encoding="utf-8")) if path.exists() else []
    return [name for name in names if word in name]
