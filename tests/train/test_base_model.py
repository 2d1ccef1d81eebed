"""The tokenizer of a model to train: its end, pad and first tokens; each lack is one clear line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lemma_eval.errors import ModelError
from lemma_eval.handoff import template_digest
from lemma_eval.train import weights
from lemma_eval.train.base_model import Base, check_ids, find_base
from lemma_eval.train.plan import preset

from .conftest import make_model
from .tokenizers import BOS, EOS, TEMPLATE, made

Save = Callable[..., Path]


@pytest.fixture
def save(tmp_path: Path, checkpoint: Path) -> Save:
    """`save(name, **config)`: a checkpoint with that tokenizer; None in `config` takes a setting away."""

    def saved(name: str, **config: Any) -> Path:
        made(name).save_pretrained(tmp_path)
        for file in ("config.json", "model.safetensors"):
            (tmp_path / file).symlink_to(checkpoint / file)
        path = tmp_path / "tokenizer_config.json"
        told = {**json.loads(path.read_text(encoding="utf-8")), **config}
        path.write_text(json.dumps({key: value for key, value in told.items() if value is not None}), encoding="utf-8")
        return tmp_path

    return saved


def find(folder: Path, pad_token: str | None = None) -> Base:
    return find_base(str(folder), pad_token=pad_token, revision=None, trust_remote_code=False)


@pytest.mark.parametrize(("name", "bos"), [("bytes", None), ("pieces", None), ("begins", BOS)])
def test_without_a_pad_token_the_end_token_pads(save: Save, name: str, bos: str | None) -> None:
    base = find(save(name))
    expected = {"bos": bos, "eos": EOS, "pad": EOS, "adds_bos": bos is not None}
    assert base.special_tokens() == {**expected, "chat_template": template_digest(TEMPLATE)}
    (note,) = base.notes
    assert "has no pad token; batches are padded with its end token </s>, without loss" in note


def test_a_pad_token_is_kept_or_given(save: Save) -> None:
    folder = save("bytes", pad_token="<think>")
    assert (find(folder).special_tokens()["pad"], find(folder).notes) == ("<think>", ())
    other = find(folder, "!")
    assert (other.tokenizer.pad_token_id, other.notes) == (made("bytes").convert_tokens_to_ids("!"), ())
    with pytest.raises(ModelError, match="--pad-token <none> is no token of its vocabulary"):
        find(folder, "<none>")


def test_a_bos_that_is_not_added_is_no_beginning(save: Save) -> None:
    assert find(save("bytes", bos_token="<think>")).special_tokens()["adds_bos"] is False


def test_without_an_end_token(save: Save) -> None:
    with pytest.raises(ModelError, match="has no end token"):
        find(save("bytes", eos_token=None))


def test_what_ends_every_prompt(save: Save) -> None:
    from tokenizers import processors

    folder = save("bytes")
    path = folder / "tokenizer.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    number = made("bytes").eos_token_id
    ends = processors.TemplateProcessing(single=f"$A {EOS}", special_tokens=[(EOS, number)])
    told["post_processor"] = json.loads(ends.__getstate__())
    path.write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(ModelError, match=r"puts </s> behind every prompt.*set add_eos_token to false"):
        find(folder)


def test_a_tokenizer_that_cannot_be_loaded(save: Save) -> None:
    folder = save("bytes")
    (folder / "tokenizer.json").write_text("{", encoding="utf-8")
    with pytest.raises(ModelError, match=r"its tokenizer or config\.json cannot be loaded") as error:
        find(folder)
    assert "\n" not in str(error.value)


def test_a_token_that_the_model_has_no_embedding_for(save: Save) -> None:
    base = find(save("bytes"))
    end = base.tokenizer.eos_token_id
    size = len(base.tokenizer)
    check_ids(base, size, size - 1)
    check_ids(base, end + 1, 5)  # a vocabulary may hold more than is trained on
    with pytest.raises(ModelError, match=f"texts come to id {size}, and the model takes 0 to {size - 1}; tokenizer"):
        check_ids(base, size, size)
    with pytest.raises(ModelError, match=f"its end token has id {end}, and the model takes 0 to {end - 1}"):
        check_ids(base, end, 5)
    padded = find(base.checkpoint.folder, "<think>")
    pad = padded.tokenizer.pad_token_id
    assert pad > end
    with pytest.raises(ModelError, match=r"its pad token has id .*; --pad-token names another"):
        check_ids(padded, pad, 5)


def test_a_vocabulary_may_hold_tokens_without_embedding_that_no_row_has(tmp_path: Path, checkpoint: Path) -> None:
    base = find(make_model(tmp_path / "model", checkpoint, vocab_size=600))
    assert len(base.tokenizer) > 600
    assert weights.load(base, preset("smoke-cpu"), 599).model.get_input_embeddings().num_embeddings == 600
    with pytest.raises(ModelError, match="texts come to id 600, and the model takes 0 to 599"):
        weights.load(base, preset("smoke-cpu"), 600)
