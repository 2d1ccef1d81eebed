"""The backend transformers with the bundled checkpoint: a real model, decoded for real."""

from __future__ import annotations

import functools
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lemma_eval.backend import Backend, BackendOptions
from lemma_eval.completion import Completion, Failure
from lemma_eval.errors import LemmaEvalError, ModelError, PluginError
from lemma_eval.request import Message, Request, Sampling

torch = pytest.importorskip("torch", reason="needs the extra transformers")

from lemma_eval.backends import transformers as engine  # noqa: E402
from lemma_eval.backends.transformers.fitness import Fitness  # noqa: E402
from lemma_eval.backends.transformers.key_value_slots import KeyValueSlots  # noqa: E402
from lemma_eval.backends.transformers.row import Row  # noqa: E402

PROMPTS = tuple(
    f"### Instruction:\n{question}\n\n### Response: Let's think step by step."
    for question in (
        "Mia has 12 shells. She finds 7 more shells. How many shells does she have now?",
        "A box holds 6 pens. There are 4 boxes. How many pens are there?",
        "Tom had 30 stamps and gave 12 away.",
        "Why?",
    )
)
GREEDY = Sampling(max_tokens=24)


@pytest.fixture(scope="module")
def backend(checkpoint: Path) -> Iterator[engine.Transformers]:
    with engine.open_backend(str(checkpoint), BackendOptions(device="cpu")) as opened:
        yield opened


def requests(backend: Backend, sampling: Sampling = GREEDY, samples: int = 1) -> list[Request]:
    return [Request(backend.model, prompt, sampling, sample) for prompt in PROMPTS for sample in range(samples)]


def answers(backend: Backend, asked: list[Request]) -> dict[str, Completion]:
    found = {result.request_id: result for result in backend.generate(iter(asked))}
    assert all(isinstance(result, Completion) for result in found.values()), found
    return {key: result for key, result in found.items() if isinstance(result, Completion)}


def with_size(backend: engine.Transformers, size: int) -> engine.Transformers:
    """The same loaded model with another batch size."""
    other = engine.open_backend(str(backend.checkpoint.folder), BackendOptions(device="cpu", batch_size=size))
    return sharing(backend, other)


def sharing(loaded: engine.Transformers, other: engine.Transformers) -> engine.Transformers:
    """`other` with the model that is loaded already."""
    for name in ("_model", "_tokenizer", "_end_tokens", "_fit"):
        setattr(other, name, getattr(loaded, name))
    return other


def test_every_request_gets_its_own_completion(backend: engine.Transformers) -> None:
    asked = requests(backend)
    found = answers(backend, asked)
    assert set(found) == {request.id for request in asked}
    for completion in found.values():
        assert completion.finish_reason in ("stop", "length")
        assert completion.completion_tokens is not None
        assert 0 < completion.completion_tokens <= 24
        assert completion.prompt_tokens
        assert not any(prompt in completion.text for prompt in PROMPTS)


def test_greedy_decoding_repeats(backend: engine.Transformers) -> None:
    assert answers(backend, requests(backend)) == answers(backend, requests(backend))


def test_a_sample_depends_on_its_own_seed_and_not_on_its_batch(backend: engine.Transformers) -> None:
    asked = requests(backend, Sampling(1.0, 0.95, max_tokens=12), samples=3)
    together = answers(backend, asked)
    alone = answers(with_size(backend, 1), asked[::-1])
    assert {key: each.text for key, each in together.items()} == {key: each.text for key, each in alone.items()}
    assert len({each.text for each in together.values()}) > 4


def test_another_run_seed_draws_other_samples(backend: engine.Transformers) -> None:
    asked = requests(backend, Sampling(1.0, max_tokens=12), samples=2)
    other = sharing(backend, engine.open_backend(str(backend.checkpoint.folder), BackendOptions(device="cpu", seed=7)))
    assert answers(backend, asked) != answers(other, asked)


