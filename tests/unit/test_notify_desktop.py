"""Desktop messages with hostile names, against recording fakes of the two tools on PATH."""

from __future__ import annotations

import json
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from randaemon.integrations import desktop

HOSTILE = [
    '" & (do shell script "x") & "',
    "$(touch x)",
    "-e",
    "--",
    "`id`",
    "a\nb\r\0c",
    "x\u202egpj.exe",
    "é" * 300,
    "",
]


def tool(folder: Path, name: str, status: int = 0) -> Path:
    """A fake tool that appends its arguments to a record."""
    record = folder / f"{name}.record"
    script = folder / name
    script.write_text(
        f"#!{sys.executable}\nimport json, sys\n"
        f"open({str(record)!r}, 'a').write(json.dumps(sys.argv[1:]) + '\\n')\nsys.exit({status})\n",
        encoding="utf-8",
    )
    script.chmod(0o755)
    return record


def calls(record: Path) -> list[list[str]]:
    return [json.loads(line) for line in record.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH that holds this folder and nothing else."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def test_osascript_gets_one_constant_script_and_the_text_as_arguments(only: Path) -> None:
    record = tool(only, "osascript")
    for name in HOSTILE:
        assert desktop.show(name, f"body {name}")
    seen = calls(record)
    assert {tuple(words[:6]) for words in seen} == {
        (
            *("-e", "on run argv"),
            *("-e", "display notification (item 2 of argv) with title (item 1 of argv)"),
            *("-e", "end run"),
        )
    }
    assert all(len(words) == 8 for words in seen)
    assert [words[6] for words in seen] == [desktop.clean(name) for name in HOSTILE]


def test_notify_send_gets_the_text_behind_a_double_dash(only: Path) -> None:
    record = tool(only, "notify-send")
    for name in HOSTILE:
        assert desktop.show(name, "body")
    assert desktop.show("title", "body", "critical")
    seen = calls(record)
    assert all(words[0] == "--app-name=randaemon" and words[2] == "--" and len(words) == 5 for words in seen)
    assert [words[1] for words in seen] == ["--urgency=normal"] * len(HOSTILE) + ["--urgency=critical"]


def test_what_cannot_wait_has_a_sound_in_a_script_as_constant_as_the_other(only: Path) -> None:
    record = tool(only, "osascript")
    for name in HOSTILE:
        assert desktop.show(name, "body", "critical")
    seen = calls(record)
    assert {words[3] for words in seen} == {
        'display notification (item 2 of argv) with title (item 1 of argv) sound name "Basso"'
    }
    assert [words[6] for words in seen] == [desktop.clean(name) for name in HOSTILE]


def test_the_mac_tool_is_preferred(only: Path) -> None:
    mac, linux = tool(only, "osascript"), tool(only, "notify-send")
    assert desktop.show("title", "body")
    assert mac.exists()
    assert not linux.exists()


def test_a_system_without_either_tool_is_told_apart(only: Path) -> None:
    assert not desktop.show("title", "body")


def test_a_tool_that_fails_or_cannot_be_run_is_no_error(only: Path) -> None:
    tool(only, "notify-send", status=1)
    assert not desktop.show("title", "body")
    (only / "notify-send").write_text("#!/nowhere/at/all\n", encoding="utf-8")
    assert not desktop.show("title", "body")


def test_a_tool_that_hangs_is_given_up(only: Path) -> None:
    fifo_reader = only / "notify-send"
    fifo_reader.write_text(f"#!{sys.executable}\nimport threading\nthreading.Event().wait()\n", encoding="utf-8")
    fifo_reader.chmod(0o755)
    assert not desktop.show("title", "body", timeout=0.2)


@given(st.text())
def test_what_is_shown_is_one_short_line_that_is_no_option(text: str) -> None:
    shown = desktop.clean(text)
    assert len(shown) <= desktop.LIMIT
    assert not shown.startswith("-")
    assert not any(unicodedata.category(letter) in {"Cc", "Cf"} for letter in shown)
