"""Make `checkpoints/tiny` by `lemma-eval train`: word problems first, then word problems and plain sums together.

    python examples/tiny_model/train.py --work runs/tiny --out checkpoints/tiny

The order matters at this size: word problems alone teach which sum to write; then plain sums beside them teach to work
it out. Stopped anywhere, the same command goes on.
"""

import argparse
import json
import os
import subprocess
import sys
from itertools import islice
from pathlib import Path

from blank import write_blank
from trajectories import word_problems, write_rows

HERE = Path(__file__).resolve().parent
# Leg after leg, each going on from the checkpoint of the one before: its configuration, and the rows it is trained on.
LEGS = {
    "words": ("words.yaml", {"problems": 44_800, "sums": 0, "seed": 1}),
    "sums": ("sums.yaml", {"problems": 17_600, "sums": 14_400, "seed": 2}),
    "more": ("sums.yaml", {"problems": 10_240, "sums": 10_240, "seed": 3}),
    "last": ("sums.yaml", {"problems": 7_680, "sums": 12_800, "seed": 4}),
}
KEPT = ("config.json", "generation_config.json", "model.safetensors", "tokenizer.json", "lemma_run.json")


def train(work: Path) -> Path:
    """Everything, in the folder `work`: data, blank model, leg after leg. Gives the last checkpoint."""
    work.mkdir(parents=True, exist_ok=True)
    before = "blank"
    if not (work / before).exists():
        write_blank(work / before, (row["question"] + row["text"] for row in islice(word_problems(0), 12_000)))
    for leg, (config, rows) in LEGS.items():
        write_rows(work / f"{leg}.jsonl", **rows)
        command = ["train", f"{leg}.jsonl", "--config", HERE / config, "--model", before, "-o", f"tiny-{leg}"]
        # Threads that wait must not spin, or training crawls where other programs use the cores.
        env = {"OMP_WAIT_POLICY": "passive"} | os.environ
        subprocess.run([sys.executable, "-m", "lemma_eval", *command], cwd=work, env=env, check=True)
        before = f"tiny-{leg}"
    return work / before


def install(checkpoint: Path, out: Path) -> None:
    """Copy what is shipped of a checkpoint; its model card stays as it is."""
    out.mkdir(parents=True, exist_ok=True)
    for name in KEPT:
        (out / name).write_bytes((checkpoint / name).read_bytes())
    # The class name that transformers 4 and 5 both know, and nothing about the saving machine.
    config = json.loads((checkpoint / "tokenizer_config.json").read_text(encoding="utf-8"))
    config = {key: value for key, value in config.items() if key not in ("backend", "is_local", "local_files_only")}
    config["tokenizer_class"] = "PreTrainedTokenizerFast"
    (out / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Make the tiny checkpoint.")
    parser.add_argument("--work", type=Path, default=Path("runs/tiny"), help="folder for data and trainings")
    parser.add_argument("--out", type=Path, help="folder that the checkpoint is copied to at the end")
    options = parser.parse_args()
    checkpoint = train(options.work)
    if options.out is not None:
        install(checkpoint, options.out)


if __name__ == "__main__":
    main()
