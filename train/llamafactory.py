"""All that LLaMA-Factory needs to train in its own environment: tokens, data, settings, and a script to run.

Its own tokenization differs from ours: prompt and response apart, no BOS and no end token with the empty template,
rows cut in silence (`cutoff_len`), no masks within a response. But it also takes rows that are tokenized already
(`tokenized_path`), in their order (`disable_shuffling`): it is given ours, batch after batch.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from lemma_eval.errors import RunError, UsageError
from lemma_eval.handoff import Handoff, write_handoff
from lemma_eval.problem import Problem
from lemma_eval.prompt_text import local_text, opens_reasoning
from lemma_eval.protocol import EvalProtocol, render
from lemma_eval.trajectory import Trajectory

from .base_model import Base
from .encode import response_of
from .folder import write_rejects
from .llamafactory_texts import README, RUN, TRIED
from .plan import TrainPlan, order
from .rows import Rows

_ATTENTION = {"": "auto", "eager": "disabled", "sdpa": "sdpa", "flash_attention_2": "fa2"}
_DTYPES = {"float32", "float16", "bfloat16"}
_ZERO2: Mapping[str, Any] = {
    "train_batch_size": "auto",
    "train_micro_batch_size_per_gpu": "auto",
    "gradient_accumulation_steps": "auto",
    "gradient_clipping": "auto",
    "bf16": {"enabled": "auto"},
    "zero_optimization": {"stage": 2, "overlap_comm": True, "contiguous_gradients": True, "reduce_scatter": True},
}


def write_recipe(
    folder: Path,
    plan: TrainPlan,
    protocol: EvalProtocol,
    base: Base,
    trajectories: Sequence[Trajectory],
    rows: Rows,
    handoff: Handoff,
    families: Callable[[Trajectory], str],
) -> None:
    """Write the recipe into `folder`: `bash folder/run.sh` trains, and leaves in folder/checkpoint what can be run.

    LLaMA-Factory trains on `rows` as they are, in the order and the number of steps of `plan`. `data.json` holds the
    same rows as text. Raises RunError for a folder that is not empty or cannot be written, UsageError for a setting
    that LLaMA-Factory does not have.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise RunError(f"{folder}: is not empty; give -o another folder for the recipe")
    taken = order(plan, rows.lengths)
    training, export = settings(plan, base, handoff, len(taken), len(rows.lengths))
    texts = list(_texts(protocol, base, _kept(trajectories, rows), families))
    other = sum(_differs(base.tokenizer, text, ids) for text, ids in zip(texts, rows.input_ids, strict=True))
    facts = {"version": TRIED, "rows": len(texts), "steps": training["max_steps"], "other": other,
             "batch": plan.batch_size, "micro": plan.micro_batch_size, "full": int(plan.method == "full")}  # fmt: skip
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _tokens(folder / "tokens.parquet", rows)
        _json(folder / "order.json", taken)
        _json(folder / "data.json", texts)
        _json(folder / "dataset_info.json", DATASET, indent=1)
        _json(folder / "ds_z2_config.json", _ZERO2, indent=1)
        _yaml(folder / "train.yaml", training)
        _yaml(folder / "export.yaml", export)
        base.tokenizer.save_pretrained(folder / "tokenizer")
        (folder / "handoff").mkdir()
        write_handoff(folder / "handoff", handoff)
        write_rejects(folder, rows.rejects)
        (folder / "README.md").write_text(README.substitute(facts), encoding="utf-8")
        (folder / "run.sh").write_text(RUN.substitute(facts), encoding="utf-8")
        (folder / "run.sh").chmod(0o755)
    except OSError as error:
        raise RunError(f"{folder}: cannot be written ({error.strerror or error}); give -o another folder") from None
    for line in _told(folder, plan, base, rows, facts):
        click.echo(line, err=True)


DATASET = {"lemma": {"file_name": "data.json", "columns": {"prompt": "prompt", "response": "response"}}}


