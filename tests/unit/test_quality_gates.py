"""Each gate refuses what it is there for, says why, and lets the true sample through."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.knowledge import document

from randaemon import quality
from randaemon.model import Category, Conversation, Extraction, Item, Message, Span
from randaemon.quality import amounts, claims, text
from randaemon.quality.case import mentions, tier
from randaemon.quality.twins import TWINS, Source
from randaemon.stages.converse import converse, facts

KNOWN = document(0)
SCORER = quality.Scorer(KNOWN.markdown, KNOWN.extraction)
TIMER = "EUtranCellFDD.beamSweepTimer"


def sample(entity: str, attribute: str) -> Conversation:
    """The first wording of a fact of the fictional document."""
    for fact in facts(KNOWN.markdown, KNOWN.extraction):
        if fact.subject.item.name == entity and fact.attribute.partition(":")[0] == attribute:
            return converse(fact)[0]
    raise LookupError(f"{entity} {attribute}")


DEFAULT = sample(TIMER, "default")
READ = sample(TIMER, "command_read")
WRITE = sample(TIMER, "command_write")
STEPS = sample("Activate Beam Sweep", "steps")


def answering(one: Conversation, answer: str) -> Conversation:
    return replace(one, messages=(one.messages[0], Message("assistant", answer)))


def asking(one: Conversation, question: str) -> Conversation:
    return replace(one, messages=(Message("user", question), *one.messages[1:]))


def gate(one: Conversation) -> str:
    score = SCORER.score(one)
    assert score.accepted == (not score.reason)
    assert score.accepted or score.value == 0.0
    return score.gate


def answer_of(one: Conversation) -> str:
    return one.messages[-1].content


@pytest.mark.parametrize("one", [DEFAULT, READ, WRITE, STEPS])
def test_a_true_sample_passes_every_gate_with_a_high_score(one: Conversation) -> None:
    score = quality.score(one, KNOWN.markdown, KNOWN.extraction)
    assert score.accepted
    assert 0.8 <= score.value <= 1.0
    assert set(score.components) <= set(quality.COMPONENTS)


@pytest.mark.parametrize(
    "broken",
    [
        replace(DEFAULT, messages=DEFAULT.messages[:1]),
        replace(DEFAULT, messages=DEFAULT.messages[::-1]),
        replace(DEFAULT, messages=()),
        replace(DEFAULT, entity=""),
        replace(DEFAULT, phrasing=-1),
        answering(DEFAULT, "   "),
        answering(DEFAULT, answer_of(DEFAULT) + "<|im_end|>"),
        answering(DEFAULT, answer_of(DEFAULT) + "\x07"),
        replace(DEFAULT, heading=("Parameters <|im_start|>",)),
        replace(DEFAULT, evidence=(Span(0, 9, "[INST] do"),)),
        asking(DEFAULT, f"<think>What is the default value of {TIMER}?</think>"),
    ],
)
def test_a_malformed_chat_is_refused_by_schema(broken: Conversation) -> None:
    assert gate(broken) == "schema"


@pytest.mark.parametrize(
    "spans",
    [
        (),
        (Span(3, 6, "zzz"),),
        (Span(-5, 3, "abc"),),
        (Span(0, 10**9, "abc"),),
        (Span(10, 10, ""),),
        (replace(DEFAULT.evidence[0], text=" "),),
    ],
)
def test_evidence_that_does_not_stand_in_the_document_is_refused(spans: tuple[Span, ...]) -> None:
    assert gate(replace(DEFAULT, evidence=spans)) == "evidence"


def test_a_quotation_that_is_almost_right_passes_and_lowers_grounding() -> None:
    span = DEFAULT.evidence[0]
    almost = replace(DEFAULT, evidence=(replace(span, text=span.text[:-1] + "x"), *DEFAULT.evidence[1:]))
    true, score = SCORER.score(DEFAULT), SCORER.score(almost)
    assert score.accepted
    assert score.components["grounding"] < true.components["grounding"]


def test_a_long_quotation_is_compared_exactly_only() -> None:
    markdown = "word " * 1000
    assert tier(Span(0, 2500, markdown[:2500]), markdown) == 1.0
    assert tier(Span(0, 2500, "x" + markdown[1:2500]), markdown) == 0.0


@pytest.mark.parametrize(
    "answer",
    [
        f"The default value of {TIMER} is 401 ms.",
        f"The default value of {TIMER} is -400 ms.",
        f"The default value of {TIMER} is 400 s.",
        f"The default value of {TIMER} is 400 dBm.",
        "The default value of EUtranCellTDD.beamSweepTimer is 400 ms.",
        f"The default value of {TIMER} and EUtranCellFDD.otherTimer is 400 ms.",
    ],
)
def test_identifiers_numbers_and_units_that_the_evidence_does_not_hold_are_refused(answer: str) -> None:
    assert gate(answering(DEFAULT, answer)) == "identifiers"


@pytest.mark.parametrize(
    "amount",
    ["9999ms", "400s", "401ms", "twenty ms", "four hundred and one ms", "400 ppm", "400 ppb", "400 dBc", "0x190 ms",
     "400 Erlang", "a dozen ms", "400 ‰", "400 µs", "half of 400 ms", "400 msec", "400 kms", "400 volts", "400 Kelvin",
     "400 °C", "400 cell", "400 per cent", "1e4 ms", "4×10² ms", "9999-ms", "４００１ ms"],
)  # fmt: skip
def test_amounts_are_read_however_they_are_written(amount: str) -> None:
    assert gate(answering(replace(DEFAULT, expected={}), f"The default value of {TIMER} is {amount}.")) == "identifiers"


@pytest.mark.parametrize("amount", ["400ms", "400 ms", "four hundred ms"])
def test_an_amount_that_is_written_in_another_way_is_the_same(amount: str) -> None:
    assert gate(answering(replace(DEFAULT, expected={}), f"The default value of {TIMER} is {amount}.")) == ""


def described(text_: str) -> tuple[Conversation, str, Extraction]:
    """A parameter with this description, asked for; the answer is still to be put in."""
    markdown = f"| pOtter | {text_} |"
    told = Span(11, 11 + len(text_), text_)
    item = Item(Category.PARAMETER, "pOtter", Span(2, 8, "pOtter"), fields={"description": told})
    asked = (Message("user", "What does the parameter pOtter mean?"), Message("assistant", ""))
    one = replace(
        DEFAULT, entity="pOtter", attribute="description", evidence=(item.span, told), expected={}, messages=asked
    )
    return one, markdown, Extraction((item,))


@pytest.mark.parametrize(
    ("source", "said", "refused"),
    [
        ("Number of cells that hold more than 5 users.", "the number of cells that hold at least 5 users", "bounds"),
        ("Number of cells that hold more than 5 users.", "the number of cells that hold more than 5 users", ""),
        ("Number of cells that hold more than 5 users.", "the number of cells that hold over five users", ""),
        ("Number of cells that hold more than 5 users.", "the number of cells that hold up to 5 users", "bounds"),
        ("Number of cells with a maximum of 5 users.", "the number of cells with at least 5 users", "bounds"),
        ("Number of cells with a maximum of 5 users.", "the number of cells with at most 5 users", ""),
        ("Number of cells with a maximum of 5 users.", "the number of cells with 5 users", "bounds"),
        ("Number of cells with 5 users.", "the number of cells with at least 5 users", "bounds"),
        ("Number of cells with 5 users.", "the number of cells with about 5 users", "bounds"),
        ("Number of cells with 5 users.", "the number of cells with ~5 users", "bounds"),
        ("95th percentile of the delay.", "the 95th percentile of the delay", ""),
        ("Number of cells with about 5 users.", "the number of cells with roughly 5 users", ""),
        ("Number of cells with about 5 users.", "the number of cells with 5 users", "bounds"),
        ("Level of a cell, 5 dB or higher.", "the level of a cell, at least 5 dB", ""),
        ("Level of a cell, 5 dB or higher.", "the level of a cell, 5 dB or lower", "bounds"),
        ("Level of a cell, no less than 5 dB.", "the level of a cell, less than 5 dB", "bounds"),
        ("Level of a cell, no less than 5 dB.", "the level of a cell, at least 5 dB", ""),
        ("Level of a cell between 5 and 9 dB.", "the level of a cell from 5 dB to 9 dB", ""),
        ("Level of a cell between 5 and 9 dB.", "the level of a cell, at least 9 dB", "bounds"),
        ("Time from 5 ms to 9 ms before a cell is barred.", "the time, at most 9 ms, before a cell is barred", ""),
        ("The cell is locked before the node restarts.", "set when the cell is locked after the node restarts",
         "direction"),
        ("The cell is locked before the node restarts.", "set when the node restarts after the cell is locked", ""),
        ("The cell is locked before the node restarts.", "set when the node restarts before the cell is locked",
         "direction"),
        ("Raises the power of the uplink.", "what raises the power of the downlink", "direction"),
        ("Raises the power of the uplink.", "what increases the power of the uplink", ""),
        ("Raises the power of the uplink.", "what reduces the power of the uplink", "direction"),
        ("Used when the load exceeds the limit.", "used when the load is below the limit", "direction"),
        ("Used when the load exceeds the limit.", "used when the load is above the limit", ""),
        ("Minimum level of the cell.", "the maximum level of the cell", "direction"),
        ("Used if the cell is barred.", "only used if the cell is barred", "direction"),
        ("Only used if the cell is barred.", "used if the cell is barred", "direction"),
        ("Only used if the cell is barred.", "used as long as the cell is barred", ""),
        ("Users are moved from the source cell to the target cell.",
         "the move of users from the target cell to the source cell", "direction"),
        ("Barred when the load exceeds the threshold and the power is below the limit.",
         "barred when the load is below the threshold and the power exceeds the limit", "direction"),
        ("Barred when the load exceeds the threshold and the power is below the limit.",
         "barred when the power is below the limit and the load exceeds the threshold", ""),
        ("Enables the function for some cells.", "what enables the function for all cells", "direction"),
        ("The function may be used.", "the function that must be used", "direction"),
        ("The sum of all attempts.", "the average of all attempts", "direction"),
        ("Used when a cell is barred.", "used", "direction"),
        ("Used when a cell is barred.", "used whenever a cell is barred", ""),
        ("Waits for a locked cell.", "waiting for an unlocked cell", "direction"),
        ("Counts the failed attempts of a cell.", "counting the successful attempts of a cell", "direction"),
        ("Sum of the delays in a period.", "the maximum of the delays in a period", "direction"),
        ("Sum of the delays in a period.", "the total of the delays in a period", ""),
        ("Average delay in a cell.", "the median delay in a cell", "direction"),
        ("Average delay in a cell.", "the mean delay in a cell", ""),
        ("Distribution of the delays in a cell.", "the average of the delays in a cell", "direction"),
        ("Ratio of failed attempts in a cell.", "the sum of failed attempts in a cell", "direction"),
        ("The cell is barred until the node restarts.", "set for a cell barred after the node restarts", "direction"),
        ("The cell is barred until the node restarts.", "set for a cell barred till the node restarts", ""),
        ("The cell is barred during a restart.", "set for a cell barred until a restart", "direction"),
        ("The cell is barred during a restart.", "set for a cell barred while a restart runs", ""),
        ("The cell answers within the period.", "set for a cell answering after the period", "direction"),
        ("The cell is barred once the period is over.", "set for a cell barred after the period is over", ""),
    ],
)  # fmt: skip
def test_what_turns_the_source_round_is_refused(source: str, said: str, refused: str) -> None:
    one, markdown, extraction = described(source)
    told = answering(one, f"The parameter pOtter is, so to say, {said}.")
    assert quality.score(told, markdown, extraction).gate == refused


@pytest.mark.parametrize(
    ("one", "old", "new"),
    [
        (READ, "cmedit get", "cmedit mon"),
        (READ, ".beamSweepTimer -t", ".beamSweepTimers -t"),
        (READ, "EUtranCellFDD.beamSweepTimer -t", "ENodeBFunction.beamSweepUsers -t"),
        (WRITE, "beamSweepTimer=5000", "beamSweepTimer=6000"),
        (WRITE, "beamSweepTimer=5000", "pmBeamSweepAtt=5000"),
        (WRITE, "beamSweepTimer=5000", "beamSweepTimer="),
        (WRITE, "EUtranCellFDD=<CELL>", "EUtranCellTDD=<CELL>"),
        (sample("FAJ 121 5000", "command_write"), "CXC4012400", "CXC4012401"),
        (sample("FAJ 121 5000", "command_read"), "CXC4012400,", "CXC4012401,"),
    ],
)
def test_a_command_that_is_wrong_in_any_way_is_refused(one: Conversation, old: str, new: str) -> None:
    head, _, command = answer_of(one).partition("\n")
    assert old in command
    assert gate(answering(one, f"{head}\n{command.replace(old, new)}")) == "commands"


def test_a_value_that_was_asked_for_is_set_only_where_the_quoted_range_allows_it() -> None:
    def asked(value: str) -> Conversation:
        return replace(
            WRITE,
            messages=tuple(replace(each, content=each.content.replace("5000", value)) for each in WRITE.messages),
            expected={name: text.replace("5000", value) for name, text in WRITE.expected.items()},
        )

    assert gate(asked("7000")) == ""
    assert gate(asked("10000")) in ("identifiers", "commands")
    without = replace(asked("7000"), evidence=tuple(span for span in WRITE.evidence if ".." not in span.text))
    assert gate(without) in ("identifiers", "commands")


def test_a_command_on_another_attribute_is_refused_though_the_evidence_names_it() -> None:
    level = next(item for item in KNOWN.extraction.items if item.name == "EUtranCellFDD.beamSweepLevel")
    head, _, command = answer_of(READ).partition("\n")
    astray = answering(READ, f"{head}\n{command.replace('beamSweepTimer', 'beamSweepLevel')}")
    score = SCORER.score(replace(astray, evidence=(*astray.evidence, level.span)))
    assert (score.gate, "does not act on" in score.reason) == ("commands", True)


def test_a_command_sample_without_its_command_is_refused() -> None:
    assert gate(answering(READ, answer_of(READ).partition("\n")[0])) == "commands"


@pytest.mark.parametrize(
    "broken",
    [
        asking(DEFAULT, "What is the default value of EUtranCellFDD.beamSweepLevel?"),
        answering(DEFAULT, "The default value is 400 ms."),
        replace(DEFAULT, entity="EUtranCellFDD.unknownTimer"),
        replace(DEFAULT, category=Category.COUNTER),
    ],
)
def test_question_and_answer_must_be_about_the_entity_of_the_sample(broken: Conversation) -> None:
    assert gate(broken) == "entity"


def test_denying_what_the_text_states_is_refused_and_so_is_leaving_a_denial_out() -> None:
    assert SCORER.score(answering(DEFAULT, answer_of(DEFAULT).replace(" is ", " is not "))).gate == "polarity"
    markdown = "| pOtter | Is not used while the cell is barred. |"
    told = Span(11, 48, markdown[11:48])
    item = Item(Category.PARAMETER, "pOtter", Span(2, 8, "pOtter"), fields={"description": told})
    one = replace(
        DEFAULT, entity="pOtter", attribute="description", evidence=(item.span, told), expected={},
        messages=(
            Message("user", "What does the parameter pOtter mean?"),
            Message("assistant", "The parameter pOtter is not used while the cell is barred."),
        ),
    )  # fmt: skip
    assert quality.score(one, markdown, Extraction((item,))).gate == ""
    wrong = answering(one, "The parameter pOtter is used while the cell is barred.")
    assert quality.score(wrong, markdown, Extraction((item,))).gate == "polarity"


@pytest.mark.parametrize(
    ("one", "old", "new"),
    [
        (sample("Activate Beam Sweep", "prerequisites"), "Before you activate", "After you activate"),
        (STEPS, "Before you activate", "After you activate"),
        (sample(TIMER, "takes_effect"), "takes effect immediately", "takes effect before a restart, immediately"),
    ],
)
def test_what_must_be_in_place_before_is_not_told_as_what_comes_after(one: Conversation, old: str, new: str) -> None:
    assert old in answer_of(one)
    assert gate(one) == ""
    assert gate(answering(one, answer_of(one).replace(old, new))) == "direction"


RUN = "Let the network run for a week before KPIs are compared."
LED = "After the restart, the cell is barred before the timer starts."


@pytest.mark.parametrize(
    ("evidence", "answer", "turned"),
    [
        (RUN, "After you activate it, let the network run for a week before KPIs are compared.", False),
        (RUN, "After that, let the network run for a week before KPIs are compared.", False),
        (RUN, "After you activate it, compare the KPIs before you let the network run for a week.", True),
        (RUN, "After that, let the network run for a week after KPIs are compared.", True),
        (RUN, "After the KPIs are compared, let the network run for a week before you report.", True),
        (LED, "After the restart, the cell is barred before the timer starts.", False),
        (LED, "Before the restart, the cell is barred before the timer starts.", True),
        (LED, "After the restart, the timer starts before the cell is barred.", True),
    ],
)
def test_the_order_of_two_things_is_judged_behind_a_lead_that_has_its_own(
    evidence: str, answer: str, *, turned: bool
) -> None:
    assert bool(claims.turned(answer, evidence)) is turned


@pytest.mark.parametrize("broken", ["A1Cell.otterShareEn-\nabled", "A1Cell.otterShareEn<br>abled"])
def test_a_name_that_a_narrow_column_breaks_stands_in_the_evidence(broken: str) -> None:
    markdown = f"| {broken} | 5 |"
    name = Span(2, 2 + len(broken), broken)
    told = Span(name.end + 3, name.end + 4, "5")
    item = Item(Category.PARAMETER, "A1Cell.otterShareEnabled", name, fields={"default": told})
    asked = "What is the default value of A1Cell.otterShareEnabled?"
    said = (
        Message("user", asked),
        Message("assistant", "The default value of A1Cell.otterShareEnabled is 5."),
    )
    one = Conversation("fact", said, (name, told), Category.PARAMETER, item.name, "default", 0)
    assert quality.score(one, markdown, Extraction((item,))).gate == ""


def test_a_sign_that_is_lost_inside_a_range_is_missed() -> None:
    level = sample("EUtranCellFDD.beamSweepLevel", "range")
    lost = answering(level, level.messages[-1].content.replace("-140", "140"))
    assert SCORER.score(lost).gate == "identifiers"


def test_a_sentence_about_something_else_is_refused() -> None:
    assert gate(answering(DEFAULT, f"{answer_of(DEFAULT)} Operators often prefer shorter intervals.")) == "foreign"


def test_a_step_that_is_left_out_or_moved_is_refused() -> None:
    head, first, second = answer_of(STEPS).partition("\n2. ")[0].partition("\n1. ")
    assert first
    moved = answer_of(STEPS).replace("1. Lock", "1. Unlock", 1).replace("3. Unlock", "3. Lock", 1)
    moved = moved.replace("to LOCKED.", "to X.").replace("to UNLOCKED.", "to LOCKED.").replace("to X.", "to UNLOCKED.")
    assert gate(answering(STEPS, moved)) in ("steps", "commands")
    assert gate(answering(STEPS, f"{head}\n1. {second.partition(chr(10))[0]}")) == "steps"
    assert head


def test_declining_what_the_text_states_is_refused_even_where_nothing_was_extracted() -> None:
    declined = TWINS["stated_declined"](DEFAULT, Source(KNOWN.markdown, KNOWN.extraction, ()))
    assert declined is not None
    assert gate(declined) == "refusal"
    item = next(item for item in KNOWN.extraction.items if item.name == TIMER)
    unread = Extraction((replace(item, fields={"type": item.fields["type"]}),))
    stated = f"{KNOWN.markdown}\nStart with the default of {TIMER}, which is 400 ms.\n"
    assert quality.score(declined, stated, unread).gate == "refusal"
    assert quality.score(declined, KNOWN.markdown, unread).gate != "refusal"


@pytest.mark.parametrize("joint", [" ", "\n", ": ", " | "])
def test_the_evidence_again_is_no_answer(joint: str) -> None:
    assert gate(answering(DEFAULT, joint.join(span.text for span in DEFAULT.evidence) + ".")) == "verbatim"


def test_a_sentence_of_the_document_repeated_is_no_answer() -> None:
    start = KNOWN.markdown.index("Lowers")
    sentence = Span(start, start + 63, KNOWN.markdown[start : start + 63])
    feature = sample("FAJ 121 5000", "description")
    said = replace(feature, evidence=(Span(0, 21, KNOWN.markdown[:21]), sentence), expected={})
    assert gate(answering(said, f"{KNOWN.markdown[2:21]}: {sentence.text}")) == "verbatim"


SECRETS = {
    "a private key": "-----BEGIN RSA PRIVATE KEY-----",
    "an access key": "AKIAABCDEFGHIJKLMNOP",
    "a bearer token": "Bearer abcdefghijklmnop1234",
    "a password": "password=hunter2hunter2",
    "a mail address": "operator@example.org",
    "a telephone number": "+46 70 123 45 67",
    "a network address": "10.17.3.9",
}


@pytest.mark.parametrize("kind", SECRETS)
def test_a_secret_is_refused_and_not_repeated_in_the_reason(kind: str) -> None:
    score = SCORER.score(asking(DEFAULT, f"What is the default value of {TIMER} on {SECRETS[kind]}?"))
    assert score.gate == "secret"
    assert kind in score.reason
    assert SECRETS[kind] not in score.reason


@pytest.mark.parametrize("harmless", ["0.0.0.0", "127.0.0.1", "255.255.255.0", "192.0.2.7", "1.2.3.4.5", "999.1.1.1"])
def test_masks_examples_and_release_numbers_are_no_secrets(harmless: str) -> None:
    assert gate(asking(DEFAULT, f"What is the default value of {TIMER} beside {harmless}?")) != "secret"


def test_too_short_too_long_and_foreign_script_are_refused() -> None:
    assert gate(asking(DEFAULT, f"What is the default value of {TIMER}?" + " " * 400)) == "length"
    assert gate(asking(DEFAULT, "Why?")) in ("entity", "length")
    assert gate(answering(DEFAULT, (answer_of(DEFAULT) + " ") * 100)) == "length"
    cyrillic = f"{TIMER} 400 ms 400 ms 400 ms. " + "по умолчанию это значение параметра " * 3
    assert gate(answering(replace(DEFAULT, expected={}), cyrillic)) in ("foreign", "length")


def test_a_short_answer_is_refused_by_length() -> None:
    markdown, name = "| ab | 7 |", Span(2, 4, "ab")
    item = Item(Category.EVENT, "ab", name)
    said = (Message("user", "What is ab?"), Message("assistant", "ab is."))
    one = Conversation("fact", said, (name,), Category.EVENT, "ab", "description", 0)
    assert quality.score(one, markdown, Extraction((item,))).gate in ("verbatim", "length")


@pytest.mark.parametrize(
    "answer",
    [
        f"The default value of {TIMER} is 400 ms",
        f"The default value of {TIMER} is 400.",
        f"The default value of {TIMER} is known.",
        f"The default value of {TIMER} is 400 ms, and the.",
    ],
)
def test_an_answer_that_ends_early_is_refused(answer: str) -> None:
    assert gate(answering(DEFAULT, answer)) == "truncated"


def test_a_name_is_mentioned_as_a_whole_word_only() -> None:
    assert mentions("The range of pMax is known.", "pMax")
    assert not mentions("The range of pMaxTotal is known.", "pMax")
    assert not mentions("The range of NRCellDU.pMax is known.", "pMax")
    assert mentions("pMaxTotal and pMax", "PMAX")


def test_numbers_are_found_with_their_signs_inside_ranges_and_never_inside_names() -> None:
    assert amounts.numbers("-140..-44 and 0 to 63, 1-10, −3 dB, CXC4012400, 2.5") == {
        "-140", "-44", "0", "63", "1", "10", "-3", "2.5",
    }  # fmt: skip
    assert amounts.units("10 s, 5 %, the A in a word, 3 kHz") == {"s", "%", "kHz"}


def test_markup_is_read_as_a_person_would() -> None:
    assert text.plain("a<br>b \\| `c`  **d**\n e") == "a b | c d e"


@settings(max_examples=60)
@given(
    st.lists(st.builds(Message, st.sampled_from(["user", "assistant", "system"]), st.text(max_size=80)), max_size=4),
    st.lists(st.builds(Span, st.integers(-5, 900), st.integers(-5, 900), st.text(max_size=40)), max_size=3),
    st.sampled_from([item.name for item in KNOWN.extraction.items]) | st.text(max_size=20),
    st.sampled_from(["fact", "procedure", "command_read", ""]),
)
def test_any_conversation_gets_a_verdict(messages: list[Message], spans: list[Span], name: str, kind: str) -> None:
    one = Conversation(kind, tuple(messages), tuple(spans), Category.PARAMETER, name, "default", 0)
    score = SCORER.score(one)
    assert 0.0 <= score.value <= 1.0
    assert score.accepted or (score.value == 0.0 and score.reason)


def test_commands_are_found_on_their_own_lines_and_in_back_quotes() -> None:
    said = "Use `cmedit get * NRCellDU -t` or:\ncmedit set A NRCellDU=1 pMax=2\n```\ncmedit describe NRCellDU.*\n```"
    assert text.commands(said) == (
        "cmedit get * NRCellDU -t",
        "cmedit set A NRCellDU=1 pMax=2",
        "cmedit describe NRCellDU.*",
    )
    assert "cmedit" not in text.prose(said)


def test_a_number_beside_a_negative_one_is_no_range() -> None:
    """A default in front of its range, as two cells of a row stand in the evidence: `33` and `-30..33`."""
    assert amounts.ends("33\n-30..33") == {(">=", "-30"), ("<=", "33")}
    assert amounts.ends("5-9 dB") == amounts.ends("5 - 9 dB") == amounts.ends("5 to 9 dB") == {(">=", "5"), ("<=", "9")}


def test_a_name_that_a_column_broke_is_proven_by_what_it_broke_into() -> None:
    markdown = "- EUtranCellTDD.pmPag Discarded\n"
    span = Span(2, 31, "EUtranCellTDD.pmPag Discarded")
    item = Item(Category.COUNTER, "EUtranCellTDD.pmPagDiscarded", span, fields={"mo": Span(2, 15, "EUtranCellTDD")})
    found = Extraction((item,), {})
    scorer = quality.Scorer(markdown, found)
    scores = [scorer.score(one) for fact in facts(markdown, found) for one in converse(fact)]
    assert scores
    assert {score.gate for score in scores} == {""}


def rows(markdown: str, *named: str, **fields: str) -> tuple[Extraction, quality.Scorer]:
    """Parameters of one row that share their fields, as printed there."""

    def printed(said: str) -> Span:
        return Span(markdown.index(said), markdown.index(said) + len(said), said)

    told = {name: printed(said) for name, said in fields.items()}
    found = Extraction(tuple(Item(Category.PARAMETER, name, printed(name), fields=told) for name in named), {})
    return found, quality.Scorer(markdown, found)


def test_a_value_is_set_to_what_a_range_printed_in_several_lines_allows() -> None:
    markdown = "| OtterCell.stormLimit | int32 | 0..100<br>255 | 200 | % |"
    found, scorer = rows(markdown, "OtterCell.stormLimit", type="int32", range="0..100<br>255", unit="%")
    [one] = [converse(fact)[0] for fact in facts(markdown, found) if fact.attribute == "command_write"]
    assert "stormLimit=50" in answer_of(one)
    assert scorer.score(one).gate == ""

    def setting(value: str) -> str:
        said = tuple(replace(each, content=each.content.replace("50", value)) for each in one.messages)
        changed = replace(one, messages=said, expected={k: v.replace("50", value) for k, v in one.expected.items()})
        return scorer.score(changed).gate

    assert setting("255") == ""
    assert setting("101") == "identifiers"


def test_a_denial_of_a_row_is_told_of_each_of_its_items_and_no_further() -> None:
    markdown = "# Windows\n\n| dlWindow ulWindow | The window never exceeds this limit. |"
    found, scorer = rows(markdown, "dlWindow", "ulWindow", description="The window never exceeds this limit.")
    listed = [converse(fact)[0] for fact in facts(markdown, found, "grouped")]
    [one] = [each for each in listed if answer_of(each).count("never") == len(found.items)]
    assert scorer.score(one).gate == ""
    more = answer_of(one).replace("The window never", "The window never, never", 1)
    assert scorer.score(answering(one, more)).gate == "polarity"


def test_a_list_names_what_a_column_broke() -> None:
    markdown = "# Events\n\n- INTERNAL_EVENT_OTTER_ SHIELD_ON\n- INTERNAL_EVENT_OTTER_SHIELD_OFF\n"
    broken, whole = Span(12, 43, markdown[12:43]), Span(46, 77, markdown[46:77])
    items = [Item(Category.EVENT, span.text.replace(" ", ""), span, ("Events",)) for span in (broken, whole)]
    found = Extraction(tuple(items), {})
    scorer = quality.Scorer(markdown, found)
    [one] = [converse(fact)[0] for fact in facts(markdown, found, "grouped")]
    assert "- INTERNAL_EVENT_OTTER_SHIELD_ON\n" in answer_of(one)
    assert scorer.score(one).gate == ""
    other = answer_of(one).replace("OTTER_SHIELD_ON", "BADGER_SHIELD_ON")
    assert scorer.score(answering(one, other)).gate == "identifiers"


@pytest.mark.parametrize(
    ("kind", "phrases"),
    [
        (">=", "at least|at the least|a minimum of|min.|not less than|never fewer than|>=|≥|greater than or equal to"),
        (">=", "equal to or longer than|AT LEAST"),
        ("<=", "at most|at the most|a maximum of|max.|up to|not more than|never exceeding|cannot exceed|<=|≤"),
        ("<=", "lower than or equal to|equal to or less than"),
        (">", "more than|later than|above|over|exceeds|beyond|>"),
        ("<", "less than|earlier than|below|under|<"),
        ("~", "about|around|approximately|approx.|roughly|nearly|almost|circa|~|≈"),
    ],
)
def test_a_bound_is_read_in_whatever_words_it_is_put(kind: str, phrases: str) -> None:
    for phrase in phrases.split("|"):
        assert amounts.bounds(f"It waits for {phrase} 5 ms.") == {(kind, "5")}, phrase
        assert "5" not in amounts.unbounded(f"It waits for {phrase} 5 ms."), phrase
        assert kind in amounts.comparisons(f"It waits for {phrase} the timer."), phrase


@pytest.mark.parametrize(("word", "kind"), [("lowest", ">="), ("smallest", ">="), ("highest", "<="), ("largest", "<=")])
def test_the_end_of_an_order_is_a_comparison_without_a_number(word: str, kind: str) -> None:
    assert amounts.comparisons(f"The {word} of them counts.") == {kind}
