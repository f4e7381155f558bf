"""The components of the score: each a share in [0, 1] that a worse sample lowers, or None where it does not apply."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence

from randaemon.model import Category, Item, Span
from randaemon.quality import amounts, text
from randaemon.quality.case import Case, Stated, mentions, tier
from randaemon.quality.gates import steps_of
from randaemon.quality.grounding import chosen, unproven
from randaemon.quality.questions import clumsiness
from randaemon.ran.names import is_class, split_name

#: Fields that belong to a question even when it does not name them: a number without its unit is half an answer.
COMPANIONS: Mapping[str, tuple[str, ...]] = {"default": ("unit",), "range": ("unit",)}


def grounding(case: Case) -> float:
    """Share of what the answer claims that its evidence holds, times how exactly the evidence is quoted and placed."""
    said = text.prose(case.answer)
    checkable = text.identifiers(said) | amounts.numbers(said) | amounts.units(said)
    facts = 1.0 - len(unproven(case)) / len(checkable) if checkable else 1.0
    asked = case.questions if case.conversation.kind == "refusal" else ""  # what is not stated stands in the question
    known = text.claimed(" ".join((case.evidence, *case.aliases, asked, *chosen(case))))
    claims = text.share(text.claimed(said), known)
    exact = [tier(span, case.markdown) for span in case.conversation.evidence]
    return facts * claims * (sum(exact) / len(exact) if exact else 0.0) * _placed(case)


def completeness(case: Case) -> float | None:
    """How much of what is to be said the answer says.

    A question about one field, or some, wants these with their units, and whatever the evidence spells out; a fifth is
    for how much else it tells of what the document says of the item. An open question, about an item or about those of
    a list, wants all of that. Where no field is told, as in a refusal or a bare command, there is nothing to complete.
    """
    if case.conversation.kind in _WITHOUT_FIELDS:
        return None
    asked, around = _asked_for(case), _around(case)
    if case.conversation.kind in _OPEN:
        return around if asked is None or around is None else asked * around
    return asked if asked is None or around is None else _ASKED * asked + (1 - _ASKED) * around


def _asked_for(case: Case) -> float | None:
    said = text.squash(case.answer)
    shares = [_carried(span, said, case) for name in _needed(case) for span in case.fields(name)[:1]]
    shares += [_carried(each.span, said, case) for each in case.stated if each.field and each.span is not None]
    shares += [0.0] * _without_unit(case)
    return sum(shares) / len(shares) if shares else None


def _without_unit(case: Case) -> int:
    """How many numbers the answer gives without the unit that the document gives them with."""
    told = [(item, each.field) for each in case.stated for item in each.items]
    told += [(item, case.asked) for item in case.items]
    values = {
        (text.plain(item.fields[name].text), text.plain(item.fields["unit"].text))
        for item, name in told
        if name in COMPANIONS and name in item.fields and "unit" in item.fields
    }
    prose = text.plain(text.prose(case.answer))
    bare = (
        rf"(?<![\w.-]){re.escape(value)}(?!\w|\.\.|\.\d|\s?{re.escape(unit)})"
        for value, unit in values
        if value[-1:].isdigit() and len(unit.split()) <= _SHORT_UNIT
    )
    return sum(bool(re.search(pattern, prose)) for pattern in bare)


def _around(case: Case) -> float | None:
    """Of all that the document says of the item, or on average of the members of a list, what the answer tells."""
    if not case.stated:
        known = [span for name in _told_of(case.items) for span in case.fields(name)[:1]]
        said = text.squash(case.answer)
        return sum(text.carried(span.text, said) for span in known) / len(known) if known else None
    members: dict[str, list[Stated]] = {}
    for each in case.stated:
        members.setdefault(each.name, []).append(each)
    shares = [_share_told(found, case) for found in members.values() if _told_of(found[0].items)]
    return sum(shares) / len(shares) if shares else None


def _share_told(found: Sequence[Stated], case: Case) -> float:
    """A unit is told with the value that it belongs to; of a text that is quoted in part only that part counts."""
    told = {each.field: _quoted(each.span, case) for each in found if each.field and each.span is not None}
    if told.keys() & COMPANIONS.keys():
        told["unit"] = 1.0
    known = _told_of(found[0].items)
    return sum(told.get(name, 0.0) for name in known) / len(known)


def _quoted(span: Span, case: Case) -> float:
    parts = [min(span.end, each.end) - max(span.start, each.start) for each in case.conversation.evidence]
    return max((part / (span.end - span.start) for part in parts if part > 0), default=0.0)


def _told_of(items: Sequence[Item]) -> set[str]:
    """The fields that say something about an item; what only names it does not."""
    return {name for item in items for name in item.fields} - _NAMING


_ASKED = 0.8
_SHORT_UNIT = 2  # words; a longer one is an explanation
_OPEN = ("chunk", "group", "overview", "troubleshooting")
_NAMING = frozenset({"title", "mo"})


def relevance(case: Case) -> float:
    """Does the answer take up the question: the entity, its other words, and nothing beside them."""
    asked, answered = text.stemmed(text.prose(case.questions)) - _GRAMMAR, text.stemmed(case.answer)
    spoken = text.sentences(case.answer)
    aimed = sum(_aimed(sentence, case) for sentence in spoken) / len(spoken) if spoken else 1.0
    listed = bool(case.stated) and all(
        any(mentions(case.question, name) for name in each.aliases) for each in case.stated
    )
    told = any(mentions(case.answer, alias) for alias in case.aliases)
    named = told and (listed or any(mentions(case.question, alias) for alias in case.aliases))
    taken_up = 0.4 * named + 0.3 * text.share(asked, answered) + 0.3 * aimed
    return taken_up * (1 - 0.5 * _unanswered(case)) * (1 - 0.5 * _clumsy(case))


def _clumsy(case: Case) -> float:
    """The clumsiest of what the user says: who can hardly tell what is asked is not answered by the best answer."""
    turns = (each.content.partition("\n")[0] for each in case.conversation.messages if each.role == "user")
    return max((clumsiness(turn, case.aliases, once=not case.stated) for turn in turns), default=0.0)


def _unanswered(case: Case) -> float:
    """Share of the fields that are asked for by name and that the answer neither names nor gives."""
    if case.conversation.kind in ("refusal", "clarification"):
        return 0.0
    said = text.squash(case.answer)
    asked = [name for name, words in _FIELD_WORDS.items() if words.search(case.question.partition("\n")[0])]
    missing = (
        name
        for name in asked
        if not _FIELD_WORDS[name].search(case.answer)
        and not any(text.carried(span.text, said) for span in case.fields(name))
    )
    return sum(1 for _ in missing) / len(asked) if asked else 0.0


_FIELD_WORDS: Mapping[str, re.Pattern[str]] = {
    "default": re.compile(r"\bdefaults?\b", re.IGNORECASE),
    "range": re.compile(r"\b(?:range|possible values|values|allowed)\b", re.IGNORECASE),
    "unit": re.compile(r"\bunits?\b", re.IGNORECASE),
    "type": re.compile(r"\btype\b", re.IGNORECASE),
    "takes_effect": re.compile(r"\b(?:effect|effective|appl(?:y|ies))\b", re.IGNORECASE),
    "precondition": re.compile(r"\bpreconditions?\b", re.IGNORECASE),
    "licence_key": re.compile(r"\blicen[cs]e key\b", re.IGNORECASE),
}


def actionability(case: Case) -> float | None:
    """Where something operable is told as a whole or asked to be operated: a command, or the procedure's steps.

    A question about one field of an item, or about what belongs together, asks for no operation.
    """
    if case.conversation.kind == "procedure":
        steps = max((sum(key.startswith("step_") for key in item.fields) for item in case.items), default=0)
        return min(len(steps_of(case)) / steps, 1.0) if steps else 0.0
    if not _to_operate(case):
        return None
    return 1.0 if case.commands else 0.0


def _to_operate(case: Case) -> bool:
    match case.conversation.kind:
        case "overview" | "chunk":
            return any(_operable(item) for item in case.items)
        case "group":
            listed = (item for each in case.stated for item in each.items if item.category is Category.PARAMETER)
            return any(_operable(item) for item in listed)
        case kind:
            return kind.startswith("command") or kind == "multi_turn"


def linkage(case: Case) -> float | None:
    """Is the answer tied to what the item belongs to: 1 by its own words, 0.5 by the place the item stands in.

    A feature belongs to nothing: counting it as tied would only raise every score.
    """
    if case.conversation.category is Category.FEATURE and not (case.stated and not case.items):
        return None
    if case.stated and not case.items:
        return _together(case)
    features = {item.name for item in case.features}
    belongs = {name for item in case.items for name in item.related if name in features or is_class(name)}
    tied = belongs | {case.conversation.attribute.partition(":")[2]}
    titles = {item.fields["title"].text for item in case.features if "title" in item.fields and item.name in tied}
    owners = {split_name(case.conversation.entity)[0], *tied, *titles}
    if any(mentions(case.answer, text.plain(owner)) for owner in owners if owner):
        return 1.0
    return 0.5 if any(item.related or item.heading for item in case.items) else 0.0


def _together(case: Case) -> float:
    """Share of the members of a group that have its MO class, or stand under its heading."""
    entity = case.conversation.entity
    members = {each.name: each.items for each in case.stated}
    tied = sum(
        split_name(name)[0] == entity
        or any(text.plain(each).endswith(entity) for item in items for each in item.heading)
        for name, items in members.items()
    )
    return tied / len(members)


def form(case: Case) -> float:
    """A question that stands alone, an answer in sentences that is soon read, no litter, no near copy beside it.

    A product: each fault takes its share of what the others leave.
    """
    question = case.question.partition("\n")[0]  # a command to be explained stands below it
    prose = text.prose(case.answer)
    faults = (
        _clumsy(case),
        0.5 * bool(_LEANS.search(question.replace("this command", "", 1))),
        0.2 * (not question.rstrip().endswith(("?", "."))),
        0.2 * (not (case.answer[:1].isupper() or case.answer.startswith(case.aliases))),
        0.5 * any(_LITTER.search(part) for part in (question, prose)),
        0.2 * (len(question) > 160),
        0.4 * min(max(len(prose) - _SOON_READ, 0) / (_LONG - _SOON_READ), 1.0),
        0.5 * _fragments(prose),
        0.6 * _repeated(prose),
        0.5 * _gives_away(case),
        0.5 * (_SALAD.search(text.plain(prose)) is not None),
        0.8 * max(case.likeness - _UNLIKE, 0) / (1 - _UNLIKE),
    )
    return math.prod(1 - fault for fault in faults)


_SOON_READ, _LONG = 400, 1500  # characters
_UNLIKE = 0.6  # two answers that are less alike than this tell different things


def _gives_away(case: Case) -> bool:
    """A question that holds the value it asks for. What is to be set, or explained, has to stand there."""
    if case.conversation.kind not in ("fact", "overview", "chunk"):
        return False
    asked = text.squash(case.question)
    values = (text.squash(value) for name, value in case.conversation.expected.items() if name in _ASKED_VALUES)
    return any(value.strip() and value in asked for value in values)


_ASKED_VALUES = frozenset({"value", "unit", "type", "mo", "description"})


def _fragments(prose: str) -> float:
    """Share of what stands behind a colon or semicolon in its line: it is listed there, not said."""
    parts = [_JOINT.split(line) for line in prose.splitlines() if line.strip()]
    return sum(len(each) - 1 for each in parts) / sum(map(len, parts)) if parts else 0.0


def _repeated(prose: str) -> float:
    """Share of the sentences that were said before."""
    said = text.sentences(prose)
    return 1 - len(set(said)) / len(said) if said else 0.0


COMPONENTS: Mapping[str, tuple[float, Callable[[Case], float | None]]] = {
    "grounding": (0.30, grounding),
    "completeness": (0.20, completeness),
    "relevance": (0.15, relevance),
    "actionability": (0.15, actionability),
    "linkage": (0.10, linkage),
    "form": (0.10, form),
}
VOTE = 0.10  # the weight of a judge's vote beside them, where one was given

_ASKING = """
    a an and are as at be by can could describe do does explain for from give have how i in is it list name of say state
    tell the to used need know overview summarize text say written write fact facts i my want compare does differ
    difference happen run look see whole belong part command this has take new apply switch me i'm looking walk through
    can available find accepts
    mean use read check change come what when where which who why with you documentation documented
