"""What a run that was judged leaves for people to read, beside its results: its card and its loss curve."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from randaemon.store import objects
from randaemon.store.records import RunRecord
from randaemon.training import card
from randaemon.training.card import Told
from randaemon.training.spec import RESULTS, SPEC, read_results, read_spec

CARD, CURVE = "README.md", "loss.svg"


def write_card(run: RunRecord) -> None:
    """`README.md` and `loss.svg` beside the results. Raises TrainingError when the run left none."""
    folder = Path(run.folder)
    results = read_results(folder / RESULTS)
    manifest = Path(read_spec(folder / SPEC).dataset) / "manifest.json"
    told = Told(run, results, _json(manifest), results.curves)
    objects.write(folder / CURVE, card.loss_curve(results.curves).encode())
    objects.write(folder / CARD, card.render(told).encode())


def _json(manifest: Path) -> dict[str, Any]:
    """What the version says of itself; nothing when it is gone: the card is no place to find that out."""
    if not manifest.exists():
        return {}
    found: dict[str, Any] = msgspec.json.decode(manifest.read_bytes())
    return found
