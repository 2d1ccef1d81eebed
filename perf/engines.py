"""What the harness costs its engines, and how it meets a server's limits.

    python perf/engines.py [--data-dir DIR] [--only PART ...] [--lm-eval PYTHON]

DIR holds gsm8k/test.jsonl and generations/gsm8k_gpt3.jsonl; default: LEMMA_EVAL_DATA. Figures are ratios of what ran in
turns in this process, or CPU time; run it on an idle machine.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

import harness_cost
import server_limits
import store_growth

PARTS = {
    "cpu": harness_cost.cpu_per_completion,
    "sleep": harness_cost.beside_a_sleeper,
    "server": server_limits.throughput,
    "limit": server_limits.limited,
    "store": store_growth.hundred_thousand,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path, default=os.environ.get("LEMMA_EVAL_DATA"))
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--lm-eval", type=Path, metavar="PYTHON",
                        help="of an environment with lm-eval and this project: compares their backend hf")  # fmt: skip
    options = parser.parse_args()
    if options.data_dir is None or not (options.data_dir / "generations" / "gsm8k_gpt3.jsonl").is_file():
        sys.exit("give --data-dir, a folder with gsm8k/test.jsonl and generations/gsm8k_gpt3.jsonl")
    print(f"machine: {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    for part in options.only:
        PARTS[part](options.data_dir)
    if options.lm_eval:
        script = Path(__file__).with_name("lm_eval_side_by_side.py")
        print("\nBeside lm-evaluation-harness, backend hf", flush=True)
        subprocess.run([options.lm_eval, script, "--data-dir", options.data_dir, "--sizes", "1,32,64,128"], check=True)


if __name__ == "__main__":
    main()
