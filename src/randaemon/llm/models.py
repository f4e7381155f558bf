"""Models: give it a request, get a reply. Which server, which model, when and how often is decided in here."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from randaemon.errors import ModelError, ModelMissing, ModelOutputError, ModelsAway, ModelUnsent
from randaemon.llm import check
from randaemon.llm.line import Line, LinePolicy
from randaemon.llm.server import ChatModel
from randaemon.llm.states import ModelState
from randaemon.llm.turns import TurnPolicy, Turns
from randaemon.model import Answer, Call, Reply, Request, Tier, Usage, request_key

_UNFIT = frozenset({"E_LLM_LONG", "E_LLM_STATUS"})  # the request is to blame, and no waiting helps
_UNTRIED = frozenset({"E_LLM_OPEN", "E_LLM_NOBODY"})  # nobody got the request
_QUEUES = {Tier.FAST: 100, Tier.BALANCED: 50, Tier.QUALITY: 25}  # requests taken at once; more of them wait outside
_RESTING = 60.0  # seconds after which to ask again while the models' memory is lent out


@dataclass(frozen=True, slots=True)
class Choice:
    """A model on a server that the settings name."""

    server: str
    model: str


@dataclass(frozen=True, slots=True)
class ModelsPolicy:
    """What may be asked, and how."""

    tiers: Mapping[Tier, tuple[Choice, ...]]
    line: LinePolicy = field(default_factory=LinePolicy)
    turns: TurnPolicy = field(default_factory=TurnPolicy)
    slots: Mapping[str, int] = field(default_factory=dict)  # calls at once by server, where not `line.slots`
    queues: Mapping[Tier, int] = field(default_factory=lambda: dict(_QUEUES))
    patience: float = 900.0  # seconds for which a model that used to answer is waited for, before a lighter one does
    soonest: float = 2.0  # seconds before anybody who was turned away should ask again
    farewell: float = 60.0  # seconds that calls under way may take to end before the models are unloaded


class Models:
    """All models of all servers, by tier. One for a daemon; belongs to one event loop."""

    def __init__(
        self,
        servers: Mapping[str, ChatModel],
        policy: ModelsPolicy,
        *,
        known: Iterable[ModelState] = (),
        used: Callable[[Usage], None] = lambda _: None,
        now: Callable[[], float] = time.time,
    ) -> None:
        """`known` is what `states` told an earlier life; `used` is told every call; `now` is the time of day."""
        self._servers = servers
        self._policy = policy
        self._used = used
        self._now = now
        self._lines = self._build()
        self._turns = {name: self._turns_of(name) for name in servers}
        self._places = {tier: asyncio.Semaphore(policy.queues[tier]) for tier in Tier}
        self._loading: set[asyncio.Task[None]] = set()
        self._running: set[asyncio.Timeout] = set()  # calls
        self._ended = asyncio.Event()  # one of them
        self._resting = False
        for state in known:
            if (line := self._lines.get(Choice(state.server, state.model))) is not None:
                line.restore(state)

    async def answer(self, request: Request) -> Reply:
        """The reply of the first model of the tier that can give one; of a lighter tier's in its place (`stands_in`).

        `ok` holds the schema; `refused` says that models answered and none as asked. Raises ModelsAway when none
        answers: it says until when to wait, and costs no attempt.
        """
        if self._resting:
            raise self._rest()
        async with self._places[request.tier]:
            return await self._answer(request, request_key(request))

    def states(self) -> tuple[ModelState, ...]:
        """Every model of every tier, for people and for the next start."""
        return tuple(
            replace(
                line.snapshot(),
                tiers=tuple(tier.value for tier in Tier if choice in self._policy.tiers.get(tier, ())),
                waiting=self._turns[choice.server].waiting(choice.model),
                running=self._turns[choice.server].running(choice.model),
            )
            for choice, line in self._lines.items()
        )

    async def look(self) -> tuple[ModelState, ...]:
        """Ask every server which models it has, and nothing else; the states after it. For `doctor` and the start."""
        await asyncio.gather(*(self._look(name) for name in self._servers))
        return self.states()

    async def warm(self) -> None:
        """After `unload`: the models may be asked again. They come into memory with their next call."""
        self._resting = False

    async def unload(self) -> None:
        """Before training: nothing is asked until `warm`, and the servers of this machine give back their memory.

        Calls under way may end first, within `farewell`: each would bring its model back, or lose its child.
        """
        self._resting = True
        await self._stop_loading()
        await self._farewell()
        for choice, line in self._lines.items():
            if line.has_answered or line.state.reachable is not False:  # a first call that was cut off left it there
                with contextlib.suppress(ModelError):  # a server that is down holds no memory
                    await self._servers[choice.server].unload(choice.model)

    async def close(self) -> None:
        """End what is under way and give back connections and children."""
        await self._stop_loading()
        await asyncio.gather(*(server.close() for server in self._servers.values()))

    async def _stop_loading(self) -> None:
        for task in self._loading:
            task.cancel()
        await asyncio.gather(*self._loading, return_exceptions=True)

    async def _farewell(self) -> None:
        end = asyncio.get_running_loop().time() + self._policy.farewell
        for call in self._running:
            call.reschedule(end)
        while self._running:
            self._ended.clear()
            await self._ended.wait()

    # --- One request ------------------------------------------------------------------------------------------------

    async def _answer(self, request: Request, key: str) -> Reply:
        problems: list[ModelError] = []
        out: set[str] = set()  # servers that are down for a while: soon the wanted model will answer again
        for tier, line in self._candidates(request.tier):
            if line.state.server in out or (out and tier is not request.tier):
                continue
            stands_in = tier is not request.tier and not _is_unfit(problems)
            try:
                return replace(await self._by(line, request, key), stands_in=stands_in)
            except ModelOutputError as error:
                return replace(_refused(key, line, error), stands_in=stands_in)
            except ModelError as error:
                problems.append(error)
                self._spread(line, error)
            if (seconds := line.out_for()) is not None and seconds < self._policy.patience:
                out.add(line.state.server)
        return self._nobody(request.tier, key, problems)

    def _spread(self, line: Line, error: ModelError) -> None:
        """Where nobody takes a connection, no other model of that server needs to be tried; else somebody is there."""
        for other in self._beside(line):
            if error.code == "E_LLM_NOBODY":
                other.nobody(error)
            elif line.state.reachable:
                other.somebody()

    def _beside(self, line: Line) -> Iterator[Line]:
        """The other models of its server."""
        return (each for each in self._lines.values() if each.state.server == line.state.server and each is not line)

    async def _by(self, line: Line, request: Request, key: str) -> Reply:
        """One model's reply; it is asked a second time when the form of the first is wrong. Raises ModelError."""
        call = self._call(request, line)
        _ready(line, call)
        async with self._turn(line):
            started = self._now()
            answers = [await self._ask(line, call, request)]
            try:
                text = check.checked(answers[0], call.schema)
            except ModelOutputError as error:
                turns = check.repair(call.messages, answers[0], error.message)
                again = replace(call, messages=turns, seed=request.seed + 1)
                if not line.fits(again):
                    raise
                answers.append(await self._ask(line, again, request))
                text = check.checked(answers[1], call.schema)
        return _ok(key, text, line, answers, self._now() - started)

    async def _ask(self, line: Line, call: Call, request: Request) -> Answer:
        started = self._now()
        try:
            answer = await line.ask(call)
        except ModelError as error:
            self._tell(line, request, error.code, self._now() - started)
            raise
        self._tell(line, request, "ok", answer.seconds, answer)
        for other in self._beside(line):
            other.somebody()
        return answer

    @contextlib.asynccontextmanager
    async def _turn(self, line: Line) -> AsyncIterator[None]:
        turns = self._turns[line.state.server]
        await turns.take(line.model)
        try:
            if self._resting:  # it waited while `unload` began; a call now would bring the model back
                raise self._rest()
            async with self._under_way():
                yield
        finally:
            turns.give()

    @contextlib.asynccontextmanager
    async def _under_way(self) -> AsyncIterator[None]:
        """`unload` waits for its end, and cuts it off when that takes too long."""
        try:
            async with asyncio.timeout(None) as call:
                self._running.add(call)
                try:
                    yield
                finally:
                    self._running.discard(call)
                    self._ended.set()
        except TimeoutError as error:
            raise self._rest() from error

    def _rest(self) -> ModelsAway:
        now = self._now()
        since = now if any(line.has_answered for line in self._lines.values()) else None
        return ModelsAway("the models rest while the memory is needed", until=now + _RESTING, since=since)

    def _nobody(self, tier: Tier, key: str, problems: Sequence[ModelError]) -> Reply:
        """Nobody answered: when is there use in asking again? Never, if it is the request that those cannot take."""
        lines = [line for _, line in self._candidates(tier)]
        unfit = next((problem for problem in problems if problem.code in _UNFIT), None)
        if unfit is not None and all(line.out_for() is None for line in lines):
            return Reply(key, "", "refused", reason=unfit.message)
        until = self._now() + max(min((line.away for line in lines), default=_RESTING), self._policy.soonest)
        if not problems:
            raise ModelsAway("no model is set up for this", until=until, hint="see [llm] of `randaemon config show`")
        tried = any(problem.counts and problem.code not in _UNTRIED for problem in problems)
        first = problems[0]
        raise ModelsAway(first.message, until=until, since=self._since(tier), hint=first.hint, tried=tried)

    # --- Who may be asked -------------------------------------------------------------------------------------------

    def _candidates(self, tier: Tier) -> Iterator[tuple[Tier, Line]]:
        """The tier's models in their order, then those of lighter tiers; each once."""
        seen: set[Choice] = set()
        wanted: Tier | None = tier
        while wanted is not None:
            for choice in self._policy.tiers.get(wanted, ()):
                if choice not in seen:
                    seen.add(choice)
                    yield wanted, self._lines[choice]
            wanted = wanted.lighter

    def _since(self, tier: Tier) -> float | None:
        """When the last of those that are waited for went down: the tier's own, else the next lighter one's.

        None: none of them ever answered in this home.
        """
        wanted: Tier | None = tier
        while wanted is not None:
            lines = [self._lines[choice] for choice in self._policy.tiers.get(wanted, ())]
            downs = [line.state.down_since or self._now() for line in lines if line.has_answered]
            if downs:
                return max(downs)
            wanted = wanted.lighter
        return None

    def _call(self, request: Request, line: Line) -> Call:
        return Call(
            model=line.model,
            messages=request.messages,
            schema=request.schema,
            max_tokens=request.max_tokens,
            temperature=request.temperature,
            seed=request.seed,
            context=self._policy.line.context,
        )

    # --- Servers ----------------------------------------------------------------------------------------------------

    def _build(self) -> dict[Choice, Line]:
        choices = dict.fromkeys(choice for tier in Tier for choice in self._policy.tiers.get(tier, ()))
        return {choice: self._line(choice) for choice in choices}

    def _line(self, choice: Choice) -> Line:
        slots = self._policy.slots.get(choice.server, self._policy.line.slots)
        policy = replace(self._policy.line, slots=slots)
        return Line(choice.server, self._servers[choice.server], choice.model, policy, self._now)

    def _turns_of(self, server: str) -> Turns:
        def limit(model: str) -> int:
            return self._lines[Choice(server, model)].limit.value

        def preload(model: str) -> None:
            task = asyncio.get_running_loop().create_task(self._load(server, model))
            self._loading.add(task)
            task.add_done_callback(self._loading.discard)

        return Turns(self._policy.turns, limit, preload)

    async def _load(self, server: str, model: str) -> None:
        if not self._lines[Choice(server, model)].away:
            with contextlib.suppress(ModelError):  # its first call will tell
                await self._servers[server].load(model, self._policy.line.context)

    async def _look(self, server: str) -> None:
        lines = [line for choice, line in self._lines.items() if choice.server == server]
        try:
            names = await self._servers[server].models()
        except ModelMissing:
            for line in lines:
                line.learnt(present=None)
        except ModelError as error:
            for line in lines:
                line.failed(error)
        else:
            for line in lines:
                line.learnt(any(check.same_model(line.model, name) for name in names))

    def _tell(self, line: Line, request: Request, outcome: str, seconds: float, answer: Answer | None = None) -> None:
        usage = Usage(
            at=self._now(),
            server=line.state.server,
            provider=line.state.provider,
            model=line.model,
            tier=request.tier.value,
            purpose=request.purpose.value,
            outcome=outcome,
            prompt_tokens=answer.prompt_tokens if answer else 0,
            completion_tokens=answer.completion_tokens if answer else 0,
            seconds=seconds,
        )
        self._used(usage)


