"""The options of the commands that carry a synthesis on, and the plan that they make, with what the folder knows."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from lemma_eval.commands.engine_options import (
    engine_options_of,
    engine_parameters,
    open_engine,
    options_for,
    options_named,
)

if TYPE_CHECKING:
    from lemma_eval.backend import Backend
    from lemma_eval.request import Sampling
    from lemma_eval.trained_protocol import Choice

    from ..folder.models import Asked
    from ..folder.plan import Plan
    from ..settings import Settings

_Function = Callable[..., Any]
_PATH = click.Path(path_type=Path)
_FROM_0 = click.FloatRange(0)
_SECRET = re.compile(r"(?i)(?!max_tokens_name=)[^=\s]*(?:key|token|secret|password)[^=]*=")
# Not kept in the folder: what is meant for one sitting, and what is only to be trusted where it is said.
_ONCE = frozenset({"folder", "out", "batch_export", "dry_run", "as_json"} | {
    f"{whose}_{name}" for whose in ("student", "teacher")
    for name in ("batch_import", "trust_remote_code", "allow_pickle")
})  # fmt: skip


def _finite(context: click.Context, parameter: click.Parameter, value: float | None) -> float | None:
    if value is not None and not math.isfinite(value):
        raise click.BadParameter(f"{value} is not a number", context, parameter)
    return value


_WHERE = (
    click.argument("folder", required=False, type=_PATH, metavar="[DIR]"),
    click.option("-o", "--out", type=_PATH, help="Folder of a new synthesis; the same command on it resumes."),
)
_STUDENT = (
    click.option("--questions", multiple=True, metavar="NAME[,NAME...]",
                 help="What the student is asked: gsm8k:train, math:train, ... (see `lemma-eval list benchmarks`) or "
                 ".jsonl files with question, answer and solution fields."),
    click.option("--data-dir", type=_PATH, envvar="LEMMA_EVAL_DATA", show_envvar=True,
                 help="Folder with <benchmark>/<file>; without it rows come from the hub."),
    click.option("--limit", type=click.IntRange(1), help="Only the first rows of each set of questions."),
    click.option("--decontaminate", default="all", show_default=True, metavar="SETS",
                 help="Test sets whose questions are left out: all (registered ones), all,-ocw (but one), "
                 "gsm8k,math:500, none."),
    click.option("--overlap", "words", type=click.IntRange(1), default=13, show_default=True,
                 help="A question is left out when it shares so many words in a row with a test question."),
    click.option("--seed", default=0, show_default=True, help="Seed of all samples and draws."),
    click.option("--student", metavar="MODEL", help="Whose errors are corrected: a checkpoint folder, a hub id, a "
                 "server's model, or a .jsonl file of recorded generations."),
    click.option("-n", "--samples", type=click.IntRange(1), default=4, show_default=True,
                 help="Solutions that the student writes to each question."),
    click.option("--student-protocol", metavar="NAME",
                 help="How it is asked: lemma, llemma, boxed, recorded. Default: as a checkpoint that `train` made was "
                 "trained, recorded for recorded generations, else lemma."),
    click.option("--student-not-as-trained", is_flag=True,
                 help="Let --student-protocol or --student-chat-template differ from what it was trained under."),
    click.option("--student-temperature", type=_FROM_0, callback=_finite, default=0.7, show_default=True,
                 help="0 is greedy."),
    click.option("--student-top-p", type=click.FloatRange(0, 1, min_open=True),
                 help="Nucleus sampling. Default: the protocol's."),
    click.option("--student-max-new-tokens", type=click.IntRange(1),
                 help="Token limit of a solution. Default: the protocol's."),
    click.option("--policy", default="strict", show_default=True,
                 help="Grading policy, for samples and trajectories alike: strict, default, lemma or a .toml file."),
    engine_options_of("student"),
)  # fmt: skip
_CHOICE = (
    click.option("--hard", type=click.IntRange(1), metavar="K_MAX", help="LEMMA-Hard: of each question K_MAX times "
                 "the student's rate of failure trajectories, half of them with injected errors."),
    click.option("--injections", type=_FROM_0, default=1.0, show_default=True, callback=_finite,
                 metavar="RATIO", help="Errors injected for each wrong solution of the student."),
    click.option("--alpha", type=click.FloatRange(0, min_open=True), default=1.0, show_default=True, callback=_finite,
                 help="Weight, in errors, of the global distribution of types in a question's own."),
    click.option("--beta", type=click.FloatRange(0, min_open=True), default=1.0, show_default=True, callback=_finite,
                 help="Errors added to each type in the global distribution."),
    click.option("--strategies", default="fix,fresh", show_default=True,
                 help="How each error is corrected: fix (Fix & Continue), fresh (Fresh & Restart)."),
    click.option("--smooth/--no-smooth", default=True, show_default=True, help="Have the teacher smooth trajectories."),
)  # fmt: skip
_TEACHER = (
    click.option("--teacher", metavar="MODEL",
                 help="Who diagnoses, injects and corrects: a chat model, named as the student is."),
    click.option("--teacher-temperature", type=_FROM_0, callback=_finite, help="0 is greedy. Default: 0.7."),
    click.option("--teacher-top-p", type=click.FloatRange(0, 1, min_open=True), help="Nucleus sampling. Default: 1."),
    click.option("--teacher-max-new-tokens", type=click.IntRange(1), help="Token limit of a reply. Default: 4096."),
    engine_options_of("teacher"),
)  # fmt: skip
_SITTING = (
    click.option("--accept-missing/--wait-missing", default=False,
                 help="Go on without what failed, or wait for it (default) before a step over all records."),
    click.option("--batch-export", type=_PATH, metavar="FILE",
                 help="Ask nothing: write what can be asked now as a file for the OpenAI Batch API or `vllm "
                 "run-batch`, to be read back with --teacher-batch-import (of `sample`: --student-batch-import)."),
    click.option("--dry-run", is_flag=True, help="Ask nothing: print the calls, tokens and cost to come."),
    click.option("--json", "as_json", is_flag=True, help="Print JSON."),
)  # fmt: skip


def carrying_options(command: _Function, *, choice: bool = True, teacher: bool = True) -> _Function:
    """Add the options of a command that carries on to a stage: those of the `choice` of errors, and of the `teacher`,
    where they matter.
    """
    groups = (_WHERE, _STUDENT, _CHOICE if choice else (), _TEACHER if teacher else (), _SITTING)
    for option in reversed([each for group in groups for each in group]):
        command = option(command)
    return command


@dataclass(frozen=True, slots=True)
class Given:
    """What a command was told: the `folder`, `options` (its own, else the folder's, else defaults), `new` ones among
    them (said now), and those to be `kept` in the folder.
    """

    folder: Path
    options: Mapping[str, Any]
    new: frozenset[str]
    kept: Mapping[str, Any]


def given_to(context: click.Context, every: click.Command, options: dict[str, Any]) -> Given:
    """The options of the command under way, filled up with those that the folder knows; `every` has all options there
    are. Raises UsageError where it is not clear which folder is meant.
    """
    from ..folder.plan import read_synthesis

    folder, out = options["folder"], options["out"]
    if (folder is None) == (out is None):
        raise click.UsageError("give a new folder with -o DIR, or go on in one with DIR alone" if folder is None else
                               "give either DIR or -o DIR, not both")  # fmt: skip
    place = folder or out
    known = read_synthesis(place)
    if known is None and folder is not None:
        raise click.UsageError(f"{folder}: holds no synthesis; begin one with --questions, --student and -o {folder}")
    kept = dict(known["given"]) if known is not None else {}
    by_hand = (ParameterSource.COMMANDLINE, ParameterSource.DEFAULT_MAP)
    said = frozenset(name for name in options if context.get_parameter_source(name) in by_hand)
    kinds = {str(each.name): each for each in every.params}
    before = {name: kinds[name].type_cast_value(context, value) for name, value in kept.items() if name in kinds}
    default = every.make_context(every.name, [], resilient_parsing=True).params
    new = {name: options[name] for name in said}
    kept |= {name: _stored(value) for name, value in new.items() if name not in _ONCE}
    return Given(place, {**default, **options, **before, **new}, said, kept)


def _stored(value: Any) -> Any:
    """As click would be given it; settings that look like secrets are left out, to be said again."""
    if isinstance(value, tuple | list):
        return [str(each) for each in value if not _SECRET.match(str(each))]
    return str(value) if isinstance(value, Path) else value


def plan_of(given: Given, *, asking: bool) -> Plan:
    """The plan that the options make; with `asking` there has to be a teacher. Raises LemmaEvalError or a click one."""
    from lemma_eval.answers import policy_by_name
    from lemma_eval.handoff import trained_from
    from lemma_eval.printable import printable
    from lemma_eval.trained_protocol import unlike_training

    from ..folder.plan import Plan
    from ..folder.questions import load_questions, load_tests
    from ..folder.student import StudentSettings
    from ..folder.student import plan_of as run_of

    options = given.options
    specs = [spec.strip() for text in options["questions"] for spec in text.split(",") if spec.strip()]
    for name, value in (("--questions NAME", specs), ("--student MODEL", options["student"])):
        if not value:
            raise click.UsageError(f"{given.folder}: a new synthesis needs {name}")
    settings = _settings(options, policy_by_name(options["policy"]))
    student = _asked(given, "student")
    assert student is not None
    teacher = _asked(given, "teacher")
    if asking and teacher is None:
        raise click.UsageError("say who the teacher is with --teacher MODEL (and --teacher-base-url for a server's)")
    if teacher is not None and not teacher.chat:
        raise click.UsageError(f"the teacher {teacher.label} has no chat template, and prompts are messages; give one "
                               "with --teacher-chat-template FILE, or another --teacher")  # fmt: skip
    choice = _student_choice(given, student.name)
    protocol = choice.protocol
    if protocol.chat and not student.chat:
        raise click.UsageError(f"protocol {protocol.name} asks in chat form and the student has no chat template; give "
                               "one with --student-chat-template FILE, or another --student-protocol")  # fmt: skip
    if options["student_chat_template"] is not None and not protocol.chat:
        raise click.UsageError("--student-chat-template needs a chat protocol: --student-protocol boxed")
    questions = load_questions(
        specs, options["data_dir"], options["limit"], lambda: load_tests(options["decontaminate"], options["data_dir"]),
        options["words"],
    )  # fmt: skip
    asked = StudentSettings(
        options["samples"], protocol, _sampling(protocol.sampling, options, "student"), settings.seed
    )
    run = run_of(asked, questions.sets, settings.policy, options["data_dir"], student.keyed)
    if choice.trained is not None and choice.note:
        told = {each.spec: (each.family, len(run.shots[each.spec].shots)) for each in questions.sets}
        for line in (f"the student was {choice.note}", *unlike_training(trained_from(choice.trained), protocol, told)):
            click.echo(printable(line), err=True)
    return Plan(questions, options["words"], run, student, settings, teacher)


def _student_choice(given: Given, backend: str) -> Choice:
    """The protocol that is given, else that of the synthesis under way, else as for a run; see `choose_protocol`.

    With a note where a synthesis begins.
    """
    from lemma_eval.trained_protocol import choose_protocol

    from ..folder.plan import read_synthesis

    options, known = given.options, read_synthesis(given.folder)
    there = {} if known is None or "student" in given.new else known["synthesis"].get("student", {})
    choice = choose_protocol(
        options["student"],
        "recorded" if backend == "replay" else "lemma",
        given=options["student_protocol"] or there.get("protocol"),
        template=options["student_chat_template"],
        as_trained=not options["student_not_as_trained"],
        whose="student",
    )
    return choice if known is None else replace(choice, note="")


def _settings(options: Mapping[str, Any], policy: Any) -> Settings:
    from lemma_eval.errors import unknown_name

    from ..settings import STRATEGIES, Settings
    from ..teacher import TEACHER_SAMPLING

    named = [each.strip() for each in options["strategies"].split(",") if each.strip()]
    for name in named:
        if name not in STRATEGIES:
            raise unknown_name("strategy", name, STRATEGIES)
    if not named:
        raise click.UsageError(f"--strategies names none; known: {', '.join(STRATEGIES)}")
    return Settings(
        options["seed"], options["hard"], options["injections"], options["alpha"], options["beta"],
        tuple(each for each in STRATEGIES if each in named), options["smooth"], policy,
        _sampling(TEACHER_SAMPLING, options, "teacher"),
    )  # fmt: skip


def _sampling(sampling: Sampling, options: Mapping[str, Any], whose: str) -> Sampling:
    names = {"temperature": "temperature", "top_p": "top_p", "max_tokens": "max_new_tokens"}
    changes = {name: options[f"{whose}_{option}"] for name, option in names.items()}
    return replace(sampling, **{name: value for name, value in changes.items() if value is not None})


def _asked(given: Given, whose: str) -> Asked | None:
    """The model: as the options say, where they say anything new of it, else as the folder knows it."""
    from lemma_eval.running.runner import STORE
    from lemma_eval.store import Store

    from ..folder.models import Asked, describe
    from ..folder.plan import read_synthesis

    name = given.options[whose]
    if not name:
        return None

    def opened() -> Backend:
        store = given.folder / STORE
        engine = open_engine(name, options_for(whose, given.options))
        if given.options[f"{whose}_max_cost"] is None or not store.is_file():
            return engine
        with Store(store, write=False) as reading:
            spent = reading.cost(engine.model)
        return open_engine(name, options_for(whose, given.options), spent)

    within = partial(options_named, whose)
    known = read_synthesis(given.folder)
    told = known["synthesis"].get(whose) if known is not None else None
    if known is not None and told is not None and not given.new & {whose, *engine_parameters(whose)}:
        facts = {part: told[part] for part in ("model", "backend", "keyed", "chat")}
        return Asked(facts, known["labels"].get(whose, name), opened, within)
    click.echo(f"opening {name}", err=True)  # the content of a large checkpoint takes a while to identify
    with within():
        engine = opened()
    return Asked(describe(engine), engine.label, opened, within)
