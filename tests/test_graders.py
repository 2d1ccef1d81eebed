"""Graders as plugins: our own, one of another package made here, and math-verify where it is installed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from lemma_eval.answers import GRADER_VERSION, PRESETS, equivalent, grade
from lemma_eval.answers.sandboxed import client
from lemma_eval.errors import PluginError
from lemma_eval.grader import Grader, open_grader, signature
from lemma_eval.graders import math_verify
from lemma_eval.rows.to_grade import Item, judge_rows
from tests.test_plugins import call, install

DEFAULT = PRESETS["default"]
NEEDS = pytest.mark.skipif(
    find_spec("math_verify") is None, reason="math-verify is not installed: pip install 'math-verify[antlr4_13_2]'"
)

OTHER = '''
"""A grader as another package would write one: equal as numbers, or as texts."""
from dataclasses import dataclass
from lemma_eval.answers import Verdict

@dataclass(frozen=True)
class Plain:
    name: str = "plain"
    version: str = "3.1"
    follows_policy: bool = False
    warning: str = "plain is plain"

    def grade(self, text, golds, *, kind, choices, policy):
        return self.equivalent(text.split()[-1].rstrip("."), golds, kind=kind, choices=choices, policy=policy)

    def equivalent(self, pred, golds, *, kind, choices, policy):
        if pred == "die":
            import os
            os._exit(3)
        if "crash" in pred:
            raise RuntimeError("no idea")
        same = pred in golds
        return Verdict(same, pred, (0, len(pred)), "plain-text", "equal" if same else "not equal")

def open_grader():
    return Plain()

def missing():
    from lemma_eval.errors import PluginError
    raise PluginError("the grader missing is not installed: run  pip install plain")

def broken():
    return 1 / 0

def none():
    return 5
'''
GRADERS = {name: f"plain_plugin:{name}" for name in ("missing", "broken", "none")} | {
    "plain": "plain_plugin:open_grader",
    "absent": "no_such_module:x",
}


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return install(tmp_path / "site", "plain", {"lemma_eval.graders": GRADERS}, plain_plugin=OTHER)


def rows_file(tmp_path: Path, *rows: dict[str, Any]) -> str:
    path = tmp_path / "in.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def test_our_own_grader_is_one_of_them() -> None:
    own = open_grader("lemma-eval")
    assert isinstance(own, Grader)
    settings: dict[str, Any] = {"kind": None, "choices": None, "policy": DEFAULT}
    text = "so 0.5. The answer is 1/2."
    assert own.grade(text, ["0.5"], **settings) == grade(text, ["0.5"], policy=DEFAULT)
    assert own.equivalent("1/2", ["3", "0.5"], **settings) == equivalent("1/2", ["3", "0.5"], policy=DEFAULT)
    assert signature(own, DEFAULT) == (f"lemma-eval/{GRADER_VERSION}", f"default/{DEFAULT.version}")


def test_batches_go_to_another_process_and_back() -> None:
    items = [
        Item("The answer is 2.", ["2"], None, False),
        Item("b", ["B"], ("1", "2"), True),
        Item("3", ["2"], None, True),
    ]
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        verdicts = pool.submit(judge_rows, items, graders=("lemma-eval",), policy=DEFAULT).result()
    assert [one.correct for (one,) in verdicts] == [True, True, False]


def test_a_grader_of_another_package(environment: dict[str, str], tmp_path: Path) -> None:
    file = rows_file(tmp_path, {"text": "It is 2.", "gold": "2"}, {"text": "It is 2/4.", "gold": "1/2"})
    done = call(environment, "grade", file, "--grader", "plain", "--out", str(tmp_path / "out.jsonl"))
    assert (done.returncode, done.stderr) == (0, "lemma-eval: warning: plain is plain\n")
    assert done.stdout.startswith("2 graded: 1 correct (50.00 %), 1 wrong (0 unparsed), 0 unknown\n")
    written = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [(row["verdict"], row["verdict_rule"]) for row in written] == [
        ("correct", "plain-text"),
        ("wrong", "plain-text"),
    ]
    assert {(row["verdict_grader"], row["verdict_policy"]) for row in written} == {("plain/3.1", "-")}


def test_a_cross_check_lists_where_two_graders_differ(environment: dict[str, str], tmp_path: Path) -> None:
    rows = [{"text": "The answer is 2.", "gold": "2"}, {"text": "The answer is 3.", "gold": "2"}]
    rows += [{"text": "The answer is 2/4.", "gold": "1/2"}] * 25
    rows += [{"text": "The answer is \x1b[2J.", "gold": "crash\x1b[2J"}, {"text": "The answer is crash.", "gold": "1"}]
    file, out = rows_file(tmp_path, *rows), tmp_path / "out.jsonl"
    done = call(environment, "grade", file, "--cross-check", "plain", "--out", str(out))
    assert done.returncode == 0, done.stderr
    written = [json.loads(line) for line in out.read_text().splitlines()]
    cross = [(row["verdict"], row["cross_verdict"], row["cross_rule"]) for row in written]
    assert cross[:3] == [
        ("correct", "correct", "plain-text"), ("wrong", "wrong", "plain-text"), ("correct", "wrong", "plain-text")
    ]  # fmt: skip
    assert cross[-1] == ("wrong", "unknown", "grader-error")
    assert written[-1]["cross_why"] == "plain raised RuntimeError: no idea"
    assert {row["cross_grader"] for row in written} == {"plain/3.1"}
    lines = done.stdout.splitlines()
    assert next(line for line in lines if line.startswith("rule")).split()[-1] == "differ"
    start = lines.index("plain/3.1 agrees on 3 of 29")
    assert lines[start + 1 : start + 3] == ["  25 correct here, wrong there", "  1 wrong here, unknown there"]
    listed = lines[start + 3 : -1]
    assert len(listed) == 20
    assert listed[0].startswith(f"  {file}:3: correct (")
    assert listed[0].endswith("there wrong (not equal): answer 2/4, gold 1/2")
    assert lines[-1] == "  ... and 6 more"
    assert "\x1b" not in done.stdout
    told = json.loads(call(environment, "grade", file, "--cross-check", "plain", "--json").stdout)["cross"]
    assert (told["grader"], told["agree"], told["differ"], len(told["rows"])) == ("plain/3.1", 3, 26, 20)
    assert told["kinds"] == {"correct/wrong": 25, "wrong/unknown": 1}
    assert sum(told["rules"].values()) == 26


def test_a_grader_that_kills_its_process_costs_one_verdict(environment: dict[str, str], tmp_path: Path) -> None:
    rows = [{"pred": "die" if number == 13 else "2", "gold": "2"} for number in range(40)]
    options = ("--grader", "plain", "--workers", "2", "--out", str(tmp_path / "out.jsonl"))
    done = call(environment, "grade", rows_file(tmp_path, *rows), *options)
    assert done.returncode == 0, done.stderr
    verdicts = [json.loads(line)["verdict_rule"] for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert verdicts == ["plain-text"] * 13 + ["worker-died"] + ["plain-text"] * 26


def test_graders_are_listed_and_a_broken_one_hides_no_other(environment: dict[str, str]) -> None:
    listed = call(environment, "list", "graders", "--json")
    assert listed.returncode == 0, listed.stderr
    found = {row["name"]: row for row in json.loads(listed.stdout)}
    assert (found["plain"]["version"], found["plain"]["policies"], found["plain"]["package"]) == ("3.1", "no", "plain")
    assert (found["lemma-eval"]["version"], found["lemma-eval"]["policies"]) == (GRADER_VERSION, "yes")
    assert found["missing"]["note"].endswith("pip install plain")
    assert "math-verify" in found


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("missing", "the grader missing is not installed: run pip install plain"),
        ("broken", "grader 'broken' (plain_plugin:broken) does not open: ZeroDivisionError: division by zero"),
        ("none", "grader 'none' (plain_plugin:none) does not give a Grader, found int"),
        ("absent", "grader 'absent' (no_such_module:x) does not load: ModuleNotFoundError"),
        ("plian", "unknown grader 'plian'; did you mean plain"),
    ],
)
@pytest.mark.parametrize("option", ["--grader", "--cross-check"])
def test_a_grader_that_cannot_be_had_gets_one_line(
    name: str, said: str, option: str, environment: dict[str, str], tmp_path: Path
) -> None:
    file = rows_file(tmp_path, {"pred": "2", "gold": "2"})
    done = call(environment, "grade", file, option, name)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"lemma-eval: {said}")
    assert done.stderr.count("\n") == 1


def test_a_policy_for_a_grader_that_follows_none(environment: dict[str, str], tmp_path: Path) -> None:
    file = rows_file(tmp_path, {"pred": "2", "gold": "2"})
    done = call(environment, "grade", file, "--grader", "plain", "--policy", "strict")
    assert done.returncode == 2
    assert "--policy strict: the grader plain follows no policy; leave it out" in done.stderr
    assert call(environment, "grade", file, "--cross-check", "plain", "--policy", "strict").returncode == 0


@pytest.mark.skipif(find_spec("math_verify") is not None, reason="math-verify is installed")
def test_without_math_verify_the_line_says_what_to_install() -> None:
    with pytest.raises(PluginError, match=r"run  pip install 'math-verify\[antlr4_13_2\]'"):
        open_grader("math-verify")


@pytest.fixture
def own_sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder whose modules the sandbox can import; its interpreter is started anew, and ended after the test."""
    client.close()
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=":")
    yield tmp_path
    client.close()


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "math-verify-crash"),
        ("import time; time.sleep(600)", "math-verify-timeout"),
        ("bytearray(10**12)", "math-verify-memory"),
        ("raise ValueError('oh')", "math-verify-error"),
    ],
    ids=["crash", "hang", "memory", "error"],
)
def test_what_goes_wrong_in_the_sandbox_is_unknown(
    body: str, rule: str, own_sandbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A library that dies, hangs, eats memory or raises, in place of math-verify's."""
    (own_sandbox / "bad_library.py").write_text(f"def judge(task):\n    {body}\n", encoding="utf-8")
    monkeypatch.setattr(math_verify, "_FUNCTION", "bad_library:judge")
    monkeypatch.setattr(math_verify, "SECONDS", 2.0)
    grader = math_verify.MathVerify("0")
    verdict = grader.equivalent("1", ["1"], kind=None, choices=None, policy=DEFAULT)
    assert (verdict.correct, verdict.rule) == (None, rule)
    assert verdict.why


@NEEDS
@pytest.mark.parametrize(
    ("text", "golds", "bare", "choices", "correct"),
    [
        (r"so it is $\boxed{\frac{1}{2}}$.", ["0.5"], False, None, True),
        (r"so it is $\boxed{\frac{1}{3}}$.", ["0.5"], False, None, False),
        (r"\frac{2}{4}", [r"\frac{1}{2}"], True, None, True),
        ("2x+1", ["1+2x"], True, None, True),
        ("3", ["2", "3"], True, None, True),
        ("I do not know", ["3"], False, None, False),
        ("", ["3"], True, None, False),
        ("The answer is B.", ["B"], False, ("1", "2"), True),
        ("The answer is A.", ["B"], False, ("1", "2"), False),
        ("9^{9^{9^{9^{9}}}}", ["3"], True, None, None),
    ],
)
def test_math_verify(
    text: str, golds: list[str], bare: bool, choices: tuple[str, ...] | None, correct: bool | None
) -> None:
    grader = open_grader("math-verify")
    judge = grader.equivalent if bare else grader.grade
    assert judge(text, golds, kind=None, choices=choices, policy=DEFAULT).correct is correct


@NEEDS
def test_math_verify_is_never_imported_here() -> None:
    code = (
        "import sys\nfrom importlib.metadata import version\nfrom lemma_eval.answers import PRESETS\n"
        "from lemma_eval.grader import open_grader\ngrader = open_grader('math-verify')\n"
        "verdict = grader.equivalent('1/2', ['0.5'], kind=None, choices=None, policy=PRESETS['default'])\n"
        "assert grader.version == version('math-verify')\n"
        "print(verdict.correct, [name for name in ('math_verify', 'sympy') if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "True []\n"), done.stderr


@NEEDS
def test_a_cross_check_with_math_verify(tmp_path: Path) -> None:
    file = rows_file(tmp_path, {"pred": "1/2", "gold": "0.5"}, {"pred": "3", "gold": "4"}, {"text": "7", "gold": "7"})
    done = call(dict(os.environ), "grade", file, "--cross-check", "math-verify", "--json")
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith(
        "lemma-eval: warning: math-verify is a grader of others: it has SymPy's parser evaluate"
    )
    assert json.loads(done.stdout)["cross"]["agree"] == 3
