"""`--dry-run`: the calls, tokens and cost to come, as a table."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from lemma_eval.commands.engine_options import options_named

if TYPE_CHECKING:
    from lemma_eval.calling.prices import Price
    from lemma_eval.request import Request

    from ..engine.outcome import Outcome
    from ..estimate import Estimate
    from ..folder.plan import Plan

_HEAD = ("stage", "calls now", "later", "tokens in", "tokens out", "at most", "USD", "at most")


def print_estimate(
    plan: Plan, last: str, outcome: Outcome, student: Sequence[Request], options: Mapping[str, Any], *, as_json: bool
) -> None:
    """Print what is still to be asked of both up to the stage `last`; `student` are its unanswered requests."""
    from lemma_eval.running.plan import size

    from ..estimate import estimate

    prices = {whose: _price(whose, options) for whose in ("student", "teacher")}
    draws, most = size(plan.run), plan.run.sampling.max_tokens
    found = estimate(plan.stages(last), outcome, student, draws, plan.settings, prices, most)
    if as_json:
        click.echo(json.dumps(asdict(found), indent=1))
        return
    _print_table(found)
    click.echo(f"expected in the end: {found.records:,.0f} records of the stage {last}")
    if found.assumptions:
        click.echo("assumed, for each input of a stage that has not been seen at work: " + "; ".join(found.assumptions))
    if found.stages:
        click.echo("tokens of prompts that are known are their characters / 4; others are the stage's mean so far, or "
                   "assumed")  # fmt: skip


def _price(whose: str, options: Mapping[str, Any]) -> Price | None:
    from lemma_eval.calling.prices import read_price

    text = options[f"{whose}_price"]
    with options_named(whose):
        return None if text is None or not options[whose] else read_price(text, options[whose])


def _print_table(found: Estimate) -> None:
    if not found.stages:
        click.echo("nothing is left to ask")
        return
    rows: list[tuple[str, ...]] = [_HEAD]
    for each in found.stages:
        tokens = (each.prompt_tokens, each.new_tokens, each.most_new)
        costs = ("-" if cost is None else f"{cost:,.2f}" for cost in (each.cost, each.most_cost))
        rows.append(
            (each.name, f"{each.known:,}", f"{each.later:,.0f}", *(f"{count:,.0f}" for count in tokens), *costs)
        )
    sums = [sum(getattr(each, name) for each in found.stages)
            for name in ("known", "later", "prompt_tokens", "new_tokens", "most_new")]  # fmt: skip
    known = [[getattr(each, name) for each in found.stages if getattr(each, name) is not None]
             for name in ("cost", "most_cost")]  # fmt: skip
    rows.append(("all", *(f"{value:,.0f}" for value in sums), *(f"{sum(c):,.2f}" if c else "-" for c in known)))
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    for name, *cells in rows:
        figures = (cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True))
        click.echo("  ".join((name.ljust(widths[0]), *figures)))
