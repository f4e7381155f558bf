"""Which documents a newer issue of the same document supersedes."""

from __future__ import annotations

from collections.abc import Iterable

from randaemon.model import Candidate

_NUMBERED = "number:"  # a family that is known by its document number


def superseded(candidates: Iterable[Candidate]) -> frozenset[str]:
    """The digests of documents of which a newer issue, told in the same way, is there; one candidate of each will do.

    Refused candidates count: what an old issue says does not come true again because nothing of the new one passes the
    gates, or because people moved the threshold. A date alone orders issues only of a numbered document: two that share
    nothing but a plain title may be two documents.
    """
    issues = Issues()
    for each in candidates:
        issues.add(each)
    return issues.superseded()


class Issues:
    """The same, for whoever walks over the candidates anyway."""

    def __init__(self) -> None:
        self._digests: dict[tuple[str, str], set[str]] = {}
        self._newest: dict[tuple[str, str], str] = {}  # by family and way of telling

    def add(self, each: Candidate) -> None:
        """Take note of the document of this one."""
        if _comparable(each):
            way = each.family, each.issue[:1]
            self._digests.setdefault((each.family, each.issue), set()).add(each.digest)
            self._newest[way] = max(self._newest.get(way, ""), each.issue)

    def superseded(self) -> frozenset[str]:
        """The digests, after all candidates."""
        found = self._digests.items()
        old = (digests for (family, issue), digests in found if self._newest[family, issue[:1]] != issue)
        return frozenset().union(*old)


def _comparable(each: Candidate) -> bool:
    return bool(each.issue) and (each.issue[0] != "d" or each.family.startswith(_NUMBERED))
