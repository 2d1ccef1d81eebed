"""What a checkpoint carries of its training, and how the commands that ask a model heed it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from lemma_eval.commands.merge import merge
from lemma_eval.commands.run import run
from lemma_eval.errors import LemmaEvalError, ModelError, PluginError, UsageError
from lemma_eval.handoff import (
    FILE,
    Handoff,
    protocol_of,
    read_handoff,
    template_digest,
    template_in,
    trained_from,
    write_handoff,
)
from lemma_eval.protocol import EvalProtocol
from lemma_eval.protocols import BOXED, LEMMA, LLEMMA
from lemma_eval.running.manifest import read_manifest
from lemma_eval.trained_protocol import choose_protocol, unlike_training

TEMPLATE = "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}"
BRIEF = replace(BOXED, system="Be brief.")


def handoff(protocol: EvalProtocol = BOXED) -> Handoff:
    return Handoff(
        base={"model": "some/base", "identity": "checkpoint:00"},
        protocol=protocol_of(protocol),
        stop=protocol.style("").stop,
        tokens={"bos": None, "eos": "</s>", "pad": "</s>", "adds_bos": False},
        data={"digest": "d1", "rows": 5, "tokens": 99, "rejects": {}},
        plan={"epochs": 3.0},
        result={"steps": 7, "loss": 0.5},
        versions={"lemma-eval": "9.9"},
    )


@pytest.fixture
def trained(tmp_path: Path, checkpoint: Path) -> Callable[[EvalProtocol], Path]:
    """Makes a folder with the bundled checkpoint as if it had been trained under a protocol."""

    def make(protocol: EvalProtocol) -> Path:
        folder = tmp_path / "trained"
        folder.mkdir()
        for path in checkpoint.iterdir():
            (folder / path.name).symlink_to(path)
        (folder / "chat_template.jinja").write_text(TEMPLATE)
        write_handoff(folder, handoff(protocol))
        return folder

    return make


def edit(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    row = json.loads((folder / FILE).read_text())
    change(row)
    (folder / FILE).write_text(json.dumps(row))


def test_a_handoff_is_read_as_it_was_written(tmp_path: Path) -> None:
    assert read_handoff(tmp_path) is None
    write_handoff(tmp_path, handoff(LLEMMA))
    assert read_handoff(tmp_path) == handoff(LLEMMA)
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


DAMAGED: dict[str, Any] = {
    "empty": "",
    "cut": '{"version": 1, "base"',
    "no object": "[1]",
    "text": '"version"',
    "deep": "[" * 100_000,
    "no text": b"\xff\xfe",
    "long": " " * 2_000_000 + "{}",
    "no version": lambda row: row.pop("version"),
    "version as text": lambda row: row.update(version="1"),
    "a part missing": lambda row: row.pop("plan"),
    "a part of another kind": lambda row: row.update(base=["some/base"]),
    "a protocol's part missing": lambda row: row["protocol"].pop("system"),
    "a name that is none": lambda row: row["protocol"].update(name=["boxed"]),
    "a version that is none": lambda row: row["protocol"].update(version=1),
    "a system message that is none": lambda row: row["protocol"].update(system={"role": "system"}),
    "stop as text": lambda row: row.update(stop="</s>"),
    "a stop string that is none": lambda row: row.update(stop=[1]),
    "versions of another kind": lambda row: row.update(versions={"lemma-eval": None}),
    "a chat template that is none": lambda row: row["tokens"].update(chat_template=1),
    "families that are none": lambda row: row["data"].update(families=["gsm8k"]),
    "a base without identity": lambda row: row["base"].pop("identity"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_handoff_is_one_clear_line(tmp_path: Path, name: str) -> None:
    write_handoff(tmp_path, handoff())
    content = DAMAGED[name]
    if callable(content):
        edit(tmp_path, content)
    else:
        (tmp_path / FILE).write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ModelError, match=rf"{FILE}: is damaged; put it back, or remove it[^\n]*$"):
        read_handoff(tmp_path)


def test_a_handoff_of_another_version_is_told(tmp_path: Path) -> None:
    write_handoff(tmp_path, handoff())
    edit(tmp_path, lambda row: row.update(version=10**400))
    with pytest.raises(ModelError, match=r"is of version 1000.{,20}, this lemma-eval reads 1; install"):
        read_handoff(tmp_path)


@pytest.mark.parametrize("protocol", [LEMMA, LLEMMA, BOXED, BRIEF], ids=["lemma", "llemma", "boxed", "boxed-system"])
def test_a_trained_checkpoint_is_asked_as_it_was_trained(tmp_path: Path, protocol: EvalProtocol) -> None:
    write_handoff(tmp_path, handoff(protocol))
    choice = choose_protocol(str(tmp_path), "lemma")
    assert choice.protocol == protocol
    assert choice.trained == handoff(protocol)
    assert choice.note == f"trained under protocol {protocol.name}/1: asked so"
    same = choose_protocol(str(tmp_path), "lemma", given=protocol.name, system=protocol.system)
    assert (same.protocol, same.note) == (protocol, choice.note)


def test_without_a_handoff_the_default_is_taken(tmp_path: Path) -> None:
    for model in (str(tmp_path), "org/name", "replies.jsonl"):
        assert choose_protocol(model, "llemma").protocol == LLEMMA
        assert choose_protocol(model, "llemma", given="boxed", system="Be brief.").protocol == BRIEF
        assert choose_protocol(model, "llemma", as_trained=False).note == ""


@pytest.mark.parametrize(
    ("under", "asked", "names", "protocol"),
    [
        (BOXED, {"given": "lemma"}, ["--protocol lemma"], LEMMA),
        (LEMMA, {"given": "boxed", "system": "Be brief."}, ["--protocol boxed", "--system"], BRIEF),
        (BOXED, {"system": "Be brief."}, ["--system"], BRIEF),
        (BRIEF, {"system": ""}, ["--system"], BOXED),
        (BRIEF, {"system": "Be long."}, ["--system"], replace(BOXED, system="Be long.")),
        (BOXED, {"template": Path("other.jinja")}, ["--chat-template"], BOXED),
    ],
)  # fmt: skip
def test_another_way_of_asking_is_refused_unless_it_is_wanted(
    tmp_path: Path, under: EvalProtocol, asked: dict[str, Any], names: list[str], protocol: EvalProtocol
) -> None:
    write_handoff(tmp_path, handoff(under))
    if "template" in asked:
        asked = {"template": tmp_path / asked["template"]}
        asked["template"].write_text("another")
    with pytest.raises(UsageError) as refused:
        choose_protocol(str(tmp_path), "lemma", **asked)
    for part in (*names, f"trained under protocol {under.name}/1", "--not-as-trained"):
        assert part in str(refused.value)
    choice = choose_protocol(str(tmp_path), "lemma", as_trained=False, **asked)
    assert choice.protocol == protocol
    assert "asked otherwise" in choice.note
    assert all(name in choice.note for name in names)


def test_the_checkpoints_own_template_may_be_given(tmp_path: Path) -> None:
    write_handoff(tmp_path, handoff(BOXED))
    for name in ("chat_template.jinja", "same.jinja"):
        (tmp_path / name).write_text(TEMPLATE)
    assert choose_protocol(str(tmp_path), "lemma", template=tmp_path / "same.jinja").note.endswith("asked so")


@pytest.mark.parametrize(
    "told",
    [
        {"chat_template.jinja": TEMPLATE},
        {"chat_template.jinja": TEMPLATE.replace("\n", "\r\n"), "tokenizer_config.json": '{"chat_template": "other"}'},
        {"tokenizer_config.json": json.dumps({"chat_template": TEMPLATE})},
        {"tokenizer_config.json": json.dumps(
            {"chat_template": [{"name": "rag", "template": "x"}, {"name": "default", "template": TEMPLATE}]}
        )},
    ],
)  # fmt: skip
def test_a_chat_template_is_found_where_a_tokenizer_looks(tmp_path: Path, told: dict[str, str]) -> None:
    for name, text in told.items():
        (tmp_path / name).write_bytes(text.encode())
    assert template_in(tmp_path) == template_digest(TEMPLATE) == template_digest({"default": TEMPLATE, "rag": "x"})


def test_a_folder_without_a_chat_template_has_none(tmp_path: Path) -> None:
    for text in (None, "{}", "[]", "{", '{"chat_template": [1, {"name": "rag"}]}'):
        if text is not None:
            (tmp_path / "tokenizer_config.json").write_text(text)
        assert template_in(tmp_path) is None


def test_an_edited_chat_template_is_refused(tmp_path: Path) -> None:
    told = handoff(BOXED)
    write_handoff(tmp_path, replace(told, tokens={**told.tokens, "chat_template": template_digest(TEMPLATE)}))
    own = tmp_path / "chat_template.jinja"
    own.write_text(TEMPLATE)
    assert choose_protocol(str(tmp_path), "lemma").note.endswith("asked so")
    own.rename(tmp_path / "kept.jinja")
    for text in (None, TEMPLATE + "<think>"):
        if text is not None:
            own.write_text(text)
        with pytest.raises(ModelError, match=r"chat template is not the one.*--not-as-trained$"):
            choose_protocol(str(tmp_path), "lemma")
        choice = choose_protocol(str(tmp_path), "lemma", as_trained=False)
        assert choice.note.endswith("asked otherwise (with its chat template)")
        kept = choose_protocol(str(tmp_path), "lemma", template=tmp_path / "kept.jinja")
        assert kept.note.endswith("asked so")
    with pytest.raises(UsageError, match="--chat-template would"):
        choose_protocol(str(tmp_path), "lemma", template=own)
    write_handoff(tmp_path, replace(handoff(LEMMA), tokens={"chat_template": template_digest(TEMPLATE)}))
    assert choose_protocol(str(tmp_path), "llemma").note.endswith("asked so")  # a text protocol has no use for it


def test_what_a_training_has_saved_is_asked_as_it_is_trained(tmp_path: Path) -> None:
    saved = tmp_path / "mine" / "training" / "checkpoint-5"
    saved.mkdir(parents=True)
    write_handoff(saved.parent, handoff(BRIEF))
    (tmp_path / "link").symlink_to(saved)
    for path in (saved, tmp_path / "link", saved.parent):
        assert choose_protocol(str(path), "lemma").protocol == BRIEF
        with pytest.raises(UsageError, match="--protocol lemma would"):
            choose_protocol(str(path), "lemma", given="lemma")
    # A kill while the checkpoint is written leaves weights without a handoff.
    with pytest.raises(ModelError, match=r"is no finished checkpoint .*; the command that trains goes on"):
        choose_protocol(str(tmp_path / "mine"), "lemma")
    assert choose_protocol(str(tmp_path / "mine"), "lemma", as_trained=False).protocol == LEMMA


def test_words_that_it_was_never_asked_in_are_told_of() -> None:
    told = trained_from(replace(handoff(LLEMMA), data={"digest": "d1", "families": {"": 5, "science": 1}}))
    notes = list(unlike_training(told, LLEMMA, {"math": ("competition", 0), "gsm8k": ("grade-school", 0)}))
    assert notes == ["note: gsm8k is asked in the words of protocol llemma for grade-school questions; the model was "
                     "trained in those for questions of science, unknown sources"]  # fmt: skip
    told["data"]["families"] = {"word-problem": 5}
    assert list(unlike_training(told, LLEMMA, {"gsm8k": ("grade-school", 0)})) == []
    assert list(unlike_training(told, LEMMA, {"math": ("competition", 0)})) == []  # asked otherwise, and told so
    assert list(unlike_training(trained_from(handoff(LLEMMA)), LLEMMA, {"gsm8k": ("grade-school", 0)})) == []
    assert list(unlike_training(None, LLEMMA, {"gsm8k": ("grade-school", 8)})) == []


def test_a_student_is_told_of_its_own_options(tmp_path: Path) -> None:
    write_handoff(tmp_path, handoff(BOXED))
    with pytest.raises(UsageError, match=r"--student-protocol lemma would.*--student-not-as-trained"):
        choose_protocol(str(tmp_path), "lemma", given="lemma", whose="student")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda row: row["protocol"].update(digest="0" * 16), "is 0{16}, here .*lemma-eval that trained it .9.9"),
        (lambda row: row["protocol"].update(name="lemma"), "protocol lemma/1 that is not this version's"),
        (lambda row: row["protocol"].update(system="Be evil."), "not this version's"),
        (lambda row: row.update(stop=["."]), "stop strings"),
    ],
)  # fmt: skip
def test_a_protocol_that_this_version_puts_otherwise_or_that_was_edited(
    tmp_path: Path, change: Callable[[dict[str, Any]], object], told: str
) -> None:
    write_handoff(tmp_path, handoff(BOXED))
    edit(tmp_path, change)
    with pytest.raises(ModelError, match=rf"{told}[^\n]*--not-as-trained$"):
        choose_protocol(str(tmp_path), "lemma")
    assert "asked otherwise" in choose_protocol(str(tmp_path), "lemma", as_trained=False).note


def test_a_protocol_that_this_version_does_not_have(tmp_path: Path) -> None:
    write_handoff(tmp_path, handoff(replace(BOXED, name="theirs")))
    with pytest.raises(ModelError, match="trained under protocol theirs/1, which this lemma-eval does not have"):
        choose_protocol(str(tmp_path), "lemma", as_trained=False)
    assert choose_protocol(str(tmp_path), "lemma", given="boxed", as_trained=False).protocol == BOXED
    with pytest.raises(PluginError, match="unknown protocol 'boxd'"):
        choose_protocol(str(tmp_path), "lemma", given="boxd")


def call(*arguments: object, command: Any = run) -> Result:
    return CliRunner().invoke(command, [str(each) for each in arguments])


def error(done: Result) -> str:
    assert isinstance(done.exception, LemmaEvalError), done.output
    return str(done.exception)


TINY = ("-b", "mini", "--limit", 1, "--max-new-tokens", 1, "--device", "cpu", "--json")


def test_run_asks_as_trained_and_says_so(tmp_path: Path, trained: Callable[[EvalProtocol], Path]) -> None:
    pytest.importorskip("transformers", reason="needs the extra transformers")
    folder, out = trained(BRIEF), tmp_path / "run"
    done = call(folder, *TINY, "--out", out)
    assert done.exit_code == 0, done.output
    assert done.stderr.splitlines()[0] == "trained under protocol boxed/1: asked so"
    manifest = read_manifest(out)
    told = manifest["trained"]
    assert (told["base"], told["data"]["digest"]) == ({"model": "some/base", "identity": "checkpoint:00"}, "d1")
    assert len(told["plan"]) == 16
    assert (manifest["run"]["protocol"]["name"], manifest["run"]["protocol"]["system"]) == ("boxed", "Be brief.")
    # What it was trained from is recorded, not compared.
    edit(folder, lambda row: row["data"].update(digest="d2"))
    again = call(folder, *TINY, "--out", out)
    assert again.exit_code == 0, again.output
    assert read_manifest(out) == manifest
    assert "another run: protocol" in error(
        call(folder, *TINY, "--out", out, "--protocol", "lemma", "--not-as-trained")
    )
    assert "--not-as-trained" in error(call(folder, *TINY, "--out", tmp_path / "no", "--protocol", "lemma"))
    assert not (tmp_path / "no").exists()


def test_shots_that_it_was_trained_without_are_told_of(tmp_path: Path, trained: Callable[[EvalProtocol], Path]) -> None:
    pytest.importorskip("transformers", reason="needs the extra transformers")
    folder = trained(LLEMMA)
    edit(folder, lambda row: row["data"].update(families={"": 5}))  # its rows did not say where they come from
    shown = call(folder, *TINY, "--out", tmp_path / "a")
    assert "mini is asked with 8 shots under protocol llemma; the model was trained without" in shown.stderr
    assert "mini is asked in the words of protocol llemma for" in shown.stderr
    without = call(folder, *TINY, "--out", tmp_path / "b", "--num-shots", 0)
    assert (without.exit_code, "is asked with" in without.stderr) == (0, False)


def test_a_folder_that_a_server_serves_is_asked_as_trained_too(
    tmp_path: Path, trained: Callable[[EvalProtocol], Path]
) -> None:
    pytest.importorskip("openai", reason="needs the extra openai")
    done = call(trained(BRIEF), "-b", "mini", "--limit", 1, "--base-url", "http://127.0.0.1:9/v1", "--out",
                tmp_path / "run", "--batch-export", tmp_path / "batch.jsonl")  # fmt: skip
    assert done.exit_code == 0, done.output
    (line,) = (tmp_path / "batch.jsonl").read_text().splitlines()
    assert [message["role"] for message in json.loads(line)["body"]["messages"]] == ["system", "user"]


def test_a_merged_run_says_it_too(tmp_path: Path, trained: Callable[[EvalProtocol], Path]) -> None:
    pytest.importorskip("transformers", reason="needs the extra transformers")
    folder = trained(LEMMA)
    parts = [tmp_path / "1", tmp_path / "2"]
    for number, part in enumerate(parts, 1):
        done = call(folder, "-b", "mini", "--limit", 2, "--shard", f"{number}/2", *TINY[4:], "--out", part)
        assert done.exit_code == 0, done.output
    assert call(*parts, "--out", tmp_path / "whole", command=merge).exit_code == 0
    assert read_manifest(tmp_path / "whole")["trained"] == read_manifest(parts[0])["trained"]


def test_a_student_is_asked_as_trained_and_stays_so(tmp_path: Path, trained: Callable[[EvalProtocol], Path]) -> None:
    pytest.importorskip("transformers", reason="needs the extra transformers")
    from lemma_eval.synth.commands.synth import synth

    folder, out = trained(BOXED), tmp_path / "out"
    edit(folder, lambda row: row["data"].update(families={"multiple-choice": 5}))
    begin = ["sample", "--questions", "mini", "--limit", 1, "--decontaminate", "none", "--student", folder, "-n", 1,
             "--student-temperature", 0, "--student-max-new-tokens", 1, "--student-device", "cpu", "-o"]  # fmt: skip
    assert "--student-not-as-trained" in error(
        call(*begin, tmp_path / "no", "--student-protocol", "lemma", command=synth)
    )
    done = call(*begin, out, command=synth)
    assert done.exit_code == 0, done.output
    assert "the student was trained under protocol boxed/1: asked so\nnote: mini is asked in the words" in done.stderr

    def protocol() -> str:
        return str(json.loads((out / "synth.json").read_text())["synthesis"]["student"]["protocol"])

    assert protocol() == "boxed"
    shutil.rmtree(folder)  # what is sampled is gone on with, wherever the student is now
    again = call("sample", out, command=synth)
    assert again.exit_code == 0, again.output
    assert "note:" not in again.stderr
    assert protocol() == "boxed"
