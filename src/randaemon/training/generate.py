"""Asking a model: load it, answer in batches, measure losses. Runs in a child process only: mlx is loaded here.

Answers are greedy, so the same model gives the same answer. Thinking is off in the prompt and stripped from the answer,
exactly as the training rows have it (`encode`).
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from randaemon.errors import TrainingError
from randaemon.training import hub
from randaemon.training.rows import Chat, Row
from randaemon.training.spec import RowLoss, Served

BATCH = 32
THOUGHTS = re.compile(r"<think>.*?(</think>|\Z)\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model in memory and the tokenizer that goes with it."""

    model: Any
    tokenizer: Any


@dataclass(frozen=True, slots=True)
class Encoded:
    """A row as tokens; its length is the token count."""

    tokens: tuple[int, ...]
    offset: int  # tokens before the answer: not trained

    def __len__(self) -> int:
        return len(self.tokens)


@dataclass(frozen=True, slots=True)
class Answers:
    """What a model said, and how quickly."""

    texts: list[str]
    tokens_per_second: float


@dataclass(frozen=True, slots=True)
class Ask:
    """The spec of `python -m randaemon.child ask`: questions for one model."""

    served: Served
    questions: tuple[str, ...]
    max_tokens: int = 256


def main(spec_path: Path) -> int:
    """Answer the questions of an `Ask` file; prints `{"answers": […]}` or `{"error": …}` on stdout."""
    ask = msgspec.json.decode(spec_path.read_bytes(), type=Ask)
    try:
        loaded = load(ask.served)
    except TrainingError as error:
        sys.stdout.write(json.dumps({"error": str(error)}) + "\n")
        return 1
    chats = [({"role": "user", "content": question},) for question in ask.questions]
    sys.stdout.write(json.dumps({"answers": answers(loaded, chats, ask.max_tokens).texts}) + "\n")
    return 0


def load(served: Served) -> Loaded:
    """Open a folder or a model of the local cache, with its adapter. Raises TrainingError that says what is missing."""
    import mlx_lm

    folder = hub.folder(served.model)
    try:
        model, tokenizer = mlx_lm.load(str(folder), adapter_path=served.adapter or None)
    except (OSError, ValueError) as error:
        raise hub.not_loaded(served.model, error) from error
    model.eval()
    return Loaded(model, tokenizer)


def tokenizer_of(folder: Path) -> Loaded:
    """The tokenizer of a model alone: enough to count tokens before the weights take their memory."""
    from mlx_lm.utils import load_tokenizer

    try:
        return Loaded(None, load_tokenizer(folder))
    except (OSError, ValueError) as error:
        raise hub.not_loaded(str(folder), error) from error


def encode(loaded: Loaded, messages: Chat) -> Encoded:
    """The tokens of a chat and where its last answer starts: what training and asking have in common is the prompt."""
    tokens = loaded.tokenizer.apply_chat_template(list(messages), return_dict=False)
    asked = prompt(loaded, messages[:-1])
    pairs = enumerate(zip(tokens, asked, strict=False))
    offset = next((index for index, (one, other) in pairs if one != other), min(len(tokens), len(asked)))
    return Encoded(tuple(tokens), offset)


def prompt(loaded: Loaded, messages: Chat) -> list[int]:
    """The tokens that make the model answer."""
    tokens: list[int] = loaded.tokenizer.apply_chat_template(
        list(messages), add_generation_prompt=True, enable_thinking=False, return_dict=False
    )
    return tokens


def answers(loaded: Loaded, chats: Sequence[Chat], max_tokens: int) -> Answers:
    """One greedy answer a chat, in order."""
    from mlx_lm import batch_generate

    texts: list[str] = []
    tokens, seconds = 0, 0.0
    for start in range(0, len(chats), BATCH):
        prompts = [prompt(loaded, chat) for chat in chats[start : start + BATCH]]
        answered = batch_generate(loaded.model, loaded.tokenizer, prompts, max_tokens=max_tokens)
        texts += answered.texts
        tokens += answered.stats.generation_tokens
        seconds += answered.stats.generation_time
    return Answers([THOUGHTS.sub("", text).strip() for text in texts], tokens / seconds if seconds else 0.0)


def losses(loaded: Loaded, rows: Sequence[Row], longest: int) -> tuple[RowLoss, ...]:
    """Loss of each row's answer in nats per character; rows longer than `longest` tokens are left out."""
    encoded = [(row, encode(loaded, row.messages)) for row in rows]
    fitting = [(row, tokens) for row, tokens in encoded if tokens.offset < len(tokens) <= longest]
    totals = _totals(loaded.model, [tokens for _, tokens in fitting])
    return tuple(
        _row_loss(row, total, len(tokens) - tokens.offset) for (row, tokens), total in zip(fitting, totals, strict=True)
    )


def _row_loss(row: Row, total: float, tokens: int) -> RowLoss:
    """`total`: nats of the whole answer."""
    return RowLoss(row.id, row.family, total / max(len(row.messages[-1]["content"]), 1), tokens, total / tokens)


def _totals(model: Any, rows: Sequence[Encoded]) -> Iterator[float]:
    """Summed cross entropy of each row's answer tokens."""
    import mlx.core as mx
    from mlx import nn

    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        width = max(len(row) for row in batch)
        tokens = mx.array([row.tokens + (0,) * (width - len(row)) for row in batch])
        steps = mx.arange(1, width)
        first = mx.array([[row.offset] for row in batch])
        last = mx.array([[len(row)] for row in batch])
        mask = mx.logical_and(steps >= first, steps < last)
        entropy = nn.losses.cross_entropy(model(tokens[:, :-1]), tokens[:, 1:]).astype(mx.float32)
        yield from (entropy * mask).sum(axis=1).tolist()
