"""The engine's laws: nothing lost, nothing asked twice, and no order matters."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lemma_eval.backend import Backend, Pausing
from lemma_eval.completion import Completion, Failure, FailureReason
from lemma_eval.errors import BudgetError, ModelError
from lemma_eval.request import Request
from lemma_eval.store import Store
from lemma_eval.synth.engine.dataflow import carry_through
from lemma_eval.synth.engine.outcome import Outcome, StageResult
from lemma_eval.synth.engine.progress import StageProgress
from lemma_eval.synth.records import Reason, Record, Reject
from lemma_eval.synth.stage import Ask, Done, Stage
from tests.scripted_backend import Scripted

from . import toy_stages as toy

TEXTS = [f"text {n}" for n in range(12)]
TEXT = st.sampled_from([f"{how} {n}" for how in ("text", "said") for n in range(20)])
ALIKE = st.lists(TEXT, max_size=25, unique=True)


@dataclass(slots=True)
class Slots:
    """An engine that holds up to `slots` requests and gives any of them its result, as `dice` falls.

    It fails those that `failing` names, stops with `error` after `most` results, and counts what it gave.
    """

    slots: int = 4
    dice: random.Random = field(default_factory=lambda: random.Random(0))
    pauses: bool = True
    most: int = -1
    error: BaseException | None = None
    failing: Mapping[str, FailureReason] = field(default_factory=dict)
    seconds: float = 0.0
    priced: bool = False  # each reply has a price of its own, so that the order of a sum shows
    model: str = toy.MODEL
    label: str = toy.MODEL
    name: str = "slots"
    version: str = "1"
    settings: Mapping[str, Any] = field(default_factory=dict)
    keyed: bool = False
    chat: bool = True
    entered: int = 0
    called: int = 0
    asked: list[str] = field(default_factory=list)
    given: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        self.entered += 1
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def generate(self, requests: Iterable[Request | None]) -> Iterator[Completion | Failure]:
        self.called += 1
        source, held, more = iter(requests), list[Request](), True
        while True:
            while more and len(held) < self.slots:
                try:
                    request = next(source)
                except StopIteration:
                    more = False
                    break
                if request is None:
                    assert self.pauses
                    assert held
                    break
                held.append(request)
                self.asked.append(request.id)
            if not held:
                return
            if len(self.given) == self.most and self.error is not None:
                raise self.error
            request = held.pop(self.dice.randrange(len(held)))
            self.given.append(request.id)
            time.sleep(self.seconds)
            if (reason := self.failing.get(toy.asked(request))) is not None:
                yield Failure(request.id, reason, f"no reply\nto {toy.asked(request)}")
            else:
                cost = toy.number(request.id) / 3e9 if self.priced else 0.1
                yield Completion(request.id, toy.reply(request), "stop", 5, 3, meta={"cost": cost})


def carried(
    path: Path, backend: Backend | None, stages: Sequence[Stage] | None = None, **given: Any
) -> tuple[Outcome, tuple[int, int, int]]:
    """What comes of the toy stages with a store at `path`, and the store's counts."""
    roots = given.pop("roots", None) or toy.roots(TEXTS)
    with Store(path) as store:
        return carry_through(stages or toy.stages(), roots, store, backend, **given), store.counts()


def check_conservation(outcome: Outcome, stages: Sequence[Stage]) -> None:
    """Every input is output, rejected or waiting exactly once."""
    for stage in stages:
        found = outcome.stages[stage.name]
        inputs = [record.id for name in stage.after for record in outcome.stages[name].records]
        assert found.taken == len(inputs) == len(set(inputs))
        rejected = [reject.record.id for reject in found.rejects]
        assert len(rejected) == len(set(rejected))
        if stage.name == "distribution":
            through = set(inputs) if found.passed else set()
        else:
            through = {one for each in found.records for one in (each.id, each.parent and each.parent.id)} & {*inputs}
        assert not through & set(rejected)
        assert through | set(rejected) <= set(inputs)
        assert (len(through), len(rejected)) == (found.passed, found.taken - found.passed - found.waiting)
        assert [each.id for each in found.records] == sorted(each.id for each in found.records)
        assert rejected == sorted(rejected)


