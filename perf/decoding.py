"""Ways to decode many prompts with the library transformers on a CPU, side by side: which is fastest?

    python perf/decoding.py [--model tiny|large] [--sizes 32,64] [--prompts 128] [--repeat 1]

`generate` with a dynamic and with a static cache, in batches sorted by prompt length that wait for their longest row;
the batch that is refilled as rows end, as the backend does it; and the same batch without refilling, which only
shrinks. The lengths of the completions are set beforehand: equal, or varied (mean about 120, at most 512). CPU seconds
are printed beside seconds, as other work on the machine disturbs them less.
"""

from __future__ import annotations

import argparse
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from lemma_eval.backends.transformers.decoding import decode
from lemma_eval.backends.transformers.plain_decoding import decode_plainly
from lemma_eval.backends.transformers.row import Ends, Row
from lemma_eval.request import Request, Sampling

TINY = Path(__file__).parent.parent / "checkpoints" / "tiny"


def load(name: str) -> Any:
    """The bundled checkpoint, or a random Llama of about 40 million parameters."""
    import torch
    import transformers

    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    if name == "tiny":
        model = transformers.AutoModelForCausalLM.from_pretrained(TINY)
    else:
        torch.manual_seed(0)
        model = transformers.LlamaForCausalLM(
            transformers.LlamaConfig(
                hidden_size=512,
                intermediate_size=1408,
                num_hidden_layers=8,
                vocab_size=16000,
                num_attention_heads=8,
                num_key_value_heads=4,
            )
        )
    model.generation_config = transformers.GenerationConfig()
    return model.eval()


def rows_of(tokenizer: Any, count: int, varied: bool) -> list[Row]:
    """Rows with random prompts of 50 to 200 tokens, the longest first, that end after a number of tokens set here."""
    random = Random(1)
    ends = Ends(tokenizer, frozenset(), ())
    rows = []
    for number in range(count):
        tokens = [random.randrange(2, 1000) for _ in range(random.randrange(50, 200))]
        room = min(512, max(4, int(random.gammavariate(1.6, 75)))) if varied else 128
        rows.append(Row(Request("m", str(number), Sampling()), tokens, room, False, ends, number))
    return sorted(rows, key=lambda row: -len(row.tokens))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", choices=["tiny", "large"], default="tiny")
    parser.add_argument("--sizes", default="32,64,128")
    parser.add_argument("--prompts", type=int, default=128)
    parser.add_argument("--repeat", type=int, default=1)
    given = parser.parse_args()
    import torch
    import transformers

    model, tokenizer = load(given.model), transformers.AutoTokenizer.from_pretrained(TINY)
    count = sum(each.numel() for each in model.parameters()) / 1e6
    print(f"{count:.1f}M parameters, torch {torch.__version__}, {torch.get_num_threads()} threads, CPU, fp32")

    def library(rows: list[Row], size: int, cache: str | None) -> None:
        model.generation_config.cache_implementation = cache
        model.generation_config.disable_compile = True
        list(decode_plainly(model, deque(rows), "cpu", size=size, pad=0))

    def refilled(rows: list[Row], size: int) -> None:
        list(decode(model, rows, "cpu", size=size, tokens=None))

    def shrinking(rows: list[Row], size: int) -> None:
        for start in range(0, len(rows), size):
            refilled(rows[start : start + size], size)

    ways: dict[str, Callable[[list[Row], int], None]] = {
        "refilled": refilled,
        "shrinking": shrinking,
        "generate, dynamic": lambda rows, size: library(rows, size, None),
        "generate, static": lambda rows, size: library(rows, size, "static"),
    }
    for varied in (True, False):
        print(f"\n{'varied' if varied else 'equal'} lengths{'':12}{'seconds':>9}{'CPU s':>8}{'tokens/CPU s':>14}"
              f"{'x refilled':>12}")  # fmt: skip
        for size in map(int, given.sizes.split(",")):
            for _ in range(given.repeat):
                first = 0.0
                for name, way in ways.items():
                    rows = rows_of(tokenizer, given.prompts, varied)
                    start, cpu = time.perf_counter(), time.process_time()
                    way(rows, size)
                    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
                    first = first or cpu
                    tokens = sum(len(row.new) for row in rows)
                    print(f"{name:20}{size:4}{seconds:9.2f}{cpu:8.2f}{tokens / cpu:14.0f}{cpu / first:12.2f}",
                          flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
