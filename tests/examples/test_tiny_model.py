"""The bundled checkpoint says of itself what the example's script, data and configurations would make of it."""

import json
import re
import sys
from dataclasses import asdict, fields, replace
from importlib import import_module
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from lemma_eval.handoff import Handoff, protocol_of, read_handoff
from lemma_eval.protocols import protocol_by_name
from lemma_eval.train.plan import TrainPlan, preset
from lemma_eval.train.rows import encode_rows, identity, read_trajectories
from lemma_eval.trajectory import of_row

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "tiny_model"
_OF_EXAMPLE = {path.stem for path in EXAMPLE.glob("*.py")}


def load(name: str) -> ModuleType:
    """A module of the example. `examples` is no package, so it is found by folder and forgotten again afterwards."""
    sys.path.insert(0, str(EXAMPLE))
    try:
        return import_module(name)
    finally:
        sys.path.remove(str(EXAMPLE))
        for each in _OF_EXAMPLE:
            sys.modules.pop(each, None)


TRAIN, BLANK, TRAJECTORIES = load("train"), load("blank"), load("trajectories")
CONFIG, ROWS = list(TRAIN.LEGS.values())[-1]


def plan_of(config: str) -> TrainPlan:
    """The plan that a configuration gives, by its preset."""
    told = yaml.safe_load((EXAMPLE / config).read_text(encoding="utf-8"))
    named = {name.replace("-", "_"): value for name, value in told.items()}
    base = preset(named.pop("preset"))
    kinds = {each.name: type(getattr(base, each.name)) for each in fields(TrainPlan)}
    return replace(base, **{name: kinds[name](value) for name, value in named.items()})


@pytest.fixture
def handoff(checkpoint: Path) -> Handoff:
    found = read_handoff(checkpoint)
    assert found is not None
    return found


def test_it_was_trained_by_the_last_legs_configuration_on_the_last_legs_data(handoff: Handoff, tmp_path: Path) -> None:
    plan = plan_of(CONFIG)
    now = {"preset": "smoke-cpu", **asdict(plan)}
    told = {name: value for name, value in handoff.plan.items() if name in now}  # a setting may have come or gone since
    assert told == {name: now[name] for name in told}
    assert {"preset", "batch_size", "group_batches", "learning_rate", "schedule", "weight_decay"} <= set(told)
    TRAJECTORIES.write_rows(tmp_path / "rows.jsonl", **ROWS)
    trajectories = read_trajectories([tmp_path / "rows.jsonl"])
    assert handoff.data["digest"] == identity(trajectories)
    assert handoff.data["rows"] == len(trajectories) == ROWS["problems"] + ROWS["sums"]
    assert handoff.data["rejects"] == {}
    assert handoff.result["steps"] == plan.steps(len(trajectories))


def test_it_goes_on_from_the_leg_before_and_is_asked_by_the_protocol_of_today(handoff: Handoff) -> None:
    assert handoff.base["model"] == f"tiny-{list(TRAIN.LEGS)[-2]}"
    assert handoff.protocol == protocol_of(protocol_by_name("lemma"))
    assert handoff.tokens == {"bos": None, "eos": "</s>", "pad": "<pad>", "adds_bos": False, "chat_template": None}


def test_nothing_in_it_names_a_folder_of_the_machine_that_made_it(checkpoint: Path) -> None:
    for name in ("lemma_run.json", "tokenizer_config.json", "config.json"):
        told = (checkpoint / name).read_text(encoding="utf-8")
        assert not re.search(r'"[^"]*(/[a-z]+/|[A-Z]:\\)[^"]*"', told), name
        assert not {"backend", "is_local", "local_files_only"} & set(json.loads(told)), name


def test_its_card_gives_the_recipe(handoff: Handoff, checkpoint: Path) -> None:
    card = " ".join((checkpoint / "README.md").read_text(encoding="utf-8").split())
    for config, rows in TRAIN.LEGS.values():
        plan = plan_of(config)
        assert f"{plan.steps(rows['problems'] + rows['sums']):,} steps at {plan.learning_rate:g}" in card
    assert f"batches of {plan_of(CONFIG).batch_size}" in card


@pytest.mark.parametrize("kind", ["word_problems", "plain_sums"])
def test_all_rows_are_fit_for_training(kind: str, checkpoint: Path) -> None:
    from transformers import AutoTokenizer

    rows = [of_row(row) for row in islice(getattr(TRAJECTORIES, kind)(5), 50)]
    tokenizer = AutoTokenizer.from_pretrained(checkpoint)
    encoded = encode_rows(rows, tokenizer, protocol_by_name("lemma"), plan_of(CONFIG), lambda trajectory: "")
    assert encoded.rejects == []
    assert max(encoded.lengths) < 256


def test_a_blank_checkpoint_has_an_end_token_and_adds_none(tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    texts = [row["question"] + row["text"] for row in islice(TRAJECTORIES.word_problems(0), 300)]
    BLANK.write_blank(tmp_path, texts)
    tokenizer: Any = AutoTokenizer.from_pretrained(tmp_path)
    assert (tokenizer.eos_token, tokenizer.pad_token, tokenizer.bos_token) == ("</s>", "<pad>", None)
    ids = tokenizer(texts[0])["input_ids"]
    assert tokenizer.decode(ids) == texts[0]
    assert not set(ids) & set(tokenizer.all_special_ids)
    assert [tokenizer.decode([token]) for token in tokenizer("120345")["input_ids"]] == list("120345")
    model = AutoModelForCausalLM.from_pretrained(tmp_path)
    assert model.config.vocab_size == len(tokenizer)
    assert model.generation_config.eos_token_id == tokenizer.eos_token_id
