"""The dialect of OpenAI's `/v1/chat/completions`, as LM Studio, vLLM, llama.cpp, mlx_lm and OpenAI itself speak it.

They differ in what they take: a parameter that a server refuses by name is left out from then on. A server that knows
no `response_format` is told the schema in words; its answers are checked like all others.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import msgspec

from randaemon.errors import ModelError, ModelMissing, ModelRefused, ModelUnavailable
from randaemon.model import Answer, Call

#: Parameters that a server may refuse, and what is sent in their place.
_OPTIONAL: Mapping[str, str] = {
    "response_format": "",
    "stream_options": "",
    "seed": "",
    "temperature": "",
    "max_tokens": "max_completion_tokens",
}
_ABSENT = ("not found", "not exist", "not loaded", "no models loaded", "failed to load", "unknown model")
_DATA = b"data:"

#: What msgspec raises on bytes that are no JSON, no text, or nested beyond all measure.
NOT_JSON = (msgspec.MsgspecError, UnicodeError, RecursionError)


class Link(Protocol):
    """The guarded way to the server."""

    endpoint: str

    async def get(self, path: str) -> Any:
        """A JSON document."""
        ...

    async def stream(self, path: str, payload: Mapping[str, Any], take: Callable[[bytes], bool]) -> None:
        """The lines of an answer, until `take` has all."""
        ...

    def harmless(self, words: object) -> str:
        """A server's own words, as they may be told on."""
        ...

    async def close(self) -> None:
        """Close what is kept open."""
        ...


