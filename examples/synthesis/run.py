"""The whole synthesis on the bundled checkpoint, without a key or a download: the teacher answers by rule.

From the root of the repository: `python examples/synthesis/run.py --out runs/synthesis`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))  # the teacher lives with the tests

from tests.servers.scripted_teacher import teaching  # noqa: E402


def main() -> None:
    """Serve the teacher, run `lemma-eval synth run` against it, and say what to look at."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("runs/synthesis"), help="folder of the synthesis")
    parser.add_argument("--limit", type=int, default=40, help="questions")
    parser.add_argument("--samples", type=int, default=2, help="solutions that the student writes to each")
    parser.add_argument("--port", type=int, default=8377, help="of the teacher; another one is another teacher")
    given = parser.parse_args()
    command = [
        str(Path(sys.executable).with_name("lemma-eval")), "synth", "run", "-o", str(given.out),
        "--questions", "mini:unseen", "--limit", str(given.limit), "--decontaminate", "none",
        "--student", str(ROOT / "checkpoints" / "tiny"), "-n", str(given.samples),
        "--teacher", "teacher",
    ]  # fmt: skip
    with teaching(port=given.port) as (served, _):
        done = subprocess.run([*command, "--teacher-base-url", served.url], check=False)
    if done.returncode == 0:
        print(f"\nlook at {given.out / 'data' / 'trajectories.jsonl'}, or: lemma-eval view {given.out}")
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
