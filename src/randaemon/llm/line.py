"""One model on one server: its breaker, its limit, its budget and what is known about it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from randaemon.errors import ModelError, ModelMissing, ModelOverloaded, ModelRefused, ModelUnavailable, ModelUnsent
from randaemon.llm import check
from randaemon.llm.breaker import Breaker, BreakerPolicy
from randaemon.llm.budget import Budget
from randaemon.llm.limit import Limit
from randaemon.llm.server import ChatModel
from randaemon.llm.states import ModelState
from randaemon.model import Answer, Call, Message

_PROBE = (Message("user", "Hi"),)
ABSENT = frozenset({"E_LLM_NOBODY", "E_LLM_TIMEOUT"})
_RECENT = 0.2  # weight of the newest call in the tokens a second


@dataclass(frozen=True, slots=True)
class LinePolicy:
    """How one model is called."""

    slots: int = 4
    attempts: int = 3  # of one call, within one answer
    first_wait: float = 0.2  # seconds before the second attempt; doubled for the third
    context: int = 8192  # tokens
    look_again: float = 60.0  # seconds until a model is asked again that was missing, or that never answered at all
    breaker: BreakerPolicy = field(default_factory=BreakerPolicy)


class Line:
    """Calls of one model, guarded. `now` is the time of day, for what is shown and kept."""

    def __init__(
        self, name: str, chat: ChatModel, model: str, policy: LinePolicy, now: Callable[[], float] = time.time
    ) -> None:
        self.limit = Limit(policy.slots)
        self.budget = Budget(chat.counter(model))
        self.breaker = Breaker(policy.breaker)
        self.state = ModelState(name, chat.provider, chat.endpoint, model, (), slots=policy.slots)
        self._chat = chat
        self._policy = policy
        self._now = now
        self._not_before = 0.0  # of what the user has to mend: a missing model, a key
        self._deserted = False  # it is down because nobody is at its server

    @property
    def model(self) -> str:
        """Its name."""
        return self.state.model

    @property
    def has_answered(self) -> bool:
        """Ever, in this home."""
        return self.state.answered_at is not None

    @property
    def away(self) -> float:
        """Seconds for which there is no use in asking; 0 when there is."""
        return max(self._not_before - self._now(), self.breaker.wait, 0.0)

    def out_for(self) -> float | None:
        """Seconds since it went down; None when it is up, or never was."""
        down = self.state.down_since
        return None if down is None or not self.has_answered else self._now() - down

    def fits(self, call: Call) -> bool:
        """Is there room for the prompt and the longest answer?"""
        return self.budget.tokens(call.messages) + call.max_tokens <= call.context

    def left_alone(self) -> ModelUnavailable:
        """What to raise while there is no use in asking."""
        told = self.state.error or f"{self.model} at {self.state.endpoint} is left alone for now"
        where = {"endpoint": self.state.endpoint, "model": self.model}
        return ModelUnavailable(told, hint=self.state.advice, code="E_LLM_OPEN", **where)

    async def ask(self, call: Call) -> Answer:
        """Call, again where that may help. Raises ModelError; ModelUnavailable at once while the breaker is open."""
        import stamina

        async for attempt in stamina.retry_context(
            on=self._helps,
            attempts=self._policy.attempts,
            timeout=None,
            wait_initial=self._policy.first_wait,
            wait_jitter=self._policy.first_wait,
            wait_max=10.0,
        ):
            with attempt:
                return await self._once(call)
        raise AssertionError  # the last attempt returns or raises

    def restore(self, known: ModelState) -> None:
        """What an earlier life knew. An open breaker stays open for what is left of its pause."""
        self.state = replace(
            self.state, tried_at=known.tried_at, answered_at=known.answered_at, down_since=known.down_since,
            present=known.present, reachable=known.reachable, error=known.error, advice=known.advice,
            tokens_per_second=known.tokens_per_second,
        )  # fmt: skip
        self._deserted = known.reachable is False
        if known.probe_at is not None and known.breaker != "closed":
            wait = known.probe_at - self._now()
            self.breaker.trip(min(max(wait, 0.0), self._policy.breaker.longest))

    def snapshot(self) -> ModelState:
        """What is known now."""
        wait = self.breaker.wait
        return replace(
            self.state,
            breaker=self.breaker.state,
            failures=self.breaker.failures,
            probe_at=None if self.breaker.state == "closed" else self._now() + wait,
            slots=self.limit.value,
        )

    def learnt(self, present: bool | None) -> None:
        """The server has told whether it has the model; None: it answers, and tells no list."""
        lacks = present is False
        told = f"the model {self.model} is not installed at {self.state.endpoint}" if lacks else ""
        advice = self._chat.advice(self.model) if lacks else ""
        self._not_before = self._now() + self._policy.look_again if lacks else 0.0
        if not lacks and not self.has_answered and self.breaker.state == "open":
            self.breaker.trip(0.0)  # it was only thought to be absent
        self.state = replace(
            self.state, reachable=True, present=present, tried_at=self._now(), error=told, advice=advice
        )

    def nobody(self, error: ModelError) -> None:
        """Another model of the same server found nobody there."""
        self._deserted = True
        if not self.has_answered:
            self.breaker.trip(self._policy.look_again)
        now = self._now()
        self.state = replace(
            self.state,
            tried_at=now,
            reachable=False,
            down_since=self.state.down_since or now,
            error=error.message,
            advice=error.hint,
        )

    def somebody(self) -> None:
        """Another model of the same server was answered: if this one was down for want of a server, it is no more."""
        if not self._deserted:
            return
        self._deserted = False
        if self.breaker.state == "open":
            self.breaker.trip(0.0)  # the next caller finds out
        self.state = replace(self.state, reachable=True, down_since=None, error="", advice="")

    def failed(self, error: ModelError) -> None:
        """It did not answer, or not as it should."""
        self.breaker.failed(error)
        self._deserted = error.code == "E_LLM_NOBODY"
        if isinstance(error, ModelOverloaded):
            self.limit.overloaded()
        if error.code in ABSENT and not self.has_answered:  # nobody may be there at all: not to be asked by every chunk
            self.breaker.trip(self._policy.look_again)
        elif isinstance(error, ModelMissing) or (isinstance(error, ModelRefused) and error.code != "E_LLM_STATUS"):
            self._not_before = self._now() + self._policy.look_again
        self.state = replace(
            self.state,
            failed=self.state.failed + 1,
            tried_at=self._now(),
            reachable=self._reached(error),
            present=False if isinstance(error, ModelMissing) else self.state.present,
            down_since=(self.state.down_since or self._now()) if _is_outage(error) else self.state.down_since,
            error=error.message,
            advice=error.hint,
        )

    def _reached(self, error: ModelError) -> bool | None:
        """Was somebody there? What was never sent leaves that as it was."""
        if isinstance(error, ModelUnsent):
            return self.state.reachable
        return not isinstance(error, ModelUnavailable) or isinstance(error, ModelOverloaded)

    async def _once(self, call: Call) -> Answer:
        if not await self.breaker.admitted(self._probe):
            raise self.left_alone()
        before = self.state.calls
        try:
            answer = await self._chat.chat(call)
            self._recognise(answer)
        except ModelError as error:
            self.failed(error)
            alone = self.state.calls == before  # nobody was answered meanwhile: it hangs, and a probe decides
            if error.code == "E_LLM_TIMEOUT" and alone and self.breaker.state == "closed":
                self.breaker.trip(self._policy.breaker.pause)
            raise
        self.breaker.succeeded()
        self.limit.succeeded()
        self._answered(call, answer)
        return answer

    async def _probe(self) -> None:
        """One token: a server may tell its version while its generation hangs."""
        try:
            self._recognise(await self._chat.chat(Call(self.model, _PROBE, max_tokens=1, context=self._policy.context)))
        except ModelError as error:
            self.failed(error)
            raise
        self._deserted = False
        self.state = replace(self.state, reachable=True, down_since=None, error="", advice="")

    def _recognise(self, answer: Answer) -> None:
        if not check.same_model(self.model, answer.model):
            raise ModelMissing(
                f"{self.state.endpoint} answers as another model than {self.model}",
                hint=self._chat.advice(self.model), code="E_LLM_OTHER", endpoint=self.state.endpoint, model=self.model,
            )  # fmt: skip

    def _answered(self, call: Call, answer: Answer) -> None:
        self._deserted = False
        self.budget.learn(call.messages, answer.prompt_tokens)
        speed = answer.completion_tokens / answer.seconds if answer.seconds > 0 else 0.0
        before = self.state.tokens_per_second
        self.state = replace(
            self.state,
            calls=self.state.calls + 1,
            tokens_per_second=speed if not before else before + _RECENT * (speed - before),
            reachable=True,
            present=True,
            tried_at=self._now(),
            answered_at=self._now(),
            down_since=None,
            error="",
            advice="",
        )

    def _helps(self, error: Exception) -> bool:
        """Another attempt: after a stumble, not after a hang that cost minutes, and not once the breaker is open."""
        passing = isinstance(error, ModelError) and error.passing and error.code not in ("E_LLM_TIMEOUT", "E_LLM_OPEN")
        return passing and self.breaker.state == "closed"


def _is_outage(error: ModelError) -> bool:
    return error.counts or isinstance(error, ModelMissing)
