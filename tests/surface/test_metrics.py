"""The figures for Prometheus, asked of a real daemon over HTTP."""

from __future__ import annotations

import re
import socket
import urllib.request
from dataclasses import asdict
from pathlib import Path
from urllib.error import HTTPError

import anyio
import pytest
from loguru import logger

from randaemon.alerts import RULES, Alert
from randaemon.daemon.alarms import ALERTS
from randaemon.daemon.meter import Meter
from randaemon.metrics import healthy, render
from randaemon.store import Home, Store
from randaemon.store.reader import Reader

LINE = re.compile(r'randaemon_[a-z_]+(\{[a-z]+="(?:[^"\\\n]|\\.)*"\})? -?[0-9.e+]+(?:inf|nan)?')


async def test_the_figures_are_those_of_status_and_well_formed(tmp_path: Path) -> None:
    home = Home.at(tmp_path / "home")
    async with Store.open(home):
        pass
    with Reader(home) as reader:
        status = reader.status()
    text = render({**status, "waiting": [{"reason": 'a "quoted"\nreason \\', "count": 3}]})
    for line in text.splitlines():
        assert line.startswith(("# HELP ", "# TYPE ")) or LINE.fullmatch(line), line
    assert f'randaemon_documents{{status="done"}} {status["documents"]["by_status"]["done"]}' in text
    assert 'randaemon_documents_waiting{reason="a \\"quoted\\"\\nreason \\\\"} 3' in text
    assert "randaemon_dataset_version" not in text  # nothing is sealed: no figure, not a zero


async def test_they_are_served_on_loopback_and_health_says_why_not(tmp_path: Path) -> None:
    home, port = Home.at(tmp_path / "home"), _free_port()
    async with Store.open(home), anyio.create_task_group() as tasks:
        tasks.start_soon(Meter(home, port).run)
        text = await _fetched(port, "/metrics")
        assert "randaemon_up 0" in text
        with pytest.raises(HTTPError) as refused:
            await _fetched(port, "/healthz")
        assert refused.value.code == 503
        assert refused.value.read() == b"the daemon does not run\n"
        refused.value.close()
        tasks.cancel_scope.cancel()


async def test_a_port_that_is_taken_ends_nothing(tmp_path: Path) -> None:
    lines: list[str] = []
    sink = logger.add(lines.append, format="{message}", level="ERROR")
    with socket.create_server(("127.0.0.1", 0)) as taken, anyio.fail_after(20):
        await Meter(Home.at(tmp_path), taken.getsockname()[1]).run()
    logger.remove(sink)
    assert "cannot be had" in lines[0]
    await Meter(Home.at(tmp_path), 0).run()  # not wanted: nothing is served, and nothing said
    assert len(lines) == 1


def test_problems_are_told() -> None:
    daemon = {"running": True, "problems": ["the disk is full", "the inbox is gone"], "alerts": []}
    well, told = healthy({"daemon": daemon})
    assert not well
    assert told == "the disk is full; the inbox is gone"
    assert healthy({"daemon": {**daemon, "problems": []}}) == (True, "ok")


async def test_every_alert_rule_is_a_figure_and_one_that_keeps_the_daemon_from_its_work_is_no_health(
    tmp_path: Path,
) -> None:
    home = Home.at(tmp_path / "home")
    standing = [Alert("failures", "12 of 20 failed", "…", 1.0), Alert("stuck", "nothing moves", "…", 1.0, urgent=True)]
    async with Store.open(home) as store:
        await store.set_state(**{ALERTS: [asdict(each) for each in standing]})
    with Reader(home) as reader:
        status = reader.status()
    text = render(status)
    figures = {rule: f'randaemon_alert{{rule="{rule}"}} {int(rule in ("failures", "stuck"))}' for rule in RULES}
    assert all(line in text.splitlines() for line in figures.values())
    running = {**status["daemon"], "running": True}
    assert healthy({"daemon": running}) == (False, "nothing moves")
    assert healthy({"daemon": {**running, "alerts": running["alerts"][:1]}}) == (True, "ok")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


async def _fetched(port: int, path: str) -> str:
    """The body, once the server is there."""
    with anyio.fail_after(30):
        while True:
            try:
                return await anyio.to_thread.run_sync(_get, f"http://127.0.0.1:{port}{path}")
            except ConnectionError:
                await anyio.sleep(0.05)
            except OSError as error:
                if isinstance(error, HTTPError) or not isinstance(getattr(error, "reason", None), ConnectionError):
                    raise
                await anyio.sleep(0.05)


def _get(address: str) -> str:
    with urllib.request.urlopen(address, timeout=20) as answer:
        return str(answer.read().decode())
