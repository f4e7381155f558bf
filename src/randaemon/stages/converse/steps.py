"""The steps of a procedure, and the `cmedit` commands that they print or mean in so many words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from randaemon.model import Span
from randaemon.quality.text import KEY, bare, plain
from randaemon.ran import cmedit
from randaemon.stages.converse.sentences import inline


@dataclass(frozen=True, slots=True)
class Step:
    """What a step says, and its commands: those it prints, else the one that its words mean."""

    words: str  # "" where it is a command and nothing else
    commands: tuple[str, ...] = ()
    result: str = ""  # what a cell behind the command says of it

    @property
    def line(self) -> str:
        """The words as a sentence, each command on a line of its own."""
        if not self.commands:
            return _closed(self.words, ".")
        said = self.words or "Run this command:"
        result = [f"→ {self.result}."] if self.result else []
        return "\n".join((_closed(said, ":"), *self.commands, *result))


def read_step(step: Span, *, with_commands: bool) -> Step:
    """A step as it is printed; `with_commands` with the one that its words mean too."""
    lines = [stripped for line in _BESIDE.sub(":\n", step.text).splitlines() if (stripped := line.strip(" \t`"))]
    first = next((place for place, line in enumerate(lines) if line.startswith("cmedit ")), len(lines))
    told, _, result = "\n".join(lines[first:]).partition(" | ")
    printed = tuple(line.rstrip(".` ") for line in told.splitlines())
    if printed and not any(cmedit.check(each) for each in printed):
        return Step(inline(plain("\n".join(lines[:first]))), printed, bare(result.replace(" | ", ", ")))
    words = inline(plain(step.text))
    if _SHELL.match(words):
        return Step(f"Run `{words}`.")
    made = step_command(words) if with_commands else ""
    return Step(_closed(words, "."), (made,)) if made else Step(words)


def _closed(words: str, mark: str) -> str:
    return words if words.endswith((".", "!", "?", ":")) else f"{words}{mark}"


_BESIDE = re.compile(r"(?::\s+|\s*\|\s*)(?=`{0,3}cmedit )")  # a command in the line of the words that introduce it
#: A line for moshell, which has no word for what it does.
_SHELL = re.compile(r"(?:r?set|l?bl|l?deb|l?acc|cr|r?del|cvms|lt|st|h?get) \S*[=_]\S*")


def unlocked(steps: Sequence[Step]) -> list[Step]:
    """The steps, `Unlock the cell.` with the command that undoes the one lock before it."""
    told: list[Step] = []
    locks: list[str] = []
    for step in steps:
        undone = f"{locks[-1].removesuffix('LOCKED')}UNLOCKED" if len(set(locks)) == 1 else ""
        if undone and not step.commands and _unlocks(step.words, undone):
            told.append(replace(step, commands=(undone,)))
        else:
            told.append(step)
        locks += (command for command in step.commands if command.endswith(" administrativeState=LOCKED"))
    return told


def _unlocks(words: str, command: str) -> bool:
    """The step says nothing but to unlock, and names no other class."""
    found = _UNLOCK.fullmatch(words)
    return found is not None and (not found["owner"] or f" {found['owner']}=" in command)


_UNLOCK = re.compile(
    r"(?:Unlock|Deblock) (?:the|each|all) (?:(?P<owner>[A-Z]\w+) )?(?:cells?|carriers?|sectors?|MOs?|objects?)"
    r"(?: instances?)?(?: again)?\.?"
)


def step_command(step: str) -> str:
    """The command of `Set the Class.attribute attribute to VALUE [in the Class=instance MO instance]`, else "".

    The instance may stand before the attribute or before the value as well.
    """
    instances = {(each["owner"], each["id"]) for each in _INSTANCE.finditer(step)}
    said = _INSTANCE.sub("", step)
    found = _SETS.search(said)
    if len(instances) > 1 or not found or _DENIED.search(said, 0, found.start()) or _MORE.search(said, found.end()):
        return ""
    owner = found["owner"] or _class(said)
    for holder, name in instances:
        if owner and owner != holder:
            return ""
        return _set(f"{holder}={name}", found)
    return _set(f"{owner}={_named_state(owner, step) or cmedit.placeholder(owner)}", found) if owner else ""


def _set(target: str, found: re.Match[str]) -> str:
    command = f"cmedit set <NODE> {target} {found['attribute']}={found['value']}"
    return "" if cmedit.check(command) else cmedit.render(cmedit.parse(command))


def _class(said: str) -> str:
    """The class of `in each EUtranCellFDD MO instance`."""
    found = _IN_CLASS.search(said)
    return found["owner"] if found else ""


def _named_state(owner: str, step: str) -> str:
    """The one licence key that a step names beside the state of its feature: `… to ACTIVATED for CXC4012850`."""
    keys = set(KEY.findall(step)) if owner == "FeatureState" else set()
    return keys.pop() if len(keys) == 1 else ""


_SETS = re.compile(
    r"\b[Ss]et (?:the )?(?:attribute )?(?:(?P<owner>[A-Z]\w{1,80})(?:\. ?| attribute ))?(?P<attribute>[a-z]\w{1,80})"
    r"(?: attribute)? to "
    r"(?P<value>-?\d+(?:\.\d+)?(?![\w]|[.,]\d)|(?:true|false|[A-Z][A-Z0-9_]+)\b)"
)
_DENIED = re.compile(
    r"\b(?:(?:do|must|shall|should|may|can) ?not|don't|never|avoid|instead of)\b[^.;:]{0,80}\Z", re.IGNORECASE
)
#: A second attribute: half of a step is no step.
_MORE = re.compile(r"\band (?:the )?(?:attribute )?(?:\w{1,80}\.)?[a-z]\w{1,80}(?: attribute)? to (?:-?\d|[tfA-Z]\w)")
_INSTANCE = re.compile(
    r",? ?(?:\b(?:[Ii]n|of|for|on) )?(?:\bthe )?(?:\bMO )?(?:\binstance )?(?<![\w,])(?P<owner>[A-Z]\w{1,80})= ?"
    r"(?P<id>[A-Za-z0-9_]{1,80})\b(?: MO)?(?: instance)?(?: attribute)?,?"
)
_IN_CLASS = re.compile(r"\bin (?:each|every|the|all) (?P<owner>(?=\w{0,80}[a-z])[A-Z]\w{0,80}[A-Z]\w{0,80}) MOs?\b")
