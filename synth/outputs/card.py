"""The dataset card: what the trajectories are, what they were made from and by whom, and under which terms."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lemma_eval.answers import GRADER_NAME, GRADER_VERSION
from lemma_eval.printable import printable

from ..folder.questions import is_for_testing
from ..funnel.funnel import Funnel
from ..funnel.wording import reasons, summary, type_rows
from .rows import policy_of

_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
_MARKUP = re.compile(r"([\\`*_{}\[\]<>#!|~$&])")
_METHOD = """\
Each row is a question with a solution that goes wrong at one step, notices it and ends in the right answer, after LEMMA
(Learning from Errors for MatheMatical Advancement, arXiv 2503.17439). The erroneous beginnings are a student model's
own (origin `student`) or were written by a teacher model, with an error of a type drawn after the student's own
distribution (origin `injected`). The teacher named type and first wrong step of each; the solution was cut after that
step and continued by the teacher: `fix` goes on from the corrected step, `fresh` starts again in another way. A row was
kept only if the answer engine found its final answer equal to the gold."""
_FIELDS = """\
| field | meaning |
|---|---|
| `id` | content identity, the same whatever the order or the names of the files |
| `question`, `text`, `gold` | the question, the solution, the right answer |
| `error_span` | start and end of the wrong step, in characters: `text[start:end]`; for loss masks |
| `provenance` | models, prompts' versions, type of error, strategy, origin, source, requests, all ancestors |"""
_LIMITS = """\
- Error types and wrong steps are the teacher's judgement; nobody has checked them by hand.
- Only the final answer was checked. A solution with a right answer may hold a wrong step besides the marked one.
- A wrong step is learnt like any other text unless the training masks it: `error_span` is there for that."""


def card(funnel: Funnel, about: Mapping[str, Any]) -> str:
    """README.md of the dataset's folder: front matter in YAML for the hub, then Markdown. All names are escaped."""
    parts = [
        f"---\n{front_matter(funnel.trajectories, 'self-correction', 'synthetic')}---",
        "# Error-corrective trajectories",
        _METHOD,
        *([] if funnel.complete else ["**Not complete**: some records still wait for a reply of the teacher."]),
        "## Counts",
        "\n".join(f"- {escaped(line)}" for line in summary(funnel)),
        stages(funnel),
        *_types(funnel),
        "## Fields",
        _FIELDS,
        "## Models",
        models(about),
        "## Licences",
        licences(about),
        "## How it was made",
        "\n".join(_made(about)),
        "## Limits",
        f"{_LIMITS}\n{overlap(about)}",
    ]
    return "\n\n".join(parts) + "\n"


def escaped(text: object) -> str:
    """One line of untrusted text as Markdown shows it: nothing in it is a link, a tag or a table's bar."""
    return _MARKUP.sub(r"\\\1", printable(str(text)).strip()).replace("://", "&#58;//").replace("@", "&#64;")


def front_matter(trajectories: int, *tags: str) -> str:
    """What the hub reads."""
    import yaml

    size = next((name for most, name in _SIZES if trajectories < most), "n>1M")
    files = [{"split": "train", "path": "data/train-*.parquet"}]
    front = {
        "license": "other",  # of the questions and of the models' terms, see below
        "license_name": "terms-of-the-questions-and-of-the-models",
        "license_link": "README.md",
        "task_categories": ["text-generation"],
        "tags": ["mathematics", "reasoning", *tags, "lemma-eval"],
        "size_categories": [size],
        "configs": [{"config_name": "default", "data_files": files}],
    }
    return yaml.safe_dump(front, sort_keys=False, allow_unicode=False)


def stages(funnel: Funnel) -> str:
    """The stages as a table."""
    rows = [
        (escaped(stage.name), f"{stage.taken:,}", f"{stage.passed:,}", f"{stage.rejected:,}", f"{stage.waiting:,}",
         f"{stage.records:,}", f"{stage.replies:,}", escaped(reasons(stage)))
        for stage in funnel.stages
    ]  # fmt: skip
    return _table(("stage", "in", "passed", "rejected", "waiting", "out", "replies", "rejects by reason"), rows)


