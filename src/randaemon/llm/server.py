"""What `llm` needs of a model server, whatever its dialect."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from randaemon.model import Answer, Call


class ChatModel(Protocol):
    """One server. Every method raises `ModelError`s that name the server, and nothing else but cancellation."""

    @property
    def provider(self) -> str:
        """ollama | openai | mlx."""
        ...

    @property
    def endpoint(self) -> str:
        """Where it is, as people write it: `http://127.0.0.1:11434`."""
        ...

    async def chat(self, call: Call) -> Answer:
        """One call; what comes back is the server's word, its form not checked."""
        ...

    async def models(self) -> Sequence[str]:
        """The names of the models that it can serve."""
        ...

    async def load(self, model: str, context: int) -> None:
        """Bring a model into memory, where the server can be told to."""
        ...

    async def unload(self, model: str) -> None:
        """Give back the memory of a model, where the server can be told to."""
        ...

    async def close(self) -> None:
        """Give back what is held of our own."""
        ...

    def counter(self, model: str) -> Callable[[str], int] | None:
        """What counts the tokens of a text as this model does; None where its tokenizer is out of reach."""
        ...

    def advice(self, model: str) -> str:
        """What the user does to have this model here: `ollama pull qwen3:1.7b`."""
        ...
