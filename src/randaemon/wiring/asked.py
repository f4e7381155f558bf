"""The language models that are asked: from the settings to servers, tiers and the name of their replies' realm."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from randaemon.model import Tier

if TYPE_CHECKING:
    from randaemon.config import LlmSettings, ModelServerSettings, Settings
    from randaemon.integrations.mlx_server import Weights
    from randaemon.llm import Choice, Models, ModelState
    from randaemon.llm.link import Link, Sent
    from randaemon.llm.server import ChatModel
    from randaemon.model import Usage
    from randaemon.store import Home


def models(
    settings: Settings,
    home: Home,
    *,
    known: Iterable[ModelState] = (),
    used: Callable[[Usage], None] = lambda _: None,
    audit: Callable[[Sent], Awaitable[None]] | None = None,
) -> Models:
    """The language models of the settings, for one event loop.

    `known` is what `Models.states` told an earlier life, `used` is told every call, `audit` what leaves this machine.
    """
    import stamina

    from randaemon.integrations import host
    from randaemon.llm import Models, ModelsPolicy
    from randaemon.llm.line import LinePolicy
    from randaemon.llm.turns import TurnPolicy

    stamina.instrumentation.set_on_retry_hooks([])  # it would write a line to stderr for every second attempt
    llm = settings.llm
    tiers = model_tiers(settings, host.memory())
    wanted = dict.fromkeys(choice.server for choices in tiers.values() for choice in choices)
    servers = {name: _chat_model(settings, home, name, tiers, audit) for name in wanted}
    policy = ModelsPolicy(
        tiers,
        line=LinePolicy(context=llm.context),
        turns=TurnPolicy(window=llm.batch_seconds),
        slots={name: llm.servers[name].slots for name in wanted},
        patience=llm.patience,
    )
    return Models(servers, policy, known=known, used=used)


def model_tiers(settings: Settings, memory: int) -> dict[Tier, tuple[Choice, ...]]:
    """Which models are asked for what; those of this machine only where they fit into its memory."""
    from randaemon.llm import Choice, size

    llm = settings.llm
    named = {Tier.FAST: llm.tiers.fast, Tier.BALANCED: llm.tiers.balanced, Tier.QUALITY: llm.tiers.quality}

    def fits(choice: Choice) -> bool:
        here = urlsplit(llm.servers[choice.server].url).hostname in (None, "localhost", "127.0.0.1", "::1")
        return not here or size.fits(choice.model, memory)

    choices = {tier: tuple(Choice(*name.split("/", 1)) for name in names) for tier, names in named.items()}
    return {tier: tuple(filter(fits, each)) for tier, each in choices.items()} if llm.enabled else {}


def model_realm(settings: Settings) -> str:
    """Names which models may answer, and where: replies that others gave are not taken for theirs."""
    llm = settings.llm
    places = {name: (llm.servers[name].provider, llm.servers[name].url) for name, _ in _named(llm)}
    told = json.dumps([llm.tiers.model_dump(), places], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def asks_active(settings: Settings) -> bool:
    """Is the model that was promoted last one of those that are asked? Then every promotion makes it another."""
    return any(
        settings.llm.servers[name].provider == "mlx" and model == "active" for name, model in _named(settings.llm)
    )


def _named(llm: LlmSettings) -> Iterator[tuple[str, str]]:
    """Server and model of every entry of the tiers."""
    for name in (*llm.tiers.fast, *llm.tiers.balanced, *llm.tiers.quality):
        server, _, model = name.partition("/")
        yield server, model


def _chat_model(
    settings: Settings,
    home: Home,
    name: str,
    tiers: Mapping[Tier, Sequence[Choice]],
    audit: Callable[[Sent], Awaitable[None]] | None,
) -> ChatModel:
    from randaemon.integrations.ollama import Ollama
    from randaemon.integrations.openai_chat import OpenAIChat

    server = settings.llm.servers[name]
    match server.provider:
        case "ollama":
            return Ollama(_link(settings, server, audit))
        case "openai":
            return OpenAIChat(_link(settings, server, audit))
        case "mlx":
            choices = (choice for tier in tiers.values() for choice in tier)
            return _mlx_server(settings, home, server, [each.model for each in choices if each.server == name])


def _link(
    settings: Settings, server: ModelServerSettings, audit: Callable[[Sent], Awaitable[None]] | None = None
) -> Link:
    from randaemon.llm import key
    from randaemon.llm.link import Link, LinkPolicy, Timeouts

    llm = settings.llm
    read = partial(key.read, os.environ, server.api_key_env, server.api_key_file)
    policy = LinkPolicy(
        server.url,
        allow_remote=llm.allow_remote,
        key=read if server.api_key_env or server.api_key_file else None,
        timeouts=Timeouts(llm.connect_seconds, llm.first_byte_seconds, llm.idle_seconds, llm.total_seconds),
    )
    return Link(policy, audit)


def _mlx_server(settings: Settings, home: Home, server: ModelServerSettings, names: Sequence[str]) -> ChatModel:
    from randaemon.integrations.mlx_server import CONSTRAINED, PLAIN, MlxServer, ServerPolicy
    from randaemon.integrations.openai_chat import OpenAIChat
    from randaemon.training import launch

    constrained = find_spec("llguidance") is not None

    def dialect(url: str, extra: Mapping[str, object]) -> OpenAIChat:
        link = _link(settings, server.model_copy(update={"url": url}))
        return OpenAIChat(link, knows_schemas=constrained, extra=extra)

    environment = launch.environment(os.environ, allow_download=settings.training.allow_download)
    policy = ServerPolicy(environment, home.logs / "mlx_server.log", program=CONSTRAINED if constrained else PLAIN)
    return MlxServer(policy, partial(_weights, home), dialect, names)


def _weights(home: Home, name: str) -> Weights:
    """What a model of the mlx server is: "active" is what was promoted last; the rest are folders and hub names."""
    from randaemon.errors import ModelMissing
    from randaemon.integrations.mlx_server import Weights
    from randaemon.store.reader import Reader
    from randaemon.training import adapters

    if name != "active":
        path = Path(name).expanduser()
        return Weights(str(path.absolute()) if path.is_dir() else name)
    with Reader(home) as reader:
        run = reader.current_model()
    if run is None:
        raise ModelMissing("no model has been promoted yet", hint="train one, or name another in llm.tiers")
    served = adapters.served(run)
    return Weights(served.model, served.adapter)
