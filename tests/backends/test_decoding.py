"""The decode loop: equal to the library's own row by row, whatever the architecture; no step past a stop string."""

from __future__ import annotations

import functools
from collections import Counter, deque
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemma_eval.request import Request, Sampling, cut_at_stop

torch = pytest.importorskip("torch", reason="needs the extra transformers")
transformers = pytest.importorskip("transformers", reason="needs the extra transformers")

from lemma_eval.backends.transformers.decoding import decode  # noqa: E402
from lemma_eval.backends.transformers.drawing import draw  # noqa: E402
from lemma_eval.backends.transformers.fitness import fitness  # noqa: E402
from lemma_eval.backends.transformers.plain_decoding import decode_plainly  # noqa: E402
from lemma_eval.backends.transformers.row import Ends, Row  # noqa: E402

VOCABULARY = 300
SIZES = {"vocab_size": VOCABULARY, "hidden_size": 32, "num_hidden_layers": 2, "initializer_range": 0.3}
HEADS = {"num_attention_heads": 4, "num_key_value_heads": 2, "intermediate_size": 48, "max_position_embeddings": 128}
ALL, NONE = 10**6, 0

# Architecture, its settings, and how long a row the refilled batch is to take on.
MODELS: list[tuple[str, dict[str, Any], int]] = [
    ("Llama", {**SIZES, **HEADS}, ALL),
    ("Qwen2", {**SIZES, **HEADS}, ALL),
    ("Qwen3", {**SIZES, **HEADS, "head_dim": 8}, ALL),
    ("GPT2", {"vocab_size": VOCABULARY, "n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 128,
              "initializer_range": 0.3}, ALL),
    ("OPT", {"vocab_size": VOCABULARY, "hidden_size": 32, "num_hidden_layers": 2, "ffn_dim": 48, "init_std": 0.3,
             "num_attention_heads": 4, "max_position_embeddings": 128, "word_embed_proj_dim": 32}, ALL),
    ("GPTNeoX", {**SIZES, "num_attention_heads": 4, "intermediate_size": 48, "max_position_embeddings": 128}, ALL),
    ("Bloom", {"vocab_size": VOCABULARY, "hidden_size": 32, "n_layer": 2, "n_head": 4, "initializer_range": 0.3}, ALL),
    ("Mixtral", {**SIZES, **HEADS, "num_local_experts": 4}, ALL),
    ("Mistral", {**SIZES, **HEADS, "sliding_window": 24}, 24),
    ("Gemma2", {**SIZES, **HEADS, "head_dim": 8, "sliding_window": 24}, 24),
    ("Gemma3Text", {**SIZES, **HEADS, "head_dim": 8, "sliding_window": 24}, 24),
    ("Phi3", {**SIZES, **HEADS, "pad_token_id": 0, "original_max_position_embeddings": 128}, ALL),
    ("Mamba", {**SIZES, "state_size": 8}, NONE),
    ("RecurrentGemma", {**SIZES, "num_attention_heads": 4, "intermediate_size": 48, "attention_window_size": 32,
                        "num_hidden_layers": 3, "lru_width": 32}, NONE),
]  # fmt: skip


