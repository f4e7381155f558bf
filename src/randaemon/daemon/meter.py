"""`GET /metrics` and `GET /healthz` on a port of this machine, for those who set `metrics.port`. Loopback only."""

from __future__ import annotations

from typing import Any

import anyio
import anyio.to_thread
from loguru import logger

from randaemon import metrics
from randaemon.store import Home
from randaemon.store.reader import Reader

HOST = "127.0.0.1"


class Meter:
    """Serves until cancelled. A port that somebody else has is a line in the log, no reason to end."""

    def __init__(self, home: Home, port: int) -> None:
        """`port` 0: nothing is served."""
        self._home = home
        self._port = port

    async def run(self) -> None:
        """Until cancelled."""
        if not self._port:
            return
        from aiohttp import web  # 0.2 s that most daemons need not spend

        app = web.Application()
        app.add_routes([web.get("/metrics", self._metrics), web.get("/healthz", self._health)])
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        try:
            await web.TCPSite(runner, HOST, self._port).start()
            await anyio.sleep_forever()
        except OSError as error:
            logger.error("no metrics: port {} of {} cannot be had: {}", self._port, HOST, error.strerror)
        finally:
            with anyio.CancelScope(shield=True):
                await runner.cleanup()

    async def _metrics(self, _: Any) -> Any:
        from aiohttp import web

        text = metrics.render(await self._status())
        return web.Response(body=text.encode(), headers={"Content-Type": metrics.CONTENT_TYPE})

    async def _health(self, _: Any) -> Any:
        from aiohttp import web

        well, told = metrics.healthy(await self._status())
        return web.Response(text=f"{told}\n", status=200 if well else 503)

    async def _status(self) -> dict[str, Any]:
        return await anyio.to_thread.run_sync(_read, self._home)


def _read(home: Home) -> dict[str, Any]:
    with Reader(home) as reader:
        return reader.status()
