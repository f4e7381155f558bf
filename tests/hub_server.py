"""The part of Hugging Face's hub that a download of one model needs, and the ways in which a download goes wrong.

Large files are listed with their SHA-256 and lead to another address, which knows ranges, as on the hub itself.
tests/flow/test_download.py holds it to the hub's own client.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from aiohttp import web

COMMIT = "5" * 40
LARGE = ".safetensors"


@dataclass
class HubServer:
    """One server with one model, the files of `folder`; `async with HubServer(…) as server`.

    `script` says what becomes of each request for a large file, in order; after its end they are answered whole:
    `cut` closes the connection after four tenths of what was asked for, `stall` sends no more after them, `no ranges`
    sends the whole file whatever is asked for, `damaged` another byte in the middle, `broken` answers 500.
    """

    model: str
    folder: Path
    script: Iterable[str] = ()
    status: int = 200  # of the listing
    ranges: list[str] = field(default_factory=list)  # that were asked for, "" for none; of large files only
    requests: int = 0
    stalled: asyncio.Event = field(default_factory=asyncio.Event)
    url: str = ""
    _faults: Any = None
    _runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        self._faults = iter(self.script)
        app = web.Application(middlewares=[self._counted])
        app.router.add_get(f"/api/models/{self.model}/revision/main", self._about)
        app.router.add_get(f"/api/models/{self.model}/tree/{COMMIT}", self._tree)
        app.router.add_get(f"/{self.model}/resolve/{COMMIT}/{{name}}", self._resolve)  # HEAD too
        app.router.add_get("/elsewhere/{name}", self._large)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def stop(self) -> None:
        """Refuse connections from now on, and drop those that are open."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    @web.middleware
    async def _counted(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.requests += 1
        answer: web.StreamResponse = await handler(request)
        return answer

    async def _about(self, _: web.Request) -> web.Response:
        if self.status != 200:
            return web.json_response({"error": "no"}, status=self.status)
        siblings = [{"rfilename": one.name, "size": one.stat().st_size, **_lfs(one, "sha256")} for one in self._files()]
        return web.json_response({"id": self.model, "sha": COMMIT, "siblings": siblings})

    async def _tree(self, _: web.Request) -> web.Response:
        return web.json_response(
            [
                {"type": "file", "path": one.name, "size": one.stat().st_size, "oid": _oid(one), **_lfs(one, "oid")}
                for one in self._files()
            ]
        )

    async def _resolve(self, request: web.Request) -> web.StreamResponse:
        file = self.folder / request.match_info["name"]
        headers = {"X-Repo-Commit": COMMIT, "ETag": f'"{_oid(file)}"'}
        if file.suffix != LARGE:
            return web.Response(body=file.read_bytes(), headers=headers)
        linked = {"X-Linked-ETag": f'"{_sha256(file)}"', "X-Linked-Size": str(file.stat().st_size)}
        other_host = self.url.replace("127.0.0.1", "localhost")
        return web.Response(
            status=302, headers={**headers, **linked, "Location": f"{other_host}/elsewhere/{file.name}"}
        )

    async def _large(self, request: web.Request) -> web.StreamResponse:
        fault, asked = next(self._faults, ""), request.headers.get("Range", "")
        self.ranges.append(asked)
        body = (self.folder / request.match_info["name"]).read_bytes()
        if fault == "broken":
            return web.Response(status=500)
        if fault == "damaged":
            body = body[: len(body) // 2] + bytes([body[len(body) // 2] ^ 1]) + body[len(body) // 2 + 1 :]
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and fault != "no ranges" else 0
        answer = web.StreamResponse(status=206 if start else 200)
        answer.content_length = len(body) - start
        await answer.prepare(request)
        await self._send(request, answer, body[start:], fault)
        return answer

    async def _send(self, request: web.Request, answer: web.StreamResponse, body: bytes, fault: str) -> None:
        part = body[: len(body) * 4 // 10] if fault in {"cut", "stall"} else body
        await answer.write(part)
        if fault == "stall":
            self.stalled.set()
            await asyncio.Event().wait()
        if fault == "cut":
            assert request.transport is not None
            request.transport.close()

    def _files(self) -> list[Path]:
        return sorted(self.folder.iterdir())


def _lfs(file: Path, digest: str) -> dict[str, Any]:
    """What is said of a large file; the two answers of the hub call its digest differently."""
    if file.suffix != LARGE:
        return {}
    return {"lfs": {digest: _sha256(file), "size": file.stat().st_size, "pointerSize": 134}}


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _oid(file: Path) -> str:
    """Git's name of a small file; of a large one, of its pointer: whatever, but forty digits."""
    return hashlib.sha1(file.read_bytes(), usedforsecurity=False).hexdigest()