def test_a_stop_string_ends_the_text(backend: engine.Transformers) -> None:
    free = answers(backend, requests(backend, Sampling(max_tokens=32)))
    text = max((each.text for each in free.values()), key=len)
    stop = text[len(text) // 2 :][:2]
    cut = answers(backend, requests(backend, Sampling(max_tokens=32, stop=(stop,))))
    assert all(stop not in each.text for each in cut.values())
    assert text[: text.index(stop)] in {each.text for each in cut.values() if each.finish_reason == "stop"}


def test_the_token_limit_is_told(backend: engine.Transformers) -> None:
    found = answers(backend, requests(backend, Sampling(max_tokens=3)))
    assert {(each.finish_reason, each.completion_tokens) for each in found.values()} == {("length", 3)}


def test_a_prompt_beyond_the_context_is_a_failure(backend: engine.Transformers) -> None:
    request = Request(backend.model, "1 " * 6000, GREEDY)
    (result,) = backend.generate(iter([request]))
    assert isinstance(result, Failure)
    assert result.reason == "prompt_too_long"


@pytest.fixture
def scarce(backend: engine.Transformers, monkeypatch: pytest.MonkeyPatch) -> Callable[[int, int], list[int]]:
    """Lets the model run out of memory: for more than so many rows, or for more than so many tokens in a prompt."""

    def limit(rows: int, tokens: int = 10**9) -> list[int]:
        real, sizes = backend._model.forward, []

        # The library asks for the names of the model's own arguments.
        @functools.wraps(real)
        def forward(*args: Any, **named: Any) -> Any:
            count, width = named["input_ids"].shape
            sizes.append(count)
            if count > rows or width > tokens:
                raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 9")
            return real(*args, **named)

        monkeypatch.setattr(backend._model, "forward", forward)
        return sizes

    return limit


@pytest.mark.parametrize("decoding", ["refill", "generate"])
@pytest.mark.parametrize("sampling", [GREEDY, Sampling(1.0, 0.9, max_tokens=24)])
def test_without_memory_batches_are_halved_and_nothing_is_lost(
    backend: engine.Transformers, scarce: Callable[..., list[int]], decoding: str, sampling: Sampling
) -> None:
    asked = requests(backend, sampling, samples=3)
    true = answers(backend, asked)
    sizes = scarce(3)
    options = BackendOptions(device="cpu", engine_args={"decoding": decoding})
    other = sharing(backend, engine.open_backend(str(backend.checkpoint.folder), options))
    if decoding == "generate":
        other._fit = Fitness(0, pads=True)
    found = list(other.generate(iter(asked)))
    assert len(found) == len(asked)
    assert {each.request_id: each for each in found} == true
    assert max(sizes) > 3
    assert max(sizes[len(sizes) // 2 :]) <= 3


@pytest.mark.parametrize("count", [1, 12])
def test_without_memory_for_the_slots_nothing_is_lost(
    backend: engine.Transformers, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    """Also no row that has ended with its first token, and no single row among slots for many."""
    asked = [
        Request(backend.model, f"{number} {PROMPTS[0]}", Sampling(max_tokens=1 if number % 3 == 1 else 8))
        for number in range(count)
    ]
    true = answers(backend, asked)
    grow = KeyValueSlots._grow

    def short(slots: KeyValueSlots, columns: int) -> None:
        if slots.slots > 4:
            raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 9")
        grow(slots, columns)

    monkeypatch.setattr(KeyValueSlots, "_grow", short)
    found = list(with_size(backend, 64).generate(iter(asked)))
    assert sorted(each.request_id for each in found) == sorted(true)
    assert {each.request_id: each for each in found} == true


def test_a_row_that_does_not_fit_alone_is_a_failure(
    backend: engine.Transformers, scarce: Callable[..., list[int]]
) -> None:
    asked = requests(backend)
    longest = max(asked, key=lambda each: len(each.prompt))
    true = answers(backend, asked)
    scarce(64, len(backend._tokenizer(longest.prompt)["input_ids"]) - 1)
    found = list(backend.generate(iter(asked)))
    assert len(found) == len(asked)
    for each in found:
        if each.request_id == longest.id:
            assert isinstance(each, Failure)
            assert each.reason == "out_of_memory"
            assert "--max-new-tokens" in each.message
            assert "--dtype bfloat16" in each.message
        else:
            assert each == true[each.request_id]


def test_no_memory_for_the_weights_gets_one_line(checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise RuntimeError("[enforce fail at alloc_cpu.cpp:114] DefaultCPUAllocator: not enough memory")

    monkeypatch.setattr("transformers.AutoModelForCausalLM.from_pretrained", full)
    opened = engine.open_backend(str(checkpoint), BackendOptions(device="cpu"))
    with pytest.raises(ModelError, match=r"do not fit into memory on cpu.*--dtype bfloat16"):
        opened.__enter__()


def test_an_error_that_is_not_for_memory_is_raised(
    backend: engine.Transformers, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("shapes do not match")

    monkeypatch.setattr(backend._model, "forward", broken)
    with pytest.raises(RuntimeError, match="shapes do not match"):
        list(backend.generate(iter(requests(backend))))


def test_requests_are_pulled_in_a_bounded_window_and_results_stream(backend: engine.Transformers) -> None:
    pulled = 0

    def stream() -> Iterator[Request]:
        nonlocal pulled
        for sample in range(1000):
            pulled += 1
            yield Request(backend.model, PROMPTS[3], Sampling(1.0, max_tokens=1 + sample % 5), sample)

    for decoding in ("refill", "generate"):
        pulled = 0
        other = with_size(backend, 4)
        if decoding == "generate":
            other._fit = Fitness(0, pads=True)
        told = other.generate(stream())
        for _ in range(3):
            next(told)
        assert pulled <= 2 * 16
        told.close()


def test_requests_of_several_samplings_share_a_batch(backend: engine.Transformers) -> None:
    samplings = [GREEDY, Sampling(max_tokens=5), Sampling(0.7, 0.9, max_tokens=12), Sampling(1.3, stop=("s",))]
    asked = [request for sampling in samplings for request in requests(backend, sampling, samples=2)]
    alone: dict[str, Completion] = {}
    for sampling in samplings:
        alone |= answers(with_size(backend, 1), requests(backend, sampling, samples=2))
    assert answers(with_size(backend, 5), asked) == alone
    plain = with_size(backend, 5)
    plain._fit = Fitness(0, pads=True)
    assert answers(plain, asked) == alone


def test_chat_messages_go_through_the_template(backend: engine.Transformers, checkpoint: Path, tmp_path: Path) -> None:
    assert backend.chat is False
    template = tmp_path / "chat.jinja"
    template.write_text(
        "{% for m in messages %}### Instruction:\n{{ m.content }}\n\n{% endfor %}"
        "### Response: Let's think step by step."
    )
    options = BackendOptions(device="cpu", chat_template=template)
    question = PROMPTS[0].split("\n")[1]
    with engine.open_backend(str(checkpoint), options) as chatty:
        assert chatty.chat is True
        (told,) = chatty.generate(iter([Request(chatty.model, (Message("user", question),), GREEDY)]))
    (plain,) = backend.generate(iter([Request(backend.model, PROMPTS[0], GREEDY)]))
    assert isinstance(told, Completion)
    assert isinstance(plain, Completion)
    assert told.text == plain.text


def test_a_template_that_refuses_is_a_failure(checkpoint: Path, tmp_path: Path) -> None:
    template = tmp_path / "chat.jinja"
    template.write_text("{{ raise_exception('no system message, please') }}")
    with engine.open_backend(str(checkpoint), BackendOptions(device="cpu", chat_template=template)) as chatty:
        (result,) = chatty.generate(iter([Request(chatty.model, (Message("user", "hi"),), GREEDY)]))
    assert isinstance(result, Failure)
    assert "no system message" in result.message


def test_the_checkpoints_own_sampling_defaults_do_not_count(
    backend: engine.Transformers, checkpoint: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(checkpoint, tmp_path / "hot")
    path = folder / "generation_config.json"
    config = json.loads(path.read_text())
    hot = {"do_sample": True, "temperature": 9.0, "top_k": 5, "repetition_penalty": 3.0}
    path.write_text(json.dumps({**config, **hot}))
    with engine.open_backend(str(folder), BackendOptions(device="cpu")) as other:
        assert other.model != backend.model
        again = [Request(other.model, prompt, GREEDY) for prompt in PROMPTS]
        found = [answers(other, again)[request.id].text for request in again]
    assert found == [answers(backend, requests(backend))[request.id].text for request in requests(backend)]


def test_damaged_weights_get_one_line(checkpoint: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(checkpoint, tmp_path / "damaged")
    (folder / "model.safetensors").write_bytes(b"not weights")
    opened = engine.open_backend(str(folder), BackendOptions(device="cpu"))
    with pytest.raises(ModelError, match="cannot be loaded"):
        opened.__enter__()


def test_pickled_weights_are_refused_unless_asked_for(checkpoint: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(checkpoint, tmp_path / "pickled")
    from safetensors.torch import load_file

    weights = load_file(folder / "model.safetensors")
    torch.save(weights, folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    with pytest.raises(ModelError, match="--allow-pickle"):
        engine.open_backend(str(folder), BackendOptions(device="cpu"))
    with engine.open_backend(str(folder), BackendOptions(device="cpu", allow_pickle=True)) as loaded:
        assert len(answers(loaded, requests(loaded))) == 4


def test_unknown_engine_arguments_and_devices_are_refused(checkpoint: Path) -> None:
    with pytest.raises(PluginError, match="revision"):
        engine.open_backend(str(checkpoint), BackendOptions(engine_args={"revison": "main"}))
    with pytest.raises(Exception, match="--device warp"):
        engine.open_backend(str(checkpoint), BackendOptions(device="warp"))


@pytest.mark.parametrize(
    ("told", "reasoning", "text"),
    [("so 3</think>It is 3.", "so 3", "It is 3."), ("I guess 7, no wait", "I guess 7, no wait", "")],
)
def test_reasoning_that_the_template_began_is_kept_apart(
    backend: engine.Transformers, told: str, reasoning: str, text: str
) -> None:
    row = backend._encode(Request(backend.model, "Why?", GREEDY))
    assert isinstance(row, Row)
    row.thinking = True
    for token in backend._tokenizer(told)["input_ids"]:
        row.take(token)
    row.finish = "stop"
    completion = backend._result(row)
    assert isinstance(completion, Completion)
    assert (completion.reasoning, completion.text) == (reasoning, text)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        (BackendOptions(base_url="http://x"), "takes no --base-url"),
        (BackendOptions(concurrency=4), "takes no --concurrency"),
        (BackendOptions(engine_args={"decoding": "quickly"}), "decoding=quickly: give one of refill, generate"),
    ],
)
def test_options_without_a_use_are_refused(checkpoint: Path, options: BackendOptions, error: str) -> None:
    with pytest.raises(LemmaEvalError, match=error):
        engine.open_backend(str(checkpoint), options)


def test_settings_hold_what_can_change_a_completion(checkpoint: Path) -> None:
    options = BackendOptions(
        device="cpu", batch_size=3, engine_args={"attn_implementation": "eager", "decoding": "generate"}
    )
    with engine.open_backend(str(checkpoint), options) as opened:
        assert opened.settings == {
            "device": "cpu",
            "dtype": "auto",
            "trust_remote_code": False,
            "attn_implementation": "eager",
            "decoding": "generate",
        }
        assert opened._model.config._attn_implementation == "eager"
        assert len(answers(opened, requests(opened))) == 4


def test_a_text_no_tokenizer_reads_is_a_failure(backend: engine.Transformers) -> None:
    (result,) = backend.generate(iter([Request(backend.model, "lone \ud800 surrogate", GREEDY)]))
    assert isinstance(result, Failure)
    assert result.reason == "refused"


CHAT = "{% for m in messages %}{{ m.content | trim }}{% endfor %}{% if add_generation_prompt %} Let's{% endif %}"


def test_a_chat_that_ends_with_the_assistant_is_gone_on_with(checkpoint: Path, tmp_path: Path) -> None:
    template = tmp_path / "chat.jinja"
    template.write_text(CHAT)
    options = BackendOptions(device="cpu", chat_template=template)
    ask = Message("user", PROMPTS[0].removesuffix(" Let's think step by step."))
    with engine.open_backend(str(checkpoint), options) as opened:
        asked = Request(opened.model, (ask,), Sampling(max_tokens=40))
        (whole,) = answers(opened, [asked]).values()
        # Cut between words: within one the beginning's last token is another than the model wrote.
        for end in (whole.text.index(" ", len(whole.text) // 3), whole.text.index("\n", 4) + 1):
            rest = Request(opened.model, (ask, Message("assistant", whole.text[:end])), Sampling(max_tokens=40))
            (found,) = answers(opened, [rest]).values()
            assert (whole.text[:end] + found.text).startswith(whole.text)


def test_the_first_space_of_a_reply_is_kept() -> None:
    """Tokenizers that mark words by a space before them drop it from the beginning of a text."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    words = ["<unk>", "</s>", "a", "\u2581a", "\u2581It", "\u2581is", "\u2581so", "It", "\n"]
    inner = Tokenizer(models.WordLevel({word: number for number, word in enumerate(words)}, unk_token="<unk>"))
    inner.pre_tokenizer = pre_tokenizers.Metaspace()
    inner.decoder = decoders.Metaspace()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=inner, unk_token="<unk>", eos_token="</s>")
    assert tokenizer.decode([4, 5]) == "It is"
    ends = engine.row.Ends(tokenizer, frozenset({1}), ())
    for tokens, text in (([4, 5, 1], " It is"), ([7, 5, 1], "It is"), ([8, 4, 1], "\n It"), ([1], "")):
        row = Row(Request("m", "So:", GREEDY), [5], 9, False, ends, 0)
        for token in tokens:
            row.take(token)
        assert row.text() == text
