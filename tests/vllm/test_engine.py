"""One loaded engine, asked in every way the harness asks."""

from __future__ import annotations

import json
import queue
import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lemma_eval.backend import BackendOptions
from lemma_eval.completion import Completion
from lemma_eval.request import Message, Request, Sampling

from .conftest import CONTEXT, completions, failure

if TYPE_CHECKING:
    from lemma_eval.backends.vllm import Vllm

GREEDY = Sampling(max_tokens=64)
SAMPLED = Sampling(1.5, 0.95, max_tokens=48)  # so hot that samples differ


def texts(found: dict[str, Completion], asked: list[Request]) -> list[str]:
    return [found[request.id].text for request in asked]


def test_greedy_texts_are_those_of_transformers(engine: Vllm, checkpoint: Path, prompts: list[str]) -> None:
    from lemma_eval.backends import transformers

    asked = [Request(engine.model, prompt, replace(GREEDY, max_tokens=128)) for prompt in prompts[:60]]
    ours = completions(engine, asked)
    with transformers.open_backend(str(checkpoint), BackendOptions(device="cpu", dtype="float32")) as other:
        theirs = completions(other, asked)
    # Kernels add in another order, so that a near tie may fall the other way.
    same = [request for request in asked if ours[request.id].text == theirs[request.id].text]
    assert len(same) >= 57
    for request in same:
        assert ours[request.id] == theirs[request.id]  # finish reason and token counts too


def test_greedy_decoding_repeats(engine: Vllm, prompts: list[str]) -> None:
    asked = [Request(engine.model, prompt, GREEDY) for prompt in prompts[:20]]
    assert completions(engine, asked) == completions(engine, reversed(asked))


def test_samples_of_one_call_are_those_of_single_calls(engine: Vllm, prompts: list[str]) -> None:
    asked = [Request(engine.model, prompt, SAMPLED, sample) for prompt in prompts[:6] for sample in range(4)]
    together = completions(engine, asked)
    alone = {key: each for request in asked for key, each in completions(engine, [request]).items()}
    assert together == alone
    drawn = [set(texts(together, asked[start : start + 4])) for start in range(0, len(asked), 4)]
    assert sum(len(each) > 1 for each in drawn) >= 3


def test_missing_samples_are_those_of_the_whole_series(engine: Vllm, prompts: list[str]) -> None:
    asked = [Request(engine.model, prompts[0], SAMPLED, sample) for sample in range(8)]
    rest = [request for request in asked if request.sample not in (0, 3, 4)]
    whole = completions(engine, asked)
    assert completions(engine, rest) == {request.id: whole[request.id] for request in rest}


def test_another_seed_gives_other_samples(engine: Vllm, prompts: list[str]) -> None:
    asked = [Request(engine.model, prompt, SAMPLED, sample) for prompt in prompts[:3] for sample in range(2)]
    other = replace(engine, options=replace(engine.options, seed=1))
    assert texts(completions(engine, asked), asked) != texts(completions(other, asked), asked)


def test_requests_of_many_kinds_share_the_engine(engine: Vllm, prompts: list[str]) -> None:
    samplings = (GREEDY, SAMPLED, Sampling(max_tokens=1), Sampling(1.0, max_tokens=7), Sampling(stop=("\n",)))
    asked = [Request(engine.model, prompt, sampling) for prompt in prompts[:30] for sampling in samplings]
    found = completions(engine, asked)
    assert set(found) == {request.id for request in asked}
    for request in asked:
        completion = found[request.id]
        assert completion.completion_tokens is not None
        assert 1 <= completion.completion_tokens <= request.sampling.max_tokens
        if completion.finish_reason == "length":
            assert completion.completion_tokens == request.sampling.max_tokens
        assert completion.prompt_tokens == len(engine._tokenizer(request.prompt)["input_ids"])
        if request.sampling.stop:
            assert "\n" not in completion.text


def test_results_come_while_requests_are_still_to_be_pulled(engine: Vllm, prompts: list[str]) -> None:
    pulled = 0
    most = 2 * engine._engine.vllm_config.scheduler_config.max_num_seqs

    def endless() -> Iterator[Request]:
        nonlocal pulled
        for sample in range(10**6):
            for prompt in prompts:
                pulled += 1
                yield Request(engine.model, prompt, Sampling(1.0, max_tokens=4), sample)

    results = engine.generate(endless())
    seen = 0
    for _ in range(2000):
        seen += isinstance(next(results), Completion)
        assert pulled - seen <= most + 2  # one more to see that a series has ended, one just told
    assert seen == 2000
    results.close()  # type: ignore[attr-defined]
    assert engine._engine.output_processor.get_num_unfinished_requests() == 0


