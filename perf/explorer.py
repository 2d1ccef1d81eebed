"""The explorer on a run of 500,000 samples: its index, opening, and how long pages, filters and searches take.

python perf/explorer.py [SAMPLES] [FOLDER]; with FOLDER the run is kept there and used again.
"""

from __future__ import annotations

import contextlib
import itertools
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from urllib.parse import quote_plus

from lemma_eval.answers.verdict import Verdict
from lemma_eval.completion import Completion, Failure
from lemma_eval.explorer.app import application
from lemma_eval.explorer.index.schema import FILE
from lemma_eval.explorer.runs import explored
from lemma_eval.problem import Problem
from lemma_eval.request import Request, Sampling
from lemma_eval.result import GraderId, Item
from lemma_eval.running.manifest import write_manifest
from lemma_eval.store import Store

SAMPLES = 500_000
PER_PROBLEM = 40
WORDS = 150  # in a completion, about 900 characters
VOCABULARY = 50_000
GRADER = GraderId("lemma-eval", "1.0", "default", "2")
SAMPLING = Sampling(0.7, max_tokens=1024)
RULES = ("same-text", "exact", "numeric", "structure", "none")


def make_run(folder: Path, samples: int) -> None:
    """A run of so many samples with random texts, words being as unevenly common as in a language."""
    chance = random.Random(0)
    vocabulary = [_word(chance) for _ in range(VOCABULARY)]
    weights = list(itertools.accumulate(1 / (place + 1) for place in range(VOCABULARY)))
    problems = [
        Problem(
            str(number),
            f"How much is {number} plus $\\frac{{{number}}}{{7}}$? {' '.join(chance.choices(vocabulary, k=30))}",
            str(number),
            meta={"level": f"Level {number % 5 + 1}", "subject": f"Subject {number % 7}"},
        )
        for number in range(-(-samples // PER_PROBLEM))
    ]
    folder.mkdir(parents=True, exist_ok=True)
    write_manifest(folder, _manifest(len(problems)))
    with Store(folder / "store.sqlite") as store:
        for some in _portions(problems, 50):
            rows = [
                ("made", problem, Request("made", problem.question, SAMPLING, sample))
                for problem in some
                for sample in range(PER_PROBLEM)
            ]
            store.plan(rows)
            results: list[Completion | Failure] = []
            verdicts = []
            for benchmark, problem, request in rows:
                if chance.random() < 0.001:
                    results.append(Failure(request.id, "out_of_memory", "too long"))
                    continue
                words = chance.choices(vocabulary, cum_weights=weights, k=WORDS)
                words += ["needle"] if chance.random() < 0.0001 else []
                text = f"{' '.join(words)} so it is $\\boxed{{{problem.answer}}}$."
                finish = "length" if chance.random() < 0.02 else "stop"
                results.append(Completion(request.id, text, finish, 60, len(words)))
                correct = None if chance.random() < 0.0005 else chance.random() < 0.6
                span, rule, parsed = (len(text) - 3, len(text) - 2), chance.choice(RULES), chance.random() < 0.97
                verdict = Verdict(correct, problem.answer, span, rule, "why it is so", parsed)
                verdicts.append((Item(benchmark, problem, request.sample, request.id), verdict, 0.001))
            store.add_all(results)
            store.add_verdicts(GRADER, verdicts)


def _word(chance: random.Random) -> str:
    return "".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=chance.randint(2, 9)))


def _portions(things: Sequence[Problem], size: int) -> Iterator[Sequence[Problem]]:
    for start in range(0, len(things), size):
        yield things[start : start + size]


def _manifest(problems: int) -> dict[str, object]:
    benchmark = {"size": problems, "fingerprint": "0" * 16, "source": "made", "family": None, "mismatch": None,
                 "shots": "0", "shots_digest": "0"}  # fmt: skip
    return {
        "label": "made",
        "environment": {},
        "run": {
            "model": "made",
            "backend": {"name": "made", "version": "1", "settings": {}},
            "benchmarks": {"made": benchmark},
            "protocol": {"name": "made", "version": "1"},
            "sampling": {"temperature": 0.7, "top_p": 1.0, "max_tokens": 1024, "stop": []},
            "policy": {"name": "default", "version": GRADER.policy_version},
            "grader": {"name": GRADER.grader, "version": GRADER.grader_version},
            "n": PER_PROBLEM,
            "seed": 0,
            "limit": None,
            "shard": None,
        },
    }


