"""Text → words: split at space outside brackets and quotes; a trailing `,`, `;` or `=` glues the next word on."""

from __future__ import annotations

import re
from dataclasses import dataclass

from randaemon.ran.cmedit.command import CmeditError, Option

MAX_LENGTH = 20_000
CLOSING = {"(": ")", "[": "]", "{": "}"}
_CLOSERS = frozenset(CLOSING.values())


@dataclass(frozen=True, slots=True)
class Piece:
    """A word and where it begins in the command."""

    text: str
    position: int

    @property
    def is_option(self) -> bool:
        """True of `-t` and `--force`; `-130` is a value."""
        return len(self.text) > 1 and self.text[0] == "-" and (self.text[1].isalpha() or self.text[1] == "-")


def split(text: str) -> list[Piece]:
    """The words of a command, glued; raises CmeditError for open quotes and brackets that do not match."""
    if len(text) > MAX_LENGTH:
        raise CmeditError(f"a command is at most {MAX_LENGTH} characters long", MAX_LENGTH)
    glued: list[Piece] = []
    for piece in _split(text):
        if glued and _glues(glued[-1], piece):
            glued[-1] = Piece(glued[-1].text + piece.text, glued[-1].position)
        else:
            glued.append(piece)
    return glued


def options_of(pieces: list[Piece], arity: dict[str, int]) -> tuple[list[Piece], tuple[Option, ...]]:
    """Part the positional words from the options of a verb; `arity` says how many words follow each option."""
    rest: list[Piece] = []
    options: list[Option] = []
    index = 0
    while index < len(pieces):
        piece = pieces[index]
        index += 1
        if not piece.is_option:
            rest.append(piece)
            continue
        option = _option(piece, pieces[index:], arity)
        options.append(option)
        index += 0 if option.joined else len(option.values)
    return rest, tuple(options)


def _option(piece: Piece, following: list[Piece], arity: dict[str, int]) -> Option:
    dashed, joined, value = piece.text.partition("=")
    name = dashed.lstrip("-").lower()
    if name not in arity:
        raise CmeditError(f"unknown option {dashed}", piece.position)
    if joined and (not value or arity[name] != 1):
        raise CmeditError(f"option {dashed} takes no such value", piece.position)
    values = (value,) if joined else tuple(each.text for each in following[: arity[name]])
    if len(values) < arity[name] or (not joined and any(each.is_option for each in following[: arity[name]])):
        raise CmeditError(f"option {dashed} needs {arity[name]} value(s)", piece.position)
    known = _KNOWN_VALUES.get(name, ())
    if known and values[0].lower() not in known and not values[0].startswith("<"):
        raise CmeditError(f"option {dashed} is one of {', '.join(known)}, not {values[0][:40]}", piece.position)
    return Option(dashed, values, joined=bool(joined))


#: Of options that take one of a few values, in lower case.
_KNOWN_VALUES = {"filetype": ("3gpp", "dynamic"), "error": ("stop", "node", "operation")}


def _glues(left: Piece, right: Piece) -> bool:
    if left.is_option:
        return False
    if left.text[-1] in ",;=" or right.text[0] in ",;":
        return True
    return right.text[0] == "=" and not right.is_option


def _split(text: str) -> list[Piece]:
    pieces: list[Piece] = []
    stack: list[tuple[str, int]] = []
    start, quoted = 0, -1
    for found in _SIGN.finditer(text):
        letter, position = found[0], found.start()
        if letter == '"':
            quoted = -1 if quoted >= 0 else position
        elif quoted < 0 and not letter.isspace():
            _nest(stack, letter, position)
        elif quoted < 0 and not stack:
            if start < position:
                pieces.append(Piece(text[start:position], start))
            start = position + 1
    _closed(stack, quoted)
    if start < len(text):
        pieces.append(Piece(text[start:], start))
    return pieces


_SIGN = re.compile(r'[\s"()\[\]{}]')


def _nest(stack: list[tuple[str, int]], letter: str, position: int) -> None:
    if letter in CLOSING:
        stack.append((letter, position))
        if len(stack) > 20:
            raise CmeditError("brackets are nested too deeply", position)
    elif letter in _CLOSERS and (not stack or CLOSING[stack.pop()[0]] != letter):
        raise CmeditError(f"'{letter}' closes nothing", position)


def _closed(stack: list[tuple[str, int]], quoted: int) -> None:
    if quoted >= 0:
        raise CmeditError("a quote is not closed", quoted)
    if stack:
        raise CmeditError(f"'{stack[-1][0]}' is not closed", stack[-1][1])
