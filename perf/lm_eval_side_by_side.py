"""Our backend transformers and lm-evaluation-harness' `hf` side by side: one checkpoint, the same GSM8K prompts.

    python perf/lm_eval_side_by_side.py --data-dir DATA     (the folder that holds gsm8k/test.jsonl)

Needs both in one environment: pip install 'lemma-eval[transformers]' 'lm-eval[hf]==0.4.13'. The runs of the two are
interleaved. Two settings: each row gets exactly the limit of new tokens (a copy of the checkpoint whose end token is
never the likeliest), and rows end where the model ends them. Printed: seconds of generation alone (tokenizing
included), CPU seconds of the same, which other work on the machine disturbs less, and seconds with loading the weights,
making the task and scoring it (importing excluded).
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from lemma_eval.backend import BackendOptions
from lemma_eval.backends.transformers import open_backend
from lemma_eval.completion import Completion
from lemma_eval.request import Request, Sampling

ROOT = Path(__file__).parent.parent
TEMPLATE = "### Instruction:\n{}\n\n### Response: Let's think step by step."
STOP = "### Instruction:"
TASK = "side_by_side"


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds of generation alone, CPU seconds of it, seconds of all but imports; new tokens; texts by question."""

    generation: float
    cpu: float
    whole: float
    tokens: int
    texts: dict[str, str]


def ours(folder: Path, questions: list[str], limit: int, size: int | None) -> Timing:
    """One run of our backend, its batch size found by itself if `size` is None."""
    began = time.perf_counter()
    with open_backend(str(folder), BackendOptions(device="cpu", batch_size=size)) as backend:
        sampling = Sampling(max_tokens=limit, stop=(STOP,))
        asked = {Request(backend.model, TEMPLATE.format(each), sampling).id: each for each in questions}
        start, cpu = time.perf_counter(), time.process_time()
        requests = (Request(backend.model, TEMPLATE.format(each), sampling) for each in questions)
        found = [each for each in backend.generate(requests) if isinstance(each, Completion)]
        generation, cpu = time.perf_counter() - start, time.process_time() - cpu
    if len(found) != len(questions):
        sys.exit(f"{len(questions) - len(found)} of {len(questions)} requests got no completion")
    tokens = sum(each.completion_tokens or 0 for each in found)
    texts = {asked[each.request_id]: each.text for each in found}
    return Timing(generation, cpu, time.perf_counter() - began, tokens, texts)


def theirs(folder: Path, tasks: Path, limit: int, size: str, count: Callable[[str], int]) -> Timing:
    """One run of lm-evaluation-harness; `count` gives the new tokens of a text."""
    import lm_eval
    from lm_eval.models.huggingface import HFLM
    from lm_eval.tasks import TaskManager

    began, spent, cpu = time.perf_counter(), 0.0, 0.0
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        model = HFLM(pretrained=str(folder), device="cpu", dtype="float32", batch_size=size, max_batch_size=128)
        real = model.generate_until

        def timed(*args: Any, **named: Any) -> Any:
            nonlocal spent, cpu
            start, begun = time.perf_counter(), time.process_time()
            try:
                return real(*args, **named)
            finally:
                spent, cpu = spent + time.perf_counter() - start, cpu + time.process_time() - begun

        model.generate_until = timed
        told = lm_eval.simple_evaluate(
            model,
            tasks=[TASK],
            num_fewshot=0,
            gen_kwargs={"max_gen_toks": limit},
            task_manager=TaskManager(include_path=str(tasks), include_defaults=False),
            bootstrap_iters=0,
        )
    whole = time.perf_counter() - began
    texts = {row["doc"]["question"]: row["resps"][0][0] for row in told["samples"][TASK]}
    return Timing(spent, cpu, whole, sum(map(count, texts.values())), texts)


def generation_of(timing: Timing) -> float:
    return timing.generation


def cpu_of(timing: Timing) -> float:
    return timing.cpu


def whole_of(timing: Timing) -> float:
    return timing.whole


def write_task(folder: Path, rows: list[dict[str, str]]) -> None:
    """A task file of lm-evaluation-harness over a local data file."""
    data = folder / "rows.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    task = {
        "task": TASK,
        "dataset_path": "json",
        "dataset_kwargs": {"data_files": {"test": str(data)}},
        "test_split": "test",
        "output_type": "generate_until",
        "doc_to_text": TEMPLATE.replace("{}", "{{question}}"),
        "doc_to_target": "{{answer}}",
        "generation_kwargs": {"until": [STOP], "do_sample": False},
        "metric_list": [{"metric": "exact_match", "aggregation": "mean", "higher_is_better": True}],
    }
    (folder / f"{TASK}.yaml").write_text(json.dumps(task), encoding="utf-8")  # JSON is YAML


