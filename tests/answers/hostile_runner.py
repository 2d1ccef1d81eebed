"""Grades hostile inputs in a process of its own: a line `[name, way]` in, a line `[correct, rule]` out."""

from __future__ import annotations

import json
import sys
from functools import lru_cache

from tests.answers.hostile_inputs import TEXTS, WAYS


def main() -> None:
    from lemma_eval import answers

    made = lru_cache(1)(lambda name: TEXTS[name]())  # making a text may take longer than grading it
    for line in sys.stdin:
        name, way = json.loads(line)
        verdict = WAYS[way](answers, made(name))
        print(json.dumps([verdict.correct, verdict.rule]), flush=True)


if __name__ == "__main__":
    main()
