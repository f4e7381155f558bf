"""`mlx_lm server` that holds a reply to a JSON schema: `python -m randaemon.integrations.mlx_constrained --host …`.

mlx_lm's server takes OpenAI's `response_format` and forgets it. Here the schema travels on with the arguments of its
request, and llguidance masks every token that would leave it (extra `constrained`). Three names of mlx_lm.server are
replaced for that; a test holds a model of random weights to a schema, which it could not meet by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

SCHEMA = "response_schema"  # beside the arguments of the chat template, which take no notice of what they do not know


def main() -> None:
    """The server's own command line."""
    from mlx_lm import server

    provider = _remembering(server)
    chat, processors = server.APIHandler.handle_chat_completions, server._make_logits_processors  # noqa: SLF001

    def handle(handler: Any) -> Any:
        if schema := wanted(handler.body):
            handler.chat_template_kwargs = {**(handler.chat_template_kwargs or {}), SCHEMA: schema}
        return chat(handler)

    def make(arguments: Any) -> list[Any]:
        schema = (arguments.chat_template_kwargs or {}).get(SCHEMA)
        return [*processors(arguments), *([Held(provider.tokenizer_now, schema)] if schema else [])]

    server.APIHandler.handle_chat_completions = handle
    server._make_logits_processors = make  # noqa: SLF001
    server.main()


def wanted(body: Mapping[str, Any]) -> str:
    """The grammar of the schema that a request wants; "" for free text, or when llguidance does not know a keyword."""
    from llguidance import LLMatcher

    form = body.get("response_format") or {}
    schema = (form.get("json_schema") or {}).get("schema") if isinstance(form, dict) else None
    if not isinstance(schema, dict):
        return ""
    grammar = LLMatcher.grammar_from_json_schema(schema, {"whitespace_flexible": False})
    return "" if LLMatcher.validate_grammar(grammar) else str(grammar)


class Held:
    """A logits processor of mlx_lm for one reply: what the grammar does not allow next becomes impossible."""

    def __init__(self, tokenizer: Any, grammar: str) -> None:
        from llguidance import LLMatcher

        self._matcher = LLMatcher(_tokens(tokenizer), grammar)
        self._seen: int | None = None

    def __call__(self, tokens: Any, logits: Any) -> Any:
        """`tokens` are the prompt, later the prompt and what was written."""
        import mlx.core as mx
        import numpy as np

        if self._seen is not None:
            self._matcher.consume_tokens(tokens[self._seen :].tolist())
        self._seen = len(tokens)
        if self._matcher.is_error():  # the reply is checked where it is read
            return logits
        allowed = np.zeros(logits.shape[-1], dtype=bool)
        mask = np.frombuffer(self._matcher.compute_logit_bias(), dtype=np.uint8)[: len(allowed)]
        allowed[: len(mask)] = mask > 0
        return mx.where(mx.array(allowed), logits, mx.array(-float("inf"), dtype=logits.dtype))


def _remembering(server: Any) -> Any:
    """Put a provider in the place of the server's that remembers whose tokens are being written."""

    class Provider(server.ModelProvider):  # type: ignore[misc]
        tokenizer_now: Any = None

        def load(self, *names: Any) -> Any:
            model, tokenizer = super().load(*names)
            Provider.tokenizer_now = tokenizer
            return model, tokenizer

    server.ModelProvider = Provider
    return Provider


@lru_cache(maxsize=2)
def _tokens(tokenizer: Any) -> Any:
    """llguidance's view of a tokenizer, which takes a second to make."""
    from llguidance import hf

    return hf.from_tokenizer(tokenizer._tokenizer, eos_token=sorted(tokenizer.eos_token_ids))  # noqa: SLF001


if __name__ == "__main__":
    main()
