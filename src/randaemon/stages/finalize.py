"""Stage 6: scored candidates with their ids, family and provenance. Refused ones are kept, with gate and reason.

Everything here is a function of the document alone: nothing depends on which document came first.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import replace

import msgspec

from randaemon import quality
from randaemon.model import (
    Candidate,
    Clean,
    Conversation,
    Done,
    Extraction,
    Meta,
    Outcome,
    Score,
    Span,
    Stage,
    Task,
)
from randaemon.quality.disclosure import disclosed, harmless
from randaemon.quality.secrets import masked
from randaemon.quality.text import CHAT_MARKER, ORDERS, plain

ACCEPT = 0.5  # the default of `quality.accept`


def run(task: Task) -> Outcome:
    """Clean Markdown, extraction and conversations in; candidates out. Option `accept`: the least score."""
    clean = msgspec.json.decode(task.inputs[Stage.PREPROCESS].read_bytes(), type=Clean)
    extraction = msgspec.json.decode(task.inputs[Stage.EXTRACT].read_bytes(), type=Extraction)
    conversations = msgspec.json.decode(task.inputs[Stage.CONVERSE].read_bytes(), type=list[Conversation])
    accept = float(str(task.options.get("accept", ACCEPT)))
    found = candidates(task.digest, clean, extraction, conversations, accept)
    good = [each for each in found if each.score.accepted]
    return Done(
        candidates=found,
        meta={
            "samples": len(good),
            "refused": len(found) - len(good),
            "quality": quality.document_quality(extraction.items, good),
            "coverage": round(quality.coverage(extraction.items, good), 4),
            "mean_score": round(sum(each.score.value for each in good) / len(good), 4) if good else 0.0,
        },
    )


def candidates(
    digest: str, clean: Clean, extraction: Extraction, conversations: Iterable[Conversation], accept: float
) -> tuple[Candidate, ...]:
    """One candidate per conversation, ordered by id; the same conversation twice is one."""
    scorer = quality.Scorer(clean.markdown, extraction)
    group = family(digest, clean, extraction)
    title, edition = _title(clean, extraction), issue({**clean.meta, **extraction.meta})
    found: dict[str, Candidate] = {}
    said = list(conversations)
    for conversation, judged in zip(said, scorer.scores(said), strict=True):
        score = _threshold(judged, accept)
        anchored = kept(conversation, score, clean.markdown)
        one = Candidate(identity(digest, anchored), digest, group, fact(anchored), anchored, score, title, edition)
        found.setdefault(one.id, one)
    return tuple(found[key] for key in sorted(found))


def identity(digest: str, conversation: Conversation) -> str:
    """16 hex digits: content digest, item, evidence spans, kind, phrasing, generator."""
    spans = [(span.start, span.end) for span in conversation.evidence]
    item = (conversation.category.value, conversation.entity, conversation.attribute)
    return _hash([digest, item, spans, conversation.kind, conversation.phrasing, conversation.generator])


def fact(conversation: Conversation) -> str:
    """16 hex digits that all wordings of one fact share, in every document. Names are kept to the letter."""
    entity = " ".join(conversation.entity.split())
    return _hash([conversation.category.value, entity, conversation.attribute])


def family(digest: str, clean: Clean, extraction: Extraction) -> str:
    """The document number without revision and language, else the normalised title, else the digest."""
    for meta in (extraction.meta, clean.meta):
        number = _document_number(str(meta.get("document_number") or ""))
        if number:
            return f"number:{number}"
    title = normalised_title(_title(clean, extraction))
    return f"title:{title}" if title else f"digest:{digest}"


def issue(meta: Meta) -> str:
    """The document's issue, written so that issues of one document sort by age; "" when it tells none.

    `r` revision letters (PA1 < A < B < AA), `v` version numbers, else `d` the date. Only issues told in the same way
    can be compared.
    """
    revision = _REVISION.sub("", str(meta.get("revision") or "").strip().upper())
    if _VERSION.fullmatch(revision):
        return "v" + ".".join(f"{int(part):05d}" for part in revision.split("."))
    if found := _LETTERS.fullmatch(revision):
        draft, letters, number = found.groups()
        return f"r{0 if draft else 1}{len(letters)}{letters}{int(number or 0):03d}"
    date = str(meta.get("date") or "").strip()
    return f"d{date}" if _DATE.match(date) else ""


def normalised_title(title: str) -> str:
    """Small letters, single spaces, no release or revision: the same title in another release is the same."""
    return " ".join(_NOT_WORDS.sub(" ", _RELEASE.sub(" ", plain(title).lower())).split())


def kept(conversation: Conversation, score: Score, markdown: str) -> Conversation:
    """As it is stored. What was refused for a secret is kept with a placeholder for it: candidates are shown."""
    if score.accepted:
        return _anchored(conversation, markdown)
    return harmless(conversation, disclosed(conversation, markdown)) if score.gate == "secret" else conversation


_REVISION = re.compile(r"\AREV(?:ISION)?[.\s]\s*")
_VERSION = re.compile(r"\d{1,5}(?:\.\d{1,5})*")
_LETTERS = re.compile(r"(P?)([A-Z]{1,3}?)(\d{0,3})")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_LANGUAGE = re.compile(r"\s*\bU[a-z]{2}\b.*\Z")
_RELEASE = re.compile(
    r"\b(?:v(?:ersion)?\.?\s?\d+(?:\.\d+)*|rev(?:ision)?(?:(?:\.\s?|\s)[a-z0-9]{1,4}|\d{1,3})|release\s\d+|rel\.?\s?\d+|\d\d\.q[1-4])\b"
)
_NOT_WORDS = re.compile(r"[^\w.]+")


def _document_number(text: str) -> str:
    return "".join(_LANGUAGE.sub("", text).upper().split())


def _title(clean: Clean, extraction: Extraction) -> str:
    """Without chat markers and secrets; a title that gives orders to a model is none."""
    title = plain(CHAT_MARKER.sub(" ", str(extraction.meta.get("title") or clean.title or "")))
    return "" if ORDERS.search(title) else masked(title)


def _threshold(score: Score, accept: float) -> Score:
    if not score.accepted or score.value >= accept:
        return score
    return replace(score, gate="score", reason=f"{score.value:.2f} is under the accepted {accept:.2f}")


def _anchored(conversation: Conversation, markdown: str) -> Conversation:
    """Quotations that were almost right become what stands there, so that every stored one is exact."""
    spans = tuple(Span(each.start, each.end, markdown[each.start : each.end]) for each in conversation.evidence)
    return replace(conversation, evidence=spans)


def _hash(parts: list[object]) -> str:
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()[:16]
