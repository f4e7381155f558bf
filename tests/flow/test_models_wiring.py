"""From the settings to a reply: which servers and models are built, with which key, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.models_server import ModelsServer

from randaemon import config, wiring
from randaemon.errors import ModelsAway, SettingsError
from randaemon.llm import Choice
from randaemon.machine import GIB
from randaemon.model import Message, Purpose, Request, Tier
from randaemon.store import Home

REQUEST = Request(Purpose.EXTRACT, Tier.FAST, (Message("user", "hello"),))


def settings(tmp_path: Path, text: str) -> config.Settings:
    file = tmp_path / "randaemon.toml"
    file.write_text(text, encoding="utf-8")
    return config.load(file)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.at(tmp_path / "home")


async def test_a_server_of_the_file_comes_beside_the_known_ones_and_gets_its_key(
    tmp_path: Path, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with ModelsServer(models=("big/model",)) as server:
        chosen = settings(
            tmp_path,
            f'[llm.servers.mine]\nprovider = "openai"\nurl = "{server.url}/v1"\napi_key_env = "MINE"\nslots = 2\n'
            '[llm.tiers]\nfast = ["mine/big/model", "ollama/qwen3:1.7b"]\nbalanced = []\nquality = []\n',
        )
        assert set(chosen.llm.servers) == {"mine", "ollama", "lmstudio", "mlx"}
        models = wiring.models(chosen, home)
        with pytest.raises(ModelsAway, match="MINE is not set"):
            await models.answer(REQUEST)
        assert server.calls == []
        await models.close()
        monkeypatch.setenv("MINE", "sesame")
        models = wiring.models(chosen, home)
        reply = await models.answer(REQUEST)
        assert (reply.outcome, reply.model, reply.provider) == ("ok", "big/model", "openai")
        assert server.headers[0]["Authorization"] == "Bearer sesame"
        assert {state.model: state.slots for state in models.states()} == {"big/model": 2, "qwen3:1.7b": 4}
        await models.close()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[llm.tiers]\nfast = ["nobody/m"]\n', "nobody/m is no SERVER/MODEL"),
        ('[llm.tiers]\nfast = ["ollama"]\n', "ollama is no SERVER/MODEL"),
        ('[llm.servers.mine]\nprovider = "openai"\n', "servers.mine needs a url"),
        ('[llm.servers.mine]\nprovider = "telepathy"\n', "provider"),
        ("[llm]\npatience = -1\n", "patience"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused_by_name(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        settings(tmp_path, text)


def test_models_of_this_machine_that_do_not_fit_into_its_memory_are_left_out(tmp_path: Path) -> None:
    chosen = settings(
        tmp_path,
        '[llm]\nallow_remote = true\n[llm.servers.far]\nprovider = "openai"\nurl = "https://models.example"\n'
        '[llm.tiers]\nquality = ["ollama/qwen3:30b", "far/qwen3:30b"]\n',
    )
    small, large = wiring.model_tiers(chosen, 8 * GIB), wiring.model_tiers(chosen, 64 * GIB)
    assert [choice.model for choice in small[Tier.BALANCED]] == ["gemma3:4b", "google/gemma-3-4b"]
    assert small[Tier.QUALITY] == (Choice("far", "qwen3:30b"),)
    assert large[Tier.QUALITY] == (Choice("ollama", "qwen3:30b"), Choice("far", "qwen3:30b"))
    assert [choice.model for choice in wiring.model_tiers(chosen, 2 * GIB)[Tier.FAST]] == ["llama3.2:1b"]


async def test_switched_off_there_is_nobody_to_ask(tmp_path: Path, home: Home) -> None:
    models = wiring.models(settings(tmp_path, "[llm]\nenabled = false\n"), home)
    assert models.states() == ()
    with pytest.raises(ModelsAway, match="no model is set up"):
        await models.answer(REQUEST)
    await models.close()


async def test_the_active_model_of_the_mlx_server_is_missing_until_one_is_promoted(tmp_path: Path, home: Home) -> None:
    chosen = settings(tmp_path, '[llm.tiers]\nfast = ["mlx/active"]\nbalanced = []\nquality = []\n')
    models = wiring.models(chosen, home)
    (state,) = await models.look()
    assert (state.provider, state.present, state.advice) == ("mlx", False, "train a model first")
    with pytest.raises(ModelsAway, match="train a model first"):
        await models.answer(REQUEST)
    await models.close()


def test_replies_of_another_server_or_another_promoted_model_are_other_replies(tmp_path: Path) -> None:
    tiers = '[llm.tiers]\nfast = ["ollama/m"]\nbalanced = []\nquality = []\n'

    def realm(port: int, more: str = "") -> str:
        server = f'[llm.servers.ollama]\nprovider = "ollama"\nurl = "http://127.0.0.1:{port}"\n'
        return wiring.model_realm(settings(tmp_path, server + more + tiers))

    unused = '[llm.servers.unused]\nprovider = "openai"\nurl = "http://127.0.0.1:3"\n'
    assert realm(1) == realm(1, unused) != realm(2)
    active = settings(tmp_path, '[llm.tiers]\nfast = ["mlx/active"]\nbalanced = []\nquality = []\n')
    assert (wiring.asks_active(active), wiring.asks_active(settings(tmp_path, tiers))) == (True, False)
