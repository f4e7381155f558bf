"""A sealed version loads where it is meant to: in mlx-lm's trainer and in HF `datasets`, by file and as a folder."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.knowledge import document

from randaemon.dataset import Version, export, seal
from randaemon.stages import converse, finalize

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]  # the libraries warn at import


class Letters:
    """A tokenizer of the loader's own shape: one token a character, chat turns between marks."""

    def apply_chat_template(self, messages: list[dict[str, str]], **options: Any) -> list[int]:
        said = "".join(f"<{each['role']}>{each['content']}</>" for each in messages)
        return [ord(letter) for letter in said + ("<assistant>" if options.get("add_generation_prompt") else "")]


@pytest.fixture(scope="module")
def version() -> Version:
    known = document(0)
    said = [each for fact in converse.facts(known.markdown, known.extraction) for each in converse.converse(fact)]
    return seal(finalize.candidates(known.digest, known.clean, known.extraction, said, 0.5), {})


@pytest.fixture
def folder(version: Version, tmp_path: Path) -> Path:
    export.write(version.files, "jsonl", tmp_path / "v0001")
    return tmp_path / "v0001"


def test_mlx_lm_reads_the_three_splits_as_chats(version: Version, folder: Path) -> None:
    datasets = pytest.importorskip("mlx_lm.tuner.datasets")
    options = SimpleNamespace(data=str(folder), hf_dataset=False, mask_prompt=True, train=True, test=True)
    loaded = datasets.load_dataset(options, Letters())
    for name, split in zip(("train", "valid", "test"), loaded, strict=True):
        assert isinstance(split, datasets.ChatDataset)
        assert len(split) == version.splits[name] > 0
        tokens, offset = split.process(split[0])
        assert 0 < offset < len(tokens)


def test_hf_datasets_reads_a_file_and_the_folder_with_its_card(version: Version, folder: Path, tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    cache = str(tmp_path / "cache")
    one = datasets.load_dataset("json", data_files=str(folder / "train.jsonl"), cache_dir=cache, split="train")
    assert one.num_rows == version.splits["train"]
    assert {"messages", "evidence", "places", "score"} <= set(one.column_names)
    whole = datasets.load_dataset(str(folder), cache_dir=cache)
    assert {name: split.num_rows for name, split in whole.items()} == {
        "train": version.splits["train"],
        "validation": version.splits["valid"],
        "test": version.splits["test"],
    }
