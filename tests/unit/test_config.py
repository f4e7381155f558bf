"""Settings: order of precedence, refusals, and the file that documents them."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

import pytest

from randaemon import config
from randaemon.errors import SettingsError

PROJECT = Path(__file__).resolve().parents[2]
DOCUMENTED = PROJECT / "config" / "randaemon.toml"


@pytest.fixture(autouse=True)
def without_settings_of_the_developer(monkeypatch: pytest.MonkeyPatch) -> None:
    for key in config.environment_keys():
        monkeypatch.delenv(key)


def test_the_documented_file_holds_every_key_with_its_default() -> None:
    import tomllib

    documented = tomllib.loads(DOCUMENTED.read_text(encoding="utf-8"))
    assert documented == config.Settings().model_dump(mode="json")


def test_every_documented_key_but_the_seed_says_what_it_means() -> None:
    keys = [line for line in DOCUMENTED.read_text(encoding="utf-8").splitlines() if re.match(r"[a-z_]+ = ", line)]
    assert [line for line in keys if "#" not in line] == ["seed = 7"]


def test_the_package_ships_the_documented_file() -> None:
    shipped = resources.files("randaemon").joinpath("defaults.toml").read_bytes()
    assert shipped == DOCUMENTED.read_bytes()


def test_the_documented_file_can_be_used_as_it_stands() -> None:
    assert config.load(DOCUMENTED) == config.Settings()


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "randaemon.toml"
    file.write_text('[training]\nenabled = true\nmodel = "tiny"\n', encoding="utf-8")
    monkeypatch.setenv("RANDAEMON_TRAINING__ENABLED", "false")
    settings = config.load(file)
    assert (settings.training.enabled, settings.training.model) == (False, "tiny")


def test_flags_win_over_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANDAEMON_POOL__WORKERS", "3")
    settings = config.load(tmp_path / "absent.toml", {"pool": {"workers": 2}})
    assert settings.pool.workers == 2


@pytest.mark.parametrize(
    ("flags", "named"),
    [({"pool": {"workers": 65}}, "pool.workers"), ({"pool": {"x": 1}}, "pool.x"), ({"pond": {"x": 1}}, "pond")],
)
def test_a_bad_flag_is_refused_and_the_message_names_it(flags: dict[str, dict[str, object]], named: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(named)):
        config.load(None, flags)


def test_the_home_variable_is_not_taken_for_a_setting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RANDAEMON_HOME", str(tmp_path))
    assert config.load(None) == config.Settings()
    assert config.environment_keys() == []


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[pool]\nworkerz = 1\n", "pool.workerz"),
        ("[pool]\nworkers = -1\n", "pool.workers"),
        ('[log]\nlevel = "LOUD"\n', "log.level"),
        ("nonsense = 1\n", "nonsense"),
        ("[pool\n", "randaemon.toml"),
    ],
)
def test_a_bad_file_is_refused_and_the_message_names_what_is_wrong(tmp_path: Path, text: str, named: str) -> None:
    file = tmp_path / "randaemon.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=re.escape(named)):
        config.load(file)


def test_settings_cannot_be_changed_after_reading() -> None:
    from pydantic import ValidationError

    with pytest.raises(ValidationError, match="frozen"):
        config.Settings().pool.workers = 5  # type: ignore[misc]
