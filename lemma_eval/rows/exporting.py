"""A run's samples as flat rows, and these as a file or a `datasets` folder, in constant memory, whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

from lemma_eval.errors import DataError, PluginError, UsageError
from lemma_eval.problem import Problem
from lemma_eval.result import GraderId, Result
from lemma_eval.rows.grade_summary import COLUMN_TYPES, verdict_columns
from lemma_eval.rows.writer import writing_rows
from lemma_eval.running.manifest import read_whole_manifest
from lemma_eval.running.runner import STORE
from lemma_eval.scores.signature import signature_of
from lemma_eval.store import Store

Row = Mapping[str, str | int | bool | None]

_ABOUT = dict.fromkeys(("run", "model", "benchmark", "problem", "digest"), str) | {"sample": int}
_QUESTION = dict.fromkeys(("question",), str)
_PROBLEM = dict.fromkeys(("gold", "accepted", "choices", "level", "subject", "type", "meta"), str)
_TEXTS = dict.fromkeys(("prompt", "prefix", "text", "reasoning"), str)
_COMPLETION = {"finish_reason": str, "prompt_tokens": int, "completion_tokens": int, "characters": int}
_FAILURE = dict.fromkeys(("failure", "failure_message"), str)
_VERDICT = {name: kind for name, kind in COLUMN_TYPES.items() if name.startswith("verdict")}


def columns(*, texts: bool) -> dict[str, type]:
    """The columns and their types; without `texts` there is no question, prompt, prefix, text or reasoning."""
    return {
        **_ABOUT,
        **(_QUESTION if texts else {}),
        **_PROBLEM,
        **(_TEXTS if texts else {}),
        **_COMPLETION,
        **_FAILURE,
        **_VERDICT,
        "signature": str,
    }


def rows(folder: Path, name: str, grader: GraderId, *, texts: bool = True) -> Iterator[tuple[str, Row]]:
    """Every planned sample of the run in `folder` as (place, row), in order of planning, under `grader`'s verdicts.

    Each row has all of `columns`; what there is not is None. `accepted`, `choices` and `meta` are JSON texts, and so
    is a prompt of messages. `verdict_start` and `verdict_end` are offsets in `prefix` + `text`.
    """
    manifest = read_whole_manifest(folder)
    run, names = manifest["run"], columns(texts=texts)
    signatures = {benchmark: signature_of(run, benchmark, grader).long for benchmark in run["benchmarks"]}
    with Store(folder / STORE, write=False) as store:
        for result in store.results(grader):
            item = result.item
            found = {
                "run": name,
                "model": manifest["label"],
                "benchmark": item.benchmark,
                "sample": item.sample,
                **_of_problem(item.problem),
                **_of_completion(result),
                **_of_verdict(result, grader),
                "signature": signatures.get(item.benchmark),
            }
            if texts:
                asked, _ = store.asked(item.request_id)
                found["prompt"] = asked if isinstance(asked, str) else json.dumps([asdict(each) for each in asked])
            yield f"{name} {item.benchmark} {item.problem.id}", {each: found[each] for each in names}


@lru_cache(maxsize=1024)
def _json(values: tuple[str, ...]) -> str:
    return json.dumps(values, ensure_ascii=False)


def _of_problem(problem: Problem) -> dict[str, Any]:
    return {
        "problem": problem.id,
        "digest": problem.digest,
        "question": problem.question,
        "gold": problem.answer,
        "accepted": _json(problem.accepted) if problem.accepted else None,
        "choices": _json(problem.choices) if problem.choices else None,
        "level": problem.meta.get("level"),
        "subject": problem.meta.get("subject"),
        "type": problem.meta.get("type"),
        "meta": json.dumps(dict(problem.meta), ensure_ascii=False, sort_keys=True),
        "prefix": problem.prefix or None,
    }


def _of_completion(result: Result) -> dict[str, Any]:
    completion, failure = result.completion, result.failure
    return {
        "text": None if completion is None else completion.text,
        "reasoning": None if completion is None else completion.reasoning,
        "finish_reason": None if completion is None else completion.finish_reason,
        "prompt_tokens": None if completion is None else completion.prompt_tokens,
        "completion_tokens": None if completion is None else completion.completion_tokens,
        "characters": None if completion is None else len(completion.text),
        "failure": None if failure is None else failure.reason,
        "failure_message": None if failure is None else failure.message,
    }


def _of_verdict(result: Result, grader: GraderId) -> dict[str, Any]:
    if result.verdict is None:
        return dict.fromkeys(_VERDICT)
    policy = f"{grader.policy}/{grader.policy_version}"
    return dict(verdict_columns(result.verdict, f"{grader.grader}/{grader.grader_version}", policy))


def write_file(found: Iterable[tuple[str, Row]], path: Path, *, texts: bool, overwrite: bool) -> int:
    """Write the rows to a .jsonl or .parquet file; how many.

    Raises as `writing_rows` does, and UsageError where the disk is full or `path` is a folder; then there is no file.
    """
    if path.is_dir():
        raise UsageError(f"{path}: is a folder; give the name of a file")
    count = 0
    try:
        with writing_rows(path, overwrite=overwrite, columns=columns(texts=texts)) as put:
            for place, row in found:
                put(place, row)
                count += 1
    except OSError as error:
        raise _not_written(path, error) from None
    return count


def _not_written(path: Path, error: OSError) -> UsageError:
    return UsageError(f"{path}: cannot be written: {error.strerror or error}")


def write_dataset(found: Iterable[tuple[str, Row]], path: Path, *, texts: bool, overwrite: bool) -> int:
    """Write the rows as a folder for `datasets.load_from_disk`; how many.

    They go through a Parquet file beside it, so that they are never all in memory. Raises UsageError where something
    is in the way, PluginError where `datasets` is not installed, DataError for rows it does not take.
    """
    try:
        import datasets
    except ImportError:
        raise PluginError("--format hf needs datasets: run  pip install 'lemma-eval[hub,parquet]'") from None
    if path.exists() and not overwrite:
        raise UsageError(f"{path}: exists; give a new folder, or --overwrite to replace it")
    if path.exists() and not (path / "dataset_info.json").is_file():
        raise UsageError(f"{path}: is no datasets folder, so it is not replaced; give a new folder")
    draft = path.with_name(f"{path.name}.part")
    try:
        draft.mkdir()
    except FileExistsError:
        raise UsageError(f"{draft}: exists; another command writes it, or one was killed: then delete it") from None
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None
    try:
        count = write_file(found, draft / "rows.parquet", texts=texts, overwrite=False)
        bars = datasets.are_progress_bars_disabled()
        datasets.disable_progress_bars()
        try:
            made = datasets.Dataset.from_parquet(str(draft / "rows.parquet"), cache_dir=str(draft / "cache"))
            made.save_to_disk(str(draft / "dataset"))
        except datasets.exceptions.DatasetGenerationError as error:
            cause = error.__cause__
            if isinstance(cause, OSError):
                raise _not_written(path, cause) from None
            raise DataError(f"{path}: datasets does not take these rows: {cause or error}") from None
        except OSError as error:
            raise _not_written(path, error) from None
        finally:
            if not bars:
                datasets.enable_progress_bars()
        if len(made) != count:
            raise DataError(f"{path}: datasets took {len(made)} of {count} rows; nothing was written")
        del made
        _put_in_place(draft / "dataset", path, draft / "old")
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return count


def _put_in_place(made: Path, path: Path, old: Path) -> None:
    """Rename `made` to `path`; what is there goes to `old`, and comes back if that fails."""
    if not path.exists():
        os.replace(made, path)
        return
    os.replace(path, old)
    try:
        os.replace(made, path)
    except BaseException:
        os.replace(old, path)
        raise
