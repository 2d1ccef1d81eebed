"""A tiny model, trajectories, and `lemma-eval` in processes that can be killed and need not import torch anew."""

from __future__ import annotations

import json
import multiprocessing
import os
import pty
import resource
import shutil
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("trl", reason="needs the extra train")

ROOT = Path(__file__).parent.parent.parent


def make_model(folder: Path, tokenizer: Path, **other: Any) -> Path:
    """A Llama of two layers with random weights, and the tokenizer of the bundled checkpoint."""
    import torch
    import transformers

    torch.manual_seed(0)
    sizes = {"hidden_size": 48, "intermediate_size": 96, "num_hidden_layers": 2, "num_attention_heads": 4}
    ids = {"pad_token_id": 0, "bos_token_id": None, "eos_token_id": 1, "tie_word_embeddings": True}
    dtype = other.pop("dtype", torch.float32)
    told = {"vocab_size": 1152, "max_position_embeddings": 512, **sizes, **ids, **other}
    transformers.LlamaForCausalLM(transformers.LlamaConfig(**told)).to(dtype).save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(tokenizer / name, folder / name)
    return folder


@pytest.fixture(scope="session")
def blank(tmp_path_factory: pytest.TempPathFactory, checkpoint: Path) -> Path:
    return make_model(tmp_path_factory.mktemp("blank") / "model", checkpoint)


def sums(count: int) -> list[dict[str, Any]]:
    """Trajectories of sums, of unequal lengths; every third one errs first."""
    rows = []
    for number in range(count):
        one, two = 11 + 7 * number % 83, 2 + 5 * number % 61
        told = f"Mia has {one} + {two} = {one + two} shells.\nThe answer is: {one + two}"
        wrong = f"Mia has {one} + {two} = {one + two + 1} shells.\nBut this is not right. "
        erring = number % 3 == 0
        rows.append({
            "question": f"Mia has {one} shells and finds {two} more. How many shells has she now?",
            "text": wrong + told if erring else told,
            "gold": str(one + two),
            **({"error_span": [0, wrong.index("\n")]} if erring else {}),
        })  # fmt: skip
    return rows


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def trajectories(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("rows") / "rows.jsonl", sums(40))


@dataclass
class Started:
    """A running `lemma-eval`."""

    process: Any
    place: Path
    terminal: tuple[int, threading.Thread] | None = None

    def told(self) -> str:
        return self.place.with_suffix(".err").read_text(encoding="utf-8")

    def end(self) -> tuple[int, str, list[str]]:
        """Exit code (negative: the signal), standard output and the lines of standard error."""
        self.process.join(240)
        assert self.process.exitcode is not None, self.told()
        if self.terminal is not None:
            os.close(self.terminal[0])
            self.terminal[1].join()
        out = self.place.with_suffix(".out").read_text(encoding="utf-8")
        return self.process.exitcode, out, self.told().splitlines()


def _serve(
    arguments: list[str], env: dict[str, str], place: Path, largest: int, at: tuple[int, int] | None, terminal: str
) -> None:
    for number, suffix in ((1, ".out"), (2, ".err")):
        os.dup2(os.open(place.with_suffix(suffix), os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    if terminal:
        os.dup2(os.open(terminal, os.O_RDWR | os.O_NOCTTY), 2)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.environ.update(env)
    if largest:
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
    if at is not None:
        _hit(*at)
    sys.argv = ["lemma-eval", *arguments]
    from lemma_eval.cli import main

    main()


def _read(shown: int, file: Path) -> None:
    with file.open("ab") as told, suppress(OSError):  # raised when nobody holds the terminal any more
        while seen := os.read(shown, 65536):
            told.write(seen)
    os.close(shown)


def _hit(step: int, number: int) -> None:
    """Let this process get a signal when `step` is in the log (0: before there is a model). The moment is no race."""
    from lemma_eval.train import progress, weights

    def summary(done: progress.Step, *rest: Any) -> str:
        if done.step == step:
            signal.raise_signal(number)
        return line(done, *rest)

    def load(*arguments: Any) -> Any:
        signal.raise_signal(number)

    line = progress.summary
    progress.summary = summary
    if not step:
        weights.load = load


Start = Callable[..., Started]


@pytest.fixture(scope="session")
def start(tmp_path_factory: pytest.TempPathFactory) -> Start:
    """`start(*arguments)` runs `lemma-eval` in a process of its own.

    `largest`: the most bytes of a file. `at`: (step, signal), see `_hit`. `terminal`: standard error is one, and what
    is shown there is what is told.
    """
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    context = multiprocessing.get_context("forkserver")  # forks of one that has imported what takes seconds
    context.set_forkserver_preload(["trl.trainer.sft_trainer", "peft", "torch.utils.data", "lemma_eval.train.command",
                                    "transformers.models.llama.modeling_llama"])  # fmt: skip
    folder = tmp_path_factory.mktemp("told")
    count = 0

    def begin(
        *arguments: str | Path,
        env: dict[str, str] | None = None,
        largest: int = 0,
        at: tuple[int, int] | None = None,
        terminal: bool = False,
    ) -> Started:
        nonlocal count
        count += 1
        place = folder / str(count)
        held, name = None, ""
        if terminal:
            shown, there = pty.openpty()
            name = os.ttyname(there)
            reader = threading.Thread(target=_read, args=(shown, place.with_suffix(".err")), daemon=True)
            held = (there, reader)
        process = context.Process(target=_serve, args=([*map(str, arguments)], env or {}, place, largest, at, name))
        process.start()
        if held is not None:
            held[1].start()
        return Started(process, place, held)

    return begin
