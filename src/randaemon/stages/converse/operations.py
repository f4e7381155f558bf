"""What can be done with an item: `cmedit` commands for parameters and features, the steps of procedures.

Commands go through the grammar of `ran.cmedit`, so that what is taught is what the checker accepts. `<NODE>` and `<ID>`
stand for what the reader fills in: no site name is ever taught.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from randaemon.model import Category, Item, Span
from randaemon.quality.amounts import numbers
from randaemon.quality.text import bare, words
from randaemon.ran import cmedit
from randaemon.stages.converse.facts import Fact, Scene, Subject, facts_of, scoped
from randaemon.stages.converse.sentences import lower_first
from randaemon.stages.converse.steps import Step, read_step, unlocked
from randaemon.stages.converse.values import in_unit, is_measured, measure_of
from randaemon.stages.converse.wording import THEMES


def operations_of(subject: Subject, scene: Scene) -> Iterator[Fact]:
    """The commands or the steps that the item's text supports."""
    match subject.item.category:
        case Category.PARAMETER:
            yield from _parameter(subject, scene)
        case Category.FEATURE:
            yield from _feature(subject, scene)
        case Category.PROCEDURE:
            yield from steps_of(subject, scene, with_commands=True)
        case _:
            return


def steps_of(subject: Subject, scene: Scene, *, with_commands: bool, whole: bool = True) -> Iterator[Fact]:
    """All steps in the order of their numbers, each with its command where the step names attribute and value.

    A whole procedure begins with what must be in place and ends with what is left to do.
    """
    steps = _steps_in(subject.item)
    if not steps:
        return
    found = [read_step(step, with_commands=with_commands) for step in steps]
    found = unlocked(found) if with_commands else found
    told = {fact.base: fact for fact in facts_of(subject, scene)} if whole else {}
    around = {name: told[name] for name in _AROUND if name in told}
    before, after = around.get("prerequisites"), around.get("after")
    slots = {
        "name": subject.name,
        "steps": [each.line for each in found],
        "before": before.answer if before else "",
        "after": scene.phrases.tail(after.asked, after.slots) if after else "",
    }
    answer = scene.phrases.answer(("procedure", "steps"), slots)
    evidence = (*subject.evidence, *steps, *(span for each in around.values() for span in each.evidence))
    spans = tuple(dict.fromkeys(evidence))
    yield scoped(Fact(subject, "steps", answer, _expected(found), spans, "procedure", slots), scene.host)


def _steps_in(item: Item) -> list[Span]:
    """The steps of a procedure, as they are numbered."""
    if item.category is not Category.PROCEDURE:
        return []
    numbered = sorted((int(key[5:]), span) for key, span in item.fields.items() if _STEP_KEY.fullmatch(key))
    return [span for _, span in numbered]


def _expected(found: Sequence[Step]) -> dict[str, str]:
    words = {f"step_{number}": each.words.rstrip(".: ") for number, each in enumerate(found, 1) if each.words}
    commands = [command for each in found for command in each.commands]
    return words | {f"command_{number}": command for number, command in enumerate(commands, 1)}


def _parameter(subject: Subject, scene: Scene) -> Iterator[Fact]:
    if subject.name != subject.item.name:
        return  # the text does not say which MO holds it
    for made in cmedit.commands_for(subject.item):
        if made.purpose == "read":
            yield _command(subject, "read", {"command": made.text}, scene)
            continue
        if _PLANNED.search(subject.item.name):
            continue
        value = made.text.rpartition("=")[2]
        evidence = _giver(subject.item, value)
        if evidence is not None:
            yield _set(subject, made.text, (value, evidence), scene)


#: Identities and frequencies come from the plan of a network: no value of their range may stand as an example.
_PLANNED = re.compile(r"(?:Id|PCI|Pci|TAC|Tac|Frequency|[aA]rfcn(?:[DU]l)?)\Z")


def _set(subject: Subject, command: str, given: tuple[str, Span], scene: Scene) -> Fact:
    """A value is set with its unit, its range where it is chosen from one, and the condition for it to work."""
    item, (value, evidence) = subject.item, given
    unit, effect = item.fields.get("unit"), item.fields.get("takes_effect")
    measure = measure_of(bare(unit.text)) if unit is not None else ""
    spans = [evidence]
    if measure and unit is not None and value[-1].isdigit() and is_measured(value):
        value, spans = in_unit(value, measure), [*spans, unit]
    slots = {"command": command, "value": value, "range": _range_of(item, evidence, measure), "effect": ""}
    if effect is not None and _CONDITION.search(effect.text):
        told = {"name": subject.name, "value": lower_first(bare(effect.text)), "host": ""}
        slots["effect"] = scene.phrases.tail(("parameter", "takes_effect"), told)
        spans.append(effect)
    made = _command(subject, "write", slots, scene, spans)
    return replace(made, expected={**made.expected, "value": value})


def _range_of(item: Item, evidence: Span, unit: str) -> str:
    """The range with its unit, where it is what the value was chosen from, and one of numbers."""
    said = bare(evidence.text)
    if item.fields.get("range") != evidence or not _RANGE.fullmatch(said):
        return ""
    return in_unit(said, unit) if unit else said


_RANGE = re.compile(r"-?\d+(?:\.\d+)?\s*(?:\.\.+|–|to)\s*-?\d+(?:\.\d+)?")
_CONDITION = re.compile(r"\b(?:lock|unlock|restart|reset|reboot|deblock)", re.IGNORECASE)


def _feature(subject: Subject, scene: Scene) -> Iterator[Fact]:
    for made in cmedit.commands_for(subject.item):
        yield _command(
            subject, _WAYS[made.purpose], {"command": made.text}, scene, [subject.item.fields["licence_key"]]
        )


_WAYS = {"state": "read", "activate": "write", "deactivate": "off"}


def _command(subject: Subject, way: str, given: Mapping[str, str], scene: Scene, spans: Sequence[Span] = ()) -> Fact:
    slots = {"name": subject.name, "value": "", **given}
    name = f"command_{way}"
    return Fact(
        subject,
        name,
        scene.phrases.answer((THEMES[subject.item.category], name), slots),
        {"identifier": subject.name, "command": given["command"]},
        (*subject.evidence, *spans),
        kind="command_read" if way == "read" else "command_write",
        slots=slots,
    )


def _giver(item: Item, value: str) -> Span | None:
    """The field that names the value, else the range that holds it."""
    spans = [item.fields[name] for name in ("default", "range") if name in item.fields]
    signed = value.lstrip("-").isdigit()  # the words of `-8` hold an 8
    named = (span for span in spans if value in (numbers(span.text) if signed else words(span.text)))
    return next(named, item.fields.get("range"))


_AROUND = ("prerequisites", "after")
_STEP_KEY = re.compile(r"step_\d+")
