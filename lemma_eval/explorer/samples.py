"""From results to what pages show of them: lines of a list, and one sample with everything about it."""

from __future__ import annotations

import string
from collections.abc import Iterator, Sequence

from markupsafe import Markup, escape

from lemma_eval.answers.verdict import Verdict
from lemma_eval.completion import Completion
from lemma_eval.errors import RunError
from lemma_eval.explorer.views import PromptPart, RunView, SampleRow, SampleView, VerdictView
from lemma_eval.printable import printable
from lemma_eval.problem import Problem
from lemma_eval.result import GraderId, Result
from lemma_eval.store import Store

EXCERPT = 240  # characters of a question in a list
_WORD = 80  # characters of a level, a subject, a type in a list
_FACT = 300  # characters of what else a problem's meta holds: some keep whole solutions there


def excerpt(text: str, most: int = EXCERPT) -> str:
    """The beginning of a text."""
    return text if len(text) <= most else f"{text[:most]}…"


def word(result: Result) -> str:
    """The verdict in one of the words of `views.VERDICTS`."""
    if result.completion is None:
        return "missing" if result.failure is None else "failed"
    return "ungraded" if result.verdict is None else _word(result.verdict)


def _word(verdict: Verdict) -> str:
    return {True: "correct", False: "wrong", None: "unknown"}[verdict.correct]


def sample_row(number: int, result: Result, url: str | None) -> SampleRow:
    """A line of the list."""
    problem, completion, verdict = result.item.problem, result.completion, result.verdict
    return SampleRow(
        number,
        url,
        result.item.benchmark,
        problem.id,
        result.item.sample,
        word(result),
        None if verdict is None else verdict.rule,
        excerpt(problem.question),
        problem.answer,
        None if verdict is None else verdict.answer,
        None if completion is None else completion.completion_tokens,
        0 if completion is None else len(completion.text),
        completion is not None and completion.finish_reason == "length",
        tuple(excerpt(str(value), _WORD) for name in ("level", "subject", "type") if (value := problem.meta.get(name))),
    )


def sample_view(
    store: Store, run: RunView, own: GraderId, number: int, graders: Sequence[GraderId], *, raw: bool = False
) -> SampleView:
    """Everything about the sample with that row number, without links. Raises RunError if there is none.

    `graders` are all whose verdicts are shown; `own` is the run's.
    """
    results = store.results_at(own, [number])
    if not results:
        raise RunError(f"{run.name}: has no sample {number}")
    (result,) = results
    item, problem, completion = result.item, result.item.problem, result.completion
    prompt, sampling = store.asked(item.request_id)
    parts = (
        (PromptPart(None, prompt),) if isinstance(prompt, str) else tuple(PromptPart(m.role, m.content) for m in prompt)
    )
    settings = {"temperature": sampling.temperature, "top-p": sampling.top_p, "max new tokens": sampling.max_tokens}
    if sampling.stop:
        settings["stop"] = " ".join(map(repr, sampling.stop))  # type: ignore[assignment]
    return SampleView(
        run,
        number,
        item.benchmark,
        problem.id,
        item.sample,
        word(result),
        _typeset(problem.question, raw),
        tuple(_gold(gold, raw) for gold in problem.golds),
        None if completion is None else _reply(problem, completion, result.verdict, raw),
        choices=tuple(
            (letter, _typeset(choice, raw)) for letter, choice in zip(_letters(), problem.choices or (), strict=False)
        ),
        solution=None if not problem.solution else _typeset(problem.solution, raw),
        reasoning=None if completion is None else completion.reasoning,
        failure=None if result.failure is None else f"{result.failure.reason}: {result.failure.message}",
        prompt=parts,
        settings=tuple((name, str(value)) for name, value in settings.items()),
        facts=tuple(_facts(problem, completion)),
        verdicts=tuple(_verdicts(store, own, number, graders)),
        raw=raw,
    )


def _letters() -> Iterator[str]:
    yield from string.ascii_uppercase
    number = 27
    while True:
        yield str(number)
        number += 1


def _facts(problem: Problem, completion: Completion | None) -> Iterator[tuple[str, str]]:
    if completion is not None:
        if completion.completion_tokens is not None:
            yield "New tokens", f"{completion.completion_tokens:,}"
        if completion.prompt_tokens is not None:
            yield "Prompt tokens", f"{completion.prompt_tokens:,}"
        yield "Characters", f"{len(completion.text):,}"
        cut = " (cut by the token limit)" if completion.finish_reason == "length" else ""
        yield "Finish reason", f"{completion.finish_reason}{cut}"
    for name, value in sorted(problem.meta.items()):
        text = str(value)
        more = "" if len(text) <= _FACT else f" ({len(text):,} characters)"
        yield excerpt(str(name), _WORD), excerpt(text, _FACT) + more


def _verdicts(store: Store, own: GraderId, number: int, graders: Sequence[GraderId]) -> Iterator[VerdictView]:
    for grader in sorted(graders, key=lambda each: (each != own, each.key())):
        for result in store.results_at(grader, [number]):
            verdict = result.verdict
            if verdict is not None:
                yield VerdictView(
                    f"{grader.grader} {grader.grader_version}",
                    f"{grader.policy} {grader.policy_version}".strip(),
                    _word(verdict),
                    verdict.answer,
                    verdict.rule,
                    verdict.why,
                    verdict.parsed,
                    grader == own,
                )


def _typeset(text: str, raw: bool) -> Markup:
    from lemma_eval.explorer.rendering.mathematics import typeset

    return _escaped(text) if raw else typeset(text)


def _gold(gold: str, raw: bool) -> Markup:
    formula = "\\" in gold and "$" not in gold  # golds are often bare LaTeX
    return _typeset(f"${gold}$" if formula and not raw else gold, raw)


def _reply(problem: Problem, completion: Completion, verdict: Verdict | None, raw: bool) -> Markup:
    """The completion after the beginning that was given, its answer marked: the verdict's span is in both together."""
    from lemma_eval.explorer.rendering.reply import reply

    span = None if verdict is None else verdict.span
    return reply(problem.prefix + completion.text, span, prefix_length=len(problem.prefix), raw=raw)


def _escaped(text: str) -> Markup:
    return escape(printable(text, lines=True))
