"""Tables for machines: JSON with an object for each score, CSV with a line for each figure. Shares are fractions."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from lemma_eval.measures.estimate import Estimate
from lemma_eval.printable import printable
from lemma_eval.scores.published.reader import PublishedRow
from lemma_eval.tables.averages import Average
from lemma_eval.tables.footnotes import source_of
from lemma_eval.tables.score_table import Scores

_TEST = ("baseline", "compared", "run_only", "baseline_only", "difference", "difference_low", "difference_high", "p",
         "p_holm", "test")  # fmt: skip
_COUNTS = ("problems", "answered", "samples", "correct", "unparsed", "truncated", "unknown", "failed", "missing")
_FIELDS = ("run", "model", "label", "grader", "policy", "benchmark", "slice_by", "slice", "average_of", "measure",
           "unit", "value", "low", "high", "method", "measured_problems", *_COUNTS, *_TEST, "marks", "differs",
           "signature", "published", "source")  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what makes a spreadsheet run a cell


def json_text(scores: Scores, means: Sequence[Average] = ()) -> str:
    """The scores as a list of objects; null where nothing is answered, or nothing was tested."""
    return json.dumps(records(scores, means), indent=1)


def csv_text(scores: Scores, means: Sequence[Average] = ()) -> str:
    """A line for each figure. A text that a spreadsheet would take for a formula has an apostrophe in front."""
    out = io.StringIO()
    writer = csv.DictWriter(out, _FIELDS, restval="", lineterminator="\n")
    writer.writeheader()
    for record in records(scores, means):
        measures = record.pop("measures")
        for measure in measures:
            told = {**record, **measure, "measured_problems": measure.get("problems")}
            told["problems"] = record.get("problems")
            writer.writerow({name: csv_cell(told.get(name)) for name in _FIELDS})
    return out.getvalue()


def records(scores: Scores, means: Sequence[Average] = ()) -> list[dict[str, Any]]:
    """An object for each row, then for each run's averages, then for each published score."""
    published = [record for row in scores.published for record in _published(row, scores)]
    return [*_measured(scores), *_averages(means, scores), *published]


def _measured(scores: Scores) -> Iterator[dict[str, Any]]:
    for index, row in enumerate(scores.rows):
        measures = []
        for estimate in row.estimates:
            tested = scores.tests.get((index, estimate.measure))
            measures.append({**_figures(estimate), **({} if tested is None else {
                "baseline": scores.baseline,
                "compared": tested.comparison.problems,
                "run_only": tested.comparison.ours_only,
                "baseline_only": tested.comparison.baseline_only,
                "difference": _number(tested.comparison.difference),
                "difference_low": _number(tested.comparison.low),
                "difference_high": _number(tested.comparison.high),
                "p": _number(tested.comparison.p),
                "p_holm": _number(tested.p),
                "test": tested.comparison.method if tested.comparison.problems else None,
            })})  # fmt: skip
        accuracy = row.estimate("pass@1")
        first = {}
        if accuracy is not None:
            bounds = (accuracy.value, accuracy.low, accuracy.high)
            first = dict(zip(("accuracy", "low", "high"), map(_number, bounds), strict=True))
        yield {
            "run": row.run,
            "model": row.model,
            "label": row.label,
            "grader": f"{row.grader.grader}/{row.grader.grader_version}",
            "policy": f"{row.grader.policy}/{row.grader.policy_version}",
            "benchmark": row.benchmark,
            "slice_by": row.part[0] if row.part else None,
            "slice": row.part[1] if row.part else None,
            "marks": list(row.marks),
            "differs": scores.differs[index] or None,
            "signature": row.signature.long,
            "published": None,
            **asdict(row.counts),
            **first,
            "measures": measures,
        }


def _averages(means: Sequence[Average], scores: Scores) -> Iterator[dict[str, Any]]:
    for mean in means:
        among = [index for index, row in enumerate(scores.rows) if row.part is None
                 and (row.run, row.grader) == (mean.run, mean.grader) and row.benchmark in mean.benchmarks]  # fmt: skip
        marks = dict.fromkeys(f"{scores.rows[index].benchmark}: {mark}" for index in among
                              for mark in scores.rows[index].marks)  # fmt: skip
        differs = [
            f"{scores.rows[index].benchmark}: {scores.differs[index]}" for index in among if scores.differs[index]
        ]
        yield {
            "run": mean.run,
            "model": scores.rows[among[0]].model,
            "label": scores.rows[among[0]].label,
            "grader": f"{mean.grader.grader}/{mean.grader.grader_version}",
            "policy": f"{mean.grader.policy}/{mean.grader.policy_version}",
            "benchmark": None,
            "average_of": list(mean.benchmarks),
            "marks": list(marks),
            "differs": " | ".join(differs) or None,
            "signature": None,
            "published": None,
            "measures": [_figures(mean.estimate)],
        }


def _published(row: PublishedRow, scores: Scores) -> Iterator[dict[str, Any]]:
    for benchmark, measure in scores.columns:
        value = row.cells.get(benchmark.removesuffix(":test"))
        if value is not None and measure == row.measure:
            yield {
                "run": row.name,
                "benchmark": benchmark,
                "marks": ["published, not measured here, unpaired"],
                "signature": None,
                "published": row.collection,
                "source": source_of(row),
                "measures": [{"measure": measure, "unit": "share", "value": round(value / 100, 6)}],
            }


def _figures(estimate: Estimate) -> dict[str, Any]:
    return {
        "measure": estimate.measure,
        "unit": estimate.unit,
        "value": _number(estimate.value),
        "low": _number(estimate.low),
        "high": _number(estimate.high),
        "problems": estimate.problems,
        "method": estimate.method,
    }


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value


def csv_cell(value: Any) -> str:
    """A value as CSV: numbers as they are, texts that no spreadsheet runs and no terminal follows."""
    if value is None:
        return ""
    if isinstance(value, int | float):
        return str(value)
    text = printable("; ".join(value) if isinstance(value, list) else str(value))
    return f"'{text}" if text.startswith(_FORMULA) else text
