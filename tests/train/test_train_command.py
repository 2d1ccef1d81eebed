"""`lemma-eval train`: what a user can do wrong gets one clear line and exit code 2."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from lemma_eval.cli import main
from lemma_eval.train.carrying_out import _known
from lemma_eval.train.progress import read_log

from .conftest import ROOT, Start, sums, write

Call = Callable[..., str]


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """`call(*arguments)` runs `lemma-eval train` in this process; its standard error."""

    def run(*arguments: str | Path, code: int = 2) -> str:
        monkeypatch.setattr(sys, "argv", ["lemma-eval", "train", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            main()
        told = capsys.readouterr()
        assert (left.value.code or 0) == code, told.err
        assert "Traceback" not in told.err
        return told.err

    return run


def changed(model: Path, folder: Path, name: str, **values: Any) -> Path:
    """The model with other values in one of its JSON files; None removes one."""
    shutil.copytree(model, folder)
    row = {**json.loads((folder / name).read_text()), **values}
    (folder / name).write_text(json.dumps({key: value for key, value in row.items() if value is not None}))
    return folder


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--learning-rat", "1"], "No such option '--learning-rat'"),
        (["--schedule", "cosin"], "unknown schedule 'cosin'; did you mean cosine?"),
        (["--attention", "sdp"], "unknown attention 'sdp'; did you mean sdpa?"),
        (["--method", "qlora"], "'qlora' is not one of 'full', 'lora'"),
        (["--epochs", "-1"], "epochs: -1.0 should be above 0"),
        (["--protocol", "lema"], "unknown protocol 'lema'; did you mean"),
        (["--protocol", "boxed"], "--protocol boxed: is a chat"),
        (["--max-length", "12"], "no row is left to train on, of 40: 40 too-long"),
        (["--pad-token", "<none>"], "--pad-token <none> is no token"),
        ([], "40 rows in 3 passes do not fill a batch of 256; give a smaller --batch-size"),
    ],
)
def test_options(call: Call, blank: Path, trajectories: Path, tmp_path: Path, arguments: list[str], told: str) -> None:
    err = call(trajectories, "--model", blank, "-o", tmp_path / "out", *arguments)
    assert told in err.splitlines()[-1]
    assert not (tmp_path / "out").exists()


def test_keys_of_a_config_file(call: Call, blank: Path, trajectories: Path, tmp_path: Path) -> None:
    config = tmp_path / "train.yaml"
    config.write_text("preset: smoke-cpu\nlearningrate: 1e-5\n")
    err = call(trajectories, "--model", blank, "-o", tmp_path / "out", "--config", config)
    assert err == f"lemma-eval: unknown option in {config} 'learningrate'; did you mean learning_rate?\n"


def test_rows_that_teach_nothing(call: Call, blank: Path, tmp_path: Path) -> None:
    where = ("--model", blank, "-o", tmp_path / "out")
    (tmp_path / "empty.jsonl").touch()
    assert "holds no trajectory" in call(tmp_path / "empty.jsonl", *where)
    rows = [{**row, "error_span": [0, len(row["text"])]} for row in sums(3)]
    masked = write(tmp_path / "masked.jsonl", rows)
    err = call(masked, *where, "--no-loss-on-error")
    assert err.startswith("lemma-eval: no row is left to train on, of 3: 3 nothing-to-learn")
    assert err.count("\n") == 1
    assert "no-such.jsonl" in call(tmp_path / "no-such.jsonl", *where)


def test_models_that_cannot_be_trained(call: Call, blank: Path, trajectories: Path, tmp_path: Path) -> None:
    rest = ("-o", tmp_path / "out", "--preset", "smoke-cpu")
    assert "is not a checkpoint (no config.json)" in call(trajectories, "--model", tmp_path, *rest)
    endless = changed(blank, tmp_path / "endless", "tokenizer_config.json", eos_token=None)
    assert "has no end token (eos_token)" in call(trajectories, "--model", endless, *rest)
    assert not (tmp_path / "out").exists()


def test_a_tokenizer_without_pad_token_is_a_note(start: Start, blank: Path, trajectories: Path, tmp_path: Path) -> None:
    model = changed(blank, tmp_path / "model", "tokenizer_config.json", pad_token=None)
    long = {"question": "q " * 600, "text": "The answer is: 1", "gold": "1"}
    data = write(tmp_path / "rows.jsonl", [*sums(8), long])
    settings = ("--preset", "smoke-cpu", "--epochs", "1", "-o", tmp_path / "out")
    code, _, told = start("train", data, "--model", model, *settings).end()
    assert code == 0, told
    assert told[0].startswith(f"note: {model} has no pad token; batches are padded with its end token")
    assert json.loads((tmp_path / "out" / "lemma_run.json").read_text())["tokens"]["pad"]
    assert told[1].endswith(f"; 1 steps of 8 rows; rejected: 1 too-long ({tmp_path / 'out' / 'rejects.jsonl'})")
    (step,) = read_log(tmp_path / "out", 9)
    assert step.rate > 0  # a warmup of one step would leave the only one without a rate


def test_what_is_seen_before_a_model_is_loaded(start: Start, blank: Path, trajectories: Path, tmp_path: Path) -> None:
    """And what is not to be written over."""
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.tex").write_text("...")
    file = write(tmp_path / "file", sums(1))
    lost = shutil.copytree(blank, tmp_path / "lost")
    _lose(lost / "model.safetensors", "model.norm.weight")
    new, mine = ("-o", tmp_path / "out"), ("--model", blank)
    cases: list[tuple[tuple[str | Path, ...], dict[str, str], str]] = [
        ((*mine, "-o", other), {}, f"{other}: is not empty and holds no training; give -o another folder"),
        ((*mine, "-o", file), {}, f"{file}: is a file; give -o a folder"),
        ((*mine, *new, "--micro-batch-size", "3"), {}, "batch_size 8 is not made of 1 x 3 rows"),
        ((*mine, *new), {"ACCELERATE_USE_FSDP": "true"}, "a model in shards (ZeRO-3, FSDP) is not trained here"),
        ((*mine, *new), {"ACCELERATE_USE_DEEPSPEED": "true", "ACCELERATE_DEEPSPEED_ZERO_STAGE": "3"}, "ZeRO-2"),
        (("--model", lost, *new), {}, "1 of the model's weights are not in the checkpoint (model.norm.weight)"),
    ]
    begun = [start("train", trajectories, "--preset", "smoke-cpu", *each, env=env) for each, env, _ in cases]
    for each, (arguments, _, line) in zip(begun, cases, strict=True):
        code, out, told = each.end()
        assert (code, out) == (2, ""), (arguments, told)
        assert [each.startswith("lemma-eval: ") for each in told] == [False] * (len(told) - 1) + [True]
        assert len(told) <= 2
        assert line in told[-1]
    assert (other / "thesis.tex").read_text() == "..."


def _lose(file: Path, name: str) -> None:
    from safetensors.torch import load_file, save_file

    save_file({key: tensor for key, tensor in load_file(file).items() if key != name}, file, {"format": "pt"})


def test_an_absent_package(
    call: Call, blank: Path, trajectories: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("peft", "datasets"):
        with monkeypatch.context() as absent:
            absent.setitem(sys.modules, name, None)
            err = call(trajectories, "--model", blank, "-o", tmp_path / "out", "--preset", "smoke-cpu")
        assert err.splitlines()[-1].endswith(f"needs the package {name}: run pip install 'lemma-eval[train]'")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (
            RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"),
            "memory",
        ),
        (RuntimeError("CUDA out of memory. Tried to allocate 20.00 MiB"), "a smaller --micro-batch-size"),
        (MemoryError(), "not enough memory"),
        (OSError(28, "No space left on device"), "cannot be written (No space left on device)"),
        (RuntimeError("[enforce fail at inline_container.cc:672] . unexpected pos 1 vs 2"), "is the disk full?"),
    ],
)
def test_errors_of_libraries(error: Exception, told: str) -> None:
    known = _known(error, Path("out"))
    assert known is not None
    assert told in str(known)
    assert "\n" not in str(known)
    assert _known(RuntimeError("mat1 and mat2 shapes cannot be multiplied"), Path("out")) is None


def test_the_file_for_accelerate() -> None:
    """examples/accelerate/zero2.yaml as `accelerate launch` reads it, and as its launcher hands it on."""
    config_args = pytest.importorskip("accelerate.commands.config.config_args")
    launch = pytest.importorskip("accelerate.commands.launch")
    path = ROOT / "examples" / "accelerate" / "zero2.yaml"
    config = config_args.load_config_from_file(str(path))  # refuses unknown keys
    assert (config.distributed_type.value, config.num_processes, config.mixed_precision) == ("DEEPSPEED", 8, "bf16")
    parser = launch.launch_command_parser()
    arguments = vars(parser.parse_args(["--config_file", str(path), "script.py"]))
    assert set(config.deepspeed_config) <= set(arguments)  # each becomes an argument of the launcher
    assert config.deepspeed_config["zero_stage"] == 2
    # What the trainer sets from the plan is left to it: a number here would have to be the same.
    assert not {"gradient_accumulation_steps", "gradient_clipping"} & set(yaml.safe_load(path.read_text()))
    assert not {"gradient_accumulation_steps", "gradient_clipping"} & set(config.deepspeed_config)
