"""What people wrote in place of answers: judged by the gates of today wherever it is used, as all samples are.

What the rules make is made and judged anew when gates change; an edit lies in the store as it was judged when typed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import msgspec

from randaemon import quality
from randaemon.dataset.verify import EDITED
from randaemon.model import Candidate, Clean, Extraction, Message, Stage
from randaemon.stages import finalize

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class Texts(Protocol):
    """Where the artifacts of documents are read."""

    def artifact(self, digest: str, stage: Stage) -> bytes | None:
        """None when it is not kept."""
        ...


def written(sample: Candidate, answer: str, clean: bytes, extraction: bytes) -> Candidate:
    """A sample of its own: same question and evidence, the answer by hand, judged by the same gates."""
    said = sample.conversation
    messages = (*said.messages[:-1], Message("assistant", answer))
    made = replace(said, messages=messages, generator=f"{EDITED}{sample.id}")
    new = replace(sample, id=finalize.identity(sample.digest, made), conversation=made)
    return _judged(new, clean, extraction)


def today(stored: Mapping[str, Any], texts: Texts) -> Candidate:
    """An edit as it was stored, with the verdict of today; with that of then where its text is not kept any more."""
    edit = msgspec.convert(stored, Candidate)
    clean, extraction = (texts.artifact(edit.digest, stage) for stage in (Stage.PREPROCESS, Stage.EXTRACT))
    return _judged(edit, clean, extraction) if clean is not None and extraction is not None else edit


def _judged(edit: Candidate, clean: bytes, extraction: bytes) -> Candidate:
    markdown = msgspec.json.decode(clean, type=Clean).markdown
    score = quality.score(edit.conversation, markdown, msgspec.json.decode(extraction, type=Extraction))
    return replace(edit, score=score, conversation=finalize.kept(edit.conversation, score, markdown))
