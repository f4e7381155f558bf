"""Corruptions beyond the library's own twins: written from what goes wrong in generated data, not from the gates.

Each takes a sample and its document and gives the sample spoilt in one way, or None where there is nothing to spoil.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from randaemon.model import Category, Conversation, Extraction, Message, Span

Twin = Callable[[Conversation, Extraction], Conversation | None]


def said(one: Conversation) -> str:
    return one.messages[-1].content


def answering(one: Conversation, answer: str) -> Conversation | None:
    return replace(one, messages=(*one.messages[:-1], Message("assistant", answer))) if answer != said(one) else None


def asking(one: Conversation, question: str) -> Conversation | None:
    first = one.messages[0]
    return replace(one, messages=(Message("user", question), *one.messages[1:])) if question != first.content else None


def siblings(one: Conversation, extraction: Extraction) -> list[str]:
    local = one.entity.rpartition(".")[2]
    names = {item.name.rpartition(".")[2] for item in extraction.items if item.category is one.category}
    return sorted(name for name in names - {local} if name not in local and local not in name)


def negated(one: Conversation, _: Extraction) -> Conversation | None:
    """`is` becomes `is not`."""
    return answering(one, re.sub(r"\b(is|takes|belongs|carries|has|counts|lowers)\b", r"\1 not", said(one), count=1))


def never_added(one: Conversation, _: Extraction) -> Conversation | None:
    return answering(one, re.sub(r"\.\s*\Z", ", but never at night.", said(one)))


def flipped(one: Conversation, _: Extraction) -> Conversation | None:
    """true for false, on for off, ACTIVATED for DEACTIVATED."""
    pairs = {"true": "false", "false": "true", "DEACTIVATED": "ACTIVATED", "ACTIVATED": "DEACTIVATED",
             "LOCKED": "UNLOCKED", "UNLOCKED": "LOCKED", "lowest": "highest", "Maximum": "Minimum"}  # fmt: skip
    return answering(one, re.sub(rf"\b({'|'.join(pairs)})\b", lambda found: pairs[found[1]], said(one), count=1))


def sign_lost(one: Conversation, _: Extraction) -> Conversation | None:
    return answering(one, re.sub(r"(?<![\w-])-(\d)", r"\1", said(one), count=1))


def tenfold(one: Conversation, _: Extraction) -> Conversation | None:
    return answering(one, re.sub(r"(?<![\w.=-])(\d+)(?= (?:ms|dBm|users|dB))", r"\g<1>0", said(one), count=1))


def bounds_swapped(one: Conversation, _: Extraction) -> Conversation | None:
    return answering(one, re.sub(r"(-?\d+)\.\.(-?\d+)", r"\2..\1", said(one), count=1))


def unit_dropped(one: Conversation, _: Extraction) -> Conversation | None:
    return answering(one, re.sub(r"(\d) (?:ms|dBm|users|dB)\b", r"\1", said(one), count=1))


def value_of_another_field(one: Conversation, extraction: Extraction) -> Conversation | None:
    """The range is given as the default, the default as the range."""
    item = next((item for item in extraction.items if item.name == one.entity), None)
    if one.kind != "fact" or item is None or not {"default", "range"} <= item.fields.keys():
        return None
    swap = {"default": "range", "range": "default"}.get(one.attribute)
    return answering(one, said(one).replace(item.fields[one.attribute].text, item.fields[swap].text)) if swap else None


def asked_of_a_sibling(one: Conversation, extraction: Extraction) -> Conversation | None:
    """The question is about another item, the answer stays."""
    local, first = one.entity.rpartition(".")[2], one.messages[0].content
    for sibling in siblings(one, extraction):
        if local in first:
            return asking(one, first.replace(local, sibling))
    return None


def both_of_a_sibling(one: Conversation, extraction: Extraction) -> Conversation | None:
    """Question and answer are about another item, with this one's values."""
    local = one.entity.rpartition(".")[2]
    for sibling in siblings(one, extraction):
        if local in said(one):
            told = tuple(replace(each, content=each.content.replace(local, sibling)) for each in one.messages)
            return replace(one, messages=told)
    return None