"""
_GRAMMAR = text.stems(_ASKING.split())
_WITHOUT_FIELDS = ("refusal", "clarification", "command_read", "command_write")  # they tell none
_LEANS = re.compile(
    r"\b(?:this|those|the (?:text|section|document|page)|these (?!\w+ of\b|\w+ \w+ of\b|"
    r"\w+(?: \w+)? (?:belong|part))|the above|the following|"
    r"that (?:one|feature|parameter|counter|event|value))\b",
    re.IGNORECASE,
)
#: Words that no sentence puts in this order.
_SALAD = re.compile(
    r"\b(?:the|a|an) (?:is|are|of|the|an?|and|or|to|with)\b|\b(?:of|with|from|by) (?:is|are|of|was)\b"
    r"|\b(?:is|are) (?:is|are)\b|\b(?:the|a|an|of|with|is|are|and)[.?!](?:\s|\Z)",
    re.IGNORECASE,
)
_JOINT = re.compile(r"(?<=[^\s:;])[:;] (?=\S)")
_LITTER = re.compile(r"\{\w*\}|\bNone\b|\bnull\b|\bnan\b|\|\s*-{3}|<br|\s{3,}|\.\.\s*$|\s[.,]")


def _placed(case: Case) -> float:
    """Half for evidence that names the item where it stands, half for evidence that holds the field asked about."""
    if case.stated:
        return sum(any(_touched(span, case) for span in each.places) for each in case.stated) / len(case.stated)
    called = [span for item in case.items for key, span in item.fields.items() if key in ("title", "identity")]
    name = any(_touched(span, case) for span in (*called, *(item.span for item in case.items)))
    fields = case.fields(case.asked)
    field = not fields or any(_touched(span, case) for span in fields)
    return 0.5 * name + 0.5 * field


def _touched(span: Span, case: Case) -> bool:
    return any(each.start < span.end and span.start < each.end for each in case.conversation.evidence)


def _needed(case: Case) -> list[str]:
    """The field asked about, its companions, and every field that the evidence spells out."""
    known = dict.fromkeys(name for item in case.items for name in item.fields)
    quoted = {name for name in known if any(_within(span, case) for span in case.fields(name))}
    return [name for name in known if name == case.asked or name in COMPANIONS.get(case.asked, ()) or name in quoted]


def _within(span: Span, case: Case) -> bool:
    return any(each.start <= span.start and span.end <= each.end for each in case.conversation.evidence)


def _carried(span: Span, said: str, case: Case) -> float:
    """Of a long text the part that is quoted counts: descriptions are told by their first sentence."""
    if not case.stated:
        return text.carried(span.text, said)
    return max((text.carried(part, said) for part in case.parts_of(span)), default=0.0)


def _aimed(sentence: str, case: Case) -> float:
    """1.0 for a sentence that names the entity or carries evidence of it."""
    if any(mentions(sentence, alias) for alias in case.aliases):
        return 1.0
    return text.share(text.claimed(sentence), text.claimed(case.evidence))


def _operable(item: Item) -> bool:
    match item.category:
        case Category.PARAMETER:  # without its class no command can name it
            return bool(split_name(item.name)[0])
        case Category.FEATURE:
            return "licence_key" in item.fields
        case _:
            return item.category is Category.PROCEDURE
