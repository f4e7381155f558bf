"""What programming language a text is written in, by its lines: a listing is fenced, not read as prose or Markdown.

A language has lines that nothing else has. Texts that quote a few of them are still texts: there the sentences win.
"""

from __future__ import annotations

import re
from typing import Final

_SAMPLE: Final = 40_000  # characters looked at
_LEAST: Final = 3  # lines that speak for a language
_SHARE: Final = 0.12  # of the lines that are no comment
_SENTENCES: Final = 0.3  # share of the lines above which it is a text
_SHEBANG: Final = re.compile(
    r"#!\s*\S*?/(?:env\s+)?(?P<name>bash|dash|ksh|zsh|sh|python|perl|expect|tclsh|node|ruby)[\d.]*\b"
)
_SHELLS: Final = dict.fromkeys(("bash", "dash", "ksh", "zsh", "sh"), "bash") | {"node": "javascript", "tclsh": "tcl"}
_DECISIVE: Final = {
    "asn1": r"^\s*(?:[A-Z][\w-]*.*\n?)?\s*DEFINITIONS\s+(?:\w+\s+TAGS\s*)?::=\s*(?:--.*)?\n?\s*BEGIN\b",
    "yang": r"^\s*(?:sub)?module\s+[\w-]+\s*\{\s*\n(?:.*\n){0,8}?\s*(?:yang-version|namespace|prefix|belongs-to)\b",
    "protobuf": r'^\s*syntax\s*=\s*"proto[23]"\s*;',
}
_LINES: Final = {
    "python": (
        r"(?:import [\w.]+(?: as \w+)?|from [\w.]+ import .+|(?:async )?def \w+\(.*|class \w+.*:|@\w[\w.]*(?:\(.*\))?|"
        r"if __name__ ==.*|(?:elif|else|try|finally|except|with|while|for|if)\b.*:|self\.\w+ = .+|return\b.*[\w)\]])"
    ),
    "bash": (
        r"(?:fi|done|esac|then|do|;;|echo\b.*|export \w+=.*|if \[.*|elif \[.*|for \w+ in .*|while .*; do|"
        r"\w+=\$\(.*|\w+\(\) *\{|.*\$\{\w+\}.*|.*\"\$\w+\".*|sudo .*)"
    ),
    "c": (
        r"(?:#\s*(?:include|define|ifn?def|endif|pragma)\b.*|(?:static |extern |const |unsigned |inline )+\w.*|"
        r"typedef .*|struct \w+ *\{?|(?:int|void|char|bool|double|float|u?int\d+_t|auto|std::\w+)\b"
        r"[\w\s*&:<>,]*\w+\s*[=;(].*|"
        r"(?:using )?namespace .*|template ?<.*|return .*;|(?:public|private|protected):)"
    ),
    "java": (
        r"(?:package [\w.]+;|import (?:static )?[\w.*]+;|@Override|@\w+(?:\(.*\))?|"
        r"(?:public|private|protected)\s+[\w<>\[\], ]+(?:[({;=].*)?|return .*;|throw new .*;)"
    ),
    "javascript": (
        r"(?:(?:export )?(?:const|let|var) [\w{].*=.*|(?:export )?(?:default )?(?:async )?function\b.*\{|"
        r"import .* from ['\"].*|module\.exports.*|.*=> ?[{(].*|.*\brequire\(['\"].*|return .*;)"
    ),
    "go": r"(?:package \w+|import \(|func .*\{|.* := .*|type \w+ (?:struct|interface) \{|defer .*|if err != nil \{)",
    "perl": r"(?:use (?:strict|warnings|\w+::\w+).*;|my [$@%(].*;|sub \w+.*\{?|.*\$\w+(?:->|\s*=~).*;)",
    "sql": (
        r"(?i:(?:select|insert into|update|delete from|create (?:table|view|index)|alter table|drop table|from|"
        r"where|(?:left |inner )?join|group by|order by)\b.*)"
    ),
}
_PATTERNS: Final = {name: re.compile(rf"\s*{lines}\s*") for name, lines in _LINES.items()}
_FIRSTS: Final = {name: re.compile(lines, re.MULTILINE) for name, lines in _DECISIVE.items()}
_COMMENT: Final = re.compile(r"\s*(?:#(?!\s*(?:include|define|if|endif|pragma))|//|--|/?\*|\"\"\"|'''|;)")
_SENTENCE: Final = re.compile(r"\s*(?:[-*\d.]+\s+)?[A-Z\"(]?[\w'’-]+(?:,? [\w'’\"()/-]+){6,}[.:,]?\s*")


def language_of(text: str) -> str:
    """The language's name as highlighters know it, "" for a text."""
    sample = text[:_SAMPLE]
    if found := _SHEBANG.match(sample.lstrip("\ufeff")):
        return _SHELLS.get(found["name"], found["name"])
    for name, first in _FIRSTS.items():
        if first.search(sample):
            return name
    return _by_lines([line for line in sample.splitlines() if line.strip()])


def _by_lines(lines: list[str]) -> str:
    code = [line for line in lines if not _COMMENT.match(line)]
    if not code or sum(_SENTENCE.fullmatch(line) is not None for line in code) > _SENTENCES * len(code):
        return ""
    hits = {name: sum(1 for line in code if pattern.fullmatch(line)) for name, pattern in _PATTERNS.items()}
    name = max(hits, key=lambda each: hits[each])
    return name if hits[name] >= max(_LEAST, _SHARE * len(code)) and _is_firm(name, code) else ""


def _is_firm(name: str, code: list[str]) -> bool:
    """True when at least one line can be nothing else: a word like `for` at the start of lines proves little."""
    return any(_FIRM[name].search(line) for line in code)


_FIRM: Final = {
    "python": re.compile(r"^(?:import [\w.]+|from [\w.]+ import|\s*(?:async )?def \w+\(|\s*class \w+.*:$)"),
    "bash": re.compile(r"^\s*(?:fi|done|esac|then)\s*$|\$\{?\w+\}?|^\s*\w+\(\) *\{"),
    "c": re.compile(r"^\s*#\s*include\b|[;{}]\s*$"),
    "java": re.compile(r"^\s*(?:public|private|protected|package|import) .*[;{]\s*$"),
    "javascript": re.compile(r"^\s*(?:export |import |const |let |var |function\b)|=>|require\("),
    "go": re.compile(r"^(?:package \w+$|func )"),
    "perl": re.compile(r"^\s*(?:use \w|my [$@%(]|sub \w+)"),
    "sql": re.compile(r"(?i)^\s*(?:select\b.*|insert into .*|create table .*|update \w+ set .*)"),
}
