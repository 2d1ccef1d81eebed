"""Grades hostile inputs in a process of its own: a line `[name, way]` in, a line `[correct, rule]` out."""

from __future__ import annotations

import json
import sys

from tests.answers.hostile_inputs import TEXTS, WAYS


def main() -> None:
    from lemma_eval import answers

    for line in sys.stdin:
        name, way = json.loads(line)
        verdict = WAYS[way](answers, TEXTS[name]())
        print(json.dumps([verdict.correct, verdict.rule]), flush=True)


if __name__ == "__main__":
    main()
