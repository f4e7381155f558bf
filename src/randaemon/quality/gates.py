"""The gates: each is a truth a sample must hold, and answers with the reason when it does not ("" when it does)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping

from randaemon.model import Category, Conversation, Span
from randaemon.quality import amounts, claims, secrets, text
from randaemon.quality.case import Case, Stated, mentions, slice_of, tier
from randaemon.quality.disclosure import disclosed, line_of
from randaemon.quality.grounding import chosen, key_in, mended, torn, unproven
from randaemon.quality.silence import speaks_of
from randaemon.ran import cmedit, names
from randaemon.ran.feature import tied_by_verb

_QUESTION = range(8, 401)  # characters
_ANSWER = range(8, 4001)
_OWN_WORDS = 2  # an answer with fewer words of its own is a copy of its evidence
_TOLD = 0.7  # of the words of a long text, of short ones all: the first words of a description are put to the sentence
_FOREIGN = 0.5  # a sentence of which the evidence supports less is not about this evidence


def schema(case: Case) -> str:
    """User and assistant in turn, nothing empty, no control characters, no chat markers, in the provenance neither."""
    conversation = case.conversation
    if not _turns(conversation):
        return "the messages are not user and assistant in turn"
    if not all((conversation.kind, conversation.entity, conversation.attribute)) or conversation.phrasing < 0:
        return "kind, entity, attribute or phrasing is missing"
    said = [each.content for each in conversation.messages]
    shown = [*said, *conversation.heading, conversation.entity, *(span.text for span in conversation.evidence)]
    if any(text.CHAT_MARKER.search(each) for each in shown):
        return "the sample holds a chat marker"
    if any(_CONTROL.search(each) for each in said):
        return "a message holds a control character"
    return ""


def evidence(case: Case) -> str:
    """Every quotation stands in the stored Markdown: exactly, else almost."""
    spans = case.conversation.evidence
    if not spans:
        return "there is no evidence"
    wrong = next((span for span in spans if tier(span, case.markdown) == 0.0), None)
    return f"the quotation at {wrong.start}..{wrong.end} is not what stands there" if wrong else ""


def identifiers(case: Case) -> str:
    """Every identifier, number and unit of the answer stands in its own evidence."""
    missing = sorted(unproven(case))
    return f"not in the evidence: {', '.join(missing[:5])}" if missing else ""


def commands(case: Case) -> str:
    """Every command parses, names known MOs and attributes, sets no counter, and acts on the entity with its values."""
    for command in case.commands:
        problems = cmedit.check(command, case.model)
        if problems:
            return f"{command}: {problems[0].message}"
        strange = sorted(_strange(command, case))
        if strange:
            return f"{command}: {strange[0]} is not in the evidence"
        if not _acts_on(command, case):
            return f"{command}: does not act on {case.conversation.entity}"
    if case.conversation.kind.startswith("command") and not case.commands:
        return "a command was asked for and there is none"
    return _explained(case) if case.conversation.kind == "command_explain" else ""


def entity(case: Case) -> str:
    """Question and answer are about the same thing: the one the sample is filed under."""
    if not case.items and not (case.stated and mentions(case.evidence, case.conversation.entity)):
        return f"{case.conversation.entity} was not found in the document"
    if not (_names(case.question, case.aliases) or _lists(case.question, case)):
        return f"the question does not name {case.conversation.entity}"
    if not _names(case.answer, case.aliases):
        return f"the answer does not name {case.conversation.entity}"
    return ""


def stated(case: Case) -> str:
    """Every fact that a longer answer lists is told of the right item, in the line that names it, and is quoted."""
    lines = case.answer.split("\n")
    alone = len({each.name for each in case.stated}) == 1
    for each in case.stated:
        if not each.items:
            return f"{each.name} was not found in the document"
        where = [case.answer] if alone else [line for line in lines if _names(line, each.aliases)]
        if not where:
            return f"the answer does not name {each.name}"
        if each.field and not any(_tells(each, line, case) for line in where):
            return f"the {each.field} of {each.name} is not told as it is quoted"
    return ""


def refusal(case: Case) -> str:
    """What is declined is really not in the document, extracted or not, and the answer does decline."""
    if case.conversation.kind != "refusal":
        return ""
    field = case.conversation.attribute.partition(":")[2]
    if case.fields(field) or speaks_of(field, case.aliases, case.markdown):
        return f"the document does state the {field}"
    return "" if _DECLINES.search(case.answer) else "the answer does not decline"


def polarity(case: Case) -> str:
    """The answer denies what the evidence denies, and nothing else."""
    if case.conversation.kind == "refusal":
        return ""
    told, quoted = _denied(case.answer), _denied("\n".join((case.evidence, *_shared(case))))
    added = told - quoted
    if added:
        return f"the evidence does not say: {next(iter(added))}"
    dropped = quoted.keys() - told.keys() if _tells_all(case) else ()
    return f"the answer leaves out: {min(dropped)}" if dropped else ""


def bounds(case: Case) -> str:
    """A number is bounded as the evidence bounds it: `more than 5` is neither `at least 5` nor 5."""
    answer, quoted = _without_names(case)
    if wrong := claims.misbound(answer, quoted):
        return f"the evidence does not say: {wrong}"
    lost = claims.unbound(answer, quoted) if _tells_all(case) else ""
    return f"the answer says {lost}" if lost else ""


def direction(case: Case) -> str:
    """Nothing is turned round: no word for its opposite, no before for after, no limit added or left out."""
    if case.conversation.kind in _WITHOUT_CLAIMS:
        return ""
    answer, quoted = _without_names(case)
    if wrong := _mistimed(case) or _mistied(case) or claims.turned(answer, quoted):
        return wrong
    if added := claims.strengthened(answer, quoted):
        return f"the evidence does not say: {added}"
    if not _tells_all(case):
        return ""
    if claims.unconditional(answer, quoted):
        return "the answer leaves out a condition"
    return "the answer leaves out: only" if claims.limits(quoted) and not claims.limits(answer) else ""


def foreign(case: Case) -> str:
    """No sentence of the answer is about something that the evidence does not speak of."""
    asked = case.questions if case.conversation.kind == "refusal" else ""
    quoted = (case.evidence, mended(case.evidence))
    known = text.claimed(" ".join((*quoted, *case.aliases, *torn(case), asked)))
    for sentence in text.sentences(case.answer):
        if text.share(text.claimed(sentence), known) < _FOREIGN:
            return f"the evidence does not say: {sentence[:60]}"
    return ""


def steps(case: Case) -> str:
    """The steps of a procedure come in the order of the text."""
    if case.conversation.kind != "procedure":
        return ""
    spoken, place = text.squash(case.answer), 0
    for step in steps_of(case):
        found = spoken.find(text.squash(step.text), place)
        if found < 0:
            return f"a step is missing or out of order: {step.text[:60]}"
        place = found + len(text.squash(step.text)) - 1
    return ""


def verbatim(case: Case) -> str:
    """The answer says something in words of its own; it is neither empty nor the evidence again."""
    rest = whole = text.squash(case.answer)
    quoted = {text.squash(slice_of(span, case.markdown)) for span in case.conversation.evidence}
    for each in sorted(quoted, key=lambda part: (-len(part), part)):
        rest = rest.replace(each, " ") if each.strip() else rest
    copied = whole.strip() and whole in text.squash(case.evidence)
    return "the answer is the evidence again" if copied or len(rest.split()) < _OWN_WORDS else ""


def secret(case: Case) -> str:
    """No credential and no personal datum in what is taught, quoted or named. The reason never repeats it.

    It is the first gate, since the reasons of the others quote what they refuse.
    """
    found = disclosed(case.conversation, case.markdown)
    return f"holds what looks like {secrets.NAMES[next(iter(found.values()))]}" if found else ""


def injection(case: Case) -> str:
    """Nothing that is taught, quoted or named, nor a line it was taken from, speaks to a model instead of a reader."""
    told, named = case.conversation.messages, (*case.conversation.heading, case.conversation.entity)
    said = (*(each.content for each in told), "\n".join(named), case.evidence)
    lines = {case.markdown[slice(*line_of(span, case.markdown))] for span in case.conversation.evidence}
    if any(map(text.gives_orders, said)) or any(map(text.speaks_to_models, lines)):
        return "reads like an instruction to a model"
    return ""


def length(case: Case) -> str:
    """Question and answer have a sensible length and are mostly Latin text."""
    if len(case.question) not in _QUESTION:
        return f"the question has {len(case.question)} characters"
    if len(case.answer) not in _ANSWER:
        return f"the answer has {len(case.answer)} characters"
    if case.answer.isascii():
        return ""
    letters = [letter for letter in case.answer if letter.isalpha()]
    latin = sum(letter < "\u0250" for letter in letters)
    return "" if latin * 2 >= len(letters) else "the answer is not in a language that is taught"


def truncated(case: Case) -> str:
    """The answer is whole: it ends as a sentence or a command does and says what was expected of it."""
    last = case.answer.rstrip().rpartition("\n")[2]
    if not (_END.search(last) or text.commands(last) or _LISTED.match(last)) or _CUT.search(last):
        return "the answer ends in the middle of a sentence"
    lacking = [name for name, value in case.conversation.expected.items() if not _says(case.answer, name, value)]
    return f"the answer lacks its {lacking[0]}" if lacking else ""


GATES: Mapping[str, Callable[[Case], str]] = {
    gate.__name__: gate
    for gate in (
        secret,
        schema,
        evidence,
        identifiers,
        commands,
        entity,
        stated,
        refusal,
        polarity,
        bounds,
        direction,
        foreign,
        steps,
        verbatim,
        injection,
        length,
        truncated,
    )
}


_WITHOUT_CLAIMS = ("refusal", "clarification")


def steps_of(case: Case) -> list[Span]:
    """The evidence that is a step of the item, in the order of the text."""
    wanted = {
        (span.start, span.end) for item in case.items for key, span in item.fields.items() if key.startswith("step_")
    }
    found = (span for span in case.conversation.evidence if (span.start, span.end) in wanted)
    return sorted(found, key=lambda span: span.start)


_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f]")
_DENIES = re.compile(r"\b(?:not|no|never|cannot|neither|nor|without|unless|except)\b|n't\b")
_DECLINES = re.compile(r"\b(?:not|no|nor|never|without)\b", re.IGNORECASE)
_LISTED = re.compile(r"- [\w.: -]+(?:\([\w ]+\))?\Z")  # a name on a line of its own, its identity behind it
_READS = re.compile(r"\b(?:reads|shows|gets|lists|displays)\b")
_CHANGES = re.compile(r"\b(?:sets|activates|deactivates|changes)\b(?! nothing)")
_END = re.compile(r"[.!?…][\"'”’)\]`]*\s*\Z")
_CUT = re.compile(r"\b(?:an|and|between|into|or|than|the|which)[.!?]\Z")  # after one of these something is missing
_PLACEHOLDER = re.compile(r"<[A-Z_]+>")
_ASSIGNED = re.compile(r"\b([a-z]\w*)(?:==|!=|>=|<=|=|:|>|<)(\"[^\"]*\"|[^\s,;()\[\]{}]+)")
_STATE_WORDS = frozenset({"FeatureState", "featureStateId", *names.FEATURE_STATES})
_EVERY = re.compile(r"=\*")  # a condition that all instances fulfil
_PART = re.compile(r"[A-Za-z]\w*")
_STATES = frozenset({"ACTIVATED", "DEACTIVATED"})
_UNLOCKS = re.compile(r"\b(?:un|de)b?lock\b", re.IGNORECASE)


def _denied(said: str) -> Counter[str]:
    return Counter(_DENIES.findall(amounts.unbounded(said).lower()))


def _shared(case: Case) -> list[str]:
    """What is quoted once and told of several items that stand in one row, for each but the first of them."""
    told = {(each.name, each.span.start, each.span.end): each.span for each in case.stated if each.span is not None}
    times = Counter((span.start, span.end) for span in told.values())
    return [
        part
        for (start, end), count in times.items()
        for part in case.parts_of(Span(start, end, ""))
        for _ in range(count - 1)
    ]


def _tells_all(case: Case) -> bool:
    """True where the answer puts its evidence into words; a command or a question back only rests on it."""
    return not case.conversation.kind.startswith(("command", "clarification"))


def _mistimed(case: Case) -> str:
    told = [name for name in claims.TIMES if any(map(case.quotes, case.fields(name)))]
    return next((wrong for name in told if (wrong := claims.mistimed(name, case.answer))), "")


def _mistied(case: Case) -> str:
    """A feature that is needed told as one that conflicts, or the other way about."""
    known = {tied_by_verb(span.text) for span in case.fields("relationship")}
    said, quoted = case.answer.lower(), case.evidence.lower()
    wrong = (other for kind, other in _OTHER_TIE.items() if known == {kind} and other in said and other not in quoted)
    return next((f"the evidence does not say: {other}" for other in wrong), "")


_OTHER_TIE = {"prerequisite": "conflict", "conflicting": "prerequisite"}


def _without_names(case: Case) -> tuple[str, str]:
    """Prose and evidence without what the item is called: `Uplink Trim` says nothing of a direction."""
    answer, quoted = text.prose(case.answer), case.evidence
    for alias in sorted(filter(lambda each: " " in each, case.aliases), key=len, reverse=True):
        answer, quoted = answer.replace(alias, "It"), quoted.replace(alias, "It")
    return answer, quoted


def _names(said: str, aliases: tuple[str, ...]) -> bool:
    return any(mentions(said, alias) for alias in aliases)


def _lists(question: str, case: Case) -> bool:
    """A question may name the members of a group and ask for what they belong to."""
    members = {each.name: each.aliases for each in case.stated}
    return bool(members) and all(_names(question, aliases) for aliases in members.values())


def _tells(each: Stated, line: str, case: Case) -> bool:
    """The line carries what the evidence quotes of the field, nearly to the word."""
    span = each.span
    if span is None:
        return False
    said = text.squash(line)
    parts = (_ITSELF.sub("", part) for quoted in case.parts_of(span) for part in (quoted, mended(quoted)))
    return any(text.carried(part, said) >= _TOLD for part in parts)


_ITSELF = re.compile(r"\b[Tt]his feature\b|\(FAJ [^()]{1,60}\)")  # an answer says its name, and once


def _explained(case: Case) -> str:
    """The answer says that a command changes something exactly when it does."""
    changes = any(" set " in command or " action " in command for command in case.commands)
    first = case.answer.partition(". ")[0]  # what it does; the rest says what the item is
    told = bool(_CHANGES.search(first))
    return "" if told == changes and (changes or _READS.search(first)) else "the command does something else"


def _turns(conversation: Conversation) -> bool:
    roles = [each.role for each in conversation.messages]
    whole = len(roles) >= 2 and roles == ["user", "assistant"] * (len(roles) // 2)
    return whole and all(each.content.strip() for each in conversation.messages)


def _says(answer: str, name: str, value: str) -> bool:
    """Commands are compared whole and exactly; all else may stand anywhere in the prose."""
    if name.startswith("command"):
        return value in text.commands(answer)
    worded = text.squash(value)  # blank for a sign such as %
    return (not worded.strip() or worded in text.squash(text.prose(answer))) and text.plain(value) in text.plain(answer)


def _strange(command: str, case: Case) -> set[str]:
    """Classes, attributes, licence keys and values that the command names and the text does not give."""
    bare = _PLACEHOLDER.sub("", command)
    printed = (*text.words(case.evidence), *text.words(mended(case.evidence)))
    joined = "".join(case.evidence.split())
    known = set(printed) | amounts.numbers(case.evidence) | chosen(case) | {"*" for _ in _EVERY.findall(joined)}
    values = {
        value.strip('"')
        for attribute, value in _ASSIGNED.findall(bare)
        if not (attribute == "featureState" and value in _STATES)
    }
    named = text.identifiers(bare) - set(_PART.findall(case.conversation.entity)) - _STATE_WORDS - _STATES
    if "LOCKED" in known and _UNLOCKS.search(case.evidence):
        known.add("UNLOCKED")
    return {word for word in values | named if word not in known and not key_in(word, joined)}


def _acts_on(command: str, case: Case) -> bool:
    """A command of a feature names its licence key, one of a parameter its class and its attribute."""
    keys = case.fields("licence_key")
    if keys and case.conversation.kind != "group":
        return any(key_in(key, "".join(span.text.split())) for span in keys for key in text.KEY.findall(command))
    parts = set(_PART.findall(command))
    if case.stated and case.conversation.kind == "group":
        return any(set(_PART.findall(each.name)) <= parts for each in case.stated)
    if case.conversation.category is not Category.PARAMETER:
        return True
    return {part for part in names.split_name(case.conversation.entity) if part} <= parts
