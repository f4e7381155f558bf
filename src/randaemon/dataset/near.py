"""Near-duplicates by MinHash, rebuilt whole at every seal.

Two texts can only be near-duplicates when they hold exactly the same names and numbers: so names that differ in one
letter are never merged, and only texts that share their names are compared at all. Among those, MinHash bands propose
pairs and the true Jaccard likeness of their word triples decides. A text loses to any near one with a smaller id,
whether that one stays or not: so the order of the texts does not matter.
"""

from __future__ import annotations

import re
from array import array
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import filterfalse, islice

LIKE = 0.8  # Jaccard likeness of word triples from which on two texts are near
_PERMUTATIONS, _BANDS = 64, 16  # four rows a band: a pair at 0.8 is proposed with 0.9998
_SEED = 20_261
_AT_ONCE = 20_000  # texts whose digests are held at a time
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Text:
    """A text to be compared. Texts of one `group` are meant to be alike and are not compared with each other."""

    id: str
    words: str
    group: str = ""


def losers(texts: Iterable[Text]) -> set[str]:
    """The ids that lose to a near text with a smaller id."""
    buckets: defaultdict[int, list[Text]] = defaultdict(list)
    for text in sorted(texts, key=lambda each: each.id):
        buckets[hash(names(text.words))].append(text)
    return losers_in(bucket for bucket in buckets.values() if len({each.group or each.id for each in bucket}) > 1)


def losers_in(buckets: Iterable[list[Text]]) -> set[str]:
    """The same of texts that are put together already by the names they hold, each bucket ordered by id."""
    found: set[str] = set()
    for some in _portions(buckets):
        found |= _near(some)
    return found


def names(text: str) -> frozenset[str]:
    """What makes two texts differ in more than wording: words with a capital, a digit or an underscore, and numbers."""
    return frozenset(filterfalse(str.islower, _WORD.findall(text)))


def triples(text: str) -> set[str]:
    """Word triples in small letters; of a text of fewer words, the text."""
    words = [word.lower() for word in _WORD.findall(text)]
    return {" ".join(words[place : place + 3]) for place in range(max(len(words) - 2, 1))}


def likeness(one: set[str], two: set[str]) -> float:
    """Jaccard."""
    return len(one & two) / len(one | two) if one or two else 1.0


def _portions(buckets: Iterable[list[Text]]) -> Iterable[list[list[Text]]]:
    """Whole buckets, about so many texts at a time: memory does not grow with the library."""
    waiting = iter(buckets)
    while portion := list(islice(waiting, 1)):
        count = len(portion[0])
        for bucket in waiting:
            portion.append(bucket)
            count += len(bucket)
            if count >= _AT_ONCE:
                break
        yield portion


def _near(buckets: Sequence[Sequence[Text]]) -> set[str]:
    from rensa import RMinHash

    shingles = [triples(text.words) for bucket in buckets for text in bucket]
    rows = RMinHash.digest_matrix_from_token_sets(shingles, _PERMUTATIONS, _SEED).to_rows()
    digests = [array("I", row).tobytes() for row in rows]
    found, place = set(), 0
    for bucket in buckets:
        end = place + len(bucket)
        found |= _in_bucket(bucket, shingles[place:end], digests[place:end])
        place = end
    return found


def _in_bucket(bucket: Sequence[Text], shingles: Sequence[set[str]], digests: Sequence[bytes]) -> set[str]:
    """Texts come ordered by id: whoever is met first in a band has the smaller one."""
    width = len(digests[0]) // _BANDS
    bands: defaultdict[tuple[int, bytes], list[int]] = defaultdict(list)
    found: set[str] = set()
    for number, text in enumerate(bucket):
        keys = [(band, digests[number][band * width : (band + 1) * width]) for band in range(_BANDS)]
        earlier = {other for key in keys for other in bands[key]}
        if any(_same(bucket[other], text, shingles[other], shingles[number]) for other in sorted(earlier)):
            found.add(text.id)
        for key in keys:
            bands[key].append(number)
    return found


def _same(one: Text, two: Text, ours: set[str], theirs: set[str]) -> bool:
    if one.group and one.group == two.group:
        return False
    return likeness(ours, theirs) >= LIKE and names(one.words) == names(two.words)
