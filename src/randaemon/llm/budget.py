"""How many tokens a prompt has, before it is sent: counted by the model's tokenizer, or estimated and learnt by use."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from randaemon.model import Message

_FIRST_GUESS = 0.45  # tokens a character: more than any RAN text measured, whose names break into many pieces
LEAST = 0.2
_A_TURN = 12  # tokens that a chat template adds to a turn, and to the beginning of the answer
_MARGIN = 1.1
ENOUGH = 400  # characters from which a prompt says something about the ratio


class Budget:
    """Of one model on one server."""

    def __init__(self, count: Callable[[str], int] | None = None) -> None:
        self._count = count
        self._ratio = _FIRST_GUESS

    def tokens(self, messages: Sequence[Message]) -> int:
        """At least as many as the prompt will have."""
        turns = (len(messages) + 1) * _A_TURN
        if self._count is not None:
            return turns + sum(self._count(turn.content) for turn in messages)
        return turns + int(_characters(messages) * self._ratio) + 1

    def learn(self, messages: Sequence[Message], counted: int) -> None:
        """What the server counted: up at once, down slowly."""
        characters = _characters(messages)
        if characters < ENOUGH or counted <= 0:
            return
        seen = max(counted / characters * _MARGIN, LEAST)
        self._ratio = max(seen, self._ratio * 0.9 + seen * 0.1)


def _characters(messages: Sequence[Message]) -> int:
    """Bytes where there are more of them than characters: tokens are made of bytes."""
    return sum(len(turn.content.encode("utf-8", "replace")) for turn in messages)
