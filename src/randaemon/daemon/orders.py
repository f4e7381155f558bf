"""The control folder: commands that others put there, carried out one by one and answered."""

from __future__ import annotations

import anyio
import anyio.to_thread
from loguru import logger

from randaemon.control import commands
from randaemon.errors import DatabaseDamaged, StorageFault
from randaemon.store import control as folder
from randaemon.store.control import Command

POLL = 0.3  # seconds; a look at an empty folder costs 20 µs
_FATAL = (StorageFault, DatabaseDamaged)  # no command's doing; the daemon ends with these


class Orders:
    """Carries out commands until cancelled."""

    def __init__(self, context: commands.Context) -> None:
        self._context = context

    async def run(self) -> None:
        """Oldest first. A command that was under way at a crash is carried out again."""
        home = self._context.store.home
        await anyio.to_thread.run_sync(folder.prune, home, self._context.clock())
        while True:
            for command in folder.pending(home):
                await self._carry_out(command)
            await anyio.sleep(POLL)

    async def _carry_out(self, command: Command) -> None:
        """No command may end the daemon: it would be there again at the next start."""
        try:
            answer = await self._answer(command)
            await anyio.to_thread.run_sync(folder.finish, command, answer)
        except OSError as error:
            logger.error("the answer to {} cannot be written: {}", command.id, error.strerror)
            folder.refuse(command.path)

    async def _answer(self, command: Command) -> commands.Answer:
        try:
            return await commands.answer(command.verb, {**command.args, "command": command.id}, self._context)
        except _FATAL:
            raise
        except Exception as error:  # noqa: BLE001 - the boundary of commands, as the lane is that of documents
            logger.opt(exception=error).error("{} of command {}", command.verb, command.id)
            reason = f"internal error: {type(error).__name__}; the log has the place"
            return {"ok": False, "error": reason, "hint": "", "code": "E_INTERNAL", "exit_code": 1}
