"""The one way to a model server over HTTP, and everything that is forbidden on it.

Loopback only unless remote servers are allowed, judged by the address that the name resolves to; that address is the
one connected to. No redirects, no proxy from the environment, no cookies, no compressed bodies, TLS verified, a cap on
the bytes of a reply, a deadline for the connection, the first byte, each further byte and the whole. What leaves this
machine is cleared of personal data, and told to `audit` before it is sent.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from randaemon.errors import (
    ModelError,
    ModelMissing,
    ModelOverloaded,
    ModelRefused,
    ModelUnavailable,
    ModelUnsent,
    SettingsError,
)
from randaemon.llm.way import Way, getaddrinfo, is_loopback, is_nobodys, opened
from randaemon.machine import MIB
from randaemon.quality import secrets

if TYPE_CHECKING:
    from aiohttp import ClientResponse

_ERROR_CAP = 64 * 1024  # bytes of an error reply that are read
_TOLD = 200  # characters of it that are repeated
_REAL_KEY = 4  # characters: what is shorter is no secret, and its letters stand everywhere
_LAST_WORDS = 0.25  # seconds that the end of a body may take after the last line that is wanted
_REMEMBERED = 60.0  # seconds a resolved address is held

#: What msgspec raises on bytes that are no JSON, no text, or nested beyond all measure.
NOT_JSON = (msgspec.MsgspecError, UnicodeError, RecursionError)
#: Name and port to addresses, as `getaddrinfo` gives them; raises OSError.
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds. A local server that loads a model is silent for long; one that has begun to write is not."""

    connect: float = 3.0
    first_byte: float = 120.0
    idle: float = 30.0
    total: float = 300.0


@dataclass(frozen=True, slots=True)
class Sent:
    """What left this machine: for the audit, without a word of its content."""

    endpoint: str
    address: str
    digest: str  # SHA-256 of the body, hex
    size: int


@dataclass(frozen=True, slots=True)
class LinkPolicy:
    """How one server is spoken to."""

    url: str
    allow_remote: bool = False
    key: Callable[[], str] | None = None  # the bearer token, read when it is needed
    timeouts: Timeouts = Timeouts()
    body_cap: int = 2 * MIB
    connections: int = 32


