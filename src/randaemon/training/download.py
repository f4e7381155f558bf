"""Brings the large files of a model into the cache of Hugging Face, each from where it was cut off. Child only.

The hub's own client (2.4) begins a file anew that was cut off, leaves the half of it where it was killed, and looks at
its size alone. So a file that the hub names by SHA-256 grows here in a part beside the cache's blobs, over as many runs
as it takes, and becomes the blob when it is what its name says. The client finds it there and fetches what is small.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from http import HTTPStatus
from pathlib import Path
from typing import Any

import aiohttp
import anyio

from randaemon.errors import TrainingError
from randaemon.store import objects

Say = Callable[[int, int], None]  # bytes so far, bytes in all

SAY_SECONDS = 1.0  # between two words on a download
TRIES = 3  # in a row that bring not a byte
WAIT = 1.0  # seconds before the next
HEADROOM = 256 << 20  # bytes that are left on the disk
CHUNK = 1 << 20
TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=10.0, sock_read=60.0)


@dataclass(frozen=True, slots=True)
class Remote:
    """A file that the hub names by its digest."""

    url: str
    name: str
    size: int  # bytes
    sha256: str


@dataclass(slots=True)
class _Told:
    """How far all files together are; said once in a while."""

    say: Say
    need: int
    have: int = 0  # of the files that are whole
    at: float = 0.0

    def now(self, part: int, *, at_once: bool = False) -> None:
        now = time.monotonic()
        if at_once or now - self.at >= SAY_SECONDS:
            self.at = now
            self.say(self.have + part, self.need)


def fetch(model: str, patterns: Sequence[str], say: Say, endpoint: str = "") -> None:
    """Fetch the large files of a model that match; `endpoint`: of another hub than the environment names.

    Raises TrainingError that says what went wrong with which file.
    """
    from huggingface_hub import constants

    anyio.run(_fetch, model, patterns, say, endpoint or constants.ENDPOINT)


async def _fetch(model: str, patterns: Sequence[str], say: Say, endpoint: str) -> None:
    from huggingface_hub import get_token

    headers = {"Accept-Encoding": "identity"}  # a range of what is packed on its way is none
    if token := get_token():
        headers["Authorization"] = f"Bearer {token}"
    async with aiohttp.ClientSession(headers=headers, timeout=TIMEOUT, trust_env=True) as session:
        blobs = _blobs(model)
        listed = [
            file
            for file in await _listed(session, model, endpoint)
            if any(fnmatch(file.name, pattern) for pattern in patterns)
        ]
        wanted = [file for file in listed if not (blobs / file.sha256).exists()]
        blobs.mkdir(parents=True, exist_ok=True)
        _check_room(blobs, model, wanted)
        download = _Download(session, model, _Told(say, sum(file.size for file in wanted)))
        for file in wanted:
            await download.whole(file, blobs / file.sha256)


async def _listed(session: aiohttp.ClientSession, model: str, endpoint: str) -> list[Remote]:
    """The large files of the model's newest revision."""
    from huggingface_hub import hf_hub_url

    listing = f"{endpoint}/api/models/{model}/revision/main"
    try:
        async with session.get(listing, params={"blobs": "true"}) as answer:
            _check_status(answer, model)
            told: dict[str, Any] = await answer.json()
        large = ((one["rfilename"], one["lfs"]) for one in told["siblings"] if one.get("lfs"))
        return [
            Remote(
                url=hf_hub_url(model, name, revision=told["sha"], endpoint=endpoint),
                name=name,
                size=int(lfs["size"]),
                sha256=str(lfs["sha256"]),
            )
            for name, lfs in large
        ]
    except (aiohttp.ClientError, TimeoutError, ValueError, KeyError) as error:
        raise _failed(f"{endpoint} does not tell the files of {model}: {_words(error)}") from error


@dataclass(frozen=True, slots=True)
class _Download:
    """Of one model, file by file."""

    session: aiohttp.ClientSession
    model: str
    told: _Told

    async def whole(self, file: Remote, blob: Path) -> None:
        """Fetch a file to its end, however often it is cut off, and put it into the cache."""
        part, tries = blob.with_name(f"{blob.name}.part"), 0
        while (have := _size(part)) != file.size:
            try:
                await self._go_on(file, part)
            except (aiohttp.ClientError, TimeoutError) as error:
                tries = 0 if _size(part) > have else tries + 1
                if tries == TRIES:
                    raise _failed(f"{file.name} of {self.model} was cut off: {_words(error)}") from error
                await anyio.sleep(WAIT)
        _seal(part, blob, f"{file.name} of {self.model}")
        self.told.have += file.size
        self.told.now(0, at_once=True)

    async def _go_on(self, file: Remote, part: Path) -> None:
        """Append what the part lacks; a server that knows no ranges begins anew."""
        have = _size(part)
        asked = {"Range": f"bytes={have}-"} if 0 < have < file.size else {}
        async with self.session.get(file.url, headers=asked) as answer:
            _check_status(answer, self.model)
            with objects.storage(), part.open("ab" if answer.status == HTTPStatus.PARTIAL_CONTENT else "wb") as out:
                async for chunk in answer.content.iter_chunked(CHUNK):
                    out.write(chunk)
                    self.told.now(out.tell())
        if (have := _size(part)) != file.size:
            raise aiohttp.ClientPayloadError(f"{have:,} bytes came, {file.size:,} were announced")


def _blobs(model: str) -> Path:
    """Where the hub's cache keeps the files of a model, by their digests."""
    from huggingface_hub import constants
    from huggingface_hub.file_download import repo_folder_name

    return Path(constants.HF_HUB_CACHE) / repo_folder_name(repo_id=model, repo_type="model") / "blobs"


def _check_room(blobs: Path, model: str, wanted: Sequence[Remote]) -> None:
    need = sum(file.size - _size(blobs / f"{file.sha256}.part") for file in wanted)
    free = shutil.disk_usage(blobs).free
    if wanted and free < need + HEADROOM:
        raise TrainingError(
            f"the disk has no room for {model}: {need >> 20:,} MiB are missing of it, {free >> 20:,} MiB are free",
            hint=f"make room on the disk of {blobs}",
            code="E_DISK_FULL",
        )


def _check_status(answer: aiohttp.ClientResponse, model: str) -> None:
    """Raises TrainingError where asking again cannot help, ClientError where it can."""
    match answer.status:
        case HTTPStatus.UNAUTHORIZED | HTTPStatus.NOT_FOUND:
            told = f"Hugging Face has no model {model}, or shows it to nobody without a login"
            raise TrainingError(told, hint="look at training.model, or: hf auth login", code="E_DOWNLOAD")
        case HTTPStatus.FORBIDDEN:
            told = f"Hugging Face does not give {model} to everybody"
            raise TrainingError(told, hint="accept its terms on its page, then: hf auth login", code="E_DOWNLOAD")
        case _:
            answer.raise_for_status()


def _seal(part: Path, blob: Path, name: str) -> None:
    """The part becomes the blob if it is what the hub names it by; else it goes."""
    digest, _ = objects.digest_of(part)
    if digest != blob.name:
        part.unlink()
        told = f"{name} was damaged on its way: its SHA-256 is not the one that the hub names"
        raise TrainingError(told, hint="the next run downloads it again", code="E_DOWNLOAD")
    objects.flush_file(part)
    objects.move(part, blob)


def _size(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _failed(told: str) -> TrainingError:
    return TrainingError(told, hint="the next run goes on with the download", code="E_DOWNLOAD")


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__