def pages(samples: int) -> dict[str, str]:
    """What is asked for, by a name that says it."""
    listed = "/runs/run/samples"
    last = -(-samples // 50)
    searches = {"rare word": "needle", "common word": "boxed", "two words": "boxed so", "formula": r"\frac{1}{2}",
                "phrase": '"so it is"', "absent word": "zzzzzzzz"}  # fmt: skip
    return {
        "leaderboard": "/",
        "first page": listed,
        "page in the middle": f"{listed}?page={last // 2}",
        "last page": f"{listed}?page={last}",
        "wrong": f"{listed}?verdict=wrong",
        "wrong, far in": f"{listed}?verdict=wrong&page={last // 4}",
        "unknown (rare)": f"{listed}?verdict=unknown",
        "failed (rare)": f"{listed}?verdict=failed",
        "rule": f"{listed}?rule=numeric",
        "level": f"{listed}?level=Level+3",
        "level, subject, wrong, truncated": f"{listed}?level=Level+3&subject=Subject+2&verdict=wrong&truncated=1",
        "unparsed and unknown": f"{listed}?unparsed=1&verdict=unknown",
        **{f"search: {name}": f"{listed}?search={quote_plus(text)}" for name, text in searches.items()},
        "search: common word, far in": f"{listed}?search=boxed&page={last // 2}",
        "search: common word, unknown": f"{listed}?search=boxed&verdict=unknown",
        "search: common word in questions": f"{listed}?search=how+much&scope=questions",
        "search: rare word in questions": f"{listed}?search=4711&scope=questions",
        "one sample": f"{listed}/{samples // 2}",
        "one sample, raw": f"{listed}/{samples // 2}?raw=1",
        "one sample among unknown": f"{listed}/{samples // 2}?verdict=unknown",
        "one sample of a search": f"{listed}/{samples // 2}?search=boxed",
        "one sample of a search, unknown": f"{listed}/{samples // 2}?search=boxed&verdict=unknown",
    }


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def measure(folder: Path, samples: int) -> None:
    from starlette.testclient import TestClient

    if not (folder / "manifest.json").is_file():
        print(f"making {samples:,} samples: {seconds(lambda: make_run(folder, samples)):.0f} s")
    size = (folder / "store.sqlite").stat().st_size
    print(f"store: {size / 1e6:.0f} MB")
    for name in (FILE, Path(FILE).with_suffix(".json")):
        (folder / name).unlink(missing_ok=True)

    start = time.perf_counter()
    with explored([folder]) as runs:
        client = TestClient(application(runs), base_url="http://127.0.0.1")
        for address in ("/", "/runs/run/samples", "/runs/run/samples/17"):
            assert client.get(address).status_code == 200
        print(
            "opening without an index, until leaderboard, list and a sample are shown: "
            f"{time.perf_counter() - start:.2f} s"
        )
        while runs[0].indexing.kept("scores") is None:
            time.sleep(0.05)
        print(f"scores on the leaderboard after {time.perf_counter() - start:.1f} s")
        begun = time.perf_counter()
        assert runs[0].indexing.wait(3600)
        took = time.perf_counter() - begun
        size = (folder / FILE).stat().st_size
        print(f"index: {took:.0f} s, {samples / took:,.0f} samples a second, {size / 1e6:.0f} MB")
        while runs[0].indexing.kept("curves") is None:
            time.sleep(0.1)
        print(f"slices and curves after {time.perf_counter() - start:.1f} s in all")

    def opened() -> None:
        with explored([folder]) as again:
            client = TestClient(application(again), base_url="http://127.0.0.1")
            again[0].indexing.wait(60)
            assert "counting" not in client.get("/").text

    middle = statistics.median(seconds(opened) for _ in range(3))
    print(f"opening with its index, until the leaderboard is shown: {middle:.2f} s (goal 1)")
    with explored([folder]) as runs:
        runs[0].indexing.wait(60)
        client = TestClient(application(runs), base_url="http://127.0.0.1")
        print(f"\n{'page':42}{'median ms':>10}{'max ms':>9}   (goal 200)")
        for name, address in pages(samples).items():
            times = [1e3 * seconds(lambda address=address: _got(client, address)) for _ in range(5)]
            print(f"{name:42}{statistics.median(times):10.0f}{max(times):9.0f}")


def _got(client: object, address: str) -> None:
    answer = client.get(address)  # type: ignore[attr-defined]
    assert answer.status_code == 200, f"{address}: {answer.text}"


def main() -> None:
    samples = int(sys.argv[1]) if len(sys.argv) > 1 else SAMPLES
    with contextlib.ExitStack() as leaving:
        kept = sys.argv[2] if len(sys.argv) > 2 else leaving.enter_context(tempfile.TemporaryDirectory())
        measure(Path(kept) / "run", samples)


if __name__ == "__main__":
    main()