def _types(funnel: Funnel) -> Iterator[str]:
    if funnel.types:
        head, rows = type_rows(funnel)
        yield _table(head, [tuple(map(escaped, row)) for row in rows])
        yield (
            "`student`: diagnosed in the student's solutions; `drawn` for injection; `injected`: of those drawn, "
            "written and diagnosed; `as drawn`: of these, diagnosed as that type; `kept`: trajectories."
        )


def models(about: Mapping[str, Any], roles: Sequence[str] = ("student", "teacher")) -> str:
    """The models as a table."""
    rows = []
    for role in roles:
        model, sampling = about.get(role) or {}, about.get(f"{role}_sampling") or {}
        recorded = _value(model.get("backend")) == "replay"  # what was asked for is not how they were made
        how = "of the recording, not known here" if recorded else _pairs(sampling)
        rows.append((role, *(_value(model.get(key)) for key in ("label", "model", "backend")), how))
    return _table(("role", "model", "identity", "backend", "sampling"), rows)


def licences(about: Mapping[str, Any], roles: Sequence[str] = ("student", "teacher"), what: str = "The texts") -> str:
    """The questions' licences as a table, and whose terms those of the texts are under that are `what`."""
    rows = [
        tuple(_value(each.get(key)) for key in ("spec", "source", "size", "fingerprint", "licence"))
        for each in about.get("questions") or []
    ]
    names = [_value((about.get(role) or {}).get("label")) for role in roles]
    told = " and ".join(dict.fromkeys(name for name in names if name != "-")) or "the models"
    return "\n\n".join((
        _table(("questions", "from", "rows", "fingerprint", "licence"), rows),
        f"{what} are outputs of {told}: they are subject to the terms of these models and of the services that ran "
        "them, beside the licences of the questions." if roles else
        f"{what} come with the questions, under their licences.",
    ))  # fmt: skip


def _made(about: Mapping[str, Any]) -> Iterator[str]:
    prompts = about.get("prompts") or {}
    settings = {key: value for key, value in (about.get("settings") or {}).items() if key != "teacher_sampling"}
    yield f"- lemma-eval {_value(about.get('lemma_eval'))}, grader {GRADER_NAME} {GRADER_VERSION}, policy "\
          f"{_value(policy_of(about))}, seed {_value(about.get('seed', settings.get('seed')))}"  # fmt: skip
    yield f"- prompts: {', '.join(f'{escaped(name)} {escaped(prompts[name])}' for name in sorted(prompts)) or '-'}"
    yield f"- settings: {_pairs(settings)}"
    specs = ",".join(str(each.get("spec")) for each in about.get("questions") or [])
    yield (
        f"- again: `lemma-eval synth run --questions {_code(specs)} --student MODEL --teacher MODEL -o DIR` with the "
        "models and settings above; on the folder these came from it asks for nothing twice."
    )


def overlap(about: Mapping[str, Any]) -> str:
    """What was done about test sets."""
    told = about.get("decontamination") or {}
    sources = [str(each.get("spec")) for each in about.get("questions") or ()]
    if measures := [escaped(spec) for spec in sources if is_for_testing(spec)]:
        return (f"- The questions of {', '.join(measures)} are for testing: a model trained on these rows cannot be "
                "measured by them.")  # fmt: skip
    if not told.get("tests"):
        return "- The questions were not held against any test set."
    names = ", ".join(escaped(name) for name in sorted(told["tests"]))
    return (f"- Questions that share {_value(told.get('words'))} words in a row with a question of {names} were left "
            "out; paraphrases are not found that way.")  # fmt: skip


def _code(text: str) -> str:
    """Untrusted text as a word of a command, within backquotes."""
    return shlex.quote(printable(text)).replace("`", "'")


def _pairs(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{escaped(key)} {_value(values[key])}" for key in sorted(values)) or "-"


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return escaped(value["name"]) if "name" in value else f"({_pairs(value)})"
    if isinstance(value, list | tuple):
        return escaped(", ".join(map(str, value))) or "none"
    return "-" if value is None or value == "" else escaped(value)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
