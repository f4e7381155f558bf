"""JSON lines of dataset rows in MB a second: as sealing writes them, or by `json.dumps`."""

from __future__ import annotations

import json
import sys
import time

from benchmarks.sides.queue_load import results

from randaemon.dataset.rows import lines

ROWS = 20_000


def main(side: str) -> None:
    """Prints the figure."""
    text = results()[0][:300]
    rows = [
        {
            "messages": [{"role": "user", "content": text[:80]}, {"role": "assistant", "content": text}],
            "id": f"{number:016x}",
            "evidence": [{"start": number, "end": number + 40, "text": text[:40]}],
            "score": 0.9825,
            "places": ["library.zip/page.html"],
        }
        for number in range(ROWS)
    ]
    began = time.perf_counter()
    if side == "ours":
        made = lines(rows)
    else:
        made = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
    print(len(made) / (time.perf_counter() - began) / 1e6)


main(sys.argv[1])
