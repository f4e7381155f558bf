"""File names as data: percent-encoded bytes to store, a harmless text to show.

A name is whatever bytes the file system gave: newlines, right-to-left marks, invalid UTF-8. What is stored is ASCII
and at most 200 bytes, so that `<key>__<name>` fits every file system; `decode(encode(n)) == n` unless it was cut.
"""

from __future__ import annotations

import os
import re
import unicodedata

LIMIT = 200
_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")
_ESCAPE = re.compile(rb"%([0-9A-F]{2})")
# Categories that draw nothing, or draw what follows elsewhere: controls, format (bidi) marks, surrogates, separators.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def encode(name: str | bytes) -> str:
    """The stored form of a name or member path; a longer one is cut and marked by `~` and eight digits of its hash."""
    raw = os.fsencode(name)
    pieces = [chr(byte) if byte in _PLAIN else f"%{byte:02X}" for byte in raw]
    if sum(map(len, pieces)) <= LIMIT:
        return "".join(pieces)
    import hashlib  # 5 ms of every status call, for names that are almost never there

    return _cut(pieces, hashlib.sha256(raw).hexdigest()[:8])


def decode(encoded: str) -> str:
    """The name that `encode` was given, undecodable bytes as surrogates (`os.fsdecode`)."""
    return os.fsdecode(_bytes(encoded))


def display(encoded: str, limit: int = 120) -> str:
    """A name to print: no control or direction characters, never empty, at most `limit` characters."""
    text = _bytes(encoded).decode("utf-8", errors="replace")
    shown = "".join(character for character in text if unicodedata.category(character) not in _HIDDEN)
    if len(shown) > limit:
        shown = shown[: limit - 1] + "…"
    return shown.strip() or "(unnamed)"


def _bytes(encoded: str) -> bytes:
    return _ESCAPE.sub(lambda match: bytes.fromhex(match[1].decode()), encoded.encode("ascii", errors="replace"))


def _cut(pieces: list[str], digest: str) -> str:
    """Whole escapes only, and the extension stays: people recognise a file by it."""
    suffix = _extension(pieces)
    room = LIMIT - len(digest) - 1 - len(suffix)
    head = ""
    for piece in pieces:
        if len(head) + len(piece) > room:
            break
        head += piece
    return f"{head}~{digest}{suffix}"


def _extension(pieces: list[str]) -> str:
    tail = pieces[-10:]
    if "." not in tail:
        return ""
    dot = len(tail) - 1 - tail[::-1].index(".")
    return "".join(tail[dot:])
