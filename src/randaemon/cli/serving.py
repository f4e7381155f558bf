"""`models fuse|serve`: an adapter as a model of its own, and as a server for other programs. Both are mlx-lm's."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

import typer

from randaemon.cli.output import JSON_OPTION, lines, note, show, stop

if TYPE_CHECKING:
    from randaemon.store.home import Home
    from randaemon.store.records import RunRecord
    from randaemon.training.spec import Served

OUTPUT = typer.Option(..., "--output", "-o", metavar="DIR", help="A folder that does not exist yet")
RUN = typer.Option("", "--run", metavar="RUN", help="A run that `models ls` shows; the active one when left out")
TARGET = typer.Option("lmstudio", "--for", metavar="PROGRAM", help="lmstudio (also mlx-lm) or ollama")
AS_BASE = typer.Option(False, "--as-base", help="Quantize as the base is; the answers change")
PORT = typer.Option(8080, "--port", min=1, max=65535)

#: The kinds of model that mlx-lm 0.32 writes as GGUF, the format of Ollama.
_GGUF = frozenset({"llama", "mixtral", "mistral"})


def fuse(
    run: str = RUN, output: Path = OUTPUT, target: str = TARGET, as_base: bool = AS_BASE, as_json: bool = JSON_OPTION
) -> None:
    """Write base model and adapter as one model. A folder that LM Studio and mlx-lm load.

    A quantized base becomes a model that is not: with its few bits again it would answer unlike what was measured.
    """
    from randaemon.store.home import Home

    home, folder = Home.default(), output.expanduser().absolute()
    served = _whole(_chosen(home, run))
    config = _config(served)
    _check_target(config, target, folder)
    extra = ["--export-gguf", "--gguf-path", "model.gguf"] if target == "ollama" else []
    if "quantization" in config and not as_base:
        extra.append("--dequantize")
    partial = folder.with_name(f".{folder.name}.part")  # what is cut short is not taken for a model
    shutil.rmtree(partial, ignore_errors=True)
    try:
        if _mlx("fuse", served, ["--save-path", str(partial), *extra], sys.stderr):
            stop(1)
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    if as_json:
        show({"output": folder, "model": served.model, "adapter": served.adapter})
    else:
        lines(f"fused into {folder}", *_next(folder, target))


def serve(run: str = RUN, port: int = PORT) -> None:
    """Serve the model with an OpenAI-compatible API until Ctrl-C. On this machine alone."""
    from randaemon.store.home import Home

    served = _whole(_chosen(Home.default(), run))
    _check_port(port)
    _make_cache()
    note(f"http://127.0.0.1:{port}/v1 serves {served.model} with {served.adapter}; Ctrl-C ends it")
    _become("server", served, ["--host", "127.0.0.1", "--port", str(port)])


def run_named(home: Home, name: str) -> RunRecord:
    """The run of this name. Raises NotFoundError."""
    from randaemon.errors import NotFoundError
    from randaemon.store.reader import Reader

    with Reader(home) as reader:
        found = next((run for run in reader.runs() if run.id == name), None)
    if found is None:
        raise NotFoundError(f"there is no run {name}", hint="`randaemon models ls` lists them")
    return found


def _chosen(home: Home, name: str) -> RunRecord:
    from randaemon.errors import NotFoundError
    from randaemon.store.reader import Reader

    if name:
        return run_named(home, name)
    with Reader(home) as reader:
        active = reader.current_model()
    if active is None:
        raise NotFoundError("no adapter is active", hint="`randaemon models ls` shows the runs; --run names one")
    return active


def _whole(run: RunRecord) -> Served:
    """What to load, once its weights are what was sealed."""
    from randaemon.training import adapters

    adapters.check(Path(run.folder))
    return adapters.served(run)


def _check_port(port: int) -> None:
    """mlx-lm's server shows its insides when the port is taken, and hangs."""
    from randaemon.errors import RandaemonError

    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            told = f"port {port} cannot be used: {error.strerror}"
            raise RandaemonError(told, hint=f"--port {port + 1}, or end what listens there", code="E_PORT") from error


def _make_cache() -> None:
    """Where no model was ever downloaded mlx-lm 0.32 finds no cache, and its `/v1/models`, which clients ask, fails."""
    from huggingface_hub import constants

    Path(constants.HF_HUB_CACHE).mkdir(parents=True, exist_ok=True)


def _check_target(config: Mapping[str, Any], target: str, folder: Path) -> None:
    from randaemon.errors import RandaemonError

    if target not in {"lmstudio", "ollama"}:
        raise RandaemonError(f"no way is known to write a model for {target}", hint="--for lmstudio or --for ollama")
    if folder.exists():
        raise RandaemonError(f"{folder} exists already", hint="name a folder that does not, with --output")
    kind = str(config.get("model_type", "unknown"))
    if target == "ollama" and kind not in _GGUF:
        raise RandaemonError(
            f"Ollama wants GGUF, which mlx-lm does not write for models of the kind {kind}",
            hint="fuse it for lmstudio, then convert the folder with llama.cpp's convert_hf_to_gguf.py",
            code="E_FORMAT",
        )


def _config(served: Served) -> Mapping[str, Any]:
    """What the model's configuration says of it."""
    import msgspec

    from randaemon.training import hub

    config: Mapping[str, Any] = msgspec.json.decode((hub.folder(served.model) / "config.json").read_bytes())
    return config


def _mlx(verb: str, served: Served, arguments: list[str], said: TextIO | None = None) -> int:
    """Run a command of mlx-lm to its end, with our terminal; its exit status. `said`: where its output goes instead."""
    command, environment = _command(verb, served, arguments)
    return subprocess.run(command, env=environment, stdout=said, check=False).returncode


def _become(verb: str, served: Served, arguments: list[str]) -> NoReturn:
    """Be that command from here on: who ends this process ends the server, and none is left behind."""
    command, environment = _command(verb, served, arguments)
    os.execve(command[0], command, environment)  # noqa: S606 our own interpreter


def _command(verb: str, served: Served, arguments: list[str]) -> tuple[list[str], dict[str, str]]:
    from randaemon.training import launch

    command = [sys.executable, "-P", "-m", "mlx_lm", verb, "--model", served.model, "--adapter-path", served.adapter]
    return [*command, *arguments], launch.environment(os.environ)


def _next(folder: Path, target: str) -> list[str]:
    if target == "ollama":
        return [f"ollama create randaemon -f - <<< 'FROM {folder}/model.gguf'"]
    return [f"LM Studio: copy it to ~/.lmstudio/models/randaemon/{folder.name}"]
