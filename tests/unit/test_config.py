"""Settings: order of precedence, refusals, and the file that documents them."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib import resources
from pathlib import Path

import pytest

from randaemon import config, wiring
from randaemon.config import live, loading, toml
from randaemon.config.profiles import PROFILES
from randaemon.errors import SettingsError

PROJECT = Path(__file__).resolve().parents[2]
DOCUMENTED = PROJECT / "config" / "randaemon.toml"
NO_SETTINGS = {"daemon.lock", "dataset.seal"}  # names in the guides that only look like settings


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


def adopted(settings: config.Settings) -> tuple[object, ...]:
    """What the parts of a running daemon are handed, or ask for, after the settings were read again."""
    policies = (wiring.pool_policy, wiring.limits, wiring.watch_policy, wiring.seal_settings, wiring.training_policy)
    asked = (wiring.manners, wiring.alert_limits, lambda each: wiring.notifier(each) is None)
    return (
        *(make(settings) for make in (*policies, *asked)),
        settings.backup,
        settings.log.events,
        settings.log.event_days,
    )


def test_the_keys_that_a_running_daemon_takes_over_are_those_that_change_something_in_it() -> None:
    defaults = config.Settings()
    before, found, told = adopted(defaults), {}, {}
    for key in loading.known_keys():
        match toml.lookup(defaults.model_dump(), tuple(key.split("."))):
            case bool(value):
                other: object = not value
            case int(value):
                other = value + 1
            case float(value):
                other = value * 0.8 + 0.003
            case _:
                continue
        section, _, name = key.partition(".")
        found[key] = adopted(config.load(None, {section: {name: other}})) != before
        told[key] = not live.needs_restart(key)
    assert found.pop("llm.enabled") is True, "no more questions at once; but the servers are those of the start"
    assert told.pop("llm.enabled") is False
    assert found == told


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


def problems(tmp_path: Path, text: str) -> list[str]:
    file = tmp_path / "randaemon.toml"
    file.write_text(text, encoding="utf-8")
    return [str(problem) for problem in config.read(file).problems]


def test_every_problem_is_named_at_once_with_its_line_and_the_nearest_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RANDAEMON_TRAINING__MIN_QUALTY", "0.5")
    monkeypatch.setenv("RANDAEMON_POOL__ATTEMPTS", "many")
    text = (
        '[pool]\nworkerz = 1\nworkers = 65\nbackoff_seconds = [\n  1.0,\n  "x",\n]\n\n[training]\nsettle_seconds = 1\n'
    )
    assert problems(tmp_path, text) == [
        "training.min_qualty (RANDAEMON_TRAINING__MIN_QUALTY): unknown setting; did you mean training.min_quality?",
        "pool.workers (randaemon.toml:3): must be at most 64, not 65",
        'pool.attempts (RANDAEMON_POOL__ATTEMPTS): must be a whole number, not "many"',
        'pool.backoff_seconds.1 (randaemon.toml:4): must be a number, not "x"',
        "pool.workerz (randaemon.toml:2): unknown key; did you mean pool.workers?",
        "training.settle_seconds (randaemon.toml:10): unknown key; did you mean inbox.settle_seconds?",
    ]


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("training.enabled = 'maybe'", 'must be true or false, not "maybe"'),
        ("pool.workers = 1.5", "must be a whole number, not 1.5"),
        ("machine.battery_percent = 200", "must be at most 100, not 200"),
        ("inbox.settle_seconds = -1", "must be at least 0, not -1"),
        ("pool.backoff_seconds = 5", "must be a list in brackets, not 5"),
        ("log.level = 'LOUD'", "must be 'DEBUG', 'INFO', 'WARNING' or 'ERROR', not \"LOUD\""),
        ("training.model = 3", "must be text in quotes, not 3"),
    ],
)
def test_what_is_wrong_is_said_in_plain_words(tmp_path: Path, setting: str, words: str) -> None:
    assert [problem.partition(": ")[2] for problem in problems(tmp_path, f"{setting}\n")] == [words]


def test_a_section_that_there_is_not_is_named_too(tmp_path: Path) -> None:
    assert problems(tmp_path, "[trainning]\nenabled = true\n") == [
        "trainning (randaemon.toml:2): unknown section; did you mean training?"
    ]


def test_a_variable_that_means_no_setting_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANDAEMON_WORKERS", "2")
    with pytest.raises(SettingsError, match=r"RANDAEMON_WORKERS\): unknown setting; did you mean pool.workers\?"):
        config.load(None)


def test_each_value_tells_where_it_is_from_and_the_strongest_source_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "randaemon.toml"
    file.write_text('profile = "testing"\n[inbox]\nscan_seconds = 9.0\n[pool]\nworkers = 3\n', encoding="utf-8")
    monkeypatch.setenv("RANDAEMON_POOL__WORKERS", "2")
    found = config.read(file, {"pool": {"attempts": 1}})
    assert found.settings is not None
    pool = found.settings.pool
    assert (pool.workers, pool.attempts, pool.poll_seconds, found.settings.inbox.scan_seconds) == (2, 1, 1.0, 9.0)
    named = {key: found.origins[key] for key in found.origins if key.startswith(("pool.", "inbox.scan", "profile"))}
    assert named == {
        "profile": "randaemon.toml:1",
        "inbox.scan_seconds": "randaemon.toml:3",
        "pool.workers": "RANDAEMON_POOL__WORKERS",
        "pool.attempts": "--set pool.attempts",
        "pool.backoff_seconds": "profile testing",
        "pool.poll_seconds": "profile testing",
    }


@pytest.mark.parametrize("name", PROFILES)
def test_every_profile_is_a_tree_of_settings(name: str) -> None:
    assert config.load(None, {"profile": name}).profile == name


def test_every_setting_and_variable_that_the_guides_name_is_one() -> None:
    known = set(loading.known_keys())
    sections = {key.partition(".")[0] for key in known}
    guides = [PROJECT / "README.md", *(PROJECT / "docs").glob("*.md")]
    text = "\n".join(guide.read_text(encoding="utf-8") for guide in guides)
    keys = {key for key in re.findall(r"`([a-z]+\.[a-z_]+)(?: = [^`]*)?`", text) if key.partition(".")[0] in sections}
    modules = {key for key in keys if key.endswith(".py") or key in NO_SETTINGS}
    assert keys - modules - known == set()
    variables = set(re.findall(r"RANDAEMON_([A-Z]+__[A-Z_]+)", text))
    assert {name.lower().replace("__", ".") for name in variables} - known == set()


def test_settings_cannot_be_changed_after_reading() -> None:
    from pydantic import ValidationError

    with pytest.raises(ValidationError, match="frozen"):
        config.Settings().pool.workers = 5  # type: ignore[misc]


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda file: file.write_bytes(b"# caf\xe9\n"), ("is not UTF-8 text: byte 6", "save it as UTF-8")),
        (lambda file: file.mkdir(), ("cannot be read: Is a directory", "make it readable, or move it away")),
    ],
)
def test_a_file_that_cannot_be_read_is_told_without_the_number_of_an_error(
    tmp_path: Path, spoil: Callable[[Path], object], told: tuple[str, str]
) -> None:
    file = tmp_path / "randaemon.toml"
    spoil(file)
    with pytest.raises(SettingsError) as refused:
        config.load(file)
    assert (refused.value.message, refused.value.hint) == (f"the settings file {file} {told[0]}", told[1])
