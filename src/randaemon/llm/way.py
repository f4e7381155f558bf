"""The connections of a link to one set of addresses: what was checked is what is connected to, for good.

A name may lead elsewhere a minute later. Then the link takes another way, with connections of its own, so that what is
sent unmasked because it stays on this machine cannot go out over a connection that was opened to another one.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiohttp import ClientSession
    from aiohttp.abc import ResolveResult


@dataclass(slots=True)
class Way:
    """Kept connections to `addresses`, which never change."""

    addresses: tuple[str, ...]
    session: ClientSession
    running: int = 0  # exchanges under way
    left: bool = False  # another way was taken since: its connections go with the last exchange

    @property
    def remote(self) -> str | None:
        """The first of its addresses that is not this machine; None where there is none."""
        return next((address for address in self.addresses if not is_loopback(address)), None)

    async def leave(self) -> None:
        """Take no more exchanges; those under way end in peace."""
        self.left = True
        if not self.running:
            await self.session.close()

    async def ended(self) -> None:
        """An exchange is over."""
        self.running -= 1
        if self.left and not self.running:
            await self.session.close()


def opened(addresses: tuple[str, ...], *, connections: int, connect_seconds: float, buffer: int) -> Way:
    """A way without a connection yet. No redirects, proxies, cookies or compressed bodies: see `link`."""
    import aiohttp

    class Pinned(aiohttp.abc.AbstractResolver):
        async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[ResolveResult]:  # noqa: ARG002
            return [_resolved(host, port, address) for address in addresses]

        async def close(self) -> None:
            """Nothing is held."""

    session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(resolver=Pinned(), use_dns_cache=False, limit=connections),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=connect_seconds),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,
        read_bufsize=buffer,
    )
    return Way(addresses, session)


async def getaddrinfo(host: str, port: int) -> list[str]:
    """The addresses that the machine's resolver gives, each once. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_loopback(address: str) -> bool:
    """Does it stay on this machine?"""
    found = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(found, "ipv4_mapped", None)
    return bool((mapped or found).is_loopback)


def is_nobodys(address: str) -> bool:
    """Addresses that no server has: of groups, of none, and those that cloud machines read their secrets from."""
    found = ipaddress.ip_address(address.partition("%")[0])
    return found.is_multicast or found.is_unspecified or found.is_link_local or found.is_reserved


def _resolved(host: str, port: int, address: str) -> ResolveResult:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return {
        "hostname": host,
        "host": address,
        "port": port,
        "family": family,
        "proto": socket.IPPROTO_TCP,
        "flags": socket.AI_NUMERICHOST,
    }
