"""A request that makes a model server fail, and with it all that it is answering at the time."""

from __future__ import annotations

import json
from pathlib import Path

import anyio
from aiohttp import web
from tests.flow.test_asking import PROBES, House, contents, upgraded
from tests.models_server import ModelsServer


class Crashing(ModelsServer):
    """One request ends the process that writes, as a runner of Ollama's ends; the next call finds a new one."""

    poison: str | None = None  # "": the next request that comes
    crash: anyio.Event | None = None

    async def _ollama(self, request: web.Request) -> web.StreamResponse:
        text = (await request.json())["messages"][-1]["content"]
        if self.poison is None or text in PROBES:
            return await super()._ollama(request)
        self.poison = self.poison or text
        crash = self.crash = self.crash or anyio.Event()
        if text == self.poison:
            await anyio.sleep(0.01)
            self.crash = None
            crash.set()
        with anyio.move_on_after(0.05):
            await crash.wait()
            raise web.HTTPInternalServerError
        return await super()._ollama(request)


async def test_a_request_that_ends_the_server_takes_no_others_along(tmp_path: Path) -> None:
    async with Crashing() as server:
        house = House(tmp_path / "home", server)
        async with house.life() as life:
            await house.drop(life.store, 1)
            await life.until(life.store.idle)  # from now on it is a server that used to answer
            server.poison = ""
            await house.drop(life.store, 6, first=1)
            await life.until(lambda: upgraded(life))
            told = [answer for said in await contents(life.store) for answer in json.loads(said)]
            assert len(told) == 3 * 7
            assert told.count("") == 1  # before: 4, as many as ran at once
