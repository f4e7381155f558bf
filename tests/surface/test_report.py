"""The report: its numbers are the database's, it stands alone, and a browser shows it without a complaint."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import anyio
import pytest
from tests.terminal import Terminal

from randaemon.model import Event, Reply, Usage
from randaemon.report import collect, render
from randaemon.store import Home, Store
from randaemon.store.asking import Answered, Cache
from randaemon.store.reader import Reader
from randaemon.store.records import PromotionRecord, RunRecord, VersionRecord

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
BROWSER = [str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
BROWSER += [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-logging=stderr",
]
HOSTILE = "<script>alert('x')</script>"
FUNNEL = {"documents": 7, "candidates": 90, "refused_evidence": 12, "accepted": 78, "near_duplicates": 6, "train": 3}
EVIDENCE = {"recall": 0.91, "held_out_loss": 0.2, "base": {"recall": 0.04, "held_out_loss": 2.5}}


@pytest.fixture
async def home(tmp_path: Path) -> Home:
    """A home with a version, a run that was promoted, one that failed, and names that would be markup."""
    home = Home.at(tmp_path / "home")
    async with Store.open(home) as store:
        folder = home.datasets / "v0001"
        folder.mkdir()
        _files(folder)
        await store.add_version(VersionRecord(0, "d" * 64, str(folder), 1.0, 3, 0.87, {"train": 3}))
        metrics = {"promoted": True, "evidence": EVIDENCE}
        good = RunRecord("", 1, "tiny", "done", 1.0, 2.0, reason="promoted: it knows more", metrics=metrics)
        run = await store.add_run(good)
        await store.add_run(RunRecord("", 1, HOSTILE, "failed", 3.0, 4.0, reason=f"no model {HOSTILE}"))
        await store.promote(PromotionRecord(0, run, "promote", 2.0, "it knows more"))
        steps = [Event("run.progress", data={"run": run, "step": step, "loss": 5.0 / step}) for step in (1, 2, 4)]
        took = [Event("stage.done", 1, {"stage": "convert", "seconds": seconds}) for seconds in (0.5, 1.5)]
        used = [Usage(1.0, "extract", "fast", outcome, "it", "ollama", HOSTILE, 10, 5, 0.5) for outcome in ("ok", "E")]
        await store.asks.answer(Answered(Reply("k", "{}", "ok", "m", "ollama", 10, 5, 0.5), Cache("m", 9.0), (*used,)))
        await store.record(*took, *steps, Event("run.validation", data={"run": run, "step": 4, "loss": 1.5}))
    return home


async def test_its_numbers_are_those_of_the_database(home: Home) -> None:
    with Reader(home) as reader:
        status, page = reader.status(), render(collect(reader, home, 100.0))
    assert _shown(page, "documents") == str(status["documents"]["total"])
    assert _shown(page, "samples") == str(status["dataset"]["samples"]) == "3"
    assert _shown(page, "quality") == "0.870"
    assert _shown(page, "active") == status["model"]["active"]["run"] == "run-0001"
    for name, count in FUNNEL.items():
        assert re.search(rf">{name.replace('_', ' ')}</text><rect [^>]*></rect><text[^>]*>{count}</text>", page), name
    assert re.search(r'<rect class="lost"[^>]*></rect><text[^>]*>12</text>', page)
    assert "hybrid: 2" in page
    assert "basic: 1" in page
    assert "1 parameters that nothing teaches" in page
    assert '<td>recall</td><td class="n">0.910</td><td class="n">0.040</td>' in page
    assert page.count("<polyline") == 2
    figures = "".join(f'<td class="n">{figure}</td>' for figure in ("2", "2.000", "1.000", "1.500"))
    assert f"<tr><td>convert</td>{figures}</tr>" in page
    figures = "".join(f'<td class="n">{figure}</td>' for figure in ("2", "1", "20", "10", "1.000"))
    assert f"<td>it</td>{figures}</tr>" in page


async def test_what_documents_and_settings_say_is_text_and_nothing_is_fetched(home: Home) -> None:
    with Reader(home) as reader:
        page = render(collect(reader, home, 100.0))
    assert HOSTILE not in page
    assert "&lt;script&gt;" in page
    assert not re.search(r"(?:src|href)=[\"'](?!data:)", page)
    assert "url(" not in page
    assert "<script" not in page


def test_an_empty_home_has_a_page_too(tmp_path: Path) -> None:
    terminal = Terminal(Home.at(tmp_path / "home"))
    told = terminal.run("report", "--output", str(tmp_path / "out.html"), "--json")
    assert told.code == 0, told.err
    page = (tmp_path / "out.html").read_text("utf-8")
    assert told.json["bytes"] == len(page.encode())
    assert "Nothing is sealed yet." in page
    assert "There was no run yet." in page


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")
async def test_a_browser_shows_it_without_a_complaint(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    with Reader(home) as reader:
        file.write_text(render(collect(reader, home, 100.0)), "utf-8")
    shown = await anyio.run_process([*BROWSER, f"--user-data-dir={tmp_path / 'browser'}", "--dump-dom", file.as_uri()])
    assert _shown(shown.stdout.decode(), "samples") == "3"
    assert b"CONSOLE" not in shown.stderr


def _shown(page: str, name: str) -> str:
    found = re.search(rf'<b id="{name}">([^<]*)</b>', page)
    assert found is not None
    return found[1]


def _files(folder: Path) -> None:
    coverage = {"parameters": {"items": 2, "0": 1, "1-4": 1, "5+": 0}}
    _json(folder / "manifest.json", {"funnel": FUNNEL, "coverage": coverage})
    _json(folder / "coverage.json", {"parameters": {HOSTILE: 0, "EUtranCellFDD.pMax": 3}})
    rows = [{"mode": mode, "score": score} for mode, score in (("hybrid", 1.0), ("hybrid", 0.97), ("basic", 0.64))]
    (folder / "train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def _json(file: Path, value: Any) -> None:
    file.write_text(json.dumps(value))
