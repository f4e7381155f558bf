"""The corruption test of the score: of so many true samples, how often is each kind of twin placed below.

Ratios are the share of pairs in which the true sample scores above its twin, one key a kind; figures are the number of
pairs, the share that gates alone refuse, and Q of the four modes on the same documents. Deterministic: one round.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks.rounds import arguments
from tests.knowledge import document

from randaemon import quality
from randaemon.quality.twins import TWINS, Source
from randaemon.stages import finalize
from randaemon.stages.converse import MODES, converse, facts

DOCUMENTS = 4


def main() -> None:
    """Judges every sample of every mode and all of its twins."""
    chosen = arguments(__doc__ or "")
    pairs: dict[str, list[tuple[bool, bool]]] = {name: [] for name in TWINS}
    known = [document(number) for number in range(DOCUMENTS)]
    told = [[fact.answer for fact in facts(each.markdown, each.extraction) if not fact.states] for each in known]
    for number, each in enumerate(known):
        source = Source(each.markdown, each.extraction, told[(number + 1) % DOCUMENTS])
        scorer = quality.Scorer(each.markdown, each.extraction)
        for one in (
            one for mode in MODES for fact in facts(each.markdown, each.extraction, mode) for one in converse(fact)
        ):
            true = scorer.score(one).value
            for name, twin in TWINS.items():
                if (spoilt := twin(one, source)) is not None:
                    score = scorer.score(spoilt)
                    pairs[name].append((true > score.value, not score.accepted))
    figures = {f"{name}_{what}": value for name, found in pairs.items() for what, value in _counted(found).items()}
    figures |= {f"q_{mode}": _q(mode) for mode in MODES}
    ratios = {name: round(sum(above for above, _ in found) / len(found), 4) for name, found in pairs.items()}
    if not chosen.json:
        for name, value in ratios.items():
            print(
                f"{name:20} {value:8.1%} of {len(pairs[name]):5} pairs, gates refuse {figures[f'{name}_refused']:.1%}"
            )
        print(" < ".join(f"Q({mode}) {figures[f'q_{mode}']:.3f}" for mode in MODES))
    print(json.dumps({"name": "quality", "figures": figures, "ratios": ratios}))


def _counted(found: list[tuple[bool, bool]]) -> dict[str, float]:
    return {"pairs": len(found), "refused": round(sum(refused for _, refused in found) / len(found), 4)}


def _q(mode: str) -> float:
    values = []
    for number in range(DOCUMENTS):
        known = document(number)
        said = [one for fact in facts(known.markdown, known.extraction, mode) for one in converse(fact, mode=mode)]
        made = finalize.candidates(known.digest, known.clean, known.extraction, said, 0.5)
        values.append(quality.document_quality(known.extraction.items, made))
    return round(sum(values) / len(values), 4)


if __name__ == "__main__":
    main()
