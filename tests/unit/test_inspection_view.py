"""What `inspect` shows to people."""

from __future__ import annotations

import re

import pytest

from randaemon.cli import inspection_view

MARKDOWN = "# A\n\nThe attribute NRCellDU.pMax [bold] is 30.\n"
START = MARKDOWN.index("NRCellDU")
ITEM = {
    "text": "NRCellDU.pMax",
    "name": "NRCellDU.pMax",
    "span": [START, START + 13],
    "heading": ["A"],
    "rule": "mention",
    "related": ["FAJ 121 1234", "NRCellDU"],
    "fields": {"default": {"text": "30", "span": [0, 2]}},
}
DOCUMENT = {
    "path": "a.md",
    "status": "done",
    "media_type": "text/markdown",
    "reason": "",
    "markdown": MARKDOWN,
    "quality": 0.7,
    "report": {
        "refused": 1,
        "refused_examples": "pmCounter (a placeholder)",
        "sections": 1,
        "sections_without_items": 0,
    },
    "extraction": {"parameters": [ITEM], "counters": []},
    "conversations": [],
}


def test_a_name_is_shown_in_its_line_with_what_is_said_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    inspection_view.show([DOCUMENT])
    shown = capsys.readouterr().out
    assert re.search(r"^1 parameter\b", shown, re.MULTILINE)
    assert "The attribute »NRCellDU.pMax« [bold] is 30." in shown
    assert "default: 30" in shown
    assert "belongs with: FAJ 121 1234, NRCellDU" in " ".join(shown.split())
    assert f"{START}-{START + 13} A (mention)" in shown
    assert "1 looked like items and were refused: pmCounter (a placeholder)" in shown
    assert "items in 1 of 1 sections" in shown
    assert "counters" not in shown
    assert "\x1b" not in shown


def test_every_turn_of_a_sample_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    turns = ["What is pMax?", "It is\na power.", "Which range?", "0..30"]
    said = [{"role": ("user", "assistant")[number % 2], "content": text} for number, text in enumerate(turns)]
    inspection_view.show([{**DOCUMENT, "conversations": [{"gate": "", "messages": said}]}])
    shown = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    first = shown.index("    What is pMax?")
    assert shown[first:] == ["    What is pMax?", "      It is", "      a power.", "    Which range?", "      0..30"]


def test_a_long_list_is_cut_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    many = {**DOCUMENT, "extraction": {"parameters": [ITEM] * 40}}
    inspection_view.show([many])
    assert "40 parameters, the first 25 of them; --json shows all" in capsys.readouterr().out


def test_a_refused_document_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    refused = {
        **DOCUMENT,
        "status": "rejected",
        "reason": "legal text only",
        "markdown": None,
        "extraction": {},
        "report": {},
    }
    inspection_view.show([refused])
    assert "a.md: rejected, text/markdown\n  legal text only" in capsys.readouterr().out
