"""datasketch as its documentation shows it: MinHash in bulk, LSH, each text asked before it is inserted."""

from __future__ import annotations

import sys
import time

from benchmarks.sides.dataset_load import texts, triples
from datasketch import MinHash, MinHashLSH


def main(count: int, figure: str) -> None:
    """Prints texts a second, or the share of planted copies found."""
    made, copies = texts(count)
    began = time.perf_counter()
    lsh = MinHashLSH(threshold=0.8, num_perm=64)
    hashed = MinHash.generator([[triple.encode() for triple in triples(text)] for _, text in made], num_perm=64)
    found = set()
    for (key, _), minhash in zip(made, hashed, strict=True):
        if lsh.query(minhash):
            found.add(key)
        lsh.insert(key, minhash, check_duplication=False)
    seconds = time.perf_counter() - began
    print(count / seconds if figure == "speed" else len(found & copies) / len(copies))


main(int(sys.argv[1]), sys.argv[2])
