"""What can be done with an item: `cmedit` commands for parameters and features, the steps of procedures.

Commands go through the grammar of `ran.cmedit`, so that what is taught is what the checker accepts. `<NODE>` and `<ID>`
stand for what the reader fills in: no site name is ever taught.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from randaemon.model import Category, Item, Span
from randaemon.quality.amounts import numbers
from randaemon.quality.text import plain, words
from randaemon.ran import cmedit
from randaemon.stages.converse.facts import Fact, Scene, Subject, scoped
from randaemon.stages.converse.sentences import lower_first


def operations_of(subject: Subject, scene: Scene) -> Iterator[Fact]:
    """The commands or the steps that the item's text supports."""
    match subject.item.category:
        case Category.PARAMETER:
            yield from _parameter(subject, scene)
        case Category.FEATURE:
            yield from _feature(subject)
        case Category.PROCEDURE:
            yield from steps_of(subject, scene, with_commands=True)
        case _:
            return


def steps_of(subject: Subject, scene: Scene, *, with_commands: bool) -> Iterator[Fact]:
    """All steps in the order of their numbers, each with its command where the step names attribute and value."""
    numbered = sorted((int(key[5:]), span) for key, span in subject.item.fields.items() if _STEP_KEY.fullmatch(key))
    steps = [span for _, span in numbered]
    if not steps or subject.item.category is not Category.PROCEDURE:
        return
    made = [_step_command(plain(step.text)) if with_commands else "" for step in steps]
    lines = [
        f"{number}. {_line(step, command)}" for number, (step, command) in enumerate(zip(steps, made, strict=True), 1)
    ]
    expected = {f"step_{number}": plain(step.text).rstrip(". ") for number, step in enumerate(steps, 1)}
    commands = [command for command in made if command]
    yield scoped(
        Fact(
            subject,
            "steps",
            f"To {subject.name}:\n" + "\n".join(lines),
            {**expected, **{f"command_{number}": command for number, command in enumerate(commands, 1)}},
            (*subject.evidence, *steps),
            kind="procedure",
            slots={"name": subject.name},
        ),
        scene.host,
    )


def _parameter(subject: Subject, scene: Scene) -> Iterator[Fact]:
    if subject.name != subject.item.name:
        return  # the text does not say which MO holds it
    for made in cmedit.commands_for(subject.item):
        if made.purpose == "read":
            yield _command(subject, "read", made.text, f"Read {subject.name} with:")
            continue
        value = made.text.rpartition("=")[2]
        evidence = _giver(subject.item, value)
        if evidence is not None:
            yield _set(subject, made.text, (value, evidence), scene)


def _set(subject: Subject, command: str, given: tuple[str, Span], scene: Scene) -> Fact:
    """A value is set with its unit, and with the condition under which a change of it works."""
    item, (value, evidence) = subject.item, given
    unit = item.fields.get("unit")
    if unit is not None and value[-1].isdigit() and len(plain(unit.text).split()) <= 2:
        value = f"{value} {plain(unit.text).rstrip('. ')}"
    made = _command(subject, "write", command, f"Set {subject.name} to {value} with:", (value, evidence))
    made = replace(made, expected={**made.expected, "value": value})
    spans = [unit] if unit is not None and unit.text in value else []
    effect = item.fields.get("takes_effect")
    if effect is None or not _CONDITION.search(effect.text):
        return replace(made, evidence=(*made.evidence, *spans))
    slots = {"name": subject.name, "value": lower_first(plain(effect.text).rstrip(". ")), "host": ""}
    answer = f"{made.answer}\n{scene.phrases.tail(('parameter', 'takes_effect'), slots)}"
    return replace(made, answer=answer, evidence=(*made.evidence, *spans, effect))


_CONDITION = re.compile(r"\b(?:lock|unlock|restart|reset|reboot|deblock)", re.IGNORECASE)


def _feature(subject: Subject) -> Iterator[Fact]:
    for made in cmedit.commands_for(subject.item):
        way, opening = _STATES[made.purpose]
        key = ("", subject.item.fields["licence_key"])
        yield _command(subject, way, made.text, opening.format(name=subject.name), key)


_STATES = {
    "state": ("read", "Check the state of {name} with:"),
    "activate": ("write", "Activate {name} with:"),
    "deactivate": ("off", "Deactivate {name} with:"),
}


def _command(subject: Subject, way: str, command: str, opening: str, given: tuple[str, Span] | None = None) -> Fact:
    value, span = given or ("", None)
    return Fact(
        subject,
        f"command_{way}",
        f"{opening}\n{command}",
        {"identifier": subject.name, "command": command},
        (*subject.evidence, span) if span else subject.evidence,
        kind="command_read" if way == "read" else "command_write",
        slots={"name": subject.name, "value": value, "command": command},
    )


def _giver(item: Item, value: str) -> Span | None:
    """The field that names the value, else the range that holds it."""
    spans = [item.fields[name] for name in ("default", "range") if name in item.fields]
    signed = value.lstrip("-").isdigit()  # the words of `-8` hold an 8
    named = (span for span in spans if value in (numbers(span.text) if signed else words(span.text)))
    return next(named, item.fields.get("range"))


_STEP_KEY = re.compile(r"step_\d+")


def _line(step: Span, command: str) -> str:
    text = plain(step.text)
    sentence = text if text.endswith((".", "!", "?", ":")) else f"{text}."
    return f"{sentence}\n{command}" if command else sentence


def _step_command(step: str) -> str:
    """The command of `Set the Class.attribute attribute to VALUE [in the Class=instance MO instance]`, else ""."""
    found = _SETS.search(step)
    if found is None or _DENIED.search(step, 0, found.start()) or _MORE.search(step, found.end()):
        return ""
    owner, attribute, value = found["owner"], found["attribute"], found["value"]
    instance = _INSTANCE.search(step, found.end())
    owner = owner or (instance["owner"] if instance else None)
    if owner is None or (instance and instance["owner"] != owner):
        return ""
    place = "<CELL>" if _CELLS.search(owner) else "<ID>"
    target = f"{owner}={instance['id'] if instance else place}"
    return cmedit.render(cmedit.parse(f"cmedit set <NODE> {target} {attribute}={value}"))


_SETS = re.compile(
    r"\b[Ss]et (?:the )?(?:attribute )?(?:(?P<owner>[A-Z]\w{1,80})\.)?(?P<attribute>[a-z]\w{1,80})(?: attribute)? to "
    r"(?P<value>-?\d+(?:\.\d+)?(?![\w]|[.,]\d)|(?:true|false|[A-Z][A-Z0-9_]+)\b)"
)
_DENIED = re.compile(
    r"\b(?:(?:do|must|shall|should|may|can) ?not|don't|never|avoid|instead of)\b[^.;:]{0,80}\Z", re.IGNORECASE
)
#: A second attribute: half of a step is no step.
_MORE = re.compile(r"\band (?:the )?(?:attribute )?(?:\w{1,80}\.)?[a-z]\w{1,80}(?: attribute)? to (?:-?\d|[tfA-Z]\w)")
_CELLS = re.compile(r"Cell(?:FDD|TDD|DU|CU)?\Z")
_INSTANCE = re.compile(r"\bin the (?P<owner>[A-Z]\w{1,80})=(?P<id>[A-Za-z0-9_]{1,80})")
