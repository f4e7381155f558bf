"""What the heading of a procedure tells to do, as it is spoken in a sentence: `Activating X` → `activate X`. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

from randaemon.quality.text import plain, unnumbered


@lru_cache(maxsize=4096)
def imperative(heading: str, about: str = "") -> str:
    """`Activation of X` → `activate X`, `How do I turn it on?` → `turn on` what it is `about`.

    "" where the heading begins with no verb, or speaks of `it` and nobody knows of what.
    """
    said = _asked(unnumbered(plain(heading)))
    if is_nameless(heading):
        return f"carry out the procedure for {about}" if about else ""
    if found := _PHRASAL.fullmatch(said):
        return _phrasal(found, about)
    first, _, rest = said.partition(" ")
    if done := _nominal(_NOMINAL.get(first.lower(), ""), "" if _OF_STEPS.fullmatch(rest) else rest, about):
        return done
    verb = _GERUNDS.get(first.lower(), "") if rest else ""
    pointing = _IT.fullmatch(rest) is not None
    if not verb and first.lower() in _VERBS and (pointing or _HOW.match(plain(heading))):
        verb = first.lower()
    if pointing and (about or rest == "it"):
        return f"{verb} {about}" if verb and about else ""
    rest = _AND_DOING.sub(lambda found: f"and {_GERUNDS.get(found[1].lower(), found[1])}", rest)
    return f"{verb} {rest}".strip() if verb else ""


def is_nameless(heading: str) -> bool:
    """True of `PROCEDURE`, `2) Steps` and the like, which say nothing of what is done."""
    return _NAMELESS.fullmatch(unnumbered(plain(heading))) is not None


def _asked(heading: str) -> str:
    """`How do I activate it?` → `activate it`."""
    return _HOW.sub("", heading).rstrip("?: ")


def _nominal(verb: str, rest: str, about: str) -> str:
    """`Activation`, `Activation of X`, `Activation of the feature`, `Activation with ENM`."""
    if verb and about and _WAY.match(rest):
        return f"{verb} {about} {rest}"
    what = rest.removeprefix("of ")
    if not verb or what == rest != "":
        return ""
    return " ".join((verb, *(about if about and _IT.fullmatch(what) else what).split()))


def _phrasal(found: re.Match[str], about: str) -> str:
    """`Switching it on`, `Roll-back`, `Putting it into service`."""
    what = " ".join(part for part in (found["what"], found["rest"]) if part)
    if not what or _IT.fullmatch(what):
        what = about
    if not what:
        return ""
    verb, way = found["verb"].lower(), found["way"].lower()
    return f"{verb} {what} {way}" if " " in way else f"{verb} {way} {what}"


_HOW = re.compile(r"(?:how (?:(?:do|can|should) (?:I|you|we)|to)|steps to|procedure to) ", re.IGNORECASE)
_IT = re.compile(r"it|(?:the|this) (?:feature|function)", re.IGNORECASE)
_NAMELESS = re.compile(r"(?:\w[.)] )?(?:the )?(?:procedures?|steps?|instructions?)[.:]?", re.IGNORECASE)
_AND_DOING = re.compile(r"\Aand (\w+ing)\b", re.IGNORECASE)
_OF_STEPS = re.compile(r"procedures?|steps|instructions|commands?(?: examples?)?", re.IGNORECASE)  # `Activation Steps`
_WAY = re.compile(r"(?:with|using|via|by|through|from) ")
_PHRASAL = re.compile(
    r"(?P<verb>turn|switch|roll|put|bring|take)(?:t?ing)?[ -]?(?:(?<= )(?P<what>it|(?:the|this) [\w -]{1,60}) )?"
    r"(?P<way>on|off|out|back|up|down|in(?:to)? (?:service|operation|use))(?: (?P<rest>\w.*))?",
    re.IGNORECASE,
)
_IN_E = "activate deactivate enable disable configure create delete remove upgrade update change replace migrate move"
_PLAIN = "install add check verify lock unlock start monitor load"
_GERUNDS = {
    **{f"{verb.removesuffix('e')}ing": verb for verb in _IN_E.split()},
    **{f"{verb}ing": verb for verb in _PLAIN.split()},
    "setting": "set",
    "stopping": "stop",
}
_VERBS = frozenset(_GERUNDS.values())
_NOMINAL = {
    "activation": "activate",
    "deactivation": "deactivate",
    "configuration": "configure",
    "installation": "install",
    "verification": "verify",
}