def _is_unfit(problems: Sequence[ModelError]) -> bool:
    """Would the models before never take this request? Then a lighter one's word is the last: nobody is away."""
    return bool(problems) and all(problem.code in _UNFIT for problem in problems)


def _ready(line: Line, call: Call) -> None:
    """Raise why this model need not be asked this now."""
    if line.away:
        raise line.left_alone()
    if not line.fits(call):
        size = f"{line.budget.tokens(call.messages)} + {call.max_tokens} tokens"
        told = f"the request ({size}) does not fit into the {call.context} tokens of {line.model}"
        where = {"endpoint": line.state.endpoint, "model": line.model}
        raise ModelUnsent(told, hint="raise llm.context", code="E_LLM_LONG", **where)


def _ok(key: str, text: str, line: Line, answers: Sequence[Answer], seconds: float) -> Reply:
    return Reply(
        key=key,
        text=text,
        outcome="ok",
        model=line.model,
        provider=line.state.provider,
        prompt_tokens=sum(answer.prompt_tokens for answer in answers),
        completion_tokens=sum(answer.completion_tokens for answer in answers),
        seconds=seconds,
    )


def _refused(key: str, line: Line, error: ModelOutputError) -> Reply:
    return Reply(key, "", "refused", line.model, line.state.provider, reason=error.message)
