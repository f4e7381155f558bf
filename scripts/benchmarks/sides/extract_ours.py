"""Our extraction over Markdown of the fictional library; prints MB a second of process time."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Sequence
from itertools import count

from randaemon.demo.files import library
from randaemon.demo.pages import feature_page
from randaemon.model import Clean
from randaemon.stages.convert.html import convert_text
from randaemon.stages.extract import extract, find
from randaemon.stages.extract.merge import merge
from randaemon.stages.extract.page import Page
from randaemon.stages.preprocess import clean

LEAST = 1.0  # seconds measured; small inputs are read again until then


class Bpe:
    """A byte-level BPE as models have it."""

    def __init__(self, texts: Sequence[str]) -> None:
        from tokenizers import Tokenizer, models, pre_tokenizers, trainers

        self.tokenizer = Tokenizer(models.BPE())
        self.tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        alphabet = pre_tokenizers.ByteLevel.alphabet()
        trainer = trainers.BpeTrainer(vocab_size=8000, initial_alphabet=alphabet, show_progress=False)
        self.tokenizer.train_from_iterator(texts, trainer)

    def counts(self, texts: Sequence[str]) -> Sequence[int]:
        """Tokens of each text."""
        return [len(each.ids) for each in self.tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)]


def main(way: str, size: int) -> None:
    """`way` is features | list | estimated | tokenized | one; `size` is in characters."""
    texts = [_list(size)] if way == "list" else _features(size)
    if way == "one":
        texts = ["\n".join(texts)]
    read = _reader(way, texts)
    read(texts[0])
    began, rounds = time.process_time(), 0
    while time.process_time() - began < LEAST:
        for text in texts:
            read(text)
        rounds += 1
    taken = time.process_time() - began
    print(rounds * sum(len(text.encode()) for text in texts) / 1e6 / taken)


def _reader(way: str, texts: Sequence[str]) -> Callable[[str], object]:
    if way == "tokenized":
        tokenizer = Bpe(texts[:50])
        return lambda text: extract(Clean(markdown=text), tokenizer)
    if way == "estimated":
        return lambda text: extract(Clean(markdown=text))
    return lambda text: merge(find(Page(text)).items)


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
