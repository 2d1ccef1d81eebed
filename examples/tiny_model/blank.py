"""A checkpoint to begin with: a tokenizer learnt from the problems, and a small Llama of random weights."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

EOS, PAD = "</s>", "<pad>"
CONTEXT = 4096


def make_tokenizer(texts: Iterable[str], vocabulary: int = 1152) -> Any:
    """A byte-level BPE tokenizer learnt from `texts`; every digit is its own token, and nothing is unknown.

    It adds no token of its own to a text: no BOS, no EOS.
    """
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    bpe.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[PAD, EOS],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    bpe.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=bpe,
        eos_token=EOS,
        pad_token=PAD,
        model_max_length=CONTEXT,
        padding_side="left",
        clean_up_tokenization_spaces=False,
    )


def make_model(tokenizer: Any, hidden: int = 160, layers: int = 4, heads: int = 5, seed: int = 0) -> Any:
    """A Llama with random weights, drawn by `seed`, and tied embeddings."""
    import torch
    from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM

    torch.manual_seed(seed)
    ids = {"eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id}
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=hidden,
        intermediate_size=64 * round(hidden / 24),  # about 8/3 of the width
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=heads,
        max_position_embeddings=CONTEXT,
        tie_word_embeddings=True,
        initializer_range=0.04,  # near 1/sqrt(hidden): learns faster than 0.02, which suits wide models
        bos_token_id=None,
        **ids,
    )
    model = LlamaForCausalLM(config)
    model.generation_config = GenerationConfig(**ids)
    return model


def write_blank(folder: Path, texts: Iterable[str]) -> None:
    """A checkpoint that has learnt nothing but its tokenizer, of `texts`."""
    tokenizer = make_tokenizer(texts)
    make_model(tokenizer).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
