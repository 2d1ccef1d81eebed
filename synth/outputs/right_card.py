"""The dataset card of an export of right solutions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..funnel.funnel import Funnel
from ..funnel.wording import summary
from .card import escaped, front_matter, licences, models, overlap, stages
from .rows import policy_of

TITLES = {"sft": "Reference solutions", "rft": "A student's right solutions", "correct": "Right solutions"}
_REFERENCE = """\
The reference solution of each question as its data set has it, without notes for a calculator and with a last line
that says the answer. Nobody has graded these texts."""
_SAMPLE = """\
The solutions that a student model sampled itself and that the answer engine found right, as they were written
(rejection sampling, as in RFT, arXiv 2308.01825). Those cut by the token limit are not among them, and of those of one
question that are alike there is one."""
_FIELDS = """\
| field | meaning |
|---|---|
| `id` | hash of question, text and gold |
| `question`, `text`, `gold` | the question, the solution, the right answer |
| `error_span` | null: no step is known to be wrong |
| `provenance` | origin (`reference` or `sampled`), model, source, request, question and sample |"""
_LIMIT = "- Only the final answer of samples was checked: a right one may stand behind wrong steps.\n"


def right_card(funnel: Funnel, about: Mapping[str, Any], options: Mapping[str, Any]) -> str:
    """README.md of the dataset's folder; `options` are those of the command, by name."""
    what = options["what"]
    roles = () if what == "sft" else ("student",)
    texts = {"sft": _REFERENCE, "rft": _SAMPLE}.get(what, f"{_REFERENCE}\n\n{_SAMPLE}")
    terms = [licences(about, roles, "The sampled texts" if what == "correct" else "The texts")]
    if what == "correct":
        terms.append("The reference solutions come with the questions, under their licences.")
    waiting = max(stage.waiting for stage in funnel.stages)
    parts = [
        f"---\n{front_matter(funnel.trajectories, *(['synthetic'] if roles else []))}---",
        f"# {TITLES[what]}",
        texts,
        *([f"**Not complete**: {waiting:,} questions wait for the student."] if waiting else []),
        "## Counts",
        "\n".join(f"- {escaped(line)}" for line in summary(funnel)),
        stages(funnel),
        "## Fields",
        _FIELDS,
        *(["## Models", models(about, roles)] if roles else []),
        "## Licences",
        *terms,
        "## How it was made",
        _made(what, about, options),
        "## Limits",
        f"{_LIMIT if roles else ''}{overlap(about)}",
    ]
    return "\n\n".join(parts) + "\n"


def _made(what: str, about: Mapping[str, Any], options: Mapping[str, Any]) -> str:
    graded = "" if what == "sft" else f", grader {escaped(about.get('grader'))}, policy {escaped(policy_of(about))}"
    given = {"what": what} if what == "sft" else options
    said = " ".join(f"--{key.replace('_', '-')} {value}" for key, value in given.items() if value is not None)
    return (
        f"- lemma-eval {escaped(about.get('lemma_eval'))}{graded}\n"
        f"- `lemma-eval synth export DIR {said}`, DIR being a synthesis of the questions above"
    )