def test_a_short_sample_does_not_wait_for_its_siblings(engine: Vllm, prompts: list[str]) -> None:
    """Within one call: some samples end at a stop string, others go on for long."""
    sampling = Sampling(1.0, max_tokens=900, stop=(" 1",))
    asked = [Request(engine.model, "Once", sampling, sample) for sample in range(16)]
    lengths = [each.completion_tokens or 0 for each in completions(engine, asked).values()]  # in order of arrival
    assert max(lengths) > min(lengths) + 20
    # vLLM decodes one token of each at a step, so that shorter ones come first; together they would come by number.
    assert sum(second >= first for first, second in pairwise(lengths)) >= 12


def test_the_engine_goes_on_while_its_results_are_not_fetched(engine: Vllm, prompts: list[str]) -> None:
    asked = [Request(engine.model, prompt, GREEDY) for prompt in prompts[:40]]
    results = engine.generate(asked)
    first = next(results)
    waited = threading.Event()
    told: queue.SimpleQueue[int] = queue.SimpleQueue()

    def idle() -> None:
        while engine._engine.output_processor.get_num_unfinished_requests() and not waited.wait(0.05):
            pass
        told.put(engine._engine.output_processor.get_num_unfinished_requests())

    thread = threading.Thread(target=idle)
    thread.start()
    try:
        assert told.get(timeout=120) == 0  # all are finished, though one was fetched
    finally:
        waited.set()
        thread.join()
    assert len({first.request_id, *(result.request_id for result in results)}) == 40


@pytest.mark.parametrize("stop", [("\n\n",), (" is",), ("zzz",), (" shells", "."), ("</s>",)])
def test_text_ends_before_a_stop_string(engine: Vllm, prompts: list[str], stop: tuple[str, ...]) -> None:
    asked = [Request(engine.model, prompt, Sampling(max_tokens=48, stop=stop)) for prompt in prompts[:10]]
    whole = completions(engine, [replace(each, sampling=Sampling(max_tokens=48)) for each in asked])
    cut = completions(engine, asked)
    for request in asked:
        full = whole[replace(request, sampling=Sampling(max_tokens=48)).id]
        ends = [full.text.find(mark) for mark in stop if mark in full.text]
        assert cut[request.id].text == (full.text[: min(ends)] if ends else full.text)
        assert cut[request.id].finish_reason == ("stop" if ends else full.finish_reason)


def test_a_special_token_can_be_a_stop_string(engine: Vllm, checkpoint: Path, prompts: list[str]) -> None:
    """A checkpoint whose newline token is special: it never shows in the text, and still it stops it."""
    newline = engine._tokenizer("\n")["input_ids"][-1]
    special = replace(engine, _special={**engine._special, "<nl>": newline})
    (plain,) = completions(engine, [Request(engine.model, prompts[0], Sampling(max_tokens=60))]).values()
    (stopped,) = completions(
        special, [Request(engine.model, prompts[0], Sampling(max_tokens=60, stop=("<nl>",)))]
    ).values()
    assert stopped.finish_reason == "stop"
    assert (stopped.completion_tokens or 0) < (plain.completion_tokens or 0)


def test_a_prompt_that_is_too_long_is_a_failure_and_disturbs_nothing(engine: Vllm, prompts: list[str]) -> None:
    long = Request(engine.model, "seven " * CONTEXT, GREEDY)
    asked = [Request(engine.model, prompt, GREEDY) for prompt in prompts[:4]]
    results = {result.request_id: result for result in engine.generate([asked[0], long, *asked[1:]])}
    told = results.pop(long.id)
    assert isinstance(told, type(failure(engine, long)))
    assert (told.reason, told.message.endswith(f"tokens; the model takes {CONTEXT}")) == ("prompt_too_long", True)
    assert all(isinstance(result, Completion) for result in results.values())
    assert len(results) == 4


