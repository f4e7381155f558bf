"""Child processes that run the stages: runner, protocol, and what ends them."""

from randaemon.workers.groups import kill_leftovers
from randaemon.workers.process import Limits
from randaemon.workers.runner import Program, Worker

__all__ = ["Limits", "Program", "Worker", "kill_leftovers"]
