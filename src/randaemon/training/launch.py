"""How a training child is started: its command line and environment. Pure."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

#: Where Linux distributions keep a fast BLAS. The CPU build of mlx carries a slow one with a single thread: preloaded
#: into the training child this one is about four times as fast (docs/decisions.md).
FAST_BLAS = (
    Path("/usr/lib/x86_64-linux-gnu/openblas-pthread/libopenblas.so.0"),
    Path("/usr/lib/aarch64-linux-gnu/openblas-pthread/libopenblas.so.0"),
    Path("/usr/lib64/libopenblasp.so.0"),
    Path("/usr/lib/libopenblas.so.0"),
)


def command(verb: str, spec: Path, python: str = sys.executable) -> list[str]:
    """`python -m randaemon.child train SPEC` or `… ask SPEC`."""
    return [python, "-P", "-m", "randaemon.child", verb, str(spec)]


def awake(pid: int, platform: str = sys.platform) -> list[str]:
    """The command that keeps a Mac from sleeping for as long as a process lives; nothing elsewhere."""
    return ["/usr/bin/caffeinate", "-i", "-w", str(pid)] if platform == "darwin" else []


def environment(
    inherited: Mapping[str, str],
    *,
    allow_download: bool = False,
    platform: str = sys.platform,
    libraries: Sequence[Path] = FAST_BLAS,
    cores: int = os.cpu_count() or 1,
) -> dict[str, str]:
    """The child's environment: the user's own, with the hub offline unless a download is allowed.

    OpenBLAS gets half of the cores: its threads wait for each other by yielding again and again, so that one that gets
    no core from other work holds up all of them (docs/measurements.md).
    """
    chosen = {**inherited, "TOKENIZERS_PARALLELISM": "false", "HF_HUB_DISABLE_TELEMETRY": "1"}
    if not allow_download:
        chosen["HF_HUB_OFFLINE"] = "1"
    if platform == "linux":
        chosen["MLX_DISABLE_COMPILE"] = "1"  # on a CPU it would start a C++ compiler and gain nothing
        fast = next((library for library in libraries if library.exists()), None)
        if fast is not None:
            chosen.setdefault("LD_PRELOAD", str(fast))
            chosen.setdefault("OPENBLAS_NUM_THREADS", str(max(1, cores // 2)))
    return chosen
