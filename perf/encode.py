"""How fast trajectories become rows of a training: rows per second of CPU time, and what the rows take in memory.

    python perf/encode.py [--model DIR ...] [--rows 2000] [--protocol lemma]

The texts are made up. Without --model a byte-level BPE of some 18,000 tokens is trained on such texts, which takes a
minute; with it a row has about 600 tokens, as in the paper's set. Beside it is printed how many times the tokenizer's
own time for the texts, without prompts, that is. One thread; more cores tokenize side by side.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from random import Random
from typing import Any

from lemma_eval.protocols import protocol_by_name
from lemma_eval.train.plan import TrainPlan
from lemma_eval.train.rows import encode_rows
from lemma_eval.trajectory import Trajectory

_SYLLABLES = [one + two for one in "bcdfghklmnprstvw" for two in "aeiou"]


def writer(seed: int) -> Callable[[int], str]:
    """A function that writes texts of so many words: rare and frequent ones, numbers, line breaks and LaTeX."""
    random = Random(0)
    words = ["".join(random.choices(_SYLLABLES, k=random.choice([1, 2, 2, 3, 4]))) for _ in range(20_000)]
    often = [1 / (rank + 1) for rank in range(len(words))]
    random.seed(seed)

    def write(count: int) -> str:
        said = []
        for word in random.choices(words, often, k=count):
            said.append(word)
            if random.random() < 0.12:
                said.append(f"{random.randint(1, 999)} + {random.randint(1, 99)} = {random.randint(1, 999)}.\n")
            if random.random() < 0.05:
                said.append(r"\frac{1}{x^2}")
        return " ".join(said)

    return write


def trained() -> Any:
    """A byte-level BPE with as many tokens as the words give."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    letters = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=32_000, special_tokens=["</s>"], initial_alphabet=letters, show_progress=False
    )
    write = writer(1)
    tokenizer.train_from_iterator((write(2000) for _ in range(300)), trainer)
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="</s>")


def measure(name: str, tokenizer: Any, count: int, protocol: str) -> None:
    """Print the figures of one tokenizer."""
    write = writer(2)
    rows = [Trajectory(write(40), write(210), "7", (50, 200)) for _ in range(count)]
    began = time.process_time()
    tokenizer([row.text for row in rows])
    alone = time.process_time() - began
    for loss_on_error in (True, False):
        began = time.process_time()
        plan = TrainPlan(loss_on_error=loss_on_error, max_length=100_000)
        made = encode_rows(rows, tokenizer, protocol_by_name(protocol), plan, lambda _: "")
        taken = time.process_time() - began
        size = sum(each.nbytes for each in (*made.input_ids, *made.labels)) / count
        print(f"{name} ({len(tokenizer):,} tokens), loss_on_error {loss_on_error}: {count / taken:,.0f} rows/s, "
              f"{taken / alone:.1f} x the tokenizer's own time; {sum(made.lengths) / count:.0f} tokens and "
              f"{size / 1000:.1f} kB a row")  # fmt: skip


def main() -> None:
    """Measure the tokenizers that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", action="append", default=[], help="folder with a tokenizer")
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--protocol", default="lemma")
    asked = parser.parse_args()
    os.environ["RAYON_NUM_THREADS"] = "1"
    from transformers import AutoTokenizer

    for model in asked.model:
        measure(model, AutoTokenizer.from_pretrained(model), asked.rows, asked.protocol)
    if not asked.model:
        measure("BPE", trained(), asked.rows, asked.protocol)


if __name__ == "__main__":
    main()
