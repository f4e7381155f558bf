"""A model server by script: Ollama's and OpenAI's documented dialects, and the ways in which a server can fail.

It answers every chat with what `reply` makes of the request, over `latency` seconds, `slots` at a time. `script` names
the fault of each call, in order; after its end calls are answered in good order. tests/flow/test_models_server.py holds
it to the official clients of both dialects.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import struct
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Body = dict[str, Any]

#: What goes wrong with the text of an otherwise good reply.
TEXTS: Mapping[str, Callable[[str], str]] = {
    "wrong schema": lambda _: '{"unheard": [1, 2]}',
    "prose around": lambda text: f"Sure! Here is what you asked for:\n```json\n{text}\n```\nAnything else?",
    "thoughts": lambda text: f"<think>Is {{this}} it? Perhaps [1].</think>\n{text}",
    "only thoughts": lambda _: "<think>Hmm, let me see. The user wants",
    "nan": lambda _: '{"answer": NaN}',
    "infinity": lambda _: '{"answer": 1e999}',
    "no json": lambda _: "I cannot do that.",
    "cut json": lambda text: text[: len(text) // 2],
    "empty": lambda _: "",
    "whitespace": lambda _: " \n\t" * 200,
    "deep": lambda _: "[" * 100_000,
}
#: What a status other than 200 says.
STATUSES = {"bad request": 400, "no key": 401, "not found": 404, "busy": 503, "too many": 429, "broken": 500}
#: What happens to the connection or the envelope.
RAW = (
    "silent",  # accepts, never answers
    "silent after headers",
    "silent in the middle",
    "trickle",  # one byte now and then
    "closed",  # without a word
    "reset",
    "reset in the middle",
    "no end",  # the stream ends before its last line
    "cut line",
    "not http",
    "html",
    "redirect",
    "huge",  # announces 8 GiB
    "endless",
    "error in the stream",
    "other model",
)
FAULTS = (*TEXTS, *STATUSES, *RAW)


def plain(body: Body) -> str:
    """An answer that holds `{"answer": string}` where a schema is wanted."""
    last = body["messages"][-1]["content"] if body["messages"] else ""
    form = body.get("format") or body.get("response_format")
    return json.dumps({"answer": str(last)[:40]}) if form else f"You said: {str(last)[:40]}"


@dataclass
class ModelsServer:
    """One server on a port of its own; `async with ModelsServer() as server`."""

    models: Sequence[str] = ("qwen3:1.7b",)
    reply: Callable[[Body], str] = plain
    script: Iterable[str] = ()
    latency: float = 0.0
    slots: int = 1000
    pause: float = 30.0  # of the silent faults: longer than any time-out of a test
    port: int = 0
    host: str = "127.0.0.1"
    words: str = "no more of this"  # what it says when it fails
    calls: list[Body] = field(default_factory=list)  # the body of every chat
    headers: list[Mapping[str, str]] = field(default_factory=list)
    peers: list[tuple[str, int]] = field(default_factory=list)
    refuse: Mapping[str, Body] = field(default_factory=dict)  # parameters of a chat, and what they are refused with
    loads: list[str] = field(default_factory=list)  # the model of every chat, as often as it changed
    loaded: list[str] = field(default_factory=list)
    busiest: int = 0
    loop: asyncio.AbstractEventLoop | None = None  # that it runs in
    _faults: Any = None
    _running: int = 0
    _runner: web.AppRunner | None = None

    async def __aenter__(self) -> ModelsServer:
        self._faults, self.loop = iter(self.script), asyncio.get_running_loop()
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    async def start(self) -> None:
        """Listen; after `stop` on the same port again."""
        app = web.Application(client_max_size=64 << 20)
        app.router.add_post("/api/chat", self._ollama)
        app.router.add_get("/api/tags", self._tags)
        app.router.add_get("/api/ps", self._ps)
        app.router.add_get("/api/version", self._version)
        app.router.add_post("/v1/chat/completions", self._openai)
        app.router.add_get("/v1/models", self._models)
        app.router.add_get("/elsewhere", self._version)
        self._gate = asyncio.Semaphore(self.slots)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.host, self.port, reuse_address=True)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Refuse connections from now on, and drop those that are open."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    # --- Ollama -----------------------------------------------------------------------------------------------------

    async def _ollama(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self._note(request)
        if not body["messages"]:
            return self._load(body)
        async with self._counted(body):
            fault = next(self._faults, "")
            if fault in STATUSES or fault in RAW:
                return await self._fail(request, fault, self._ollama_lines(body, ""))
            if body["model"] not in self.models:
                return web.json_response({"error": f"model '{body['model']}' not found"}, status=404)
            if refused := [answer for name, answer in self.refuse.items() if name in body]:
                return web.json_response(refused[0], status=400)
            return await self._stream(request, body, self._ollama_lines(body, fault), "application/x-ndjson")

    def _load(self, body: Body) -> web.Response:
        model = body["model"]
        if model not in self.models:
            return web.json_response({"error": f"model '{model}' not found"}, status=404)
        reason = "unload" if body.get("keep_alive") == 0 else "load"
        self.loaded = [] if reason == "unload" else [model]
        return web.json_response(self._ollama_end(model, reason))

    def _ollama_lines(self, body: Body, fault: str) -> list[Body]:
        text = self._text(body, fault)
        model = body["model"]
        stamp = "2026-11-21T12:00:00.000000Z"
        cut = fault == "cut json"
        end = {
            **self._ollama_end(model, "length" if cut else "stop"),
            "total_duration": 5_000_000,
            "load_duration": 1_000_000,
            "prompt_eval_count": self._counts(body),
            "prompt_eval_duration": 1_000_000,
            "eval_count": len(text) // 4 + 1,
            "eval_duration": 3_000_000,
        }
        if not body.get("stream", True):
            return [{**end, "message": {"role": "assistant", "content": text}}]
        pieces = [text[place : place + 24] for place in range(0, len(text), 24)]
        said = [
            {"model": model, "created_at": stamp, "message": {"role": "assistant", "content": piece}, "done": False}
            for piece in pieces
        ]
        return [*said, end]

    def _ollama_end(self, model: str, reason: str) -> Body:
        return {
            "model": model,
            "created_at": "2026-11-21T12:00:00.000000Z",
            "message": {"role": "assistant", "content": ""},
            "done": True,
            "done_reason": reason,
        }

    def _counts(self, body: Body) -> int:
        """Four characters a token; what does not fit into `num_ctx` is cut to its half, and a few, without a word."""
        tokens = sum(len(turn["content"]) for turn in body["messages"]) // 4 + 8
        context = body.get("options", {}).get("num_ctx", 2048)
        return tokens if tokens < context else context // 2 + 2

    async def _tags(self, _: web.Request) -> web.Response:
        details = {"format": "gguf", "family": "qwen3", "parameter_size": "1.7B", "quantization_level": "Q4_K_M"}
        listed = [
            {
                "name": name,
                "model": name,
                "modified_at": "2026-11-21T12:00:00Z",
                "size": 1_359_293_444,
                "digest": "8f68893c685c3ddff2aa3fffce2aa60a30bb2da65ca488b61fff134a4d1730e7",
                "details": details,
            }
            for name in self.models
        ]
        return web.json_response({"models": listed})

    async def _ps(self, _: web.Request) -> web.Response:
        listed = [
            {
                "name": name,
                "model": name,
                "size": 1,
                "digest": "8f",
                "expires_at": "2026-11-21T12:10:00Z",
                "size_vram": 1,
            }
            for name in self.loaded
        ]
        return web.json_response({"models": listed})

    async def _version(self, _: web.Request) -> web.Response:
        return web.json_response({"version": "0.33.3"})

    # --- OpenAI -----------------------------------------------------------------------------------------------------

    async def _openai(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self._note(request)
        async with self._counted(body):
            fault = next(self._faults, "")
            if fault in STATUSES or fault in RAW:
                return await self._fail(request, fault, self._openai_events(body, ""))
            if refused := [answer for name, answer in self.refuse.items() if name in body]:
                return web.json_response(refused[0], status=400)
            if body["model"] not in self.models:
                error = {"message": f"The model `{body['model']}` does not exist", "type": "invalid_request_error",
                         "param": None, "code": "model_not_found"}  # fmt: skip
                return web.json_response({"error": error}, status=404)
            if not body.get("stream"):
                return web.json_response(self._completion(body, fault))
            return await self._stream(request, body, self._openai_events(body, fault), "text/event-stream")

    def _completion(self, body: Body, fault: str) -> Body:
        text = self._text(body, fault)
        choice = {
            "index": 0,
            "message": {"role": "assistant", "content": text},
            "finish_reason": "stop",
            "logprobs": None,
        }
        return {
            "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": body["model"], "choices": [choice],
            "usage": self._usage(body, text),
        }  # fmt: skip

    def _openai_events(self, body: Body, fault: str) -> list[Body]:
        text = self._text(body, fault)
        envelope = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": body["model"]}

        def event(delta: Body, reason: str | None = None) -> Body:
            return {**envelope, "choices": [{"index": 0, "delta": delta, "finish_reason": reason, "logprobs": None}]}

        events = [event({"role": "assistant", "content": ""})]
        events += [event({"content": text[place : place + 24]}) for place in range(0, len(text), 24)]
        events.append(event({}, "length" if fault == "cut json" else "stop"))
        if (body.get("stream_options") or {}).get("include_usage"):
            events.append({**envelope, "choices": [], "usage": self._usage(body, text)})
        return events

    def _usage(self, body: Body, text: str) -> Body:
        asked = sum(len(turn["content"]) for turn in body["messages"]) // 4 + 8
        said = len(text) // 4 + 1
        return {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said}

    async def _models(self, _: web.Request) -> web.Response:
        listed = [{"id": name, "object": "model", "created": 1, "owned_by": "library"} for name in self.models]
        return web.json_response({"object": "list", "data": listed})

    # --- Both -------------------------------------------------------------------------------------------------------

    def _note(self, request: web.Request) -> None:
        self.headers.append(dict(request.headers))
        self.peers.append(request.transport.get_extra_info("peername"))

    @contextlib.asynccontextmanager
    async def _counted(self, body: Body) -> AsyncIterator[None]:
        self.calls.append(body)
        if not self.loads or self.loads[-1] != body["model"]:
            self.loads.append(body["model"])
        self.loaded = [body["model"]]
        async with self._gate:
            self._running += 1
            self.busiest = max(self.busiest, self._running)
            try:
                yield
            finally:
                self._running -= 1

    def _text(self, body: Body, fault: str) -> str:
        text = self.reply(body)
        return TEXTS[fault](text) if fault in TEXTS else text

    async def _stream(self, request: web.Request, body: Body, parts: Sequence[Body], kind: str) -> web.StreamResponse:
        began = asyncio.get_running_loop().time()
        if not body.get("stream", True):
            await _until(began + self.latency)
            return web.json_response(parts[0])
        response = web.StreamResponse(headers={"Content-Type": kind})
        await response.prepare(request)
        for number, part in enumerate(parts, 1):
            await _until(began + self.latency * number / len(parts))
            await response.write(_wire(part, kind))
        await response.write(_done(kind))
        await response.write_eof()
        return response

    async def _fail(self, request: web.Request, fault: str, parts: Sequence[Body]) -> web.StreamResponse:
        if fault in STATUSES:
            message = "model 'x' not found" if fault == "not found" else f"{fault}: {self.words}"
            return web.json_response({"error": message}, status=STATUSES[fault])
        if fault == "html":
            return web.Response(text="<html><body>It works!</body></html>", content_type="text/html")
        if fault == "redirect":
            return web.Response(status=307, headers={"Location": "/elsewhere"})
        if fault in ("silent", "closed", "reset", "not http"):
            await self._hang_up(request, fault)
            return web.Response(status=500)
        return await self._fail_late(request, fault, parts)

    async def _hang_up(self, request: web.Request, fault: str) -> None:
        if fault == "silent":
            await asyncio.sleep(self.pause)
        elif fault == "reset":
            _reset(request)
        elif fault == "not http":
            request.transport.write(b"220 mail.example ESMTP\r\n")
        request.transport.close()

    async def _fail_late(self, request: web.Request, fault: str, parts: Sequence[Body]) -> web.StreamResponse:
        """Headers are sent, and perhaps more."""
        kind = "application/x-ndjson" if request.path == "/api/chat" else "text/event-stream"
        response = web.StreamResponse(headers={"Content-Type": kind})
        if fault == "huge":
            response.content_length = 8 << 30
        await response.prepare(request)
        lines = [_wire(part, kind) for part in parts]
        await response.write(_beginning(fault, lines, kind, self.words))
        if fault.startswith("silent"):
            await asyncio.sleep(self.pause)
        elif fault == "reset in the middle":
            _reset(request)
        elif fault == "trickle":
            await _trickle(response, lines[-1] * 100, 0.05)
        elif fault in ("huge", "endless"):
            await _pour(response, lines[0] * 1000)
        return response


def _beginning(fault: str, lines: Sequence[bytes], kind: str, words: str) -> bytes:
    """What is sent before it goes wrong."""
    match fault:
        case "silent in the middle" | "reset in the middle":
            return lines[0]
        case "no end":
            return b"".join(lines[:-2])
        case "cut line":
            return lines[0] + lines[-1][:20]
        case "error in the stream":
            return lines[0] + _wire({"error": f"llama runner process has terminated: {words}"}, kind)
        case "other model":
            return b"".join(line.replace(b"qwen3", b"another") for line in lines) + _done(kind)
        case _:
            return b""


async def _trickle(response: web.StreamResponse, data: bytes, pause: float) -> None:
    for byte in data:
        await response.write(bytes([byte]))
        await asyncio.sleep(pause)


async def _pour(response: web.StreamResponse, data: bytes) -> None:
    with contextlib.suppress(ConnectionError):
        while True:
            await response.write(data)


async def _until(when: float) -> None:
    if (left := when - asyncio.get_running_loop().time()) > 0:
        await asyncio.sleep(left)


def _done(kind: str) -> bytes:
    return b"data: [DONE]\n\n" if kind == "text/event-stream" else b""


def _wire(part: Body, kind: str) -> bytes:
    text = json.dumps(part).encode()
    return b"data: " + text + b"\n\n" if kind == "text/event-stream" else text + b"\n"


def _reset(request: web.Request) -> None:
    """Close so that the other side gets a reset and no end."""
    transport = request.transport
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