@functools.cache
def random_model(kind: str) -> Any:
    settings = next(settings for name, settings, _ in MODELS if name == kind)
    torch.manual_seed(1)
    known = {"bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0}
    config = getattr(transformers, f"{kind}Config")(**{**known, **settings})
    model = transformers.AutoModelForCausalLM.from_config(config).eval()
    model.generation_config = transformers.GenerationConfig()
    return model


@pytest.fixture(scope="module")
def tokenizer(checkpoint: Path) -> Any:
    return transformers.AutoTokenizer.from_pretrained(checkpoint)


def rows_of(tokenizer: Any, sampling: Sampling, count: int = 9, **options: Any) -> list[Row]:
    random = Random(5)
    ends = Ends(tokenizer, frozenset({2}), sampling.stop)
    rows = []
    for number in range(count):
        length = random.randint(1, 20)
        tokens = [random.randrange(3, VOCABULARY) for _ in range(length)]
        room = options.get("room") or random.randint(1, 20)
        rows.append(Row(Request("m", str(number), sampling), tokens, room, False, ends, number))
    return rows


def alone(model: Any, row: Row) -> list[int]:
    """The library's own greedy decoding of one row."""
    ids = torch.tensor([row.tokens])
    done = model.generate(input_ids=ids, attention_mask=torch.ones_like(ids), do_sample=False,
                          max_new_tokens=row.room, eos_token_id=2, pad_token_id=0)  # fmt: skip
    return [int(token) for token in done[0, len(row.tokens) :]]


@pytest.mark.parametrize(("kind", "longest"), [(kind, longest) for kind, _, longest in MODELS])
def test_greedy_decoding_equals_the_librarys_own_row_by_row(kind: str, longest: int, tokenizer: Any) -> None:
    model = random_model(kind)
    fit = fitness(model, "cpu")
    assert min(fit.longest, ALL) == longest
    assert (fit.bytes_per_token > 0) == (longest > 0)
    rows = rows_of(tokenizer, Sampling())
    true = {row.request.id: alone(model, row) for row in rows}
    fitting = [row for row in rows if row.most() <= fit.longest]
    others = deque(row for row in rows if row.most() > fit.longest)
    assert bool(others) == (longest < 40)
    assert bool(fitting) == (longest > 0)
    assert fit.pads == (longest > 0)
    found = [
        *decode(model, fitting, "cpu", size=4, tokens=None),
        *decode_plainly(model, others, "cpu", size=4, pad=0, pads=fit.pads),
    ]
    assert len(found) == len(rows)
    assert {row.request.id: row.new for row in found} == true


def test_the_check_finds_a_model_whose_rows_disturb_each_other() -> None:
    model = random_model("Llama")
    real = model.forward

    @functools.wraps(real)
    def forward(*args: Any, **named: Any) -> Any:
        if named.get("position_ids") is not None:
            named["position_ids"] = named["position_ids"].max().expand_as(named["position_ids"])
        return real(*args, **named)

    model.forward = forward
    try:
        assert fitness(model, "cpu").longest == 0
    finally:
        del model.forward


def test_a_limit_on_tokens_bounds_the_batch(tokenizer: Any, counted: Callable[[Any], list[int]]) -> None:
    model = random_model("Llama")
    rows = rows_of(tokenizer, Sampling(), count=12, room=8)
    true = {row.request.id: alone(model, row) for row in rows}
    sizes = counted(model)
    found = list(decode(model, rows, "cpu", size=8, tokens=60))
    assert {row.request.id: row.new for row in found} == true
    assert max(sizes) <= 60 // 9
    assert max(sizes) > 1


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], list[int]]:
    """Counts the rows of each forward pass of a model."""

    def watch(model: Any) -> list[int]:
        real, sizes = model.forward, []

        @functools.wraps(real)
        def forward(*args: Any, **named: Any) -> Any:
            sizes.append(named["input_ids"].shape[0])
            return real(*args, **named)

        monkeypatch.setattr(model, "forward", forward)
        return sizes

    return watch


