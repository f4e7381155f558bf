"""The adapter's card, its loss curve, and two runs beside each other."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as ET

from randaemon.store.records import RunRecord
from randaemon.training.card import Told, loss_curve, render
from randaemon.training.comparing import compare
from randaemon.training.spec import Measures, NoOp, Results, RowLoss, Scored, Served

SCORED = tuple(Scored(str(number), f"family {number % 5}", 0.2) for number in range(20))
MEASURES = Measures(SCORED, SCORED, tuple(RowLoss(one.fact, one.family, 1.5) for one in SCORED))
RESULTS = Results(
    run="run-0003",
    served=Served("tiny"),
    digest="abc123",
    plan={"iterations": 260, "fine_tune_type": "lora"},
    counts={"train_rows": 60},
    losses={},
    timing={},
    no_op=NoOp(1, 1),
    base=MEASURES,
    new=MEASURES,
)
EVIDENCE = {"recall": 0.96, "base": {"recall": 0.1, "recall_change": 0.86, "noise_floor": 0.05}}
RUN = RunRecord("run-0003", 2, "tiny", "done", 0.0, 60.0, reason="promoted: it knows more")


def test_a_card_tells_the_data_the_evidence_and_how_to_make_it_again() -> None:
    run = replace(RUN, metrics={"evidence": EVIDENCE})
    manifest = {"licence": "cc-by-4.0", "funnel": {"documents": 13, "accepted": 2023}}
    card = render(Told(run, RESULTS, manifest, {"training": [(10, 2.0), (20, 0.5)]}))
    assert card.startswith("# run-0003: an adapter for tiny\n\nPromoted: it knows more.")
    assert "Dataset version 2, licence cc-by-4.0." in card
    assert "| accepted | 2023 |" in card
    assert "| recall | 0.96 | 0.1 |" in card
    assert "noise floor 0.05" in card
    assert "![losses over the steps of the training](loss.svg)" in card
    assert "`randaemon train reproduce run-0003`" in card
    assert "## Loss" not in render(Told(run, RESULTS, manifest))


def test_the_loss_curve_is_well_formed_and_within_its_frame() -> None:
    curves = {"training": [(10, 3.0), (20, 1.5), (40, 0.0)], "validation": [(1, 2.0), (40, 1.0)]}
    picture = ET.fromstring(loss_curve(curves))
    lines = picture.findall("{http://www.w3.org/2000/svg}polyline")
    assert len(lines) == 2
    points = [tuple(map(float, pair.split(","))) for line in lines for pair in str(line.get("points")).split()]
    assert all(48 <= x <= 632 and 8 <= y <= 212 for x, y in points)
    assert points[0][1] < points[1][1] < points[2][1] == 212  # downwards is less


def test_two_runs_are_compared_on_what_both_were_asked() -> None:
    better = replace(MEASURES, recall=tuple(replace(one, score=0.8) for one in SCORED[:10]))
    parts = {part.name: part for part in compare(MEASURES, better)}
    assert parts["recall"].pairs == 10
    assert round(parts["recall"].change, 6) == 0.6
    assert parts["recall"].certain
    assert not parts["held_out_loss"].certain
    assert "refusal" not in parts
