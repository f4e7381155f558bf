"""What the types of the protocol cannot say of a reply: which stage may bring what, and how much of it."""

from __future__ import annotations

from randaemon.errors import WorkerProtocol
from randaemon.model import Ask, Child, Expand, Outcome, Request, Stage, Task, request_key
from randaemon.stages import step

_ENTRIES = 10_000  # members of a document where the options say nothing
_REQUESTS = 1_000  # of one outcome
_PROMPT = 200_000  # characters of all messages of one request
_REPLY_TOKENS = 8_192
_ROLES = frozenset({"system", "user", "assistant"})


def check(outcome: Outcome, task: Task) -> None:
    """A reply brings what its stage may, and so much of it. Raises WorkerProtocol."""
    match outcome:
        case Expand(children):
            _check_members(children, task)
        case Ask(requests):
            _check_requests(requests, task)
        case _:
            return


def _check_members(children: tuple[Child, ...], task: Task) -> None:
    """Their sizes are not believed either: the store measures what it takes in."""
    if task.stage not in (Stage.UNPACK, Stage.CONVERT):
        told = f"stage {task.stage.label} returned {len(children)} members"
        raise WorkerProtocol(f"{told}; only unpack and convert may")
    most = task.options.get("max_entries")
    if len(children) > (most if isinstance(most, int) else _ENTRIES):
        raise WorkerProtocol(f"{len(children)} members are more than a document may hold")
    if len({child.index for child in children}) != len(children):
        raise WorkerProtocol("two members carry the same number")


def _check_requests(requests: tuple[Request, ...], task: Task) -> None:
    if not step(task.stage).asks:
        raise WorkerProtocol(f"stage {task.stage.label} asked models, which it may not")
    if not 0 < len(requests) <= _REQUESTS:
        raise WorkerProtocol(f"{len(requests)} requests are none or more than one outcome may hold")
    if not all(_sound(each) for each in requests):
        raise WorkerProtocol("a request is out of bounds")
    if len({request_key(each) for each in requests}) != len(requests):
        raise WorkerProtocol("two requests are the same")


def _sound(request: Request) -> bool:
    size = sum(len(message.content) for message in request.messages)
    roles = {message.role for message in request.messages}
    limits = 0 < request.max_tokens <= _REPLY_TOKENS and 0.0 <= request.temperature <= 2.0
    return limits and bool(request.messages) and roles <= _ROLES and size <= _PROMPT
