"""Asking models: throughput against a server of fixed latency and slots, and our own cost of a call.

`ideal` is our replies a second over slots / latency, which no client can exceed; `bare` is ours over loops of bare
aiohttp, which queue, check and retry nothing: what a busy machine takes from both shows there. The server is the
scripted one of the tests, in a process of its own; replies come as a stream of 17 pieces and hold a schema. Figures:
replies a second, and microseconds of our processor time for each reply (request, stream, check and all).
"""

from __future__ import annotations

from benchmarks.rounds import PRODUCT, alternate, arguments, ratio, report, side

REQUESTS, LATENCY, SLOTS = 100, 0.2, 4


def main() -> None:
    """Runs both measures in turn and reports."""
    chosen = arguments(__doc__ or "")
    figures = alternate(
        {
            "replies": lambda: side(PRODUCT, "llm_ours", "rate", REQUESTS, LATENCY, SLOTS),
            "bare": lambda: side(PRODUCT, "llm_bare", REQUESTS, LATENCY, SLOTS),
            "cpu_us": lambda: side(PRODUCT, "llm_ours", "cpu", 500, 0.0, SLOTS),
        },
        chosen.rounds,
    )
    ideal = [SLOTS / LATENCY] * chosen.rounds
    ratios = {"ideal": ratio(figures["replies"], ideal), "bare": ratio(figures["replies"], figures["bare"])}
    report("llm", figures, ratios, only_json=chosen.json)


if __name__ == "__main__":
    main()