@given(ALIKE, st.integers(1, 9), st.booleans(), st.integers(0, 2**32))
@settings(max_examples=20)
def test_no_order_matters_and_nothing_is_lost(texts: list[str], slots: int, pauses: bool, seed: int) -> None:
    dice = random.Random(seed)  # hypothesis' own would be asked as often as the clock has it
    with tempfile.TemporaryDirectory() as folder:
        plain = Slots(1, priced=True)
        expected, counts = carried(Path(folder, "plain"), plain, roots=toy.roots(texts))
        shuffled = list(texts)
        dice.shuffle(shuffled)
        backend = Slots(slots, dice, pauses, priced=True)
        found, other = carried(Path(folder, "other"), backend, roots=toy.roots(shuffled))
    check_conservation(found, toy.stages())
    assert expected.complete
    assert found.complete
    assert {name: stage for name, stage in found.stages.items() if name != "sample"} == {
        name: stage for name, stage in expected.stages.items() if name != "sample"
    }
    assert counts == other
    assert sorted(backend.asked) == sorted(set(backend.asked)) == sorted(plain.asked)
    assert backend.entered == bool(texts)
    assert backend.called <= 1 or not pauses


ERRORS = st.sampled_from([BudgetError("spent"), ModelError("gone"), KeyboardInterrupt(), ZeroDivisionError()])


