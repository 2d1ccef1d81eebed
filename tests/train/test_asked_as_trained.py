"""Training and evaluation cannot diverge: a model is given the very tokens of a question that it was trained on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

pytest.importorskip("trl", reason="needs the extra train")

from lemma_eval.backends.transformers import engine
from lemma_eval.commands.run import run
from lemma_eval.handoff import read_handoff, template_in
from lemma_eval.protocols import PROTOCOLS
from lemma_eval.request import Request
from lemma_eval.running.manifest import read_manifest
from lemma_eval.train import trl_backend
from lemma_eval.train.command import train
from lemma_eval.trajectory import of_row

QUESTIONS = (
    ("gsm8k:train", "A box holds 6 pens. How many pens do 4 boxes hold?", "24"),
    ("gsm8k:train", "Zoë has  two  spaces, a tab\tand a naïve ½.\nHow many?", "2"),
    ("own", "Is 7 prime?", "yes"),
    ("own", "What is $\\frac{1}{2} + \\frac{1}{2}$? {answer} ", "1"),
)
TEMPLATE = "{% for m in messages %}<|{{ m.role }}|>\n{{ m.content }}\n{% endfor %}<|assistant|>\n"


def base_model(folder: Path, *, bos: bool) -> Path:
    """A model of two layers with a tokenizer of its own, byte-level BPE, that puts BOS before a text or does not."""
    import tokenizers
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    raw = tokenizers.Tokenizer(tokenizers.models.BPE())
    raw.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = tokenizers.decoders.ByteLevel()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=400, special_tokens=["<s>", "</s>"], initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )  # fmt: skip
    raw.train_from_iterator(["### Response: Let's think step by step.", "Problem:\nSolution:", "Q: \nA:"] * 9, trainer)
    if bos:
        raw.post_processor = tokenizers.processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 0)])
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=raw, eos_token="</s>", **({"bos_token": "<s>"} if bos else {}))
    tokenizer.chat_template = ("{{ bos_token }}" if bos else "") + TEMPLATE
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=32, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=2, bos_token_id=0, eos_token_id=1,
    )  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def bases(tmp_path_factory: pytest.TempPathFactory) -> dict[bool, Path]:
    folder = tmp_path_factory.mktemp("bases")
    return {bos: base_model(folder / f"bos-{bos}", bos=bos) for bos in (True, False)}


def call(command: Any, *arguments: object) -> str:
    done = CliRunner().invoke(command, [str(each) for each in arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stderr


def trained_on(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> list[tuple[list[int], list[int]]]:
    """Train; (tokens, labels) of each row as the trainer got them."""
    got: list[tuple[list[int], list[int]]] = []
    real = trl_backend.train

    def spy(plan: Any, input_ids: Sequence[Any], labels: Sequence[Any], *rest: Any) -> Any:
        got.extend((row.tolist(), told.tolist()) for row, told in zip(input_ids, labels, strict=True))
        return real(plan, input_ids, labels, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(trl_backend, "train", spy)
        call(train, *arguments)
    return got


def asked_with(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> tuple[dict[str, tuple[Request, list[int]]], str]:
    """Run; by question its request and the tokens that the model was given; and what the command said."""
    sent: dict[str, tuple[Request, list[int]]] = {}
    real = engine.decode

    def spy(model: Any, rows: Any, *rest: Any, **settings: Any) -> Any:
        def noted() -> Any:
            for row in rows:
                sent[row.request.problem.question] = (row.request, list(row.tokens))
                yield row

        return real(model, noted(), *rest, **settings)

    with monkeypatch.context() as patch:
        patch.setattr(engine, "decode", spy)
        said = call(run, *arguments, "--device", "cpu", "--max-new-tokens", 1, "--json")
    return sent, said


@pytest.mark.parametrize("bos", [True, False])
@pytest.mark.parametrize("protocol", ["lemma", "llemma", "boxed"])
def test_the_model_is_given_the_very_tokens_it_was_trained_on(
    bases: dict[bool, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, protocol: str, bos: bool
) -> None:
    data, golds = tmp_path / "rows.jsonl", tmp_path / "gsm8k" / "test.jsonl"
    golds.parent.mkdir()
    rows = [{"question": question, "text": f"It is {gold}.\nThe answer is: {gold}", "gold": gold,
             "provenance": {"source": source}} for source, question, gold in QUESTIONS]  # fmt: skip
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    asked = [{"question": question, "answer": f"#### {gold}" if source != "own" else gold}
             for source, question, gold in QUESTIONS]  # fmt: skip
    golds.write_text("".join(json.dumps(row) + "\n" for row in asked[:2]))
    (tmp_path / "own.jsonl").write_text("".join(json.dumps(row) + "\n" for row in asked[2:]))
    folder = tmp_path / "trained"
    pairs = trained_on(
        monkeypatch, data, "--model", bases[bos], "-o", folder, "--preset", "smoke-cpu", "--protocol", protocol,
        "--batch-size", 4, "--micro-batch-size", 4, "--tokens", 1,
    )  # fmt: skip
    benchmarks = ("-b", f"gsm8k,{tmp_path / 'own.jsonl'}", "--data-dir", tmp_path, "--num-shots", 0)
    sent, said = asked_with(monkeypatch, folder, *benchmarks, "--out", tmp_path / "run")

    assert f"trained under protocol {protocol}/1: asked so" in said
    assert len(pairs) == len(sent) == len(QUESTIONS)
    by_id = sorted(zip(rows, QUESTIONS, strict=True), key=lambda pair: of_row(pair[0]).id)  # as they are read
    for (_, (source, question, _)), (tokens, labels) in zip(by_id, pairs, strict=True):
        request, given = sent[question]
        masked = next(place for place, label in enumerate(labels) if label != -100)
        assert given == tokens[:masked]
        assert labels[masked:] == tokens[masked:]
        assert given.count(0) == (1 if bos else 0)
        assert bos == (given[0] == 0)
        style = PROTOCOLS[protocol].style("grade-school" if source == "gsm8k:train" else "")
        assert request.sampling.stop == style.stop
        if protocol == "llemma":
            assert isinstance(request.prompt, str)
            ends = ("Q: ", "\nA:") if source == "gsm8k:train" else ("Problem:\n", "\n\nSolution:")
            assert (request.prompt.startswith(ends[0]), request.prompt.endswith(ends[1])) == (True, True)
    told = read_manifest(tmp_path / "run")["trained"]["data"]
    assert (told["rows"], told["families"]) == (len(QUESTIONS), {"": 2, "grade-school": 2})
    assert "note:" not in said
    left = read_handoff(folder)
    assert left is not None
    assert left.tokens["chat_template"] == template_in(folder) == template_in(bases[bos])