def class_swapped(one: Conversation, _: Extraction) -> Conversation | None:
    pairs = {"EUtranCellFDD": "ENodeBFunction", "ENodeBFunction": "EUtranCellFDD"}
    return answering(one, re.sub(r"EUtranCellFDD|ENodeBFunction", lambda found: pairs[found[0]], said(one), count=1))


def question_made_vague(one: Conversation, _: Extraction) -> Conversation | None:
    return asking(one, "What about this one?")


def question_of_another_kind(one: Conversation, _: Extraction) -> Conversation | None:
    """Asked for what the answer does not tell."""
    if one.kind != "fact" or one.attribute == "takes_effect":
        return None
    return asking(one, f"When does a change of {one.messages[0].content.split()[-1].rstrip('?.')} take effect?")


def padded(one: Conversation, _: Extraction) -> Conversation | None:
    return answering(one, f"Great question! I am happy to help you with that today. {said(one)}")


def hedged(one: Conversation, _: Extraction) -> Conversation | None:
    return answering(one, f"It probably depends on many circumstances, but experts often suggest this. {said(one)}")


def said_twice(one: Conversation, _: Extraction) -> Conversation | None:
    return answering(one, f"{said(one)}\n{said(one)}")


def advice_added(one: Conversation, _: Extraction) -> Conversation | None:
    return answering(one, f"{said(one)} We recommend to double it in dense urban networks.")


def step_left_out(one: Conversation, _: Extraction) -> Conversation | None:
    return answering(one, re.sub(r"(?ms)^2\. .*?(?=^3\. )", "", said(one))) if one.kind == "procedure" else None


def line_left_out(one: Conversation, _: Extraction) -> Conversation | None:
    lines = said(one).split("\n")
    if one.kind not in ("group", "comparison", "troubleshooting") or len(lines) < 3:
        return None
    return answering(one, "\n".join((lines[0], *lines[2:])))


def lines_mixed_up(one: Conversation, _: Extraction) -> Conversation | None:
    """Two members of a list are told with each other's facts."""
    lines = said(one).split("\n")
    told = [(place, re.fullmatch(r"- (?:The \w+ )?(\S+?)(:? .+)", line)) for place, line in enumerate(lines)]
    found = [(place, match[1], match[2]) for place, match in told if match]
    if len(found) < 2:
        return None
    (first, one_name, one_rest), (second, two_name, two_rest) = found[:2]
    lines[first], lines[second] = f"- {one_name}{two_rest}", f"- {two_name}{one_rest}"
    return answering(one, "\n".join(lines))


def command_of_a_sibling(one: Conversation, extraction: Extraction) -> Conversation | None:
    local = one.entity.rpartition(".")[2]
    head, mark, command = said(one).partition("\ncmedit")
    for sibling in siblings(one, extraction):
        if mark and local in command:
            return answering(one, head + mark + command.replace(local, sibling))
    return None


def command_sets_instead_of_reading(one: Conversation, _: Extraction) -> Conversation | None:
    if one.kind != "command_read" or one.category is not Category.PARAMETER:
        return None
    return answering(one, re.sub(r"cmedit get (\S+) (\w+)\.(\w+) -t", r"cmedit set \1 \2=<ID> \3=1", said(one)))


def command_out_of_range(one: Conversation, _: Extraction) -> Conversation | None:
    if one.kind != "command_write" or one.category is not Category.PARAMETER:
        return None
    return answering(one, re.sub(r"=-?\d+$", "=999999", said(one)))


def counter_is_set(one: Conversation, _: Extraction) -> Conversation | None:
    if one.category is not Category.COUNTER or "." not in one.entity:
        return None
    owner, _, local = one.entity.partition(".")
    return answering(one, f"{said(one)}\ncmedit set <NODE> {owner}=<ID> {local}=0")


def evidence_left_out(one: Conversation, _: Extraction) -> Conversation | None:
    return replace(one, evidence=one.evidence[:-1]) if len(one.evidence) > 1 else None