def test_equal_prompts_are_read_once(tokenizer: Any, counted: Callable[[Any], list[int]]) -> None:
    model, ends = random_model("Llama"), Ends(tokenizer, frozenset(), ())
    sizes = counted(model)
    sampling = Sampling(1.0)
    rows = [Row(Request("m", "p", sampling, sample), [5, 6, 7], 3, False, ends, sample) for sample in range(6)]
    found = list(decode(model, rows, "cpu", size=8, tokens=None))
    assert sizes == [1, 6, 6]
    assert len({tuple(row.new) for row in found}) > 1


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize("size", [1, 3, 8])
def test_no_token_is_decoded_past_the_end_of_a_row(
    tokenizer: Any, counted: Callable[[Any], list[int]], size: int, plain: bool
) -> None:
    model = random_model("Llama")
    free = rows_of(tokenizer, Sampling(), room=20)
    list(decode(model, free, "cpu", size=9, tokens=None))
    texts = [tokenizer.decode(row.new, skip_special_tokens=True) for row in free]
    stop = tuple(text[len(text) // 2 :][:2] for text in texts if len(text) > 6)
    rows = rows_of(tokenizer, Sampling(stop=stop), room=20)
    sizes = counted(model)
    if plain:
        found = list(decode_plainly(model, deque(rows), "cpu", size=size, pad=0))
        expected = sum(max(len(row.new) for row in rows[at : at + size]) for at in range(0, len(rows), size))
        assert len(sizes) == expected
    else:
        found = list(decode(model, rows, "cpu", size=size, tokens=None))
        assert sum(sizes) == sum(len(row.new) for row in found)
    before = {row.request.prompt: row for row in free}
    for row in found:
        whole = before[row.request.prompt].new
        first = next(
            (n for n in range(1, len(whole) + 1)
             if whole[n - 1] == 2 or cut_at_stop(tokenizer.decode(whole[:n], skip_special_tokens=True), stop)[1]),
            len(whole),
        )  # fmt: skip
        assert row.new == whole[:first]
        assert not any(mark in row.text() for mark in stop)
    assert any(row.finish == "stop" for row in found)


@pytest.mark.parametrize(
    ("said", "stop"),
    [
        ("I have 12 apples.\n\nQuestion: next", ("\n\nQuestion:",)),
        ("so x = 5. And then", (". A", "zz")),
        ("the sum is 12", ("um",)),
        ("prix: 5 € et puis", ("€",)),
        ("数は七。です", ("。で",)),
        ("a 🎉 b", ("🎉",)),
        ("x   y", ("  ",)),
    ],
)
def test_a_stop_string_is_found_at_the_token_that_completes_it(
    tokenizer: Any, said: str, stop: tuple[str, ...]
) -> None:
    tokens = tokenizer(said, add_special_tokens=False)["input_ids"]
    assert cut_at_stop(tokenizer.decode(tokens), stop)[1]
    first = next(n for n in range(1, len(tokens) + 1) if cut_at_stop(tokenizer.decode(tokens[:n]), stop)[1])
    row = Row(Request("m", "p", Sampling(stop=stop)), [5], 99, False, Ends(tokenizer, frozenset({1}), stop), 0)
    ended = [row.take(token) for token in tokens[:first]]
    assert ended == [False] * (first - 1) + [True]
    assert row.text() == cut_at_stop(said, stop)[0]


@given(text=st.text(max_size=40), start=st.integers(0, 40), length=st.integers(1, 6))
def test_any_stop_string_is_found_at_once(checkpoint: Path, text: str, start: int, length: int) -> None:
    tokenizer = loaded(checkpoint)
    tokens = tokenizer(text, add_special_tokens=False)["input_ids"]
    plain = tokenizer.decode(tokens, skip_special_tokens=True)
    stop = (plain[start : start + length],)
    if stop == ("",) or "\ufffd" in plain:
        return
    row = Row(Request("m", "p", Sampling(stop=stop)), [5], 99, False, Ends(tokenizer, frozenset({1}), stop), 0)
    texts = (tokenizer.decode(tokens[:n], skip_special_tokens=True) for n in range(1, len(tokens) + 1))
    first = next(n for n, each in enumerate(texts, 1) if stop[0] in each)
    assert [row.take(token) for token in tokens[:first]] == [False] * (first - 1) + [True]


@functools.cache
def loaded(checkpoint: Path) -> Any:
    return transformers.AutoTokenizer.from_pretrained(checkpoint)


def test_a_stop_string_that_is_a_special_token_ends_the_row(tokenizer: Any) -> None:
    (special, number), *_ = tokenizer.get_added_vocab().items()
    ends = Ends(tokenizer, frozenset(), (special,))
    row = Row(Request("m", "p", Sampling(stop=(special,))), [5], 9, False, ends, 0)
    word = tokenizer("so", add_special_tokens=False)["input_ids"]
    assert [row.take(token) for token in [*word, number]] == [False] * len(word) + [True]
    assert (row.text(), row.finish) == ("so", "stop")


def drawn(weights: list[float], sampling: Sampling, rows: int = 4000) -> Counter[int]:
    logits = torch.log(torch.tensor(weights)).repeat(rows, 1)
    random = Random(3)
    return Counter(draw(logits, [sampling] * rows, [random.random() for _ in range(rows)]))


def test_draws_follow_the_softmax() -> None:
    weights = [0.5, 0.3, 0.15, 0.05]
    counts = drawn(weights, Sampling(1.0))
    for token, share in enumerate(weights):
        assert counts[token] / 4000 == pytest.approx(share, abs=0.03)
    hot = drawn(weights, Sampling(2.0))
    roots = [weight**0.5 for weight in weights]
    for token, root in enumerate(roots):
        assert hot[token] / 4000 == pytest.approx(root / sum(roots), abs=0.03)
    assert set(drawn(weights, Sampling(0.01), 100)) == {0}
    assert set(drawn(weights, Sampling(), 5)) == {0}


@pytest.mark.parametrize("size", [6, 1000])
@pytest.mark.parametrize("share", [0.05, 0.5, 0.7, 0.95, 0.9999])
def test_a_nucleus_is_the_librarys(size: int, share: float) -> None:
    torch.manual_seed(2)
    for heat in (0.5, 3.0):
        logits = torch.randn(1, size) * heat
        kept = transformers.TopPLogitsWarper(share)(None, logits)[0]
        nucleus = {place for place, score in enumerate(kept.tolist()) if score > float("-inf")}
        rows = 3000
        random = Random(4)
        counts = Counter(draw(logits.repeat(rows, 1), [Sampling(1.0, share)] * rows,
                              [random.random() for _ in range(rows)]))  # fmt: skip
        assert set(counts) <= nucleus
        true = torch.softmax(kept, -1)
        for place in true.topk(3).indices.tolist() if size > 3 else []:
            assert counts[place] / rows == pytest.approx(float(true[place]), abs=0.04)


@given(numbers=st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=6), seed=st.integers(0, 99))
def test_a_draw_depends_on_its_own_row_alone(numbers: list[float], seed: int) -> None:
    random = Random(seed)
    logits = torch.randn(len(numbers), 400, generator=torch.Generator().manual_seed(seed)) * random.choice([0.2, 4])
    samplings = [Sampling(random.choice([0, 0.6, 1.5]), random.choice([0.3, 0.9, 1])) for _ in numbers]
    together = draw(logits, samplings, numbers)
    for place, (sampling, number) in enumerate(zip(samplings, numbers, strict=True)):
        assert draw(logits[place : place + 1], [sampling], [number]) == [together[place]]


def test_rows_are_pulled_one_by_one(tokenizer: Any) -> None:
    pulled = 0

    def source() -> Iterator[Row]:
        nonlocal pulled
        for row in rows_of(tokenizer, Sampling(), count=40):
            pulled += 1
            yield row

    told = decode(random_model("Llama"), source(), "cpu", size=3, tokens=None)
    next(told)
    assert pulled <= 6
