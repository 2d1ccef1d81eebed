"""The recipe for LLaMA-Factory: arguments that it has, our tokens in our order, a script that ends in a checkpoint.

That LLaMA-Factory trains on these tokens was seen with the release itself: docs/training-llamafactory.md.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from lemma_eval.checkpoint import find_checkpoint
from lemma_eval.errors import RunError, UsageError
from lemma_eval.handoff import Handoff, read_handoff
from lemma_eval.protocol import EvalProtocol
from lemma_eval.protocols import protocol_by_name
from lemma_eval.train import command
from lemma_eval.train.base_model import Base, find_base
from lemma_eval.train.llamafactory import DATASET, settings, write_recipe
from lemma_eval.train.plan import PRESETS, TrainPlan, order
from lemma_eval.train.rows import Rows, encode_rows, read_trajectories

from .conftest import sums, write
from .tokenizers import BOS, EOS, made

NAMES = tomllib.loads((Path(__file__).parent / "llamafactory_arguments.toml").read_text(encoding="utf-8"))
SMOKE = replace(PRESETS["smoke-cpu"], epochs=2.0, micro_batch_size=4)
LEMMA, BOXED = protocol_by_name("lemma"), protocol_by_name("boxed")


def problems(given: Mapping[str, Any], groups: tuple[str, ...]) -> list[str]:
    """What LLaMA-Factory would not take of these arguments: names that it lacks, values of another type."""
    known = {name: kind for group in groups for name, kind in NAMES[group].items()}
    return [
        f"{name}: {value!r} is no {known.get(name, 'argument')}"
        for name, value in given.items()
        if name not in known or not fits(value, known[name])
    ]


def fits(value: object, kind: str) -> bool:
    if kind.startswith("Literal"):
        return repr(value) in kind
    if isinstance(value, bool):
        return "bool" in kind
    if isinstance(value, int | float):
        return "float" in kind or ("int" in kind and isinstance(value, int))
    words = ("str", "Attention")  # the one enumeration that is not told as a text too
    return any(word in kind for word in words)


TRAIN = ("model", "data", "training", "finetuning", "generating")
EXPORT = ("model", "data", "finetuning", "generating")


@pytest.fixture(scope="module")
def base(blank: Path) -> Base:
    return find_base(str(blank), pad_token=None, revision=None, trust_remote_code=False)


def handoff(base: Base) -> Handoff:
    told = {"model": str(base.checkpoint.folder)}
    return Handoff(told, {"name": "lemma", "digest": "0"}, stop=(), tokens=base.special_tokens(), data={}, plan={})


@pytest.mark.parametrize("plan", [*PRESETS.values(), replace(SMOKE, method="lora", attention="sdpa", save_every=3)])
def test_every_argument_is_one_of_llama_factory(base: Base, plan: TrainPlan) -> None:
    training, export = settings(plan, base, handoff(base), 1041 * 256, 88_904)
    assert problems(yaml.safe_load(yaml.safe_dump(training)), TRAIN) == []
    assert problems(yaml.safe_load(yaml.safe_dump(export)), EXPORT) == []
    (entry,) = DATASET.values()
    assert set(entry) <= set(NAMES["dataset_info"]["entry"])
    assert set(entry["columns"]) <= set(NAMES["dataset_info"]["columns"])


@pytest.mark.parametrize(
    "wrong",
    [{"cutof_len": 1}, {"stage": "stf"}, {"max_steps": 1.5}, {"bf16": "yes"}, {"do_train": 1.0}, {"lora_ranks": 1}],
)
def test_what_it_does_not_have_is_seen(wrong: dict[str, Any]) -> None:
    assert len(problems(wrong, TRAIN)) == 1


def test_the_settings_are_those_of_the_plan(base: Base) -> None:
    training, export = settings(PRESETS["lemma-full"], base, handoff(base), 1041 * 256, 88_904)
    wanted = {"max_steps": 1041, "warmup_steps": 32, "save_steps": 347, "per_device_train_batch_size": 4,
              "gradient_accumulation_steps": 64, "learning_rate": 1e-5, "lr_scheduler_type": "cosine", "bf16": True,
              "cutoff_len": 4096, "finetuning_type": "full", "disable_gradient_checkpointing": False,
              "disable_shuffling": True, "flash_attn": "auto"}  # fmt: skip
    assert {name: training[name] for name in wanted} == wanted
    assert (export["model_name_or_path"], export["infer_dtype"]) == ("training", "float32")
    assert not [name for name in training if name.startswith("lora")]
    training, export = settings(PRESETS["lemma-lora"], base, handoff(base), 256, 256)
    assert [training[name] for name in ("lora_rank", "lora_alpha", "lora_dropout", "lora_target")] == [
        16,
        32,
        0.05,
        "all",
    ]
    assert export["adapter_name_or_path"] == "training"
    assert export["model_name_or_path"] == training["model_name_or_path"] == str(base.checkpoint.folder.resolve())


def test_a_hub_id_travels_with_its_revision(base: Base, tmp_path: Path) -> None:
    folder = tmp_path / "snapshots" / "0a1b2c"
    shutil.copytree(base.checkpoint.folder, folder)
    found = replace(base, checkpoint=replace(base.checkpoint, folder=folder))
    named = replace(handoff(base), base={"model": "maker/name"})
    training, export = settings(SMOKE, found, named, 8, 8)
    assert (training["model_name_or_path"], training["model_revision"]) == ("maker/name", "0a1b2c")
    assert "model_revision" not in export  # what was trained has none


def recipe(
    folder: Path, base: Base, plan: TrainPlan, tmp_path: Path, protocol: EvalProtocol = LEMMA
) -> tuple[Rows, list[dict[str, Any]]]:
    given = [{**row, "error_span": None} for row in sums(11)]
    found = read_trajectories([write(tmp_path / "rows.jsonl", given)])
    rows = encode_rows(found, base.tokenizer, protocol, plan, lambda _: "")
    write_recipe(folder, plan, protocol, base, found, rows, handoff(base), lambda _: "")
    return rows, json.loads((folder / "data.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("name", "protocol", "others"),
    [("bytes", LEMMA, 0), ("begins", LEMMA, 0), ("pieces", LEMMA, 0), ("pieces", BOXED, 11)],
)
def test_data_json_has_the_special_tokens_and_is_compared_with_ours(
    base: Base, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, protocol: EvalProtocol, others: int
) -> None:
    tokenizer = made(name, "{% for m in messages %}{{ m.content }}\n{% endfor %}")
    rows, data = recipe(tmp_path / "out", replace(base, tokenizer=tokenizer), SMOKE, tmp_path, protocol)
    assert len(rows.input_ids) == len(data) == 11
    assert all(row["response"].endswith(EOS) and not row["response"].endswith(2 * EOS) for row in data)
    assert [row["prompt"].count(BOS) for row in data] == [int(name == "begins")] * 11
    # `pieces` puts a space of its own in front of each of the two parts, unless there is one
    assert f"would make others in {others} of 11 rows" in capsys.readouterr().err


def test_rejected_rows_are_not_written_and_counted(
    base: Base, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lengths = sorted(encode_rows(read_trajectories([write(tmp_path / "all", sums(11))]), base.tokenizer, LEMMA, SMOKE,
                                 lambda _: "").lengths)  # fmt: skip
    rows, data = recipe(tmp_path / "out", base, replace(SMOKE, max_length=lengths[5]), tmp_path)
    assert len(data) == len(rows.input_ids) < 11
    assert {row["id"] for row in data}.isdisjoint(id for id, _, _ in rows.rejects)
    for row, ids in zip(data, rows.input_ids, strict=True):
        assert base.tokenizer.decode(ids.tolist()) == row["prompt"] + row["response"]
    assert (
        f"{len(rows.rejects)} trajectories are not trained on: {len(rows.rejects)} too-long" in capsys.readouterr().err
    )
    assert len((tmp_path / "out" / "rejects.jsonl").read_text().splitlines()) == len(rows.rejects)


def test_refusals_are_one_line(base: Base, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="flash_attention_3: LLaMA-Factory has eager, sdpa"):
        recipe(tmp_path / "none", base, replace(SMOKE, attention="flash_attention_3"), tmp_path)
    assert not (tmp_path / "none").exists()
    with pytest.raises(RunError, match="is not empty"):
        recipe(tmp_path, base, SMOKE, tmp_path)


STUB = """#!/usr/bin/env bash
# Stands in for LLaMA-Factory: writes what it leaves behind.
echo "$@" >> calls
if [ "$1" = train ]; then
  mkdir -p training
  cd training
  echo '{"global_step": 3, "log_history": [{"loss": 2.5}, {"loss": 1.25}, {"train_loss": 2}]}' > trainer_state.json
  echo '{"train_loss": 2.0, "train_runtime": 4.56}' > train_results.json