def test_the_last_token_that_fits(engine: Vllm) -> None:
    """A prompt of all but one token of the context gets one new token, one of the whole context none."""
    one = len(engine._tokenizer("seven")["input_ids"])
    each = len(engine._tokenizer("seven seven")["input_ids"]) - one
    for room in (0, 1, each):
        prompt = "seven" + " seven" * ((CONTEXT - room - one) // each)
        length = len(engine._tokenizer(prompt)["input_ids"])
        request = Request(engine.model, prompt, Sampling(max_tokens=500))
        if length >= CONTEXT:
            assert failure(engine, request).reason == "prompt_too_long"
        else:
            (completion,) = completions(engine, [request]).values()
            assert (completion.completion_tokens or 0) <= CONTEXT - length


@pytest.mark.parametrize("prompt", ["lone \ud800 surrogate", (Message("user", "no template"),)])
def test_a_prompt_that_cannot_be_made_is_refused(engine: Vllm, prompt: str | tuple[Message, ...]) -> None:
    assert failure(engine, Request(engine.model, prompt, GREEDY)).reason == "refused"


def test_an_empty_prompt_is_an_answer_or_a_failure_and_never_silence(engine: Vllm) -> None:
    (result,) = engine.generate([Request(engine.model, "", Sampling(max_tokens=4))])
    assert result.request_id


def test_a_beginning_of_the_reply_is_gone_on_with(engine: Vllm, prompts: list[str]) -> None:
    chat = replace(engine, template="{{ messages[-1]['content'] | trim }}")
    same = 0
    whole = completions(engine, [Request(engine.model, prompt, GREEDY) for prompt in prompts[:10]])
    for prompt in prompts[:10]:
        text = whole[Request(engine.model, prompt, GREEDY).id].text
        start = text[: text.index("\n", 1) + 1]
        given = (Message("user", prompt), Message("assistant", start))
        for backend, asked in ((chat, given), (engine, prompt + start)):
            (found,) = completions(backend, [Request(engine.model, asked, GREEDY)]).values()
            same += (start + found.text).startswith(text)
    assert same >= 19  # a near tie may fall the other way


def test_a_chat_template_makes_the_prompt(engine: Vllm, prompts: list[str]) -> None:
    chat = replace(engine, template="{{ messages[-1]['content'] }}")
    as_chat = Request(engine.model, (Message("system", "Be brief."), Message("user", prompts[0])), GREEDY)
    as_text = Request(engine.model, prompts[0], GREEDY)
    (told,), (same,) = completions(chat, [as_chat]).values(), completions(engine, [as_text]).values()
    assert replace(told, request_id=same.request_id) == same
    refusing = replace(engine, template="{{ raise_exception('no system turn') }}")
    assert "no system turn" in failure(refusing, as_chat).message


def test_reasoning_comes_apart_from_the_reply(engine: Vllm, prompts: list[str]) -> None:
    """The template opens the reasoning; this model never closes it, so all is reasoning."""
    thinking = replace(engine, template="{{ messages[-1]['content'] }}<think>\n")
    (told,) = completions(thinking, [Request(engine.model, (Message("user", prompts[0]),), GREEDY)]).values()
    assert told.text == ""
    assert told.reasoning


def test_settings_of_the_checkpoint_do_not_change_the_sampling(engine: Vllm) -> None:
    """Its end tokens count, its temperature and the like do not."""
    config = engine._engine.vllm_config.model_config
    assert config.get_diff_sampling_param() == {}
    assert config.generation_config == "vllm"
    assert engine._engine.vllm_config.cache_config.enable_prefix_caching


def test_ends_of_a_checkpoint_that_only_its_generation_config_names(
    engine: Vllm, checkpoint: Path, tmp_path: Path, prompts: list[str], options: BackendOptions
) -> None:
    """In a second engine in this process, and one of two replicas."""
    from lemma_eval.backends.vllm import open_backend

    folder = tmp_path / "other"
    shutil.copytree(checkpoint, folder)
    newline = engine._tokenizer("\n")["input_ids"][-1]
    config = json.loads((folder / "generation_config.json").read_text())
    config |= {"eos_token_id": [1, newline], "temperature": 1.7, "do_sample": True, "repetition_penalty": 3.0}
    (folder / "generation_config.json").write_text(json.dumps(config))
    asked = [prompts[0], "### Response: The answer is"]
    with open_backend(str(folder), replace(options, data_parallel=2)) as other:
        assert other.model != engine.model
        found = list(completions(other, [Request(other.model, prompt, GREEDY) for prompt in asked]).values())
    plain = completions(engine, [Request(engine.model, prompt, GREEDY) for prompt in asked])
    whole = {each.text for each in plain.values()}
    assert all(each.finish_reason == "stop" and "\n" not in each.text for each in found)
    assert all(any(full.startswith(each.text) for full in whole) for each in found)
