"""Which documents a newer issue of the same document supersedes."""

from __future__ import annotations

from collections.abc import Iterable

from randaemon.model import Candidate

_NUMBERED = "number:"  # a family that is known by its document number


def superseded(candidates: Iterable[Candidate]) -> frozenset[str]:
    """The digests of documents of which a newer issue, told in the same way, is there.

    Refused candidates count: what an old issue says does not come true again because nothing of the new one passes the
    gates, or because people moved the threshold. A date alone orders issues only of a numbered document: two that share
    nothing but a plain title may be two documents.
    """
    issues: dict[tuple[str, str], set[str]] = {}
    newest: dict[tuple[str, str], str] = {}
    for each in candidates:
        if _comparable(each):
            way = each.family, each.issue[:1]
            issues.setdefault((each.family, each.issue), set()).add(each.digest)
            newest[way] = max(newest.get(way, ""), each.issue)
    old = (found for (family, issue), found in issues.items() if newest[family, issue[:1]] != issue)
    return frozenset().union(*old)


def _comparable(each: Candidate) -> bool:
    return bool(each.issue) and (each.issue[0] != "d" or each.family.startswith(_NUMBERED))