else
  mkdir checkpoint
  cp "$BASE"/config.json "$BASE"/model.safetensors checkpoint/
  for name in Modelfile chat_template.jinja tokenizer.json; do echo other > checkpoint/$name; done
fi
"""


@pytest.fixture
def stub(tmp_path: Path) -> Path:
    bin = tmp_path / "venv" / "bin"
    bin.mkdir(parents=True)
    for name, text in (("llamafactory-cli", STUB), ("python", f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')):
        (bin / name).write_text(text)
        (bin / name).chmod(0o755)
    return bin.parent


def carry_out(folder: Path, stub: Path, base: Base, processes: int) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "VENV": str(stub), "BASE": str(base.checkpoint.folder), "PROCESSES": str(processes)}
    return subprocess.run(["bash", str(folder / "run.sh")], env=env, capture_output=True, text=True, timeout=120)


def test_run_sh_gives_our_tokens_in_our_order_and_ends_in_a_checkpoint(base: Base, tmp_path: Path, stub: Path) -> None:
    import datasets

    folder, data = tmp_path / "out", write(tmp_path / "rows.jsonl", sums(11))
    told = CliRunner().invoke(command.train, [
        str(data), "--model", str(base.checkpoint.folder), "--preset", "smoke-cpu", "--epochs", "2.3",
        "-o", str(folder), "--micro-batch-size", "2", "--no-loss-on-error", "--group-batches", "1", "--method", "lora",
        "--backend", "llamafactory"])  # fmt: skip
    assert told.exit_code == 0, told.output
    plan = replace(PRESETS["smoke-cpu"], epochs=2.3, group_batches=1, loss_on_error=False)
    rows = encode_rows(read_trajectories([data]), base.tokenizer, LEMMA, plan, lambda _: "")
    misfit = carry_out(folder, stub, base, 3)
    assert (misfit.returncode, (folder / "tokens").exists()) == (2, False)
    assert "a batch of 8 rows is not made of 3 x 2" in misfit.stderr
    broken = folder / "training" / "checkpoint-2"  # a save that was killed
    broken.mkdir(parents=True)
    done = carry_out(folder, stub, base, 2)
    assert done.returncode == 0, done.stderr
    seen = datasets.load_from_disk(str(folder / "tokens"))
    taken = order(plan, rows.lengths)
    assert rows.masked > 0
    assert [row["input_ids"] for row in seen] == [rows.input_ids[number].tolist() for number in taken]
    assert [row["labels"] for row in seen] == [rows.labels[number].tolist() for number in taken]
    assert all(row["attention_mask"] == [1] * len(row["labels"]) for row in seen)
    assert not broken.exists()
    assert (folder / "calls").read_text().splitlines() == [
        "train train.yaml gradient_accumulation_steps=2", "export export.yaml"]  # fmt: skip
    found = read_handoff(folder / "checkpoint")
    assert found is not None
    assert found.result == {"steps": 3, "loss": 1.25, "seconds": 4.6}
    assert (found.plan["method"], found.data["rows"]) == ("lora", 11)
    assert find_checkpoint(str(folder / "checkpoint")).has_chat_template == base.checkpoint.has_chat_template
    tokenizer = (folder / "checkpoint" / "tokenizer.json").read_bytes()
    assert tokenizer == (folder / "tokenizer" / "tokenizer.json").read_bytes()
    assert not (folder / "checkpoint" / "Modelfile").exists()
    assert "is trained already" in carry_out(folder, stub, base, 1).stdout


def test_several_processes_on_all_weights_take_zero_2(base: Base, tmp_path: Path, stub: Path) -> None:
    recipe(tmp_path / "out", base, SMOKE, tmp_path)
    (stub / "bin" / "python").write_text(  # deepspeed is there
        f'#!/bin/sh\n[ "$2" = "import deepspeed" ] && exit 0\nexec "{sys.executable}" "$@"\n'
    )
    done = carry_out(tmp_path / "out", stub, base, 2)
    assert done.returncode == 0, done.stderr
    called = (tmp_path / "out" / "calls").read_text().splitlines()[0]
    assert called == "train train.yaml gradient_accumulation_steps=1 deepspeed=ds_z2_config.json"
    zero = json.loads((tmp_path / "out" / "ds_z2_config.json").read_text())
    assert zero["zero_optimization"]["stage"] == 2