def settings(
    plan: TrainPlan, base: Base, handoff: Handoff, taken: int, rows: int
) -> tuple[dict[str, Any], dict[str, Any]]:
    """LLaMA-Factory's arguments for a training, and for the checkpoint after it; all passes over `rows` rows `taken`.

    Accumulation is that of one process; run.sh sets it for more. Raises UsageError for an attention that it lacks.
    """
    if plan.attention not in _ATTENTION:
        raise UsageError(f"--attention {plan.attention}: LLaMA-Factory has {', '.join(filter(None, _ATTENTION))}")
    steps = taken // plan.batch_size
    model = {**_model(base, handoff), "flash_attn": _ATTENTION[plan.attention]}
    adapters = {"lora_rank": plan.lora_rank, "lora_alpha": plan.lora_alpha, "lora_dropout": plan.lora_dropout,
                "lora_target": "all"}  # fmt: skip
    training = {
        **model,
        "stage": "sft",
        "do_train": True,
        "finetuning_type": plan.method,
        **(adapters if plan.method == "lora" else {}),
        "dataset_dir": ".",
        "dataset": next(iter(DATASET)),
        "template": "empty",
        "cutoff_len": plan.max_length,
        "tokenized_path": "tokens",
        "disable_shuffling": True,
        "output_dir": "training",
        "max_steps": steps,
        "per_device_train_batch_size": plan.micro_batch_size,
        "gradient_accumulation_steps": plan.accumulation(1),
        "optim": "adamw_torch",
        "learning_rate": plan.learning_rate,
        "lr_scheduler_type": plan.schedule,
        "warmup_steps": plan.warmup_steps(steps),
        "weight_decay": plan.weight_decay,
        "adam_beta2": plan.adam_beta2,
        "max_grad_norm": plan.max_grad_norm,
        "bf16": plan.precision == "bf16",
        "disable_gradient_checkpointing": not plan.gradient_checkpointing,
        "seed": plan.seed,
        "save_strategy": "steps",
        "save_steps": plan.save_steps(rows),
        "save_total_limit": 2,
        "logging_steps": max(1, min(10, steps // 20)),
        "report_to": "none",
    }
    trained = {**model, "adapter_name_or_path": "training"}
    if plan.method == "full":
        trained = {name: value for name, value in model.items() if name != "model_revision"}
        trained["model_name_or_path"] = "training"
    export = {
        **trained,
        "finetuning_type": plan.method,
        "template": "empty",
        "infer_dtype": _dtype(base),
        "export_dir": "checkpoint",
        "export_size": 5,
    }
    return training, export


def _model(base: Base, handoff: Handoff) -> dict[str, Any]:
    # A folder by its whole path; a hub id by itself and the revision that was found, so that the recipe can travel.
    named, found = str(handoff.base["model"]), base.checkpoint.folder
    own = {"trust_remote_code": True} if base.trust_remote_code else {}
    if Path(named).exists() or found.parent.name != "snapshots":
        return {"model_name_or_path": str(found.resolve()), **own}
    return {"model_name_or_path": named, "model_revision": found.name, **own}


def _dtype(base: Base) -> str:
    config = json.loads((base.checkpoint.folder / "config.json").read_text(encoding="utf-8"))
    told = str(config.get("dtype") or config.get("torch_dtype"))
    return told if told in _DTYPES else "float32"


def _kept(trajectories: Sequence[Trajectory], rows: Rows) -> Iterator[Trajectory]:
    rejected = iter([*(id for id, _, _ in rows.rejects), None])  # in the order of the trajectories
    next_rejected = next(rejected)
    for trajectory in trajectories:
        if trajectory.id == next_rejected:
            next_rejected = next(rejected)
        else:
            yield trajectory


def _texts(
    protocol: EvalProtocol, base: Base, trajectories: Iterator[Trajectory], families: Callable[[Trajectory], str]
) -> Iterator[dict[str, str]]:
    """Prompt and response as the empty template wants them: with the special tokens that it does not add."""
    special = base.special_tokens()
    bos = special["bos"] if special["adds_bos"] else ""
    for trajectory in trajectories:
        style = protocol.style(families(trajectory))
        problem = Problem(id="", question=trajectory.question, answer=trajectory.gold)
        prompt = render(protocol, style, problem, ())
        text, adds = local_text(base.tokenizer, prompt, None)
        response, _ = response_of(style, protocol.chat, trajectory.text, opens_reasoning(text, prompt))
        yield {"id": trajectory.id, "prompt": (bos if adds else "") + text, "response": response + special["eos"]}


def _differs(tokenizer: Any, text: Mapping[str, str], ids: Any) -> bool:
    # As LLaMA-Factory tokenizes with the empty template: prompt and response apart.
    prompt, response = (tokenizer(text[part], add_special_tokens=False)["input_ids"] for part in ("prompt", "response"))
    return bool([*prompt, *response] != ids.tolist())


def _tokens(path: Path, rows: Rows) -> None:
    import numpy
    import pyarrow
    from pyarrow import parquet

    ones = [numpy.ones(len(row), numpy.int8) for row in rows.input_ids]
    kind, small = pyarrow.list_(pyarrow.int32()), pyarrow.list_(pyarrow.int8())
    columns = {
        "input_ids": pyarrow.array(rows.input_ids, kind),
        "attention_mask": pyarrow.array(ones, small),
        "labels": pyarrow.array(rows.labels, kind),
    }
    parquet.write_table(pyarrow.table(columns), path, compression="zstd")


def _json(path: Path, value: Any, indent: int | None = None) -> None:
    path.write_text(json.dumps(value, indent=indent, ensure_ascii=False) + "\n", encoding="utf-8")


def _yaml(path: Path, value: Mapping[str, Any]) -> None:
    import yaml

    path.write_text(yaml.safe_dump(dict(value), sort_keys=False, allow_unicode=True), encoding="utf-8")


def _told(folder: Path, plan: TrainPlan, base: Base, rows: Rows, facts: Mapping[str, Any]) -> Iterator[str]:
    if rows.rejects:
        yield (f"note: {len(rows.rejects)} trajectories are not trained on: "
               + ", ".join(f"{count} {reason}" for reason, count in rows.reasons().items()))  # fmt: skip
    yield (f"note: LLaMA-Factory is given our tokens; from data.json it would make others in {facts['other']} of "
           f"{facts['rows']} rows")  # fmt: skip
    if rows.masked:
        yield f"note: {rows.masked} tokens of erroneous spans have no loss; data.json cannot say so, the tokens do"
    if plan.method == "lora" and plan.precision == "fp32" and (dtype := _dtype(base)) != "float32":
        yield f"note: LLaMA-Factory keeps frozen weights in the checkpoint's {dtype}; --backend trl has them in fp32"
    yield (f"{folder}: a recipe for LLaMA-Factory {TRIED}, {facts['rows']} rows, {facts['steps']} steps; train with  "
           f"bash {folder}/run.sh  and evaluate with  lemma-eval run {folder}/checkpoint -b gsm8k")  # fmt: skip