class Link:
    """Requests to one server, over connections that are kept."""

    def __init__(
        self,
        policy: LinkPolicy,
        audit: Callable[[Sent], Awaitable[None]] | None = None,
        resolve: Resolve | None = None,
    ) -> None:
        parts = urlsplit(policy.url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query:
            raise SettingsError(f"{policy.url} is no address of a model server", hint="write http://HOST:PORT")
        self.endpoint = policy.url.rstrip("/")
        self._host = parts.hostname
        self._port = parts.port or (443 if parts.scheme == "https" else 80)
        self._plain = parts.scheme == "http"
        self._policy = policy
        self._audit = audit
        self._resolve = resolve or getaddrinfo
        self._way: Way | None = None
        self._checked_until = 0.0  # loop time until which its addresses need not be looked up again
        self._keys: set[str] = set()  # that were sent: a server may repeat them

    async def get(self, path: str) -> Any:
        """A JSON document of the server. Raises ModelError."""
        return await self._document("GET", path, None)

    async def post(self, path: str, payload: Mapping[str, Any]) -> Any:
        """The JSON document that answers a JSON document. Raises ModelError."""
        return await self._document("POST", path, payload)

    async def stream(self, path: str, payload: Mapping[str, Any], take: Callable[[bytes], bool]) -> None:
        """Hand every line of the answer to `take`, without its end, until that says it has all. Raises ModelError."""
        rest = b""

        def cut(piece: bytes) -> bool:
            nonlocal rest
            *lines, rest = (rest + piece).split(b"\n")
            return any(take(line) for line in lines if line.strip())

        if not await self._exchange("POST", path, payload, cut) and rest.strip():
            take(rest)

    def harmless(self, words: object) -> str:
        """What a server said, as it may be told on: short, printable, without our key and without any other secret."""
        told = "".join(letter for letter in str(words)[:_ERROR_CAP] if letter.isprintable())
        for key in self._keys:
            told = told.replace(key, "<KEY>")
        return secrets.masked(told)[:_TOLD]

    async def close(self) -> None:
        """Close the connections that are kept."""
        found, self._way = self._way, None
        if found is not None:
            await found.session.close()

    async def _document(self, method: str, path: str, payload: Mapping[str, Any] | None) -> Any:
        body = bytearray()

        def gather(piece: bytes) -> bool:
            body.extend(piece)
            return False

        await self._exchange(method, path, payload, gather)
        try:
            return msgspec.json.decode(body)
        except NOT_JSON as error:
            raise self._error(ModelUnavailable, "answers, but not in JSON") from error

    async def _exchange(
        self, method: str, path: str, payload: Mapping[str, Any] | None, take: Callable[[bytes], bool]
    ) -> bool:
        """Send, and hand over the body's pieces until `take` says it has all; whether it said so."""
        with self._explained():
            async with self._answer(method, path, payload) as (response, deadline):
                left = self._policy.body_cap
                while piece := await response.content.readany():
                    deadline.arrived()
                    left -= len(piece)
                    if left < 0:
                        raise self._error(ModelUnavailable, f"sends more than {self._policy.body_cap // MIB} MiB")
                    if take(piece):
                        await _end(response)
                        return True
        return False

    @contextlib.asynccontextmanager
    async def _answer(
        self, method: str, path: str, payload: Mapping[str, Any] | None
    ) -> AsyncIterator[tuple[ClientResponse, _Deadline]]:
        limits = self._policy.timeouts
        async with asyncio.timeout(None) as timer:
            deadline = _Deadline(timer, limits)
            deadline.extend(limits.connect)
            way = await self._checked_way()
            way.running += 1
            try:
                body = msgspec.json.encode(await self._cleared(payload, way)) if payload is not None else None
                deadline.extend(limits.first_byte)
                request = way.session.request(
                    method, self.endpoint + path, data=body, headers=self._headers(), allow_redirects=False
                )
                async with request as response:
                    await self._judge(response)
                    yield response, deadline
            finally:
                await way.ended()

    async def _checked_way(self) -> Way:
        """Connections to where the name leads, checked; looked up again after a minute, or when nobody was there."""
        now = asyncio.get_running_loop().time()
        if self._way is not None and now < self._checked_until:
            return self._way
        try:
            found = tuple(await self._resolve(self._host, self._port))
        except OSError as error:
            told = f"cannot be found: {error.strerror or error}"
            raise self._error(ModelUnavailable, told, code="E_LLM_NOBODY") from error
        taken = await self._taken(self._checked(found))
        self._checked_until = now + _REMEMBERED
        return taken

    async def _taken(self, addresses: tuple[str, ...]) -> Way:
        """The way to these addresses: the one that is there, or a new one in its place."""
        before = self._way
        if before is not None and set(before.addresses) == set(addresses):
            return before
        limits, policy = self._policy.timeouts, self._policy
        taken = self._way = opened(
            addresses, connections=policy.connections, connect_seconds=limits.connect, buffer=policy.body_cap // 8
        )
        if before is not None:
            await before.leave()
        return taken

    def _checked(self, addresses: tuple[str, ...]) -> tuple[str, ...]:
        elsewhere = [address for address in addresses if not is_loopback(address)]
        if elsewhere and not self._policy.allow_remote:
            raise self._error(
                ModelUnsent,
                f"leads to {elsewhere[0]}, which is not this machine",
                "set llm.allow_remote = true if documents may be sent there",
            )
        if elsewhere and self._plain and self._policy.key is not None:
            raise self._error(ModelUnsent, "would get the key in clear text", "use an https address")
        if not addresses or any(is_nobodys(address) for address in elsewhere):
            raise self._error(ModelUnsent, "leads to no address of a server", "mend llm.servers")
        return addresses

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "Accept-Encoding": "identity", "User-Agent": "randaemon"}
        if self._policy.key is not None and (key := self._policy.key()):
            if len(key) >= _REAL_KEY:
                self._keys.add(key)
            headers["Authorization"] = f"Bearer {key}"
        return headers

    async def _cleared(self, payload: Mapping[str, Any], way: Way) -> Mapping[str, Any]:
        """What may be sent: as it is to this machine, masked and told to the audit to any other."""
        remote = way.remote
        if remote is None:
            return payload
        messages = [{**turn, "content": secrets.masked(turn["content"])} for turn in payload.get("messages", ())]
        cleared = {**payload, "messages": messages} if messages else payload
        if self._audit is not None:
            body = msgspec.json.encode(cleared)
            await self._audit(Sent(self.endpoint, remote, hashlib.sha256(body).hexdigest(), len(body)))
        return cleared

    async def _judge(self, response: ClientResponse) -> None:
        """Raise what a status other than 200 means."""
        status = response.status
        if status == 200:
            return
        if 300 <= status < 400:
            raise self._error(ModelRefused, "sends us elsewhere", "name the server itself; no redirect is followed")
        words = self.harmless(await _words(response))
        told = f"answers {status}{words and f': {words}'}"
        match status:
            case 404:
                raise self._error(ModelMissing, told)
            case 401 | 403:
                # Its own words are left out here: some servers repeat the key, or a part of it.
                hint = "set api_key_env or api_key_file of this server in [llm]"
                raise self._error(ModelRefused, f"answers {status}", hint)
            case 429 | 503:
                raise self._error(ModelOverloaded, told)
            case _ if status == 408 or status >= 500:
                raise self._error(ModelUnavailable, told)
            case _:
                raise self._error(ModelRefused, told, code="E_LLM_STATUS")

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        """Every way in which a connection can fail, as an error of ours."""
        import aiohttp

        try:
            yield
        except aiohttp.ConnectionTimeoutError as error:
            raise self._error(ModelUnavailable, "cannot be reached", "start it", "E_LLM_NOBODY") from error
        except TimeoutError as error:
            raise self._error(ModelUnavailable, "accepts a request and does not answer in time", code="E_LLM_TIMEOUT",
                              hint="restart it") from error  # fmt: skip
        except aiohttp.ClientConnectorCertificateError as error:
            raise self._error(ModelUnsent, "shows a certificate that is not to be trusted") from error
        except aiohttp.ClientConnectorError as error:
            self._checked_until = 0.0
            told = "refuses connections" if isinstance(error.os_error, ConnectionRefusedError) else "cannot be reached"
            raise self._error(ModelUnavailable, told, "start it", "E_LLM_NOBODY") from error
        except (aiohttp.ClientError, ConnectionError, OSError) as error:
            raise self._error(ModelUnavailable, f"broke off its answer ({type(error).__name__})") from error
        except (ValueError, AssertionError) as error:  # aiohttp's parsers on what is no HTTP
            raise self._error(ModelUnavailable, f"does not speak HTTP as it should ({type(error).__name__})") from error

    def _error(self, kind: type[ModelError], told: str, hint: str = "", code: str = "") -> ModelError:
        return kind(f"the model server at {self.endpoint} {told}", hint=hint, code=code, endpoint=self.endpoint)


class _Deadline:
    """The nearest of three: the first byte, the next byte, the whole."""

    def __init__(self, timer: asyncio.Timeout, limits: Timeouts) -> None:
        self._timer = timer
        self._clock = asyncio.get_running_loop().time
        self._idle = limits.idle
        self._end = self._clock() + limits.total

    def extend(self, seconds: float) -> None:
        """So long from now, but never beyond the end."""
        self._timer.reschedule(min(self._clock() + seconds, self._end))

    def arrived(self) -> None:
        """Something was received."""
        self.extend(self._idle)


async def _end(response: ClientResponse) -> None:
    """What was wanted is here; a body that ends now too leaves a connection that can be used again."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_LAST_WORDS):
            await response.content.readany()


async def _words(response: ClientResponse) -> object:
    """The server's own words; "" when they cannot be read."""
    body = await response.content.read(_ERROR_CAP)
    try:
        found = msgspec.json.decode(body)
    except NOT_JSON:
        return ""
    error = found.get("error", "") if isinstance(found, dict) else ""
    return error.get("message", "") if isinstance(error, dict) else error