@given(st.lists(st.integers(0, 40), min_size=1, max_size=4), ERRORS, st.booleans(), st.integers(1, 9))
@settings(max_examples=20)
def test_stopped_anywhere_the_same_call_goes_on(
    after: list[int], error: BaseException, pauses: bool, slots: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        expected, _ = carried(Path(folder, "whole"), Slots())
        given: list[str] = []
        for most in after:
            backend = Slots(slots, pauses=pauses, most=most, error=error)
            try:
                found, _ = carried(Path(folder, "store"), backend)
            except type(error):
                so_far, counts = carried(Path(folder, "store"), None)
                check_conservation(so_far, toy.stages())
                assert not so_far.complete
                assert counts[1] == len(given) + len(backend.given)
            assert not set(backend.asked) & set(given)
            given += backend.given
        found, _ = carried(Path(folder, "store"), last := Slots(slots))
        assert not set(last.asked) & set(given)
        assert found == expected
        again, _ = carried(Path(folder, "store"), untouched := Slots())
        assert again == expected
        assert not untouched.entered


def test_without_a_backend_nothing_is_asked_or_written(tmp_path: Path) -> None:
    outcome, counts = carried(tmp_path / "store", None)
    check_conservation(outcome, toy.stages())
    assert counts == (0, 0, 0)
    assert {name for name, _ in outcome.unanswered} == {"diagnose"}
    wanted = {f"diagnosed {text}" for text in TEXTS}
    assert {toy.asked(request) for _, request in outcome.unanswered} == wanted
    assert outcome.stages["diagnose"].waiting == len(TEXTS)
    assert outcome.stages["distribution"].taken == 0


def test_a_store_that_is_only_read_tells_the_same(tmp_path: Path) -> None:
    expected, _ = carried(tmp_path / "store", Slots())
    with Store(tmp_path / "store", write=False) as store:
        assert carry_through(toy.stages(), toy.roots(TEXTS), store, None) == expected


def test_usage_is_that_of_the_replies_each_counted_once(tmp_path: Path) -> None:
    outcome, (_, completions, _) = carried(tmp_path / "store", Slots())
    usages = [outcome.stages[stage.name].usage for stage in toy.stages()]
    assert sum(usage.replies for usage in usages) == completions
    assert sum(usage.prompt_tokens for usage in usages) == 5 * completions
    assert sum(usage.completion_tokens for usage in usages) == 3 * completions
    assert sum(usage.cost for usage in usages) == pytest.approx(0.1 * completions)
    for stage, usage in zip(toy.stages(), usages, strict=True):
        assert bool(usage.replies) == stage.asks
    # Diagnoses of equal texts are one request, asked by an early stage and used by a later one too.
    shared = (toy.one_stage(name="late"), toy.one_stage(name="early"))
    shared = tuple(replace(each, step=toy.stages()[1].step) for each in shared)
    twice, _ = carried(tmp_path / "other", backend := Slots(), shared)
    assert len(backend.asked) == len(set(backend.asked)) == twice.stages["late"].usage.replies
    assert twice.stages["early"].usage.replies == 0
    assert twice.stages["early"].records == twice.stages["late"].records


@pytest.mark.parametrize("reason", [None, "error"])
def test_a_reply_counts_for_the_earliest_stage_that_wants_it(reason: FailureReason | None, tmp_path: Path) -> None:
    def own_first(record: Record, replies: Sequence[Completion]) -> Ask | Done:
        if len(replies) < 2:
            return Ask((toy.request("shared" if replies else "own"),))
        return Done((Record("revision", record.problem, "x", record),))

    def at_once(record: Record, replies: Sequence[Completion]) -> Ask | Done:
        return Done((Record("revision", record.problem, "y", record),)) if replies else Ask((toy.request("shared"),))

    stages = [toy.one_stage(own_first, name="early"), toy.one_stage(at_once, name="late")]
    roots = toy.roots(["one"])
    if reason is None:  # the late stage uses it before the early one has found that it wants it
        carried(tmp_path / "store", Slots(), stages[1:], roots=roots)
    failing: dict[str, FailureReason] = {"shared": reason} if reason else {}
    outcome, _ = carried(tmp_path / "store", Slots(failing=failing), stages, roots=roots)
    replies = [outcome.stages[name].usage.replies for name in ("early", "late")]
    assert replies == ([1, 0] if reason else [2, 0])
    assert outcome.stages["late"].usage.cost == 0
    assert [(name, toy.asked(each)) for name, each in outcome.unanswered] == ([("early", "shared")] if reason else [])


def test_a_reply_that_several_inputs_want_is_asked_for_once(tmp_path: Path) -> None:
    def same(record: Record, replies: Sequence[Completion]) -> Ask | Done:
        if not replies:
            return Ask((toy.request("the same"),))
        return Done((Record("revision", record.problem, replies[0].text, record),))

    outcome, _ = carried(tmp_path / "store", backend := Slots(), [toy.one_stage(same)])
    assert len(backend.asked) == 1
    assert outcome.stages["one"].passed == len(TEXTS)
    assert outcome.stages["one"].usage.replies == 1


def test_a_changed_step_asks_nothing_twice(tmp_path: Path) -> None:
    def strict(record: Record, replies: Sequence[Completion]) -> Ask | Done:
        found = before.step(record, replies) if before.step else Done()
        if isinstance(found, Done) and toy.number(record.id) % 2:
            return Done(rejects=(Reject(record, Reason.WRONG_ANSWER),))
        return found

    first, (_, completions, _) = carried(tmp_path / "store", Slots())
    before = toy.stages()[6]
    changed = [*toy.stages()[:6], replace(before, step=strict, version="2"), *toy.stages()[7:]]
    second, counts = carried(tmp_path / "store", backend := Slots(), changed)
    assert before.name == "fix"
    assert second.stages["fix"].passed < first.stages["fix"].passed
    assert not backend.entered
    assert counts[1] == completions


def test_replies_are_given_in_the_order_of_asking(tmp_path: Path) -> None:
    seen: dict[str, list[int]] = {}

    def three_then_two(record: Record, replies: Sequence[Completion]) -> Ask | Done:
        seen.setdefault(record.id, []).append(len(replies))
        own = [toy.request(record.text, sample) for sample in (2, 0, 1, 4, 3)]
        assert [each.request_id for each in replies] == [each.id for each in own[: len(replies)]]
        if len(replies) < 5:
            return Ask(tuple(own[3:] if replies else own[:3]))
        return Done((Record("revision", record.problem, "".join(each.text for each in replies), record),))

    outcome, _ = carried(tmp_path / "store", Slots(5), [toy.one_stage(three_then_two)])
    assert outcome.stages["one"].passed == len(TEXTS)
    assert list(seen.values()) == [[0, 3, 5]] * len(TEXTS)


def test_a_fold_runs_while_another_branch_is_in_flight_and_early_stages_go_first(tmp_path: Path) -> None:
    events: list[str] = []

    def fold(records: Sequence[Record]) -> Done:
        events.append("fold")
        return toy.drawing(records)

    def watched(request: Request) -> str:
        events.append(toy.asked(request).split()[0])
        return f"said {toy.number(toy.asked(request))}"

    shape = toy.stages()
    # The branch of `fix` is asked as soon as there is something, that behind the fold first of all once it can be.
    chosen = [
        replace(shape[1], after=("sample",)),
        replace(shape[2], fold=fold),
        shape[3],
        replace(shape[5], after=("diagnose",)),
        shape[6],
    ]
    carried(tmp_path / "store", Scripted(watched), chosen)
    assert events[:12] == ["diagnosed"] * 12
    assert events.index("fold") < events.index("revision")
    assert events[events.index("fold") + 1 :][:2] == ["injected"] * 2

    # With a slow request of an early stage in flight the other branch goes on, and the fold waits.
    events.clear()

    def slow_first(requests: Iterable[Request | None]) -> Iterator[Completion]:
        source = iter(requests)
        slow = next(source)
        assert slow is not None
        while "revision" not in events:
            if (request := next(source)) is None:
                time.sleep(0.001)
            else:
                yield Completion(request.id, watched(request))
        assert "fold" not in events
        for request in chain([slow], source):
            if request is not None:
                yield Completion(request.id, watched(request))

    outcome, _ = carried(tmp_path / "slow", _With(slow_first), chosen)
    assert outcome.complete
    assert "fold" in events


@dataclass
class _With(Slots):
    """An engine that generates by a function of the test's."""

    def __init__(self, function: Any) -> None:
        super().__init__()
        self.generate = function  # type: ignore[method-assign]


FAILED: list[FailureReason] = ["prompt_too_long", "refused", "not_recorded", "out_of_memory", "error"]


@pytest.mark.parametrize("reason", FAILED)
@pytest.mark.parametrize("accept", [False, True])
def test_requests_that_fail(reason: FailureReason, accept: bool, tmp_path: Path) -> None:
    failing = {f"diagnosed {text}": reason for text in TEXTS[:3]}
    backend = Slots(failing=failing)
    first, _ = carried(tmp_path / "store", backend, accept_missing=accept)
    check_conservation(first, toy.stages())
    assert len(backend.asked) == len(set(backend.asked))
    told, _ = carried(tmp_path / "store", None, accept_missing=accept)
    assert told == first
    found, final = first.stages["diagnose"], reason in ("prompt_too_long", "refused")
    rejects = [each for each in found.rejects if each.reason is Reason.NO_REPLY]
    assert len(rejects) == (3 if final else 0)
    assert {each.detail for each in rejects} <= {f"{reason}: no reply to diagnosed {text}" for text in TEXTS[:3]}
    assert found.waiting == (0 if final else 3)
    assert len(first.unanswered) == found.waiting
    assert first.complete == final
    assert bool(first.stages["inject"].taken) == (final or accept)
    # Asked again, and answered: as if it had never failed, but for what is refused for good.
    second, _ = carried(tmp_path / "store", last := Slots(), accept_missing=accept)
    assert second.complete
    if final:
        assert not last.entered
        assert second == first
    else:
        whole, _ = carried(tmp_path / "whole", Slots())
        assert second == whole
        assert {each.id for _, each in first.unanswered} <= set(last.asked)


def test_what_recorded_generations_do_not_hold_they_never_will(tmp_path: Path) -> None:
    def keyed(record: Record, replies: Sequence[Completion]) -> Ask | Done:
        return Ask((replace(toy.request(record.text), key=f"recorded/{record.text}"),))

    backend = Slots(failing=dict.fromkeys(TEXTS, "not_recorded"))
    for engine in (backend, None):
        outcome, _ = carried(tmp_path / "store", engine, [toy.one_stage(keyed)])
        assert outcome.complete
        assert {reject.reason for reject in outcome.stages["one"].rejects} == {Reason.NO_REPLY}


def test_missing_roots_hold_the_folds_up(tmp_path: Path) -> None:
    roots = toy.roots(TEXTS, waiting=2)
    outcome, counts = carried(tmp_path / "store", Slots(), roots=roots)
    assert (outcome.stages["grade"].taken, outcome.stages["grade"].waiting) == (len(TEXTS), len(TEXTS))
    assert not outcome.complete
    assert counts == (0, 0, 0)
    accepted, _ = carried(tmp_path / "store", Slots(), roots=roots, accept_missing=True)
    assert accepted.stages["assemble"].taken
    assert not accepted.complete


def test_what_was_never_asked_is_not_accepted_as_missing(tmp_path: Path) -> None:
    with pytest.raises(BudgetError):
        carried(tmp_path / "store", Slots(most=9, error=BudgetError("spent")), accept_missing=True)
    outcome, _ = carried(tmp_path / "store", None, accept_missing=True)
    assert outcome.stages["distribution"].taken == outcome.stages["distribution"].waiting > 0
    assert outcome.stages["inject"].taken == 0


def test_an_engine_that_forgets_a_request(tmp_path: Path) -> None:
    forgotten = f"diagnosed {TEXTS[4]}"
    backend = Scripted(lambda request: None if toy.asked(request) == forgotten else toy.reply(request))
    outcome, (_, _, failures) = carried(tmp_path / "store", backend)
    assert failures == 1
    assert [toy.asked(request) for _, request in outcome.unanswered] == [forgotten]
    assert len(backend.asked) == len(set(backend.asked))
    with Store(tmp_path / "store") as store:
        ((reason, _, message),) = store.failures()
    assert (reason, message) == ("error", "the engine scripted returned nothing for this request")


class _Forgetful(Slots):
    def generate(self, requests: Iterable[Request | None]) -> Iterator[Completion | Failure]:
        for request in islice(requests, 3):
            assert request is not None
            self.asked.append(request.id)
        yield from ()


def test_an_engine_that_ends_too_early_is_called_again(tmp_path: Path) -> None:
    outcome, (_, _, failures) = carried(tmp_path / "store", _Forgetful())
    assert failures == outcome.stages["diagnose"].waiting == len(TEXTS)


def test_an_engine_that_takes_nothing_is_told(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="takes no requests"):
        carried(tmp_path / "store", _With(lambda requests: iter(())))


def test_results_that_nobody_wants_do_no_harm(tmp_path: Path) -> None:
    def twice(requests: Iterable[Request | None]) -> Iterator[Completion]:
        for request in requests:
            assert request is not None
            yield Completion(request.id, toy.reply(request), "stop", 5, 3, meta={"cost": 0.1})
            yield Completion(request.id, "another")
            yield Completion(request.id[::-1], "unasked")

    expected, _ = carried(tmp_path / "store", Slots())
    found, _ = carried(tmp_path / "other", _With(twice))
    assert found == expected


def _raises(record: Record, replies: Sequence[Completion]) -> Ask | Done:
    raise KeyError("x")


def _nothing(record: Record, replies: Sequence[Completion]) -> Ask | Done:
    return Done()


def _no_requests(record: Record, replies: Sequence[Completion]) -> Ask | Done:
    return Ask(())


def _the_same_again(record: Record, replies: Sequence[Completion]) -> Ask | Done:
    return Ask((toy.request(record.text),))


def _twice(record: Record, replies: Sequence[Completion]) -> Ask | Done:
    return Done((Record("revision", record.problem, "x", record),) * 2)


def _user_error(record: Record, replies: Sequence[Completion]) -> Ask | Done:
    raise ModelError("for the user")


@pytest.mark.parametrize(
    ("stages", "error", "told"),
    [
        ([toy.one_stage(_raises)], RuntimeError, r"stage one: failed on record [0-9a-f]{32} \(KeyError"),
        ([toy.one_stage(_nothing)], RuntimeError, "stage one: neither records nor rejects for record"),
        ([toy.one_stage(_no_requests)], RuntimeError, "stage one: asks nothing new on record"),
        ([toy.one_stage(_the_same_again)], RuntimeError, "stage one: asks nothing new on record"),
        ([toy.one_stage(_twice), Stage("two", "1", ("one",), toy.cutting)], RuntimeError, "stage two: record .* twice"),
        ([toy.one_stage(_user_error)], ModelError, "^for the user$"),
        (
            [
                toy.one_stage(
                    fold=lambda records: Done(
                        records[9999],
                    )
                )
            ],
            RuntimeError,
            "stage one: failed over 12 records",
        ),
        (
            [toy.one_stage(fold=lambda records: Done(rejects=(Reject(records[0], Reason.DUPLICATE),) * 2))],
            RuntimeError,
            "stage one: its fold rejects a record twice",
        ),
        ([toy.one_stage()], ValueError, "stage one: needs"),
        ([toy.one_stage(_raises, toy.firsts)], ValueError, "stage one: needs"),
        ([Stage("one", "1", ("nowhere",), toy.cutting)], ValueError, "stage one: needs"),
        ([toy.one_stage(toy.cutting)] * 2, ValueError, "stage one: needs"),
    ],
)
def test_a_stage_that_breaks_its_rules(stages: list[Stage], error: type[Exception], told: str, tmp_path: Path) -> None:
    with pytest.raises(error, match=told):
        carried(tmp_path / "store", Slots(), stages)


def test_a_mistake_in_a_stage_loses_nothing_that_is_in_flight(tmp_path: Path) -> None:
    def fails_at_the_third(record: Record, replies: Sequence[Completion]) -> Ask | Done:
        calls.append(record.id)
        if replies and len(calls) > 60 + 2:
            raise ZeroDivisionError
        return toy.asking(record, replies, kind="diagnosed")

    calls: list[str] = []
    backend, roots = Slots(6, seconds=0.003), toy.roots(f"text {n}" for n in range(60))
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        carried(tmp_path / "store", backend, [toy.one_stage(fails_at_the_third)], roots=roots)
    with Store(tmp_path / "store") as store:
        assert 6 <= store.counts()[1] == len(backend.asked) < 60


def test_a_store_that_cannot_be_written_stops_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(store: Store, results: Sequence[Completion | Failure]) -> list[bool]:
        raise OSError("full")

    monkeypatch.setattr(Store, "add_all", broken)
    with pytest.raises(OSError, match="full"):
        carried(tmp_path / "store", Slots())


def test_prompts_are_not_made_long_before_they_are_asked(tmp_path: Path) -> None:
    def counted(record: Record, replies: Sequence[Completion]) -> Ask | Done:
        made.extend([] if replies else [record.id])
        return toy.asking(record, replies, kind="diagnosed")

    def answered(request: Request) -> str:
        most.append(len(made) - len(most))
        return "said"

    made, most = list[str](), list[int]()
    texts = [f"text {n}" for n in range(2500)]
    outcome, _ = carried(tmp_path / "store", Scripted(answered), [toy.one_stage(counted)], roots=toy.roots(texts))
    assert outcome.stages["one"].passed == len(made) == len(texts)
    assert max(most) < 1100


def test_progress_adds_up(tmp_path: Path) -> None:
    latest: dict[str, StageProgress] = {}
    seen = 0

    def observe(progress: Sequence[StageProgress]) -> None:
        nonlocal seen
        seen += 1
        latest.update((each.name, replace(each)) for each in progress)
        for each in progress:
            assert each.passed + each.rejected + each.waiting <= each.taken
            assert each.stored + each.answered + each.failed <= each.asked

    backend = Slots(most=20, error=BudgetError("spent"), failing={f"diagnosed {TEXTS[0]}": "refused"})
    with pytest.raises(BudgetError):
        carried(tmp_path / "store", backend, observe=observe)
    first, before = dict(latest), seen
    outcome, (_, completions, _) = carried(tmp_path / "store", Slots(), observe=observe)
    assert seen > before > 0
    for stage in toy.stages():
        found, told = outcome.stages[stage.name], latest[stage.name]
        assert (told.taken, told.passed, told.waiting) == (found.taken, found.passed, found.waiting)
        assert told.stored + told.answered + told.failed == told.asked
        assert told.tokens == 3 * told.answered
        assert told.cost == pytest.approx(0.1 * told.answered)
    assert sum(each.answered for each in first.values()) <= 20
    assert sum(each.stored + each.answered for each in latest.values()) == completions
    assert latest["diagnose"].failed == 1


def test_which_engines_take_pauses(checkpoint: Path) -> None:
    from lemma_eval.backend import BackendOptions
    from lemma_eval.backends import openai, transformers
    from lemma_eval.backends.vllm import Vllm

    server = openai.open_backend("m", BackendOptions(base_url="http://127.0.0.1:9/v1"))
    assert isinstance(server, Pausing)
    assert server.pauses
    assert "pauses" in Vllm.__dataclass_fields__
    assert not isinstance(transformers.open_backend(str(checkpoint), BackendOptions(device="cpu")), Pausing)


def test_result_of_no_input(tmp_path: Path) -> None:
    empty = {"sample": StageResult("sample", "1", 0, 0, 0, (), ())}
    outcome, _ = carried(tmp_path / "store", backend := Slots(), roots=empty)
    assert outcome.complete
    assert not backend.entered
    assert [stage.taken for stage in outcome.stages.values()] == [0] * 12
