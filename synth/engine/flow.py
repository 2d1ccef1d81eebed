"""Records on their way through the stages: who waits for which reply, what is to be asked next, what came out."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from lemma_eval.completion import Completion, Failure
from lemma_eval.errors import LemmaEvalError
from lemma_eval.request import Request
from lemma_eval.store import Store

from ..records import Reason, Record, Reject
from ..stage import Ask, Done, Stage
from ..teacher import is_recorded
from .outcome import Outcome, StageResult, Usage, tokens_of
from .progress import StageProgress

_PORTION = 64  # inputs worked off together: one look-up, and not long until the engine gets its next request
_AHEAD = 1024  # requests ready at a stage and those before it, beyond which none are made there
_FINAL = ("prompt_too_long", "refused")  # reasons of failures that asking again would not change


@dataclass(slots=True, eq=False)
class _Input:
    """A record in a stage with a step, the requests it asked for, and those of them that are in flight."""

    place: int
    record: Record
    asked: list[str] = field(default_factory=list)
    open: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Wanted:
    """A request without a reply: `open` (in flight, or to be asked), `failed` in this call or before, or `unasked`."""

    request: Request
    place: int  # of the first of the stages that want it
    state: Literal["open", "failed", "unasked"]
    waiting: list[_Input] = field(default_factory=list)


class Flow:
    """The state of a synthesis under way; what it asks for goes out by `next_request` and comes back by `settle`.

    Replies are looked up in the store, where `settle` says that they are, and not held: a text lives on in records
    only. Without `asking`, requests are not handed out but count as unanswered.
    """

    def __init__(
        self,
        stages: Sequence[Stage],
        roots: Mapping[str, StageResult],
        store: Store,
        *,
        asking: bool,
        accept_missing: bool,
    ) -> None:
        names = [*roots, *(stage.name for stage in stages)]
        for place, stage in enumerate(stages):
            known = names[: len(roots) + place]
            if (
                stage.name in known
                or not set(stage.after) <= set(known)
                or (stage.step is None) == (stage.fold is None)
            ):
                raise ValueError(f"stage {stage.name}: needs a name of its own, stages before it, and a step or a fold")
        self.progress = [StageProgress(stage.name) for stage in stages]
        self._stages, self._roots, self._store = stages, roots, store
        self._asking, self._accept = asking, accept_missing
        self._behind = {name: [n for n, stage in enumerate(stages) if name in stage.after] for name in names}
        self._todo: list[deque[_Input]] = [deque() for _ in stages]
        self._ready: list[deque[str]] = [deque() for _ in stages]
        self._inputs: list[dict[str, Record] | None] = [{} if stage.fold else None for stage in stages]  # of folds
        self._seen: list[set[str]] = [set() for _ in stages]
        self._under_way = [0] * len(stages)  # inputs of a step that are neither through nor waiting
        self._blocking = [0] * len(stages)  # inputs that wait in a way that no fold after them may be passed
        self._records: list[list[Record]] = [[] for _ in stages]
        self._rejects: list[list[Reject]] = [[] for _ in stages]
        self._moved = True  # some input got through, or waits: perhaps a fold's turn has come
        self._wanted: dict[str, _Wanted] = {}
        self._final: dict[str, Failure] = {}
        self._user: dict[str, int | None] = {}  # by request that was wanted: the first stage that used its reply
        self._usage = [[0, 0, 0] for _ in stages]
        self._cost = [Fraction(0) for _ in stages]  # exact, so that the order of replies changes no digit
        for name, root in roots.items():
            for record in root.records:
                self._enter(name, record)

    def advance(self) -> bool:
        """Work off some inputs whose replies are there, those of early stages first; False if there were none.

        Not more than the engine will soon ask for: a prompt is long, and all of a stage's together fill the memory.
        """
        portion: list[_Input] = []
        ahead = 0
        for inputs, ready in zip(self._todo, self._ready, strict=True):
            ahead += len(ready)
            if ahead >= _AHEAD:
                break
            while inputs and len(portion) < _PORTION:
                portion.append(inputs.popleft())
        if not portion:
            return self._fold()
        replies = self._store.completions([each for one in portion for each in one.asked])
        asks = [(each, ask) for each in portion if (ask := self._step(each, replies)) is not None]
        if asks:
            self._ask(asks)
        self._fold()
        return True

    def next_request(self) -> Request | None:
        """The next request for the engine, of the earliest stage that has one; None: there is none now."""
        for ready in self._ready:
            if ready:
                return self._wanted[ready.popleft()].request
        return None

    @property
    def ready(self) -> bool:
        """Whether `next_request` has one."""
        return any(self._ready)

    def settle(self, request_id: str, failure: Failure | None, tokens: int = 0, cost: float = 0.0) -> None:
        """A request has its reply in the store, or has failed; a result for one that nobody waits for is ignored."""
        wanted = self._wanted.get(request_id)
        if wanted is None or wanted.state != "open":
            return
        progress = self.progress[wanted.place]
        if failure is None:
            progress.answered += 1
            progress.tokens += tokens
            progress.cost += cost
        else:
            progress.failed += 1
        if failure is not None and not _is_final(wanted.request, failure):
            wanted.state = "failed"
        else:
            del self._wanted[request_id]
            if failure is not None:
                self._final[request_id] = failure
        waiting, wanted.waiting = wanted.waiting, []
        for each in waiting:
            each.open.discard(request_id)
            if not each.open:
                self._go_on(each)

    def outcome(self) -> Outcome:
        """What came out so far."""
        results = dict(self._roots)
        for place, (stage, progress) in enumerate(zip(self._stages, self.progress, strict=True)):
            held = len(self._inputs[place] or ())
            replies, prompt, new = self._usage[place]
            results[stage.name] = StageResult(
                stage.name,
                stage.version,
                progress.taken,
                progress.passed,
                progress.waiting + held + self._under_way[place],
                tuple(sorted(self._records[place], key=lambda record: record.id)),
                tuple(sorted(self._rejects[place], key=lambda each: (each.record.id, each.reason, each.detail))),
                Usage(replies, prompt, new, float(self._cost[place])),
            )
        wanted = sorted(self._wanted.values(), key=lambda each: (each.place, each.request.id))
        return Outcome(results, tuple((self._stages[each.place].name, each.request) for each in wanted))

    def _enter(self, name: str, record: Record) -> None:
        """A record came out of the stage `name`: into all behind it."""
        for place in self._behind[name]:
            if record.id in self._seen[place]:
                raise RuntimeError(f"stage {self._stages[place].name}: record {record.id} came twice")
            self._seen[place].add(record.id)
            self.progress[place].taken += 1
            if (inputs := self._inputs[place]) is not None:
                inputs[record.id] = record
            else:
                self._under_way[place] += 1
                self._todo[place].append(_Input(place, record))

    def _step(self, each: _Input, replies: Mapping[str, Completion]) -> Ask | None:
        """Call the stage's step; what it wants to ask, if it is not done."""
        stage, given = self._stages[each.place], [replies[one] for one in each.asked]
        for reply in given:
            self._use(each.place, reply)
        assert stage.step is not None
        with _named(stage, f"on record {each.record.id}"):
            found = stage.step(each.record, given)
        if isinstance(found, Ask):
            if {request.id for request in found.requests} <= set(each.asked):
                raise RuntimeError(f"stage {stage.name}: asks nothing new on record {each.record.id}")
            return found
        if not isinstance(found, Done) or not (found.records or found.rejects):
            raise RuntimeError(f"stage {stage.name}: neither records nor rejects for record {each.record.id}")
        self._under_way[each.place] -= 1
        self.progress[each.place].passed += bool(found.records)
        self.progress[each.place].rejected += not found.records
        self._out(each.place, found)
        return None

    def _out(self, place: int, done: Done) -> None:
        self._moved = True
        self._records[place] += done.records
        self._rejects[place] += done.rejects
        for record in done.records:
            self._enter(self._stages[place].name, record)

    def _use(self, place: int, reply: Completion) -> None:
        """Count a reply once, for the first stage that uses it."""
        before = self._user[reply.request_id]
        if before is not None and before <= place:
            return
        self._user[reply.request_id] = place
        prompt, new = tokens_of(reply)
        cost = Fraction(reply.meta.get("cost", 0.0))
        for stage, sign in ((place, 1), (before, -1)):
            if stage is not None:
                counts = (1, prompt, new)
                self._usage[stage] = [a + sign * b for a, b in zip(self._usage[stage], counts, strict=True)]
                self._cost[stage] += sign * cost

    def _ask(self, asks: Sequence[tuple[_Input, Ask]]) -> None:
        """Note what is to be asked and is not answered; inputs whose replies are all there go on."""
        places: dict[str, tuple[Request, int]] = {}
        for each, ask in asks:
            for request in ask.requests:
                if request.id in self._wanted:
                    self._wanted[request.id].place = min(self._wanted[request.id].place, each.place)
                elif request.id not in self._final:
                    places.setdefault(request.id, (request, each.place))
        self._look_up(places)
        for each, ask in asks:
            each.asked += (request.id for request in ask.requests)
            for request_id in each.asked:
                wanted = self._wanted.get(request_id)
                if wanted is not None and wanted.state == "open" and request_id not in each.open:
                    each.open.add(request_id)
                    wanted.waiting.append(each)
            if not each.open:
                self._go_on(each)

    def _look_up(self, places: Mapping[str, tuple[Request, int]]) -> None:
        ids, new = list(places), []
        for start in range(0, len(ids), _PORTION):
            portion = ids[start : start + _PORTION]
            answered, failures = self._store.answered(portion), self._store.failures_of(portion)
            for request_id in portion:
                request, place = places[request_id]
                failure = failures.get(request_id)
                new_here = request_id not in self._user
                self._user.setdefault(request_id, None)
                self.progress[place].asked += new_here
                if request_id in answered:
                    self.progress[place].stored += new_here
                elif failure is not None and _is_final(request, failure):
                    self.progress[place].failed += 1
                    self._final[request_id] = failure
                elif self._asking:
                    new.append(request)
                    self._wanted[request_id] = _Wanted(request, place, "open")
                    self._ready[place].append(request_id)
                else:
                    self._wanted[request_id] = _Wanted(request, place, "failed" if failure else "unasked")
        if new:
            self._store.note(new)

    def _go_on(self, each: _Input) -> None:
        """None of the input's requests is open any more: its step goes on, or it is rejected, or it waits."""
        failure = next((self._final[one] for one in each.asked if one in self._final), None)
        states = [self._wanted[one].state for one in each.asked if one in self._wanted]
        progress = self.progress[each.place]
        if failure is None and not states:
            self._todo[each.place].append(each)
            return
        self._moved = True
        self._under_way[each.place] -= 1
        if failure is not None:
            detail = " ".join(f"{failure.reason}: {failure.message}".split())
            progress.rejected += 1
            self._rejects[each.place].append(Reject(each.record, Reason.NO_REPLY, detail))
        else:
            progress.waiting += 1
            self._blocking[each.place] += not self._accept or "unasked" in states

    def _fold(self) -> bool:
        """Run the folds that nothing can reach any more; whether there was one."""
        if not self._moved:
            return False
        self._moved = False
        ran, closed = False, {name: self._accept or not root.waiting for name, root in self._roots.items()}
        for place, stage in enumerate(self._stages):
            complete = all(closed[name] for name in stage.after)
            if complete and (inputs := self._inputs[place]):
                self._inputs[place] = {}
                self._run_fold(place, inputs)
                ran = True
            closed[stage.name] = complete and not self._under_way[place] and not self._blocking[place]
        return ran

    def _run_fold(self, place: int, inputs: Mapping[str, Record]) -> None:
        stage = self._stages[place]
        assert stage.fold is not None
        with _named(stage, f"over {len(inputs)} records"):
            done = stage.fold([inputs[each] for each in sorted(inputs)])
        rejected = {reject.record.id for reject in done.rejects}
        if len(rejected) < len(done.rejects) or not rejected <= inputs.keys():
            raise RuntimeError(f"stage {stage.name}: its fold rejects a record twice, or one that it was not given")
        self.progress[place].rejected += len(rejected)
        self.progress[place].passed += len(inputs) - len(rejected)
        self._out(place, done)


def _is_final(request: Request, failure: Failure) -> bool:
    """Whether asking again is in vain.

    What a file of recorded generations does not hold it never will. The results of a batch hold what was asked for when
    it was sent.
    """
    return failure.reason in _FINAL or (failure.reason == "not_recorded" and is_recorded(request))


@contextmanager
def _named(stage: Stage, what: str) -> Iterator[None]:
    """What a stage raises is our mistake, unless it is meant for the user: it is told where."""
    try:
        yield
    except LemmaEvalError:
        raise
    except Exception as error:
        raise RuntimeError(f"stage {stage.name}: failed {what} ({type(error).__name__}: {error})") from error
