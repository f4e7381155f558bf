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
