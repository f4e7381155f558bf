"""What the screens are given from outside, and what one look at the store brings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from randaemon.model import Candidate, Document, Event
from randaemon.store.home import Home
from randaemon.store.reader import Reader
from randaemon.store.records import PromotionRecord, RunRecord

EVENTS = 200  # that one look takes; of a flood only the newest are shown
ROWS = 200  # documents and samples that are listed


@dataclass(frozen=True, slots=True)
class Links:
    """The ways to the rest of the house."""

    act: Callable[[Home, str, Mapping[str, Any]], Mapping[str, Any]]  # raises RandaemonError
    overview: Callable[[Reader], Iterable[str]]  # the lines of `status`
    training: Callable[[Mapping[str, Any]], Iterable[str]]  # those of `train status`
    story: Callable[[Reader, Document], Iterable[str]]  # those of `jobs show`


@dataclass(frozen=True, slots=True)
class Look:
    """Everything the screens show, read at one moment."""

    overview: tuple[str, ...]
    training: tuple[str, ...]
    status: Mapping[str, Any]
    documents: Sequence[Document]
    samples: Sequence[Candidate]
    runs: Sequence[RunRecord]
    promotions: Sequence[PromotionRecord]
    curve: Sequence[tuple[int, float]]  # step and loss of the newest run
    events: Sequence[Event]  # since the look before, the newest EVENTS of them
    newest: int  # id of the newest event

    @classmethod
    def take(cls, home: Home, links: Links, seen: int, wanted: str) -> Look:
        """Look now. `seen`: the newest event of the look before; `wanted`: the status of documents, "" for all."""
        with Reader(home) as reader:
            newest, runs, status = reader.newest_event(), reader.runs(), reader.status()
            return cls(
                overview=tuple(links.overview(reader)),
                training=tuple(links.training(status["training"])),
                status=status,
                documents=reader.documents(wanted or None, limit=ROWS),
                samples=reader.newest_samples(ROWS),
                runs=runs,
                promotions=reader.promotions(),
                curve=_curve(reader, runs[-1].id) if runs else (),
                events=reader.events(max(seen, newest - EVENTS), limit=EVENTS),
                newest=newest,
            )


def _curve(reader: Reader, run: str) -> tuple[tuple[int, float], ...]:
    points = (data for data in reader.data_of("run.progress") if data.get("run") == run)
    return tuple((int(data["step"]), float(data["loss"])) for data in points)