def endless(checkpoint: Path, folder: Path) -> Path:
    """A copy of the checkpoint whose end token is never the likeliest: its row of the tied embedding is zero."""
    from safetensors.torch import load_file, save_file

    copy = shutil.copytree(checkpoint, folder / "endless")
    weights = load_file(copy / "model.safetensors")
    weights["model.embed_tokens.weight"][json.loads((copy / "config.json").read_text())["eos_token_id"]] = 0
    save_file(weights, copy / "model.safetensors", metadata={"format": "pt"})
    return copy


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data-dir", type=Path, default=Path(os.environ.get("LEMMA_EVAL_DATA", "data")))
    parser.add_argument("--checkpoint", type=Path, default=ROOT / "checkpoints" / "tiny")
    parser.add_argument("--prompts", type=int, default=200)
    parser.add_argument("--fixed", type=int, default=64, help="new tokens of each row in the first setting")
    parser.add_argument("--limit", type=int, default=256, help="most new tokens in the second setting")
    parser.add_argument("--sizes", default="1,8,32,64,128", help="their batch sizes, or auto (slow on a CPU)")
    parser.add_argument("--repeat", type=int, default=1)
    given = parser.parse_args()
    if find_spec("lm_eval") is None:
        sys.exit("lm_eval is not installed here: run  pip install 'lm-eval[hf]==0.4.13'")
    source = given.data_dir / "gsm8k" / "test.jsonl"
    if not source.is_file():
        sys.exit(f"{source} is not there: give --data-dir or LEMMA_EVAL_DATA, the folder that holds gsm8k/test.jsonl")
    os.environ.update(HF_HUB_OFFLINE="1", HF_DATASETS_OFFLINE="1", TOKENIZERS_PARALLELISM="false")
    import torch
    import transformers

    rows = [json.loads(line) for line in source.read_text(encoding="utf-8").splitlines()[: given.prompts]]
    questions = [row["question"] for row in rows]
    tokenizer = transformers.AutoTokenizer.from_pretrained(given.checkpoint)
    print(f"{len(rows)} prompts, torch {torch.__version__}, {torch.get_num_threads()} threads, CPU, fp32; "
          f"median of {given.repeat}")  # fmt: skip
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_task(folder, rows)
        copy = endless(given.checkpoint, folder)
        for what, model, limit in (
            (f"exactly {given.fixed} new tokens", copy, given.fixed),
            (f"natural ends, at most {given.limit} new tokens", given.checkpoint, given.limit),
        ):
            compare(what, model, folder, questions, limit, given.sizes.split(","), given.repeat, tokenizer)


def compare(
    what: str, model: Path, tasks: Path, questions: list[str], limit: int, sizes: list[str], repeat: int, tokenizer: Any
) -> None:
    """Run ours before each of theirs, and print both; ratios are seconds of theirs to ours beside it."""

    def count(text: str) -> int:
        # Their result is text only: the end token is counted as ours is, the limit bounds both.
        return min(limit, len(tokenizer(text, add_special_tokens=False)["input_ids"]) + 1)

    ours(model, questions[:2], 4, None)  # the first run pays for what the library prepares once
    heads = ("seconds", "tokens/s", "theirs/ours", "CPU seconds", "theirs/ours", "with loading", "theirs/ours")
    print(f"\n{what}\n{'':20}{''.join(f'{head:>13}' for head in heads)}")
    mine, other = [], {}
    for size in sizes:
        pairs = []
        for _ in range(repeat):
            own = ours(model, questions, limit, None)
            try:
                pairs.append((own, theirs(model, tasks, limit, size, count)))
            except Exception as error:  # theirs may not work at a size: say so and go on
                print(f"lm-eval {size:14}  did not run: {type(error).__name__}: {str(error)[:80]}")
                break
        if len(pairs) < repeat:
            continue
        mine += [own for own, _ in pairs]
        run = other[size] = pairs[0][1]
        cells: list[float] = []
        for pick in (generation_of, cpu_of, whole_of):
            cells.append(statistics.median(pick(each) for _, each in pairs))
            cells.append(statistics.median(pick(each) / pick(own) for own, each in pairs))
        cells.insert(1, run.tokens / cells[0])
        print(f"lm-eval, batch {size:5}{''.join(f'{cell:13.2f}' for cell in cells)}", flush=True)
    seconds, cpu, whole = (statistics.median(map(pick, mine)) for pick in (generation_of, cpu_of, whole_of))
    print(
        f"{'ours, as it comes':20}{seconds:13.2f}{mine[0].tokens / seconds:13.2f}{'':13}{cpu:13.2f}{'':13}{whole:13.2f}"
    )
    same = [sum(run.texts[each].strip() == mine[0].texts[each].strip() for each in questions) for run in other.values()]
    print(f"new tokens: ours {mine[0].tokens}, theirs {[run.tokens for run in other.values()]}; "
          f"equal texts: {same} of {len(questions)}")  # fmt: skip


if __name__ == "__main__":
    main()
