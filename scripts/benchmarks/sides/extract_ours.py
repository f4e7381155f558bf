"""Our extraction over Markdown of the fictional library or of public documents; prints MB a second of process time."""

from __future__ import annotations

import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path

os.environ["TOKENIZERS_PARALLELISM"] = "false"  # as in a worker: it is one core that is measured

import msgspec
from benchmarks.rounds import PUBLIC
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from randaemon.demo.files import library
from randaemon.demo.pages import feature_page
from randaemon.errors import Refused
from randaemon.integrations.tokenizer import JsonTokenizer
from randaemon.model import Clean, Done, Filed, Meta, Stage, Task
from randaemon.stages import convert, preprocess, unpack
from randaemon.stages.convert.html import convert_text
from randaemon.stages.extract import extract
from randaemon.stages.extract.merge import merge
from randaemon.stages.extract.page import Page
from randaemon.stages.extract.rules import find, without_collector
from randaemon.stages.preprocess import clean

WHOLE = 10_000_000  # characters that `one` reads, whatever the size of its documents
WRITTEN = frozenset({".md", ".rst", ".txt", ".html", ".csv"})
LEAST = 1.0  # seconds measured; small inputs are read again until then


def bpe(texts: Sequence[str]) -> JsonTokenizer:
    """A byte-level BPE as models have it, counted with as the product counts."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=8000, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    return JsonTokenizer(tokenizer)


def main(way: str, size: int) -> None:
    """`way` is features | list | estimated | tokenized | one | public; `size` is in characters, of `one` those of a
    document, and without meaning for `public`.
    """
    texts = _texts(way, size)
    read = _reader(way, texts)
    read(texts[0])
    began, rounds = time.process_time(), 0
    while time.process_time() - began < LEAST:
        for text in texts:
            read(text)
        rounds += 1
    taken = time.process_time() - began
    print(rounds * sum(len(text.encode()) for text in texts) / 1e6 / taken)


def _texts(way: str, size: int) -> list[str]:
    match way:
        case "list":
            return [_list(size)]
        case "one":
            return _joined(_features(WHOLE), size)
        case "public":
            return _public()
    return _features(size)


def _public() -> list[str]:
    """The clean Markdown of the developers' public documents that no parser of printed pages is needed for."""
    texts = []
    with tempfile.TemporaryDirectory() as folder:
        for path in sorted(PUBLIC.rglob("*")):
            if path.suffix in WRITTEN and "gold" not in path.parts:
                with suppress(Refused):  # a few hold no text
                    texts.append(_cleaned(path, Path(folder)))
    return texts


def _cleaned(path: Path, folder: Path) -> str:
    meta: Meta = {}
    inputs: dict[Stage, Path] = {}
    for stage, run in ((Stage.UNPACK, unpack.run), (Stage.CONVERT, convert.run), (Stage.PREPROCESS, preprocess.run)):
        done = run(Task(stage, "0" * 64, path, inputs, folder, {}, meta=meta))
        if not isinstance(done, Done) or isinstance(done.artifact, Filed):
            raise SystemExit(f"{path.name}: {done}")
        meta = {**meta, **done.meta}
        inputs = {stage: folder / f"{stage.value}.json"}
        inputs[stage].write_bytes(done.artifact or b"")
    return msgspec.json.decode(inputs[Stage.PREPROCESS].read_bytes(), type=Clean).markdown


def _reader(way: str, texts: Sequence[str]) -> Callable[[str], object]:
    if way == "tokenized":
        tokenizer = bpe(texts[:50])
        return lambda text: extract(Clean(markdown=text), tokenizer)
    if way == "estimated":
        return lambda text: extract(Clean(markdown=text))
    return without_collector(lambda text: merge(find(Page(text)).items))  # as `extract` reads


def _joined(texts: Sequence[str], size: int) -> list[str]:
    """The same texts as documents of about `size` characters each."""
    joined: list[list[str]] = [[]]
    room = size
    for text in texts:
        if room <= 0:
            joined.append([])
            room = size
        joined[-1].append(text)
        room -= len(text)
    return ["\n".join(each) for each in joined]


def _features(size: int) -> list[str]:
    """Feature descriptions until the size is reached; each round over the library has names of its own."""
    pages = [clean(convert_text(feature_page(feature))).markdown for feature in library(count=100).described]
    texts, total = [], 0
    for number in count():
        for page in pages:
            texts.append(_NAME.sub(rf"\g<1>{number}", page) if number else page)
            total += len(texts[-1])
            if total >= size:
                return texts
    raise AssertionError


_NAME = re.compile(r"\b([a-z]+[A-Z][A-Za-z]*)\b")


def _list(size: int) -> str:
    head = (
        "| Model | MO Class Name | Parameter Name | Parameter Description | Data Type | Range and Values "
        "| Default Value | Unit | ReadOnly | Change Take Effect |"
    )
    lines = [head, "| --- " * 10 + "|"]
    total = 0
    while total < size:
        number = len(lines)
        lines.append(
            f"| HarbourModel | NRCellDU | heronThreshold{number} | The level from which the heron of part {number} of "
            "the cell is awake.<br>See also NRCellDU.heronMode. Condition: the cell is not locked. "
            f"| int32 | 0..{number} | {number % 7} | dB | false | Immediately |"
        )
        total += len(lines[-1])
    return "\n".join(lines)


main(sys.argv[1], int(sys.argv[2]))
