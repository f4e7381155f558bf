"""The language of a text by its commonest words, or by its script; and whether it is text at all.

Words that carry a sentence and mean nothing are a fifth to a half of any prose, and each language has its own. Names of
networks, tables and code have none, so that only prose is judged, and too little of it is never.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

_WORDS: Final = {
    "en": "the of and to in is for that with are be this by on as it from or an which not can when has if at used",
    "de": "der die und den das ist von zu mit für auf nicht ein eine im dem des sich werden wird auch bei oder als",
    "fr": "le la les des et est une du dans pour que qui par sur avec pas au sont ce cette ou aux plus être il",
    "es": "el los las que y del se por con para una es al lo como más su está son pero sus este cuando entre",
    "it": "il di che e per una con non del della sono le è nel alla si gli dei più come anche questo da",
    "pt": "o os que e do da em para um uma com não é por dos das ao mais são se pela como está ou",
    "sv": "och att det som en på är för av den till med inte ett om har de kan vid eller från när ska",
    "nl": "de het een van en in is dat op te voor met niet zijn aan door als bij wordt ook naar deze",
}
_COMMON: Final = {name: frozenset(words.split()) for name, words in _WORDS.items()}
_SCRIPTS: Final = {
    "zh": re.compile(r"[\u4e00-\u9fff]"),
    "ja": re.compile(r"[\u3040-\u30ff]"),
    "ko": re.compile(r"[\uac00-\ud7af]"),
    "ru": re.compile(r"[\u0400-\u04ff]"),
    "ar": re.compile(r"[\u0600-\u06ff]"),
    "el": re.compile(r"[\u0370-\u03ff]"),
}
NAMES: Final = {
    "en": "English", "de": "German", "fr": "French", "es": "Spanish", "it": "Italian", "pt": "Portuguese",
    "sv": "Swedish", "nl": "Dutch", "zh": "Chinese", "ja": "Japanese", "ko": "Korean", "ru": "Russian",
    "ar": "Arabic", "el": "Greek",
}  # fmt: skip
_WORD = re.compile(r"[^\W\d_]+")
_LEAST = 40  # words of prose; fewer prove nothing
_SHARE = 0.12  # of all words that the common ones of its language make up at least
_LEAD = 1.5  # times as many as those of the next language
_UNREAD = re.compile(r"[\ufffd\ue000-\uf8ff]|\(cid:\d+\)")  # no character, a font's own, a glyph that has no letter


def of(prose: str) -> str:
    """`en`, `de`, …; "" when there is too little prose or it is of no language we know."""
    letters = sum(map(str.isalpha, prose))
    script = next((name for name, found in _SCRIPTS.items() if len(found.findall(prose)) * 3 > letters > _LEAST), "")
    if script:
        return "ja" if script == "zh" and _SCRIPTS["ja"].search(prose) else script
    words = _WORD.findall(prose.lower())
    if len(words) < _LEAST:
        return ""
    counts = Counter(words)
    hits = sorted(((sum(counts[word] for word in common), name) for name, common in _COMMON.items()), reverse=True)
    (most, name), (next_most, _) = hits[0], hits[1]
    return name if most >= _SHARE * len(words) and most >= _LEAD * next_most else ""


def unreadable(text: str) -> float:
    """The share of a text's signs that stand for nothing: a font without its table, bytes of another encoding."""
    signs = sum(not sign.isspace() for sign in text)
    return sum(map(len, _UNREAD.findall(text))) / signs if signs else 0.0
