"""Is a reply what was asked for? Thoughts and prose around it are taken off; what is left holds the schema or fails."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NoReturn

from randaemon.errors import ModelOutputError
from randaemon.model import Answer, Message

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

THOUGHTS = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL)
_STARTS = 32  # places in the text that are tried as the start of JSON
_QUOTED = 4000  # characters of a bad reply that the model is shown again


def checked(answer: Answer, schema: Mapping[str, Any] | None) -> str:
    """The text of a good reply; with a schema its JSON, compact. Raises ModelOutputError that says what is wrong."""
    text = _without_thoughts(answer.text)
    if not text:
        raise ModelOutputError("the reply is empty" + (", cut off while the model was thinking" if answer.cut else ""))
    if schema is not None:
        return _sound(_json(text, schema, cut=answer.cut))
    if answer.cut:
        raise ModelOutputError("the reply is cut off at its limit of tokens")
    return _sound(text)


def repair(messages: tuple[Message, ...], answer: Answer, problem: str) -> tuple[Message, ...]:
    """The messages with which a model is asked once more."""
    told = f"That is not as asked: {problem}. Reply again, with the corrected JSON alone."
    bad = _without_thoughts(answer.text)[:_QUOTED] or "(nothing)"
    return (*messages, Message("assistant", bad), Message("user", told))


def same_model(asked: str, answered: str) -> bool:
    """Does the name in an answer mean the model that was asked? Servers add tags, dates, folders; some say nothing."""
    one, other = (name.lower().removesuffix(":latest") for name in (asked, answered))
    if not other or one == other or one.rsplit("/", 1)[-1] == other.rsplit("/", 1)[-1]:
        return True
    return other.startswith(one) and _DATED.fullmatch(other, len(one)) is not None


def _sound(text: str) -> str:
    """Half a surrogate pair, which JSON can spell, is no text: nothing could keep it."""
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise ModelOutputError("it holds characters that are no text")
    return text


def _without_thoughts(text: str) -> str:
    text = THOUGHTS.sub("", text)
    return text.rpartition("</think>")[2].strip()  # templates that open the thinking themselves show only its end


def _json(text: str, schema: Mapping[str, Any], *, cut: bool) -> str:
    problem = "it holds no JSON"
    for value in _values(text):
        problem = _problem(value, schema)
        if not problem:
            return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    raise ModelOutputError(f"{problem}, and it is cut off at its limit of tokens" if cut else problem)


def _values(text: str) -> Iterator[Any]:
    """Every JSON object or array in the text that is whole, outermost first."""
    place = 0
    for _ in range(_STARTS):
        found = _START.search(text, place)
        if found is None:
            return
        try:
            value, place = _DECODER.raw_decode(text, found.start())
        except ValueError:
            place = found.end()
        except RecursionError:  # nothing that deep was asked for, and every further bracket would cost as much
            return
        else:
            yield value


def _problem(value: Any, schema: Mapping[str, Any]) -> str:
    """The first thing that is wrong, with its place and without its content; "" when nothing is."""
    validator = _validator(json.dumps(schema, sort_keys=True))
    for error in validator.iter_errors(value):
        place = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.absolute_path)
        return f"at ${place} the schema's {error.validator} does not hold ({_expected(error.validator_value)})"
    return ""


def _expected(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)[:200]


@lru_cache(maxsize=64)
def _validator(schema: str) -> Validator:
    from jsonschema import Draft202012Validator

    found = json.loads(schema)
    Draft202012Validator.check_schema(found)
    return Draft202012Validator(found)


def _refused(name: str) -> NoReturn:
    raise ValueError(name)


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(digits)
    return number


_DATED = re.compile(r"-\d{4}[\d-]*|@[\w.-]+")  # what servers add to a name; `:30b` and `-coder` are other models
_START = re.compile(r"[{\[]")
_DECODER = json.JSONDecoder(parse_constant=_refused, parse_float=_finite)  # NaN and Infinity are no JSON
