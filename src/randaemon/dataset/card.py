"""The dataset card: README.md of a version, with the front matter that HF `datasets` reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_NAMES = {"train": "train", "valid": "validation", "test": "test"}


def render(facts: Mapping[str, Any]) -> str:
    """The card of a version, from what its manifest says."""
    return "\n".join((*_front_matter(facts), "", *_body(facts), ""))


def _front_matter(facts: Mapping[str, Any]) -> list[str]:
    """Names the splits: `evaluation.jsonl` has other columns and would be taken for test rows."""
    files = [
        line
        for name, rows in facts["splits"].items()
        if rows
        for line in (f"      - split: {_NAMES[name]}", f"        path: {name}.jsonl")
    ]
    head = ["---", f"license: {facts['licence']}", "language:", "  - en", "pretty_name: RAN knowledge"]
    configs = ["configs:", "  - config_name: default", "    data_files:", *files] if files else []
    return [*head, "tags:", "  - ran", "  - telecom", *configs, "---"]


def _body(facts: Mapping[str, Any]) -> list[str]:
    rule = facts["split_rule"]
    return [
        "# RAN knowledge",
        "",
        "Questions and answers made from RAN documentation by randaemon. Every row names the document it comes from by",
        "its SHA-256, and the slices of its text that prove the answer.",
        "",
        f"{facts['samples']} samples, mean score {facts['mean_quality']:.3f} (0 to 1).",
        "",
        "## Splits",
        "",
        "| split | rows |",
        "|---|---|",
        *(f"| {name} | {rows} |" for name, rows in facts["splits"].items()),
        "",
        _rule(rule),
        "",
        "`evaluation.jsonl` asks for facts of training rows in a wording they were not trained with (`recall`), holds",
        "the test rows as questions (`heldout`), asks what the documents do not say (`refusal`) and general questions",
        "(`forgetting`). `coverage.json` counts the samples of every item.",
        "",
        "## From documents to samples",
        "",
        "| step | count |",
        "|---|---|",
        *(f"| {name} | {count} |" for name, count in facts["funnel"].items()),
        "",
        *_table("## Kinds", ("kind", "samples"), facts["kinds"]),
        *_table("## Scores", ("from", "samples"), facts["scores"]),
        *_covered(facts["coverage"]),
        "## Licence",
        "",
        f"`{facts['licence']}`: the rights in the text belong to the owners of the documents it was made from.",
    ]


def _table(title: str, head: tuple[str, str], counts: Mapping[str, int]) -> list[str]:
    rows = (f"| {name} | {count} |" for name, count in counts.items())
    return [title, "", f"| {head[0]} | {head[1]} |", "|---|---|", *rows, ""]


def _covered(found: Mapping[str, Mapping[str, int]]) -> list[str]:
    """Items by how many samples teach them; nothing where the library was not told."""
    if not found:
        return []
    rows = (f"| {name} | {row['items']} | {row['0']} | {row['1-4']} | {row['5+']} |" for name, row in found.items())
    return [
        "## Coverage",
        "",
        "| category | items | no sample | 1 to 4 | 5 or more |",
        "|---|---|---|---|---|",
        *rows,
        "",
    ]


def _rule(rule: Mapping[str, Any]) -> str:
    if rule["by"] == "family":
        return (
            f"Held out by document family ({rule['families']} of them), but for long lists: no family is in two splits."
        )
    return (
        f"Held out by item, with all that is told of it: {rule['families']} document families are fewer than "
        f"{rule['family_threshold']}, so that whole families cannot be held out. No fact is in two splits."
    )