class OpenAIChat:
    """One server of this dialect."""

    provider = "openai"

    def __init__(
        self,
        link: Link,
        *,
        knows_schemas: bool = True,
        extra: Mapping[str, Any] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`extra` is what only this server understands."""
        self._link = link
        self._clock = clock
        self._extra = extra or {}
        self._left_out: set[str] = set() if knows_schemas else {"response_format"}

    @property
    def endpoint(self) -> str:
        """As the settings write it."""
        return self._link.endpoint

    async def chat(self, call: Call) -> Answer:
        """One streamed call. Raises ModelError."""
        started = self._clock()
        while True:
            reader, payload = _Reader(), self._payload(call)
            try:
                await self._link.stream(self._path("chat/completions"), payload, reader.take)
            except ModelMissing as error:
                raise self._missing(call.model, error) from error
            except ModelRefused as error:
                if _says_absent(error):
                    raise self._missing(call.model, error) from error
                if not self._learnt(error, payload):
                    raise
                continue
            reader.finish()
            return self._answer(call, reader, self._clock() - started)

    async def models(self) -> Sequence[str]:
        """What it says it serves; LM Studio lists what it can load too."""
        found = await self._link.get(self._path("models"))
        data = found.get("data") if isinstance(found, dict) else None
        listed = data if isinstance(data, list) else []
        return [str(each.get("id")) for each in listed if isinstance(each, dict)]

    async def load(self, model: str, context: int) -> None:
        """These servers load with the first call."""

    async def unload(self, model: str) -> None:
        """This dialect has no word for it."""

    async def close(self) -> None:
        """Close the connections."""
        await self._link.close()

    def counter(self, model: str) -> None:
        """The tokenizer lies with the server."""

    def advice(self, model: str) -> str:
        """How a model comes to be here."""
        return f"load {model} in the server at {self.endpoint}"

    def _path(self, name: str) -> str:
        return f"/{name}" if self.endpoint.endswith("/v1") else f"/v1/{name}"

    def _payload(self, call: Call) -> dict[str, Any]:
        turns = [{"role": turn.role, "content": turn.content} for turn in call.messages]
        wanted: dict[str, Any] = {
            "model": call.model,
            "messages": turns,
            "stream": True,
            "stream_options": {"include_usage": True},
            "max_tokens": call.max_tokens,
            "temperature": call.temperature,
            "seed": call.seed,
        }
        if call.seed is None:
            del wanted["seed"]
        if call.schema is not None:
            form = {"name": "reply", "strict": True, "schema": call.schema}
            wanted["response_format"] = {"type": "json_schema", "json_schema": form}
            if "response_format" in self._left_out:
                wanted["messages"] = _told_in_words(turns, call.schema)
        for name in self._left_out & wanted.keys():
            value = wanted.pop(name)
            if instead := _OPTIONAL[name]:
                wanted[instead] = value
        return {**wanted, **self._extra}

    def _learnt(self, error: ModelRefused, sent: Mapping[str, Any]) -> bool:
        """Does the server refuse a parameter that it can do without? Then it is left out from now on.

        What counts is what this call sent: another one that ran beside it may have learnt the same meanwhile.
        """
        named = next((name for name in _OPTIONAL if name in error.message and name in sent), None)
        if named is not None:
            self._left_out.add(named)
        return named is not None

    def _answer(self, call: Call, reader: _Reader, seconds: float) -> Answer:
        if reader.error:
            raise self._error(ModelUnavailable, f"broke off: {self._link.harmless(reader.error)}", call)
        if not reader.ended:
            raise self._error(ModelUnavailable, "stopped in the middle of its answer", call)
        used = reader.usage
        text, cut = "".join(reader.parts), reader.reason == "length"
        return Answer(text, reader.model, used.prompt_tokens, used.completion_tokens, seconds, cut=cut)

    def _missing(self, model: str, error: ModelError) -> ModelMissing:
        message = f"the model {model} is not to be had at {self.endpoint}"
        return ModelMissing(message, hint=self.advice(model), endpoint=error.endpoint, model=model)

    def _error(self, kind: type[ModelError], told: str, call: Call) -> ModelError:
        return kind(f"{call.model} at {self.endpoint} {told}", endpoint=self.endpoint, model=call.model)


class _Turn(msgspec.Struct):
    content: str | None = None


class _Choice(msgspec.Struct):
    delta: _Turn | None = None  # of a streamed piece
    message: _Turn | None = None  # of a server that does not stream
    finish_reason: str | None = None


class _Usage(msgspec.Struct):
    prompt_tokens: int = 0
    completion_tokens: int = 0


class _Piece(msgspec.Struct):
    """What is used of a `chat.completion.chunk`, or of a whole `chat.completion`."""

    model: str = ""
    choices: list[_Choice] = []
    usage: _Usage | None = None
    error: Any = None


class _Reader:
    """Puts server-sent events together; a server that answers in one document instead is understood too."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.model = ""
        self.usage = _Usage()
        self.reason = ""
        self.error = ""
        self.ended = False
        self._document: list[bytes] = []

    def take(self, line: bytes) -> bool:
        """One line; True after the last."""
        line = line.strip()
        if line.startswith(_DATA):
            return self._event(line[len(_DATA) :].strip())
        if line.startswith((b":", b"event:", b"id:", b"retry:")):
            return False
        self._document.append(line)
        return False

    def _event(self, data: bytes) -> bool:
        if data == b"[DONE]":
            self.ended = True
            return True
        try:
            self._add(_PIECE.decode(data))
        except NOT_JSON:
            self.error = "what it sends is not OpenAI's JSON"
        return bool(self.error)

    def finish(self) -> None:
        """After the last line: was it one document, over however many lines?"""
        if self.ended or self.error or not self._document:
            return
        try:
            self._add(_PIECE.decode(b"\n".join(self._document)))
        except NOT_JSON:
            self.error = "what it sends is not OpenAI's JSON"
        self.ended = bool(self.reason or self.parts)

    def _add(self, piece: _Piece) -> None:
        self.model = piece.model or self.model
        self.usage = piece.usage or self.usage
        if piece.error is not None:
            self.error = _words(piece.error)
        for choice in piece.choices[:1]:
            turn = choice.delta or choice.message
            if turn is not None and turn.content:
                self.parts.append(turn.content)
            self.reason = choice.finish_reason or self.reason


_PIECE = msgspec.json.Decoder(_Piece)


def _words(error: object) -> str:
    message = error.get("message") if isinstance(error, dict) else error
    return str(message or "an error without a message")


def _says_absent(error: ModelError) -> bool:
    told = error.message.lower()
    return "model" in told and any(words in told for words in _ABSENT)


def _told_in_words(turns: list[dict[str, str]], schema: Mapping[str, Any]) -> list[dict[str, str]]:
    told = f"Reply with JSON alone, no other words. It holds this JSON schema:\n{json.dumps(schema, sort_keys=True)}"
    first = turns[0] if turns and turns[0]["role"] == "system" else None
    if first is None:
        return [{"role": "system", "content": told}, *turns]
    return [{"role": "system", "content": f"{first['content']}\n\n{told}"}, *turns[1:]]
