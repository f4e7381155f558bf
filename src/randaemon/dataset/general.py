"""The forgetting part of the evaluation set: general questions of our own wording, with nothing of RAN in them."""

from __future__ import annotations

import hashlib
from functools import cache

from randaemon.quality.text import folded

#: Question, answer, and what must be in it: one of the spellings, in whatever case.
QUESTIONS: tuple[tuple[str, str, str], ...] = (
    ("How many days does a week have?", "A week has seven days.", "seven|7"),
    ("What is 12 plus 30?", "12 plus 30 is 42.", "42"),
    ("What is 9 times 6?", "9 times 6 is 54.", "54"),
    ("Which planet do we live on?", "We live on the planet Earth.", "Earth"),
    ("What is the capital of France?", "The capital of France is Paris.", "Paris"),
    ("What is the capital of Japan?", "The capital of Japan is Tokyo.", "Tokyo"),
    ("Which ocean lies between Europe and North America?", "The Atlantic Ocean lies between them.", "Atlantic"),
    ("What is water made of?", "Water is made of hydrogen and oxygen.", "hydrogen"),
    ("At how many degrees Celsius does water freeze at sea level?", "Water freezes at 0 degrees Celsius.", "0|zero"),
    ("Name the opposite of warm.", "The opposite of warm is cold.", "cold"),
    ("What is the plural of mouse, the animal?", "The plural of mouse is mice.", "mice"),
    ("Which season follows winter?", "Spring follows winter.", "Spring"),
    ("How many sides does a triangle have?", "A triangle has three sides.", "three|3"),
    ("What colour do blue and yellow paint give when mixed?", "Blue and yellow paint give green.", "green"),
    ("Which language is mostly spoken in Brazil?", "Portuguese is mostly spoken in Brazil.", "Portuguese"),
    ("How many minutes are in two hours?", "There are 120 minutes in two hours.", "120"),
    ("Which animal gives wool?", "Sheep give wool.", "sheep|goats"),
    ("What do bees make?", "Bees make honey.", "honey"),
    ("Translate the German word Haus into English.", "Haus means house.", "house"),
    ("Put the words in order: is, blue, sky, the.", "The sky is blue.", "sky is blue"),
    ("What is half of 250?", "Half of 250 is 125.", "125"),
    ("Who wrote the play Hamlet?", "William Shakespeare wrote Hamlet.", "Shakespeare"),
    ("Which gas do plants take from the air to grow?", "Plants take carbon dioxide from the air.", "carbon dioxide"),
    ("What is the square root of 81?", "The square root of 81 is 9.", "9"),
)


def rows() -> list[dict[str, object]]:
    """The questions as rows of `evaluation.jsonl`."""
    return [
        {
            "part": "forgetting",
            "fact": hashlib.sha256(question.encode()).hexdigest()[:16],
            "kind": "general",
            "messages": [{"role": "user", "content": question}],
            "expected": {"value": value},
            "answer": answer,
            "family": "general",
        }
        for question, answer, value in QUESTIONS
    ]


@cache
def asked() -> frozenset[str]:
    """The questions, folded: what no sample may ask."""
    return frozenset(folded(question) for question, _, _ in QUESTIONS)