def evidence_of_a_sibling(one: Conversation, extraction: Extraction) -> Conversation | None:
    """The quotations are those of the same field of another item."""
    other = [item for item in extraction.items if item.category is one.category and item.name != one.entity]
    spans = [item.fields.get(one.attribute) for item in other if one.attribute in item.fields]
    if one.kind != "fact" or not spans or spans[0] is None:
        return None
    return replace(one, evidence=(other[0].span, spans[0]))


def template_left_in(one: Conversation, _: Extraction) -> Conversation | None:
    return answering(one, re.sub(r"\b\w+(?=[.\n])", "{value}", said(one), count=1))


def markup_left_in(one: Conversation, _: Extraction) -> Conversation | None:
    return answering(one, said(one).replace(" is ", " <br> is ", 1).replace(" with:", " with |---|:", 1))


def refused_instead(one: Conversation, _: Extraction) -> Conversation | None:
    if one.kind != "fact":
        return None
    return answering(one, f"I am sorry, but as a helpful assistant I cannot tell what {one.entity} has.")


def turned_into_a_question(one: Conversation, _: Extraction) -> Conversation | None:
    return answering(one, f"{said(one).rstrip('.')}, is that right?") if one.kind == "fact" else None


def entity_misspelt(one: Conversation, _: Extraction) -> Conversation | None:
    local = one.entity.rpartition(".")[2]
    return answering(one, said(one).replace(local, f"{local[:-1]}{'x' if local[-1] != 'x' else 'y'}"))


def shuffled_words(one: Conversation, _: Extraction) -> Conversation | None:
    words = said(one).split(" ")
    return (
        answering(one, " ".join((*words[len(words) // 2 :], *words[: len(words) // 2]))) if one.kind == "fact" else None
    )


def clauses_swapped(one: Conversation, _: Extraction) -> Conversation | None:
    """What comes first comes last: `A before B` becomes `B before A`."""
    if one.kind == "refusal":
        return None
    swapped = re.sub(r"\b(it waits) before (it acts)\b", r"\2 before \1", said(one))
    return answering(one, swapped)


def spelt_wrong(one: Conversation, _: Extraction) -> Conversation | None:
    return answering(one, re.sub(r"(?<![\w.=-])\d+(?= (?:ms|dBm|users|dB)\b)", "seventy-seven", said(one), count=1))


def limited(one: Conversation, _: Extraction) -> Conversation | None:
    if one.kind in ("refusal", "clarification"):
        return None
    return answering(one, re.sub(r"\b(is|takes|belongs|carries|has|counts|lowers)\b", r"only \1", said(one), count=1))


def turned_upside_down(one: Conversation, _: Extraction) -> Conversation | None:
    """The opposite of a word of the source, in other words."""
    pairs = {"lowest": "top", "Maximum": "smallest", "maximum": "smallest", "Lowers": "Boosts", "lowers": "boosts"}
    return answering(one, re.sub(rf"\b({'|'.join(pairs)})\b", lambda found: pairs[found[1]], said(one), count=1))


def misquoted(one: Conversation, _: Extraction) -> Conversation | None:
    first, *rest = one.evidence
    return replace(one, evidence=(Span(first.start, first.end, first.text[::-1]), *rest))


TWINS: Mapping[str, Twin] = {
    twin.__name__: twin
    for twin in (
        negated, never_added, flipped, sign_lost, tenfold, bounds_swapped, unit_dropped, value_of_another_field,
        asked_of_a_sibling, both_of_a_sibling, class_swapped, question_made_vague, question_of_another_kind, padded,
        hedged, said_twice, advice_added, step_left_out, line_left_out, lines_mixed_up, command_of_a_sibling,
        command_sets_instead_of_reading, command_out_of_range, counter_is_set, evidence_left_out,
        evidence_of_a_sibling, template_left_in, markup_left_in, refused_instead, turned_into_a_question,
        entity_misspelt, shuffled_words, clauses_swapped, spelt_wrong, limited, turned_upside_down, misquoted,
    )
}  # fmt: skip
