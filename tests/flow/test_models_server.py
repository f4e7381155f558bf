"""The scripted model server is held to the official clients: what they understand is what the servers really say."""

from __future__ import annotations

import json

import ollama
import openai
import pytest
from tests.models_server import ModelsServer

SCHEMA = {"type": "object", "properties": {"answer": {"type": "string"}}, "required": ["answer"]}
TURNS = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "hello"}]


async def test_the_client_of_ollama_chats_streams_lists_and_unloads() -> None:
    async with ModelsServer() as server, ollama.AsyncClient(host=server.url) as client:
        whole = await client.chat(model="qwen3:1.7b", messages=TURNS, format=SCHEMA, options={"num_ctx": 4096})
        assert json.loads(whole.message.content or "") == {"answer": "hello"}
        assert (whole.model, whole.done, whole.done_reason) == ("qwen3:1.7b", True, "stop")
        assert (whole.prompt_eval_count, whole.eval_count) == (11, 5)
        parts = [part async for part in await client.chat(model="qwen3:1.7b", messages=TURNS, stream=True)]
        assert "".join(part.message.content or "" for part in parts) == "You said: hello"
        assert [part.done for part in parts] == [False] * (len(parts) - 1) + [True]
        assert [model.model for model in (await client.list()).models] == ["qwen3:1.7b"]
        assert [model.model for model in (await client.ps()).models] == ["qwen3:1.7b"]
        await client.chat(model="qwen3:1.7b", messages=[], keep_alive=0)
        assert (await client.ps()).models == []


async def test_the_client_of_ollama_sees_a_missing_model_and_an_error_as_such() -> None:
    script = ["broken", ""]
    async with ModelsServer(script=script) as server, ollama.AsyncClient(host=server.url) as client:
        with pytest.raises(ollama.ResponseError, match="broken") as broken:
            await client.chat(model="qwen3:1.7b", messages=TURNS)
        assert broken.value.status_code == 500
        with pytest.raises(ollama.ResponseError, match="not found") as missing:
            await client.chat(model="other", messages=TURNS)
        assert missing.value.status_code == 404


async def test_the_client_of_openai_chats_streams_and_lists() -> None:
    async with ModelsServer() as server:
        client = openai.AsyncOpenAI(base_url=f"{server.url}/v1", api_key="none", max_retries=0)
        form = {"type": "json_schema", "json_schema": {"name": "reply", "strict": True, "schema": SCHEMA}}
        whole = await client.chat.completions.create(model="qwen3:1.7b", messages=TURNS, response_format=form)  # type: ignore[call-overload]
        assert json.loads(whole.choices[0].message.content) == {"answer": "hello"}
        assert (whole.choices[0].finish_reason, whole.usage.prompt_tokens) == ("stop", 11)
        stream = await client.chat.completions.create(  # type: ignore[call-overload]
            model="qwen3:1.7b", messages=TURNS, stream=True, stream_options={"include_usage": True}
        )
        events = [event async for event in stream]
        assert "".join(event.choices[0].delta.content or "" for event in events if event.choices) == "You said: hello"
        assert events[-1].usage.completion_tokens == 4
        assert [model.id async for model in client.models.list()] == ["qwen3:1.7b"]
        await client.close()


async def test_the_client_of_openai_sees_a_missing_model_and_too_many_requests_as_such() -> None:
    async with ModelsServer(script=["", "too many"]) as server:
        client = openai.AsyncOpenAI(base_url=f"{server.url}/v1", api_key="none", max_retries=0)
        with pytest.raises(openai.NotFoundError, match="does not exist"):
            await client.chat.completions.create(model="other", messages=TURNS)  # type: ignore[arg-type]
        with pytest.raises(openai.RateLimitError):
            await client.chat.completions.create(model="qwen3:1.7b", messages=TURNS)  # type: ignore[arg-type]
        await client.close()
