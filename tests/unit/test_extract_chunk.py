"""Chunks: cut between rows, items and sentences only, with breadcrumbs, spans and ids that do not change."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from randaemon.model import Block, Chunk
from randaemon.stages.extract.chunk import Estimate, Sizes, Tokenizer, chunks
from randaemon.stages.extract.page import Page

SIZES = Sizes(target=60, hard=120)
SENTENCE = "The node looks at the load of the cell and of its neighbours before it decides."


class Trained:
    """A tokenizer as models have it, made from a few sentences."""

    def __init__(self) -> None:
        from tokenizers import Tokenizer, models, pre_tokenizers, trainers

        self.tokenizer = Tokenizer(models.BPE())
        self.tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        alphabet = pre_tokenizers.ByteLevel.alphabet()
        trainer = trainers.BpeTrainer(vocab_size=600, initial_alphabet=alphabet, show_progress=False)
        self.tokenizer.train_from_iterator([document()], trainer)

    def counts(self, texts: Sequence[str]) -> Sequence[int]:
        return [len(each.ids) for each in self.tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)]


@pytest.fixture(scope="module", params=["estimate", "tokenizer"])
def tokenizer(request: pytest.FixtureRequest) -> Tokenizer:
    return Estimate() if request.param == "estimate" else Trained()


def document() -> str:
    rows = "\n".join(f"| NRCellDU.heronValue{n} | Introduced | Value number {n} of the cell. |" for n in range(40))
    items = "\n".join(f"- NRCellDU.pmHeron{n}: counts what happens in state {n}" for n in range(30))
    return (
        f"# Heron\n\n## 1 Overview\n\n{' '.join([SENTENCE] * 12)} This is why it is slow, e.g. at night.\n\n"
        f"## 2 Parameters\n\n| Parameter | Type | Description |\n| --- | --- | --- |\n{rows}\n\n"
        f"## 3 Performance\n\n### Counters\n\nThe counters are:\n\n{items}\n\n### Events\n\nNone.\n\n"
        "## 4 Activate Heron\n\n### Steps\n\n1. Lock the cell.\n2. Unlock the cell.\n"
    )


def cut(markdown: str, tokenizer: Tokenizer | None = None, sizes: Sizes = SIZES) -> tuple[Chunk, ...]:
    return chunks(Page(markdown), tokenizer or Estimate(), sizes)


def test_chunks_follow_each_other_and_hold_every_word(tokenizer: Tokenizer) -> None:
    markdown = document()
    found = cut(markdown, tokenizer)
    assert all(left.end <= right.start for left, right in pairwise(found))
    between = [markdown[left.end : right.start] for left, right in pairwise(found)]
    assert not "".join(between).strip()
    assert not markdown[: found[0].start].strip()
    assert not markdown[found[-1].end :].strip()


def test_no_row_item_or_sentence_is_cut(tokenizer: Tokenizer) -> None:
    markdown = document()
    for chunk in cut(markdown, tokenizer):
        before, after = markdown[: chunk.start].rstrip(" "), markdown[chunk.end :]
        assert before == "" or before[-1] in "\n.", repr(before[-40:])
        assert after.strip() == "" or after[0] in "\n ", repr(after[:40])


def test_chunks_keep_their_sizes_unless_one_sentence_is_larger(tokenizer: Tokenizer) -> None:
    markdown = document()
    found = cut(markdown, tokenizer)
    assert all(chunk.tokens <= SIZES.hard for chunk in found)
    assert sum(chunk.tokens >= SIZES.target // 2 for chunk in found) >= len(found) // 2
    counted = tokenizer.counts([markdown[chunk.start : chunk.end] for chunk in found])
    assert all(abs(chunk.tokens - count) <= 0.2 * count + 12 for chunk, count in zip(found, counted, strict=True))
    (huge,) = cut("word " * 2000, tokenizer)
    assert huge.tokens > SIZES.hard


def test_a_chunk_knows_the_titles_above_all_of_it() -> None:
    markdown = document()
    crumbs = [chunk.heading for chunk in cut(markdown)]
    assert crumbs[0] == ("Heron", "1 Overview")[: len(crumbs[0])]
    assert ("Heron", "2 Parameters") in crumbs
    assert ("Heron", "3 Performance", "Counters") in crumbs
    assert crumbs[-1] == ("Heron", "4 Activate Heron")


def test_a_title_with_a_mark_too_many_is_a_title() -> None:
    (chunk,) = cut(f"# # 1 Heron Overview\n\n{SENTENCE}\n")
    assert (chunk.start, chunk.heading) == (0, ("1 Heron Overview",))


def test_a_cut_table_list_or_argument_takes_its_lead_in_along() -> None:
    markdown = document()
    leads = {markdown[slice(*chunk.lead)] for chunk in cut(markdown) if chunk.lead != (0, 0)}
    assert "| Parameter | Type | Description |\n| --- | --- | --- |" in leads
    assert "The counters are:" in leads
    argument = f"# A\n\n{SENTENCE} {SENTENCE} This is why {'so many words follow here'}{', and more' * 9}."
    _, pointing = cut(argument, sizes=Sizes(target=60, hard=70))
    assert argument[slice(*pointing.lead)] == SENTENCE


@pytest.mark.parametrize(
    "kept",
    [
        "The controller of the package mostly helps to handle the time\ndimension: that is, it makes new versions.",
        "Only one object is made for the cluster, in the namespace of a\nworkload.",
        "The procedure ran for fifteen minutes and nothing but a note on\nEVENT_PARAM_BLOCKING_REASON.",
        "2. Set the attribute featureState to ACTIVATED in the instance that belongs to it.",
    ],
)
def test_a_line_that_begins_as_a_definition_does_is_no_place_to_cut_a_sentence(kept: str) -> None:
    markdown = f"# A\n\n  Note: an example.\n{kept}\n"
    found = [markdown[chunk.start : chunk.end] for chunk in cut(markdown, sizes=Sizes(target=8, hard=10))]
    assert len(found) > 1
    assert any(kept in text for text in found)


def test_names_and_definitions_on_lines_of_their_own_may_be_parted() -> None:
    names = "\n".join(f"NRCellDU.pmHeronStateTransitionsOfKind{n}" for n in range(12))
    told = "\n".join(f"heronValue{n}: what is done in the state with this number of all\n" for n in range(12))
    assert len(cut(f"# A\n\n{names}\n", sizes=Sizes(30, 60))) > 3
    assert len(cut(f"# A\n\n{told}\n", sizes=Sizes(30, 60))) > 3


def test_the_head_of_a_table_stays_with_its_first_row() -> None:
    rows = "\n".join(f"| NRCellDU.heronValue{n} | Introduced | Value number {n} of the cell. |" for n in range(9))
    table = f"| Parameter | Type | Description |\n| --- | --- | --- |\n{rows}"
    for words in range(1, 60):
        markdown = f"# A\n\n{'word ' * words}end.\n\n{table}\n"
        for chunk in cut(markdown):
            text = markdown[chunk.start : chunk.end].rstrip()
            assert not text.endswith(("Description |", "--- |"))
            assert not text.startswith("| ---")


def test_chunks_of_one_document_have_ids_of_their_own_that_stay() -> None:
    markdown = f"# A\n\n{SENTENCE}\n\n# A\n\n{SENTENCE}\n"
    first, second = cut(markdown)
    assert first.id != second.id
    assert (first, second) == cut(markdown)
    assert cut(f"# Before\n\nNew. {SENTENCE}\n\n{markdown}")[1].id == first.id


def test_a_chunk_knows_the_page_it_begins_on() -> None:
    markdown = "# A\n\nOne.\n\n# B\n\nTwo.\n"
    blocks = (Block("heading", 0, 3, page=1), Block("heading", 11, 14, page=2))
    assert [chunk.page for chunk in chunks(Page(markdown), Estimate(), SIZES, blocks)] == [1, 2]


@given(
    st.lists(
        st.sampled_from(
            ["# A", "## B b", "| a | b |", "- item one", "Text. More text. It goes on.", "", "```", "  - x"]
        )
    )
)
def test_any_text_is_covered_without_overlap(lines: list[str]) -> None:
    markdown = "\n".join(lines)
    found = cut(markdown, sizes=Sizes(target=8, hard=16))
    assert all(left.end <= right.start for left, right in pairwise(found))
    covered = "".join(markdown[chunk.start : chunk.end] for chunk in found)
    assert "".join(covered.split()) == "".join(markdown.split())
    assert len({chunk.id for chunk in found}) == len(found)
