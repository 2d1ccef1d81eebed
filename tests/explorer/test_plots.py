"""Plots: from scores made by hand to SVG that is the same each time, in a page's colours and for papers."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest

from lemma_eval.explorer.rendering import plots
from lemma_eval.explorer.rendering.drawing import INK, Drawing, short
from lemma_eval.measures.counts import Counts
from lemma_eval.measures.estimate import Estimate
from lemma_eval.outcomes import Outcome, ProblemOutcomes
from lemma_eval.result import GraderId
from lemma_eval.scores.row import ScoreRow
from lemma_eval.scores.signature import Signature

HOSTILE = '<script>alert(1)</script> $\\frac{x}{2}$ & "quoted" --> \ufffe'
OWN = GraderId("lemma-eval", "1.0", "default", "2")


def row(run: str, benchmark: str, shares: dict[str, float], **more: Any) -> ScoreRow:
    estimates = tuple(
        Estimate(name, x, max(0.0, x - 0.1), min(1.0, x + 0.1), 50, "wilson") for name, x in shares.items()
    )
    made = ScoreRow(run, "m@0", run, OWN, benchmark, None, Counts(50, 50, 50), estimates, {}, Signature(()), ())
    return replace(made, **more)


ROWS = [
    row("one", "gsm8k", {"pass@1": 0.5}),
    row("two", "gsm8k", {"pass@1": 0.75}),
    row("two", "math", {"pass@1": 0.25}),
]
CURVES = [row("one", "math", {f"{kind}@{k}": 0.5 + k / 20 for kind in ("pass", "maj") for k in range(1, 5)})]
SLICES = [row("one", "math", {"pass@1": 0.1 * level}, part=("level", str(level))) for level in range(1, 6)]
LENGTHS = plots.Lengths("one", "math", "new tokens", tuple((10 * i, i % 3 != 0) for i in range(100)))


def everything() -> list[Drawing]:
    return plots.drawings(ROWS, SLICES, CURVES, [LENGTHS])


def texts(svg: str) -> list[str]:
    return [each.text or "" for each in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


def test_there_is_a_plot_for_each_kind_of_score() -> None:
    assert [each.name for each in everything()] == ["accuracy", "parts-math-level", "curves-math", "lengths-math-one"]


def test_the_same_scores_give_the_same_bytes() -> None:
    for one, other in zip(everything(), everything(), strict=True):
        assert (one.svg, one.screen, one.table) == (other.svg, other.screen, other.table)
        assert one.pdf() == other.pdf()
        assert one.pdf().startswith(b"%PDF")


def test_a_plot_in_a_page_has_its_colours_and_no_styles_or_scripts() -> None:
    for each in everything():
        root = ElementTree.fromstring(str(each.screen))
        assert "currentColor" in each.screen
        assert INK not in each.screen + each.svg
        for element in root.iter():
            assert element.tag.rpartition("}")[2] not in ("style", "script", "image", "foreignObject", "metadata")
            assert not {name for name in element.attrib if name == "style" or name.startswith("on")}
            assert element.get("href", "#").startswith("#")
        assert "currentColor" not in each.svg
        assert 'fill="#ffffff"' in each.svg


def test_a_plot_tells_in_words_what_it_shows() -> None:
    for each in everything():
        root = ElementTree.fromstring(str(each.screen))
        named = {element.get("id"): element.text for element in root if element.tag.endswith(("title", "desc"))}
        assert named == {f"{each.name}-title": each.title, f"{each.name}-desc": each.alt}
        assert root.get("role") == "img"
        assert root.get("aria-labelledby") == " ".join(named)  # type: ignore[arg-type]


def test_plots_of_one_page_share_no_ids_and_refer_to_their_own() -> None:
    seen: set[str] = set()
    for each in everything():
        ids = re.findall(r'\bid="([^"]*)"', each.screen)
        assert len(ids) == len(set(ids))
        assert not seen & set(ids)
        referred = re.findall(r'href="#([^"]*)"', each.screen) + re.findall(r"url\(#([^)]*)\)", each.screen)
        assert referred
        assert set(referred) <= set(ids)
        seen |= set(ids)


def test_the_values_stand_beside_the_plot() -> None:
    made = plots.accuracy(ROWS)
    assert made is not None
    assert '<th scope="row">gsm8k</th><td>two</td><td>75.00</td><td>65.00 – 85.00</td><td>50</td>' in made.table
    assert made.alt == "pass@1 of 2 runs on 2 benchmarks; the highest is 75.0 % (two, gsm8k)."
    assert made.table.count("<tr>") == 1 + len(ROWS)
    assert plots.curves(CURVES)[0].table.count("<tr>") == 1 + 8


def test_hostile_names_are_shown_as_they_are() -> None:
    rows = [
        row(HOSTILE, HOSTILE, {"pass@1": 0.5, "pass@2": 0.6, "maj@1": 0.5, "maj@2": 0.5}, part=part)
        for part in (None, (HOSTILE, HOSTILE))
    ]
    found = plots.drawings(rows[:1], rows[1:], rows[:1], [replace(LENGTHS, run=HOSTILE, benchmark=HOSTILE)])
    assert len(found) == 4
    for each in found:
        ElementTree.fromstring(each.svg)
        ElementTree.fromstring(str(each.screen))
        assert "<script" not in each.svg + each.screen + each.table
        assert re.fullmatch(r"[A-Za-z0-9._-]+", each.name)
        each.pdf()
    assert any("$" in text for text in texts(str(found[2].screen)))  # in the legend, not set as a formula


def test_names_that_come_to_the_same_file_are_told_apart() -> None:
    rows = [row("one", name, {"pass@1": 0.5, "pass@2": 0.6}) for name in ("a/b", "a b")]
    one, other = plots.drawings([], [], rows, [])
    assert (one.name, other.name) == ("curves-a-b", "curves-a-b-2")
    ids = [set(re.findall(r'\bid="([^"]*)"', each.screen)) for each in (one, other)]
    assert not ids[0] & ids[1]


def test_a_run_under_two_policies_is_two_series() -> None:
    rows = [ROWS[0], replace(ROWS[0], grader=replace(OWN, policy="strict"))]
    made = plots.accuracy(rows)
    assert made is not None
    assert {"one, default 2", "one, strict 2"} <= set(texts(str(made.screen)))


@pytest.mark.parametrize(
    "rows", [[], [row("one", "gsm8k", {"pass@1": float("nan")})], [row("one", "gsm8k", {"maj@1": 0.5})]]
)
def test_without_figures_there_is_no_plot(rows: list[ScoreRow]) -> None:
    assert plots.drawings(rows, rows, rows, [plots.Lengths("one", "b", "characters", ((1, True),) * 50)]) == []


def test_many_runs_differ_in_colour_or_mark() -> None:
    looks = {tuple(plots._look(number).items()) for number in range(88)}
    assert len(looks) == 88


def test_lengths_are_in_tokens_if_the_engine_told_all_of_them() -> None:
    def problem(*tokens: int | None) -> ProblemOutcomes:
        outcomes = [Outcome(i, i, "graded", i == 0, tokens=count, characters=100 + i) for i, count in enumerate(tokens)]
        return ProblemOutcomes("1", "d", None, None, {}, (*outcomes, Outcome(9, 9, "failed")))

    assert plots.lengths_of("r", "b", [problem(5, 6)]) == plots.Lengths("r", "b", "new tokens", ((5, True), (6, False)))
    assert plots.lengths_of("r", "b", [problem(5, None)]).samples == ((100, True), (101, False))


def test_lengths_count_each_tenth_of_the_samples() -> None:
    made = plots.lengths(plots.Lengths("r", "b", "characters", tuple((i, i < 50) for i in range(100))))
    assert made is not None
    shares = re.findall(r"</th><td>([\d.]+)</td>", made.table)
    assert shares == ["100.0"] * 5 + ["0.0"] * 5


def test_long_names_keep_both_ends() -> None:
    assert short("a" * 60 + "end") == "a" * 21 + "…" + "a" * 19 + "end"
    assert short("two\nlines") == "two lines"


def test_a_plot_says_where_runs_were_made_differently() -> None:
    other = replace(ROWS[1], signature=Signature((("seed", "7"),)))
    curve = replace(CURVES[0], run="two", signature=Signature((("seed", "7"),)))
    told = " Not all were made the same way ({}): see the notes of the leaderboard."
    made = plots.drawings([ROWS[0], other, ROWS[2]], SLICES, [*CURVES, curve], [])
    assert [each.caption.endswith(told.format(name)) for each, name in
            zip(made, ("gsm8k", "math", "math"), strict=True)] == [True, False, True]  # fmt: skip
    assert not any("same way" in each.caption for each in everything())
