"""One call after another to a server: paced, asked again after trouble, paid for from a budget."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from lemma_eval.calling.gate import Gate
from lemma_eval.calling.prices import Budget
from lemma_eval.calling.rate_limits import Ticket, TokenEstimate
from lemma_eval.calling.retrying import Retry
from lemma_eval.completion import Completion, Failure, FailureReason
from lemma_eval.errors import BudgetError, ModelError
from lemma_eval.request import Request

from .address import check_reachable, refused_key
from .client import Post
from .continuing import NotContinuedError, cannot_continue, trial, wants_proof
from .errors import Trouble, trouble_of, trouble_of_error
from .request import Form, Usage, call, completions, usage_of

_BYTES_PER_TOKEN = 2  # at least, so that what is set aside for a prompt suffices
_PER_MESSAGE = 16  # tokens that a chat template adds


@dataclass(slots=True)
class Calls:
    """The calls of one sitting, all in one event loop. `single` is set once the server has no use for `n`.

    The first call that gives the beginning of a reply goes alone: others wait until the server has gone on with it.
    """

    address: str
    key: str = field(repr=False)
    model: str
    form: Form
    seed: int
    retry: Retry
    timeout: float
    gate: Gate
    post: Post
    budget: Budget | None = None
    single: bool = False
    _estimate: TokenEstimate = field(default_factory=TokenEstimate)
    _dice: random.Random = field(default_factory=random.Random)
    _settled: asyncio.Event = field(default_factory=asyncio.Event)
    _continues: bool = False  # the server has gone on with a beginning
    _trial: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def answers(self, run: Sequence[Request]) -> AsyncIterator[Completion | Failure]:
        """Results for `run`, consecutive samples of a series: one call, or one each where the server does not do `n`.

        Raises a LemmaEvalError that stops the run.
        """
        if wants_proof(run) and not self._continues:
            async with self._trial:
                if self.form.echo and not self._continues:
                    await self._prove(run[0])
                made = [] if self._continues else [result async for result in self._answers(run)]
            if made:
                for result in made:
                    yield result
                return
        async for result in self._answers(run):
            yield result

    async def _prove(self, request: Request) -> None:
        """Find out by one small call whether the server goes on with a beginning. Raises ModelError if not."""
        told = await self._ask([trial(request)])
        if not isinstance(told, Trouble):
            self._continues = True
            self._book(sum(each.meta.get("cost", 0.0) for each in told))
        elif told.kind == "refused":
            raise self.gate.stop(cannot_continue(self.address, told.message))
        # Other trouble meets the call itself, which then is the proof.

    async def _answers(self, run: Sequence[Request]) -> AsyncIterator[Completion | Failure]:
        whole = len(run) == 1 or not self.single
        told = await self._ask(run) if whole else []
        if isinstance(told, Trouble) and len(run) > 1:  # perhaps it is `n` that it refuses
            alone = await self._ask(run[:1])
            if isinstance(alone, list) and told.kind == "refused":
                self.single = True
            told = alone
        if isinstance(told, Trouble):
            if told.kind == "refused" and wants_proof(run) and not self._continues:
                raise self.gate.stop(cannot_continue(self.address, told.message))
            reason: FailureReason = "prompt_too_long" if told.kind == "too_long" else "refused"
            for request in run:
                yield Failure(request.id, "error" if told.kind == "again" else reason, told.message)
            return
        self._continues = self._continues or (bool(told) and wants_proof(run))
        for completion in told:
            yield completion
        if len(told) < len(run):
            self.single = True
            for request in run[len(told) :]:
                async for result in self._answers([request]):
                    yield result

    async def _ask(self, run: Sequence[Request]) -> list[Completion] | Trouble:
        """The completions of one call, or what became of its last attempt."""
        path, body = call(run, self.model, self.form, self.seed)
        size = _Size.of(run[0], body)
        attempts, began, waiting = 0, time.monotonic(), None
        while True:
            reserved = await self._reserve(size)
            cost = 0.0
            try:
                ticket = await self.gate.enter(lambda: self._estimate.of(size.characters, size.new, size.n))
                told = await self._once(path, body, run, ticket)
                cost = self._cost(told, size, reserved)
            finally:
                self._settle(reserved, cost)
            if not isinstance(told, Trouble):
                return self._priced(told[0], cost)
            self._book(cost)
            now = time.monotonic()
            if told.kind == "wait":
                waiting = now if waiting is None else waiting
                if (gone := self._impatient(told, now - waiting, waiting)) is not None:
                    return gone
                continue
            waiting = None
            if told.kind != "again":
                return self._given_up(told)
            attempts += 1
            if attempts >= self.retry.attempts:
                await self._check_alive(told, began)
                return replace(told, message=f"given up after {attempts} attempts: {told.message}")
            await self.gate.sleep(max(self.retry.pause(attempts, self._dice), told.seconds or 0.0))

    async def _once(
        self, path: str, body: dict[str, Any], run: Sequence[Request], ticket: Ticket
    ) -> tuple[list[Completion], Usage] | Trouble:
        """One attempt; the throttle hears of its end whatever that is."""
        throttle = self.gate.throttle
        open_ticket = True
        try:
            async with asyncio.timeout(self.timeout):
                reply = await self.post(path.removeprefix("/v1"), body)
            if (trouble := trouble_of(reply, self.key)) is not None:
                if trouble.kind == "wait":
                    throttle.refused(ticket, time.monotonic(), trouble.seconds)
                    open_ticket = False
                return trouble
            told = reply.json()
            made = completions(run, told, self.model, self.form.echo)
            usage = usage_of(told)
            tokens = None if usage.completion is None else (usage.prompt or 0) + usage.completion
            throttle.succeeded(ticket, time.monotonic(), tokens)
            open_ticket = False
            self._estimate.seen(_characters(run[0]), len(made), usage.prompt, usage.completion)
            return made, usage
        except NotContinuedError as error:
            raise self.gate.stop(cannot_continue(self.address, str(error))) from None
        except Exception as error:
            if (trouble := trouble_of_error(error, self.key, self.timeout)) is None:
                raise
            return trouble
        finally:
            if open_ticket:
                throttle.finished(ticket)
            self.gate.changed()

    def _impatient(self, told: Trouble, waited: float, since: float) -> Trouble | None:
        """What becomes of a call that the server has put off for too long."""
        patience = self.retry.patience
        if (told.seconds or 0.0) > patience:
            raise self.gate.stop(
                ModelError(
                    f"{self.address} wants to be asked again in {told.seconds:.0f} seconds only ({told.message}); "
                    "the same command goes on then"
                )
            )
        if waited < patience:
            return None
        heard = self.gate.throttle.last_success
        if heard is None or heard < since:
            raise self.gate.stop(
                ModelError(f"{self.address} has put off all calls for {waited:.0f} seconds ({told.message}); try later")
            )
        return replace(told, kind="again", message=f"put off for {waited:.0f} seconds: {told.message}")

    def _given_up(self, told: Trouble) -> Trouble:
        """`told` if it concerns one request; what concerns all stops the run."""
        if told.status == 401:
            raise self.gate.stop(refused_key(self.address, self.key, told.message))
        if told.kind == "stop":
            raise self.gate.stop(
                ModelError(f"{self.address}: the account has nothing left ({told.message}); the same command goes on")
            )
        if told.status == 404 and self.gate.throttle.last_success is None:
            raise self.gate.stop(
                ModelError(f"{self.address}: nothing there for '{self.model}' ({told.message}); check --base-url")
            )
        return told

    async def _check_alive(self, told: Trouble, began: float) -> None:
        """Stop the run if the server has gone: each request would only fail like this one."""
        heard = self.gate.throttle.last_success
        if told.answered or (heard is not None and heard > began):
            return
        try:
            await asyncio.to_thread(check_reachable, self.address, self.key)
        except ModelError as error:
            raise self.gate.stop(error) from None

    async def _reserve(self, size: _Size) -> float:
        """Set aside what the call can cost at most. Waits for calls in flight to settle, if it does not fit now."""
        if self.budget is None:
            return 0.0
        while (reserved := self.budget.reserve(size.prompt, size.new, size.n)) is None:
            if self.gate.stopped:
                raise self.gate.stopped
            if not self.budget.in_flight:
                limit, spent = self.budget.max_cost, self.budget.spent
                raise self.gate.stop(
                    BudgetError(
                        f"stopped at --max-cost {limit:.2f}: about {spent:.2f} USD spent; a higher --max-cost goes on"
                    )
                )
            self._settled.clear()
            await self._settled.wait()
        return reserved

    def _settle(self, reserved: float, cost: float) -> None:
        if self.budget is not None:
            self.budget.settle(reserved, cost)
            self._settled.set()

    def _cost(self, told: tuple[list[Completion], Usage] | Trouble, size: _Size, reserved: float) -> float:
        """USD that an attempt took from the budget: what it is known to cost, else what it may have."""
        if self.budget is None or (isinstance(told, Trouble) and told.answered):
            return 0.0
        if isinstance(told, Trouble):  # cut off or too late: the service may have done the work
            each = self._estimate.completion
            new = size.new if each is None else min(size.new, int(each) + 1)
            return min(reserved, self.budget.price.cost(size.prompt, new * size.n))
        known = self._known_cost(told[1])
        return reserved if known is None else known

    def _known_cost(self, usage: Usage) -> float | None:
        if self.budget is None or usage.prompt is None or usage.completion is None:
            return None
        return self.budget.price.cost(usage.prompt, usage.completion, usage.cached)

    def _book(self, cost: float) -> None:
        """A cost that goes with the next completion, be it of a later call of the engine."""
        if self.budget is not None:
            self.budget.unbooked += cost

    def _priced(self, made: list[Completion], cost: float) -> list[Completion]:
        """The cost of the whole call goes with its first completion, and that of the failed attempts before it.

        So what is stored adds up to what the budget was charged, and a later sitting goes on from there.
        """
        if self.budget is None:
            return made
        cost, self.budget.unbooked = cost + self.budget.unbooked, 0.0
        return [replace(made[0], meta={**made[0].meta, "cost": cost}), *made[1:]]


@dataclass(frozen=True, slots=True)
class _Size:
    """What a call takes at most: `prompt` tokens, `new` tokens for each of `n` completions."""

    characters: int
    prompt: int
    new: int
    n: int

    @classmethod
    def of(cls, request: Request, body: Mapping[str, Any]) -> _Size:
        limits = [body[name] for name in ("max_tokens", "max_completion_tokens") if isinstance(body.get(name), int)]
        n = body.get("n", 1)
        texts = [request.prompt] if isinstance(request.prompt, str) else [each.content for each in request.prompt]
        size = sum(len(text.encode("utf-8", "replace")) for text in texts)
        prompt = size // _BYTES_PER_TOKEN + _PER_MESSAGE * len(texts)
        return cls(_characters(request), prompt, max(limits, default=request.sampling.max_tokens), n)


def _characters(request: Request) -> int:
    if isinstance(request.prompt, str):
        return len(request.prompt)
    return sum(len(message.content) for message in request.prompt)
