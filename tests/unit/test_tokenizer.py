"""Chunks measured by a model's own tokenizer where it lies on this machine, by an estimate elsewhere."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers

from randaemon import wiring
from randaemon.config import Settings
from randaemon.integrations import tokenizer
from randaemon.model import Clean, Done, Extraction, Stage, Task
from randaemon.stages import extract

NAME = "fictional/Heron-1B"
FILE = "hub/models--fictional--Heron-1B/snapshots/abc123/tokenizer.json"
TEXT = "# Heron\n\n" + "\n\n".join(
    f"The attribute NRCellDU.heronLimit{number} of the cell is {number} dB." for number in range(400)
)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Hugging Face home that holds one model's tokenizer, as a download leaves it."""
    home = tmp_path_factory.mktemp("huggingface")
    kept = home / "hub" / "models--fictional--Heron-1B"
    (kept / "refs").mkdir(parents=True)
    (kept / "refs" / "main").write_text("abc123\n")
    snapshot = kept / "snapshots" / "abc123"
    snapshot.mkdir(parents=True)
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    made.train_from_iterator(
        [TEXT], trainers.BpeTrainer(vocab_size=400, initial_alphabet=alphabet, show_progress=False)
    )
    made.enable_truncation(16)  # what a model's own file may ask for must not hide tokens
    made.save(str(snapshot / "tokenizer.json"))
    return home


def test_tokens_are_counted_whole_and_without_marks(hub: Path, tmp_path: Path) -> None:
    found = hub / FILE
    plain = Tokenizer.from_file(str(found))
    plain.no_truncation()
    texts = [TEXT, "NRCellDU.heronLimit7", ""]
    assert list(tokenizer.opened(str(found)).counts(texts)) == [len(plain.encode(text).ids) for text in texts]


#: How Qwen parts a text before it encodes it.
_QWEN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_PARTING = {
    "byte-level": pre_tokenizers.ByteLevel(add_prefix_space=False),
    "qwen": pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_QWEN), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    ),
    "at punctuation alone": pre_tokenizers.Split(Regex(r"[|.]"), "isolated"),
    "nowhere": None,
}


def trained(parting: pre_tokenizers.PreTokenizer | None) -> Tokenizer:
    made = Tokenizer(models.BPE())
    if parting is not None:
        made.pre_tokenizer = parting
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=900, initial_alphabet=alphabet, show_progress=False)
    made.train_from_iterator([TEXT, TEXT.replace(" ", "  ").replace("is", "it's")], trainer)
    return made


_TRAINED = {name: (trained(parting), tokenizer.JsonTokenizer(trained(parting))) for name, parting in _PARTING.items()}
_TEXTS = st.text(alphabet=" \n\t\0\u00a0|.`'sdit1-é中_<br>", max_size=60)


@pytest.mark.parametrize("name", sorted(_PARTING))
@given(texts=st.lists(_TEXTS, max_size=4))
@settings(max_examples=60)
def test_whatever_the_words_the_count_is_that_of_the_whole_text(name: str, texts: list[str]) -> None:
    """Also of tokenizers that part texts elsewhere, whose tokens may hold a space."""
    plain, counting = _TRAINED[name]
    texts = [*texts, TEXT[:400], f"{TEXT[:90]}  \n{TEXT[40:90]}"]
    assert list(counting.counts(texts)) == [len(plain.encode(text).ids) for text in texts]


def test_the_stage_cuts_by_the_tokenizer_its_options_name_and_else_by_length(hub: Path, tmp_path: Path) -> None:
    found = hub / FILE
    clean = tmp_path / "clean.json"
    clean.write_bytes(msgspec.json.encode(Clean(markdown=TEXT)))

    def cut(options: dict[str, object]) -> Extraction:
        task = Task(Stage.EXTRACT, "0" * 64, tmp_path / "none", {Stage.PREPROCESS: clean}, tmp_path, options)
        outcome = extract.run(task, **wiring.stage_parts(Stage.EXTRACT))  # type: ignore[arg-type]
        assert isinstance(outcome, Done)
        assert isinstance(outcome.artifact, bytes)
        return msgspec.json.decode(outcome.artifact, type=Extraction)

    counted, estimated = cut({"tokenizer": str(found)}), cut({})
    counts = tokenizer.opened(str(found)).counts
    for chunk in counted.chunks:
        told = counts([TEXT[chunk.start : chunk.end]])[0]
        assert told <= chunk.tokens <= told + 4  # the space behind the last unit is counted with it
        assert chunk.tokens <= 800
    assert [chunk.start for chunk in counted.chunks] != [chunk.start for chunk in estimated.chunks]
    assert counted.items == estimated.items


def test_the_daemon_names_the_file_without_loading_it(
    hub: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HOME", str(hub))
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    named = Settings.model_validate({"training": {"model": NAME}})
    told = wiring.stage_options(named, Stage.EXTRACT)
    assert told["tokenizer"] == str(hub / FILE)
    tiny = Settings.model_validate({"training": {"model": "tiny"}})
    assert "tokenizer" not in wiring.stage_options(tiny, Stage.EXTRACT)
    program = (
        "import sys; from randaemon import wiring; from randaemon.model import Stage; "
        "wiring.stage_parts(Stage.EXTRACT); print({'tokenizers', 'huggingface_hub'} & set(sys.modules))"
    )
    assert (
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "set()\n"
    )
