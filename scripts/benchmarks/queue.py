"""The store as a queue: 2,000 files through five stages that do nothing, each storing a 4 KiB result, FULL durability.

Figures are files a second. Ours is the real `Store` (claim, decide, settle) as the pool drives it: many results under
way at once. huey and DBOS run in-process the way their documentation shows, on SQLite in WAL mode with
synchronous=FULL; of DBOS's numbers of threads the best one measured (two). `raw` is bare sqlite3, fifty rows a
transaction: what the disk and SQLite allow. `backlog` is 1,000 files taken out of 50,000 over 1,000 out of 1,000.
"""

from __future__ import annotations

from benchmarks.rounds import PEER, PRODUCT, alternate, arguments, ratio, report, side

FILES = 2000


def main() -> None:
    """Runs all sides in turn and reports."""
    chosen = arguments(__doc__ or "")
    figures = alternate(
        {
            "ours": lambda: side(PRODUCT, "queue_ours", FILES, FILES),
            "huey": lambda: side(PEER, "queue_huey", FILES),
            "dbos": lambda: side(PEER, "queue_dbos", FILES),
            "raw": lambda: side(PRODUCT, "queue_raw", FILES),
            "of_1000": lambda: side(PRODUCT, "queue_ours", 1000, 1000),
            "of_50000": lambda: side(PRODUCT, "queue_ours", 1000, 50_000),
        },
        chosen.rounds,
    )
    ratios = {peer: ratio(figures["ours"], figures[peer]) for peer in ("huey", "dbos", "raw")}
    ratios["backlog"] = ratio(figures["of_50000"], figures["of_1000"])
    report("queue", figures, ratios, only_json=chosen.json)


if __name__ == "__main__":
    main()
