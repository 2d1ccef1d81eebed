"""No text from a model or a data set is ever run, wherever it is planted and whichever way it takes."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from lemma_eval.answers import equivalent, grade, grade_many
from lemma_eval.answers.reading.node import Node, name, number
from lemma_eval.answers.sandboxed import client
from tests.answers.planted_code import MARKER, PAYLOADS, WRAPPERS

ROOT = Path(__file__).parents[2]
HANG_GUARD = 600
GOLDS = ("7", "x+1", r"\int_0^1 x dx", "(1, 2)", "A")


def planted(payload: str, marker: Path) -> list[str]:
    """The payload in all wrappings, with a path to write to; also with the bare file name."""
    texts = [wrapper.format(PAYLOADS[payload]) for wrapper in WRAPPERS.values()]
    return [text.replace(MARKER, str(marker)) for text in texts] + [text.replace(MARKER, marker.name) for text in texts]


def nothing_ran(marker: Path) -> bool:
    return not marker.exists() and not Path(marker.name).exists() and not (ROOT / marker.name).exists()


def test_the_payloads_would_work(tmp_path: Path) -> None:
    """Evaluated, most of those in Python do leave their mark: this test can fail."""
    worked = []
    for payload in ("os.system", "eval", "exec", "open", "lambda", "f-string", "plus", "subprocess", "walrus"):
        marker = tmp_path / payload.replace(" ", "")
        code = PAYLOADS[payload].replace(MARKER, str(marker))
        subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, timeout=HANG_GUARD)
        worked.append(marker.exists())
    assert all(worked)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_is_run_by_grading(payload: str, tmp_path: Path) -> None:
    marker = tmp_path / "the_planted_mark"
    for text in planted(payload, marker):
        for gold in GOLDS[:3]:
            assert equivalent(text, gold).correct is not True
            equivalent(gold, text)
        equivalent(text, text + " ")
        equivalent(text, "B", kind="choice", choices=[text, gold])
        grade(text, "7")
        grade(f"So we get {text}\n", text)
        grade("It is 7.", [text, "8"])
    assert nothing_ran(marker)


@pytest.mark.parametrize("workers", [1, 2])
def test_nothing_is_run_in_bulk(workers: int, tmp_path: Path) -> None:
    marker = tmp_path / "the_planted_mark"
    texts = [text for payload in PAYLOADS for text in planted(payload, marker)]
    items = [(text, gold) for text in texts for gold in ("7", text)]
    assert sum(1 for _ in grade_many(items, workers=workers)) == len(items)
    assert nothing_ran(marker)


# All that the sandbox can be asked about two trees.
QUESTIONS = ("expressions", "up-to-factor", "up-to-constant", "sets", "equations")


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_is_run_by_the_sandbox(payload: str, tmp_path: Path) -> None:
    """Trees that hold code as names, as no reader would make them."""
    marker = tmp_path / "the_planted_mark"
    code = PAYLOADS[payload].replace(MARKER, str(marker))
    trees = [
        name(code),
        Node("apply", (name("x"),), code),
        Node("text", (), code),
        Node("unit", (number(1),), code),
        Node("const", (), code),
        Node("based", (), (code, 10)),
        Node("number", (), code),
        Node("tuple", (name(code), name(code)), code),
        Node("rel", (name(code), number(1)), ("<",)),
        Node("rel", (name(code), number(1)), (code,)),
        Node(code, (number(1),)),
        Node("builder", (name(code), Node("rel", (name(code), number(1)), ("<",))), "R"),
        Node("int", (name(code), name(code), number(0), number(1))),
        Node("sum", (name(code), name(code), number(0), number(9))),
        Node("diff", (Node("apply", (name(code),), code), name(code))),
        Node("lim", (Node("/", (Node("sin", (name(code),)), name(code))), name(code), number(0))),
        code,
        None,
    ]
    for tree in trees:
        for question in (*QUESTIONS, code):
            other = Node("+", (name("x"), name(code)))
            reply = client.compare(tree, other, question, 10.0)  # type: ignore[arg-type]
            assert reply in ("equal", "different", "undecided", "unsupported")
    assert nothing_ran(marker)


def test_strings_are_refused_where_sympy_runs() -> None:
    """In a process prepared as the sandbox's children are, SymPy does not evaluate a string, whoever asks."""
    code = """
        from lemma_eval.answers.sandboxed import children, preload
        children.prepare_compare()
        import sympy
        from sympy.parsing import sympy_parser
        assert sympy.S("3/2") == sympy.Rational(3, 2)  # SymPy's own constants are read, not evaluated
        for evaluate in (sympy.sympify, sympy.S, sympy.simplify, sympy.N, sympy.sin, sympy_parser.parse_expr):
            for text in ("1+1", "x", "__import__('os')", "3//2", "3/2 ", "9**9", ""):
                try:
                    value = evaluate(text)
                except Exception:
                    continue
                raise SystemExit(f"{evaluate}({text!r}) gave {value}")
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True, timeout=HANG_GUARD)


def test_no_process_is_started_but_the_sandbox(tmp_path: Path) -> None:
    """Python's audit events tell of every process, shell, and compiled string in the grading process."""
    code = """
        import base64, sys
        texts = [base64.b64decode(line).decode("utf-8", "surrogatepass") for line in sys.stdin.read().split()]
        mark = texts.pop()
        from lemma_eval import answers
        from lemma_eval.answers.sandboxed import client

        seen = []
        SPAWNING = ("os.system", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "pty.spawn",
                    "subprocess.Popen", "os.startfile", "socket.connect")

        def hook(event, args):
            if event in SPAWNING:
                seen.append((event, str(args[:2])))
            elif event in ("compile", "exec", "open") and mark in str(args[0]):
                seen.append((event, str(args)))
            elif event in ("pickle.find_class", "marshal.loads") and mark in str(args):
                seen.append((event, str(args)))

        sys.addaudithook(hook)
        for text in texts:
            for gold in ("7", r"\\int_0^1 x dx", text + " "):
                answers.equivalent(text, gold)
                answers.equivalent(gold, text)
                answers.grade(text, gold)
        started = [one for one in seen if "lemma_eval.answers.sandboxed.worker" in one[1]]
        others = [one for one in seen if one not in started]
        assert len(started) <= 1, started
        assert not others, others
        print("clean", len(texts))
    """
    marker = tmp_path / "the_planted_mark"
    texts = [text for payload in PAYLOADS for text in planted(payload, marker)[: len(WRAPPERS)]]
    told = "\n".join(base64.b64encode(text.encode()).decode() for text in [*texts, marker.name])
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        input=told,
        capture_output=True,
        text=True,
        timeout=HANG_GUARD,
        check=False,
        env={**os.environ, "PYTHONHASHSEED": "1"},
    )
    assert (done.returncode, done.stdout) == (0, f"clean {len(texts)}\n"), done.stderr
    assert nothing_ran(marker)
