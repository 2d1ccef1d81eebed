"""`python -m tests.synth.toy_run URL DIR` carries samples through the toy stages and prints what came out, by ids."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from lemma_eval.backend import BackendOptions
from lemma_eval.backends.openai import OpenAI, open_backend
from lemma_eval.store import Store
from lemma_eval.synth.engine.dataflow import carry_through

from . import toy_stages as toy

TEXTS = [f"text {n}" for n in range(40)]


def backend(url: str) -> OpenAI:
    return open_backend("tiny", BackendOptions(base_url=url, concurrency=16, engine_args={"n": "off"}))


def main(url: str, folder: str) -> None:
    engine = backend(url)
    with Store(Path(folder, "store.sqlite")) as store:
        outcome = carry_through(toy.stages(engine.model), toy.roots(TEXTS), store, engine)
    assert outcome.complete
    for name, stage in outcome.stages.items():
        ids = [record.id for record in stage.records], [(each.record.id, each.reason) for each in stage.rejects]
        print(json.dumps([name, stage.taken, stage.passed, *ids, stage.usage.replies]))


if __name__ == "__main__":
    main(*sys.argv[1:])
