"""What can be done with an item: `cmedit` commands for parameters and features, the steps of procedures.

Commands go through the grammar of `ran.cmedit`, so that what is taught is what the checker accepts. `<NODE>` and `<ID>`
stand for what the reader fills in: no site name is ever taught.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from randaemon.model import Category, Item, Span
from randaemon.quality.case import split_owner
from randaemon.quality.components import read_only
from randaemon.quality.text import plain
from randaemon.ran import cmedit, names
from randaemon.stages.converse.facts import Fact, Subject, scoped


def operations_of(subject: Subject, host: Subject | None) -> Iterator[Fact]:
    """The commands or the steps that the item's text supports."""
    match subject.item.category:
        case Category.PARAMETER:
            yield from _parameter(subject)
        case Category.FEATURE:
            yield from _feature(subject)
        case Category.PROCEDURE:
            yield from _procedure(subject, host)
        case _:
            return


def _parameter(subject: Subject) -> Iterator[Fact]:
    owner, local = split_owner(subject.item.name)
    if subject.name != subject.item.name or not owner or "." in local:
        return  # the text does not say which MO holds it, or it is a member of a struct
    yield _command(subject, "read", f"cmedit get <NODE> {owner}.{local} -t", f"Read {subject.name} with:")
    value = _plausible(subject.item)
    if value is not None and not read_only(subject.item):
        said, span = value
        command = f"cmedit set <NODE> {owner}=<ID> {local}={said}"
        yield _command(subject, "write", command, f"Set {subject.name} to {said} with:", (said, span))


def _feature(subject: Subject) -> Iterator[Fact]:
    span = subject.item.fields.get("licence_key")
    key = names.licence_key(span.text) if span else None
    if span is None or key is None:
        return
    state = f"FeatureState.(featureStateId=={key},featureState,licenseState,serviceState)"
    shown = f"Check the state of {subject.name} with:"
    yield _command(subject, "read", f"cmedit get <NODE> {state} -t", shown, ("", span))
    activation = f"cmedit set <NODE> FeatureState.(featureStateId=={key}) featureState=ACTIVATED"
    yield _command(subject, "write", activation, f"Activate {subject.name} with:", ("", span))


def _command(subject: Subject, way: str, command: str, opening: str, given: tuple[str, Span] | None = None) -> Fact:
    said = cmedit.render(cmedit.parse(command))
    value, span = given or ("", None)
    return Fact(
        subject,
        f"command_{way}",
        f"{opening}\n{said}",
        {"identifier": subject.name, "command": said},
        (*subject.evidence, span) if span else subject.evidence,
        kind=f"command_{way}",
        slots={"name": subject.name, "value": value},
    )


def _plausible(item: Item) -> tuple[str, Span] | None:
    """A value the text allows: the default, else the first of the range. None when it is no plain word or number."""
    for name in ("default", "range"):
        span = item.fields.get(name)
        found = _VALUE.match(plain(span.text)) if span else None
        if span and found:
            return found[1], span
    return None


_VALUE = re.compile(r"(-?\d+(?:\.\d+)?|true|false|[A-Z][A-Z0-9_]+)(?=$|\s|[,;|(]|\.\.)")


def _procedure(subject: Subject, host: Subject | None) -> Iterator[Fact]:
    """All steps in the order of their numbers, each with its command where the step names attribute and value."""
    numbered = sorted((int(key[5:]), span) for key, span in subject.item.fields.items() if _STEP_KEY.fullmatch(key))
    steps = [span for _, span in numbered]
    if not steps:
        return
    said = [command for step in steps if (command := _step_command(plain(step.text)))]
    lines = [f"{number}. {_line(step)}" for number, step in enumerate(steps, 1)]
    expected = {f"step_{number}": plain(step.text).rstrip(". ") for number, step in enumerate(steps, 1)}
    yield scoped(
        Fact(
            subject,
            "steps",
            f"To {subject.name}:\n" + "\n".join(lines),
            {**expected, **{f"command_{number}": command for number, command in enumerate(said, 1)}},
            (*subject.evidence, *steps),
            kind="procedure",
            slots={"name": subject.name},
        ),
        host,
    )


_STEP_KEY = re.compile(r"step_\d+")


def _line(step: Span) -> str:
    text = plain(step.text)
    sentence = text if text.endswith((".", "!", "?", ":")) else f"{text}."
    command = _step_command(text)
    return f"{sentence}\n{command}" if command else sentence


def _step_command(step: str) -> str:
    """The command of `Set the Class.attribute attribute to VALUE [in the Class=instance MO instance]`, else ""."""
    found = _SETS.search(step)
    if found is None:
        return ""
    owner, attribute, value = found["owner"], found["attribute"], found["value"]
    instance = _INSTANCE.search(step, found.end())
    owner = owner or (instance["owner"] if instance else None)
    if owner is None or (instance and instance["owner"] != owner):
        return ""
    target = f"{owner}={instance['id'] if instance else '<ID>'}"
    return cmedit.render(cmedit.parse(f"cmedit set <NODE> {target} {attribute}={value}"))


_SETS = re.compile(
    r"\b[Ss]et (?:the )?(?:attribute )?(?:(?P<owner>[A-Z]\w{1,80})\.)?(?P<attribute>[a-z]\w{1,80})(?: attribute)? to "
    r"(?P<value>-?\d+|true|false|[A-Z][A-Z0-9_]+)\b"
)
_INSTANCE = re.compile(r"\bin the (?P<owner>[A-Z]\w{1,80})=(?P<id>[A-Za-z0-9_]{1,80})")
