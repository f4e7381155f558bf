"""`seal`: the one place that looks across documents. Candidates in, the files of a dataset version out.

Pure and linear, and a function of the set of candidates: their order does not matter, the bytes carry no version
number and no time. A version is the folder of these files: train.jsonl, valid.jsonl, test.jsonl (chat rows with
provenance), evaluation.jsonl, README.md (the card) and manifest.json, which names the digest of every other file.
"""

from __future__ import annotations

import gc
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

import msgspec

from randaemon.dataset import card, coverage
from randaemon.dataset.coverage import Content
from randaemon.dataset.entries import Entry, Register
from randaemon.dataset.selection import Caps, Chosen, select
from randaemon.dataset.splits import Parts, Shares, divide
from randaemon.dataset.writing import write
from randaemon.model import SPLITS, Candidate
from randaemon.ran.mo import MoModel

FORMAT = "randaemon-dataset/1"


@dataclass(frozen=True, slots=True)
class SealSettings:
    """What decides a version beside its candidates."""

    family_threshold: int = 60  # from this many families on, whole families are held out, below it whole facts
    valid_share: float = 0.05
    test_share: float = 0.05
    licence: str = "other"
    document_cap: int = 5000  # samples of one document
    kind_cap: float = 0.15  # share of one kind other than facts


@dataclass(frozen=True, slots=True)
class Version:
    """A sealed version as a value: what to write, and what to record of it."""

    files: Mapping[str, bytes]  # by name, the manifest last
    manifest: Mapping[str, object]
    digest: str  # SHA-256 of the manifest, which holds the digests of all other files
    samples: int  # rows of the three splits
    splits: Mapping[str, int]
    mean_quality: float
    funnel: Mapping[str, int] = field(default_factory=dict)


def seal(
    candidates: Iterable[Candidate],
    places: Mapping[str, Sequence[str]],
    mo_model: MoModel | None = None,
    settings: SealSettings | None = None,
    content: Content | None = None,
) -> Version:
    """Seal all candidates of the finished documents, refused ones included (they are only counted).

    `places`: content digest → where its document was found; `mo_model`: what the whole library says about managed
    objects, against which every command is checked once more; `content`: its items, for the coverage map. The
    candidates are walked over some times and looked up by place: a sequence may read them as they are asked for.
    """
    found = candidates if isinstance(candidates, Sequence) else list(candidates)
    with _uncollected():
        return _sealed(found, places, mo_model, settings or SealSettings(), content or Content())


def _sealed(
    found: Sequence[Candidate],
    places: Mapping[str, Sequence[str]],
    mo_model: MoModel | None,
    settings: SealSettings,
    content: Content,
) -> Version:
    register = Register.of(found)
    chosen = select(register, found, mo_model, Caps(settings.document_cap, settings.kind_cap))
    parts = divide(chosen.kept, register, found, _shares(settings))
    written = write(found, parts, places, content)
    facts = _facts(chosen, parts, settings)
    facts["coverage"] = coverage.summary(written.taught)
    facts["funnel"] = {**_counted(register, content), **_funnel(chosen, parts)}
    facts["candidates"] = _digest("\n".join(each.id for each in register.entries).encode())
    card_ = card.render(facts).encode()
    return _version({**written.files, "README.md": card_, "coverage.json": coverage.file(written.taught)}, facts)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Nothing here makes cycles, and each walk of the collector over the objects of 100,000 candidates takes 0.7 s."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _facts(chosen: Chosen, parts: Parts, settings: SealSettings) -> dict[str, Any]:
    """What the manifest and the card say of a version."""
    mean = sum(each.score for each in chosen.kept) / len(chosen.kept) if chosen.kept else 0.0
    splits = {name: len(parts.splits[name]) for name in SPLITS}
    return {
        "format": FORMAT,
        "licence": settings.licence,
        "samples": sum(splits.values()),
        "splits": splits,
        "mean_quality": round(mean, 4),
        "split_rule": parts.rule,
        "kinds": dict(sorted(Counter(each.kind for each in chosen.kept).items())),
        "scores": _histogram(chosen.kept),
        "settings": asdict(settings),
    }


def _funnel(chosen: Chosen, parts: Parts) -> dict[str, int]:
    splits = {name: len(parts.splits[name]) for name in SPLITS}
    held_out = len(parts.recall) + len(parts.refusal)
    return {**chosen.dropped, "held_back": parts.held_back, **splits, "held_out": held_out}


def _shares(settings: SealSettings) -> Shares:
    return Shares(settings.family_threshold, settings.valid_share, settings.test_share)


def _histogram(kept: Sequence[Entry]) -> dict[str, int]:
    """Samples by score, in tenths: `0.9` counts 0.9 up to 1.0."""
    counts = Counter(min(int(each.score * 10), 9) for each in kept)
    return {f"0.{tenth}": counts[tenth] for tenth in range(10) if counts[tenth]}


def _counted(register: Register, content: Content) -> dict[str, int]:
    return {
        "documents": len(register.documents),
        "families": len(register.families),
        **({"chunks": content.chunks} if content.chunks else {}),
        **({"items": len(content.items)} if content.items else {}),
        "candidates": register.offered,
        **{f"refused_{gate}": count for gate, count in sorted(register.gates.items())},
        "accepted": register.accepted,
    }


def _version(content: Mapping[str, bytes], facts: Mapping[str, Any]) -> Version:
    described = {
        name: {"sha256": _digest(data), "bytes": len(data), "lines": data.count(b"\n")}
        for name, data in content.items()
    }
    manifest = {**facts, "files": described}
    sealed = msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"
    return Version(
        files={**content, "manifest.json": sealed},
        manifest=manifest,
        digest=_digest(sealed),
        samples=facts["samples"],
        splits=facts["splits"],
        mean_quality=facts["mean_quality"],
        funnel=facts["funnel"],
    )


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
