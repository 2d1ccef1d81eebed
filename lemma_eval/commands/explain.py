"""`lemma-eval explain`: how the grader comes to its verdict on one answer."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from lemma_eval.answers.explanation import Explanation


@click.command(short_help="Show how one answer is graded.")
@click.argument("pred")
@click.argument("gold")
@click.option("--policy", default="default", show_default=True, help="default, strict, lemma or a .toml file.")
@click.option("--solution", is_flag=True, help="PRED is a whole solution; find the answer in it first.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def explain(pred: str, gold: str, policy: str, solution: bool, as_json: bool) -> None:
    """Compare the answer PRED with GOLD: what was extracted, how both were read, each rung tried and what it said.

    Put -- before an answer that begins with a -; PRED or GOLD may be @FILE, whose text is taken.
    """
    from lemma_eval.answers import policy_by_name
    from lemma_eval.answers.explanation import explain as explained

    chosen = policy_by_name(policy)
    explanation = explained(_text(pred), _text(gold), chosen, solution=solution)
    if as_json:
        click.echo(json.dumps(_as_dict(explanation, f"{chosen.name}/{chosen.version}"), ensure_ascii=False))
    else:
        _show(explanation, f"{chosen.name}/{chosen.version}")


def _text(argument: str) -> str:
    """The argument, or the text of the file that `@FILE` names."""
    from pathlib import Path

    from lemma_eval.errors import UsageError

    if not argument.startswith("@") or len(argument) == 1:
        return argument
    try:
        return Path(argument[1:]).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot read {argument[1:]}: {error}") from None


def _as_dict(explanation: Explanation, policy: str) -> dict[str, Any]:
    verdict = explanation.verdict
    return {
        **asdict(verdict),
        "canonical": verdict.canonical,
        "canonical_gold": verdict.canonical_gold,
        "extraction": explanation.extraction,
        "kind": explanation.kind,
        "policy": policy,
        "rungs": [{"rung": rung.name, "of": rung.what, **rung.outcome._asdict()} for rung in explanation.rungs],
    }


def _show(explanation: Explanation, policy: str) -> None:
    from lemma_eval.answers.reading.printer import outline
    from lemma_eval.printable import printable

    verdict = explanation.verdict
    word = {True: "correct", False: "wrong", None: "unknown"}
    where = f" at {verdict.span[0]}-{verdict.span[1]}" if verdict.span else ""
    shown = [
        ("verdict", word[verdict.correct]),
        ("rule", verdict.rule),
        ("why", verdict.why),
        ("policy", policy),
        ("extraction", f"{explanation.extraction}{where}"),
        ("answer", verdict.answer if verdict.answer is not None else "(none found)"),
    ]
    if verdict.canonical is not None:
        shown.append(("read as", verdict.canonical))
    shown += [("gold", verdict.gold or ""), ("read as", verdict.canonical_gold or "")]
    for name, text in shown:
        click.echo(f"{name + ':':<12}{printable(text)}")
    for title, node in (("answer", explanation.answer), ("gold", explanation.gold)):
        if node is not None:
            click.echo(f"\nthe {title} as a tree:")
            click.echo("\n".join("  " + printable(line) for line in outline(node).splitlines()))
    click.echo("\nrungs, in the order they were left:" if explanation.rungs else "\nno rung was needed")
    for number, rung in enumerate(explanation.rungs, 1):
        says = {True: "equal", False: "different", None: "undecided"}[rung.outcome.equal]
        click.echo(
            printable(f"  {number}. {rung.name} ({rung.what}): {says}, {rung.outcome.why} [{rung.outcome.rule}]")
        )
