"""The link under TLS, and the readers of both dialects on bytes that nobody foresaw."""

from __future__ import annotations

import asyncio
import datetime as dt
import ipaddress
import json
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil
import pytest
from aiohttp import web
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.models_server import Body, ModelsServer, plain

from randaemon.errors import ModelError, ModelRefused, ModelUnavailable
from randaemon.integrations.ollama import Ollama
from randaemon.integrations.openai_chat import OpenAIChat
from randaemon.llm.link import Link, LinkPolicy, Sent, Timeouts
from randaemon.model import Call, Message

CALL = Call("m", (Message("user", "hello"),), {"type": "object"})


@pytest.fixture
async def unsigned(tmp_path: Path) -> AsyncIterator[str]:
    """The address of a server whose certificate nobody has signed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate(tmp_path))
    served: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        served.append(request.path)
        return web.json_response({"models": []})

    app = web.Application()
    app.router.add_get("/api/tags", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    yield f"https://127.0.0.1:{runner.addresses[0][1]}"
    assert served == []
    await runner.cleanup()


def certificate(folder: Path) -> tuple[Path, Path]:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now).not_valid_after(now + dt.timedelta(days=1))
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    signed = builder.add_extension(address, critical=False).sign(key, hashes.SHA256())
    chain, secret = folder / "chain.pem", folder / "key.pem"
    chain.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    secret.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    return chain, secret


async def test_a_certificate_that_nobody_signed_is_refused(unsigned: str) -> None:
    link = Link(LinkPolicy(unsigned, timeouts=Timeouts(2.0, 2.0, 2.0, 5.0)))
    with pytest.raises(ModelRefused, match="certificate that is not to be trusted"):
        await Ollama(link).models()
    await link.close()


def address_of_ours() -> str:
    """An address of this machine that is not of its loopback: to a link it is another machine."""
    for found in (each for entries in psutil.net_if_addrs().values() for each in entries):
        if found.family is socket.AF_INET and not ipaddress.ip_address(found.address).is_loopback:
            return found.address
    pytest.skip("this machine has no address but its loopback")


async def test_a_name_that_comes_home_takes_no_connection_with_it_from_where_it_led_before() -> None:
    """What is not masked because it stays here must not go out over a connection that was kept to elsewhere."""
    there = address_of_ours()
    leads_to, audited = [there], []

    async def resolve(host: str, port: int) -> list[str]:
        return list(leads_to)

    async def audit(sent: Sent) -> None:
        audited.append(sent.address)

    async with ModelsServer(models=("m",), host=there) as away, ModelsServer(models=("m",), port=away.port) as home:
        link = Link(LinkPolicy(f"http://models.example:{away.port}", allow_remote=True), audit, resolve)
        call = Call("m", (Message("user", "Ask jane.doe@operator.com"),))
        await Ollama(link).chat(call)
        leads_to[:] = ["127.0.0.1"]
        link._checked_until = 0.0
        await Ollama(link).chat(call)
        await link.close()
    assert [body["messages"][0]["content"] for body in away.calls] == ["Ask <MAIL>"]
    assert [body["messages"][0]["content"] for body in home.calls] == ["Ask jane.doe@operator.com"]
    assert audited == [there]


async def test_a_name_that_leads_elsewhere_leaves_what_is_under_way_in_peace() -> None:
    there = address_of_ours()
    leads_to = ["127.0.0.1"]

    async def resolve(host: str, port: int) -> list[str]:
        return list(leads_to)

    asked = asyncio.Event()

    def reply(body: Body) -> str:
        asked.set()
        return plain(body)

    async with ModelsServer(models=("m",), latency=0.3, reply=reply) as home, ModelsServer(
        models=("m",), host=there, port=home.port
    ) as away:  # fmt: skip
        link = Link(LinkPolicy(f"http://models.example:{home.port}", allow_remote=True), None, resolve)
        chat = Ollama(link)
        slow = asyncio.create_task(chat.chat(CALL))
        await asked.wait()
        leads_to[:], link._checked_until = [there], 0.0
        await chat.chat(CALL)
        assert (await slow).text
        await link.close()
    assert (len(home.calls), len(away.calls)) == (1, 1)


@pytest.mark.parametrize("fault", ["bad request", "broken", "busy", "not found", "no key", "error in the stream"])
@pytest.mark.parametrize("dialect", [Ollama, OpenAIChat])
async def test_no_error_repeats_the_key_or_another_secret_that_a_server_repeats(
    dialect: Callable[[Link], Ollama | OpenAIChat], fault: str
) -> None:
    words = f"{'x' * 180} your key open-sesame-1234 is bad, Bearer open-sesame-1234; write to jane.doe@operator.com"
    async with ModelsServer(models=("m",), script=[fault], words=words) as server:
        link = Link(LinkPolicy(server.url, key=lambda: "open-sesame-1234"))
        with pytest.raises(ModelError) as failed:
            await dialect(link).chat(CALL)
        await link.close()
    told = f"{failed.value} {failed.value.hint}"
    assert "sesame" not in told
    assert "jane" not in told
    assert "open-" not in told


class Lines:
    """A link that gives the lines of a test."""

    endpoint = "http://127.0.0.1:1"

    def __init__(self, lines: Sequence[bytes]) -> None:
        self._lines = lines

    async def get(self, path: str) -> Any:
        assert path.endswith(("tags", "models"))
        return json.loads(self._lines[0])

    async def post(self, path: str, payload: Mapping[str, Any]) -> Any:
        raise AssertionError(path, payload)

    async def stream(self, path: str, payload: Mapping[str, Any], take: Callable[[bytes], bool]) -> None:
        assert path.endswith(("chat", "completions"))
        assert payload["stream"]
        any(take(line) for line in self._lines)

    def harmless(self, words: object) -> str:
        return str(words)

    async def close(self) -> None:
        """Nothing is open."""


GOOD = (
    b'{"model":"m","message":{"role":"assistant","content":"{}"},"done":false}',
    b'{"model":"m","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","eval_count":1}',
    b'data: {"model":"m","choices":[{"index":0,"delta":{"content":"{}"},"finish_reason":null}]}',
    b'data: {"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}',
    b"data: [DONE]",
    b": keepalive 1/2",
)
Mutation = tuple[int, int, bytes]


def mutated(line: bytes, mutations: Sequence[Mutation]) -> bytes:
    for place, length, put in mutations:
        start = place % (len(line) + 1)
        line = line[:start] + put + line[start + length :]
    return line


mutations = st.lists(st.tuples(st.integers(0, 200), st.integers(0, 20), st.binary(max_size=8)), max_size=3)
lines = st.lists(st.builds(mutated, st.sampled_from(GOOD), mutations) | st.binary(max_size=60), max_size=6)


@settings(max_examples=200)
@given(lines)
@pytest.mark.parametrize("dialect", [Ollama, OpenAIChat])
async def test_whatever_a_server_sends_is_an_answer_or_an_error_of_ours(
    dialect: Callable[[Lines], Ollama | OpenAIChat], lines: Sequence[bytes]
) -> None:
    try:
        answer = await dialect(Lines(lines)).chat(CALL)
    except ModelError:
        return
    assert isinstance(answer.text, str)


@pytest.mark.parametrize("document", ["7", "[]", "{}", '{"models": 5, "data": 5}', '{"models": [3, {}], "data": [[]]}'])
@pytest.mark.parametrize("dialect", [Ollama, OpenAIChat])
async def test_a_list_of_models_in_another_form_names_none_of_ours(
    dialect: Callable[[Lines], Ollama | OpenAIChat], document: str
) -> None:
    assert "m" not in await dialect(Lines([document.encode()])).models()


async def test_a_server_that_answers_in_one_document_of_many_lines_is_understood() -> None:
    document = json.dumps(
        {
            "model": "m",
            "choices": [{"index": 0, "message": {"role": "assistant", "content": "{}"}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 3, "completion_tokens": 2},
        },
        indent=2,
    )
    answer = await OpenAIChat(Lines(document.encode().splitlines())).chat(CALL)
    assert (answer.text, answer.prompt_tokens, answer.completion_tokens, answer.cut) == ("{}", 3, 2, False)


async def test_events_without_an_end_are_not_taken_for_an_answer() -> None:
    with pytest.raises(ModelUnavailable, match="stopped in the middle"):
        await OpenAIChat(Lines(GOOD[2:3])).chat(CALL)
    with pytest.raises(ModelUnavailable, match="stopped in the middle"):
        await Ollama(Lines(GOOD[:1])).chat(CALL)
