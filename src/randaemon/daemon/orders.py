"""The control folder: commands that others put there, carried out one by one and answered."""

from __future__ import annotations

import anyio
import anyio.to_thread

from randaemon import control
from randaemon.store import control as folder

POLL = 0.3  # seconds; a look at an empty folder costs 20 µs


class Orders:
    """Carries out commands until cancelled."""

    def __init__(self, context: control.Context) -> None:
        self._context = context

    async def run(self) -> None:
        """Oldest first. A command that was under way at a crash is carried out again."""
        while True:
            for command in folder.pending(self._context.store.home):
                answer = await control.answer(command.verb, command.args, self._context)
                await anyio.to_thread.run_sync(folder.finish, command, answer)
            await anyio.sleep(POLL)
