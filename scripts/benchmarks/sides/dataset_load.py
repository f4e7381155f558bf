"""Texts with planted near copies, the same for every side: standard library only, the peer has nothing of ours."""

from __future__ import annotations

import random

_SPOKEN = """
    cell carrier load power timer level sleep merge report busy hour user uplink downlink beam rank paging handover
    threshold limit counts attempts successes neighbour frequency relation admission coverage quality margin drops
"""
WORDS = _SPOKEN.split()


def texts(count: int) -> tuple[list[tuple[str, str]], set[str]]:
    """(id, text) pairs in the order of their ids, and the ids of those that are near copies of an earlier one."""
    chance = random.Random(20_261)
    made: list[str] = []
    copies: set[str] = set()
    for number in range(count):
        if number % 10 == 9:
            words = made[chance.randrange(len(made))].split()
            words[chance.randrange(3, len(words) - 1)] = chance.choice(WORDS)
            copies.add(f"{number:016x}")
        else:
            names = f"EUtranCellFDD.pm{chance.choice(WORDS).title()}{number}"
            words = ["The", "counter", names, *(chance.choice(WORDS) for _ in range(chance.randrange(30, 45)))]
        made.append(" ".join(words))
    return [(f"{number:016x}", text) for number, text in enumerate(made)], copies


def triples(text: str) -> set[str]:
    """Word triples in small letters, as both sides compare them."""
    words = text.lower().split()
    return {" ".join(words[place : place + 3]) for place in range(max(len(words) - 2, 1))}
