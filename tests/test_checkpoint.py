"""Finding a checkpoint, and its identity: what is in it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lemma_eval.checkpoint import find_checkpoint
from lemma_eval.errors import ModelError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A whole checkpoint, as far as its files go."""
    made = tmp_path / "model"
    made.mkdir()
    files = {
        "config.json": "{}",
        "model.safetensors": "weights",
        "tokenizer.json": "{}",
        "tokenizer_config.json": "{}",
        "generation_config.json": "{}",
        "README.md": "about",
    }
    for name, text in files.items():
        (made / name).write_text(text, encoding="utf-8")
    return made


def test_a_whole_checkpoint(folder: Path) -> None:
    found = find_checkpoint(str(folder))
    assert found.folder == folder
    kind, _, content = found.identity.partition(":")
    assert (kind, found.name) == ("checkpoint", "model")
    assert len(content) == 16
    assert (found.has_chat_template, found.pickled) == (False, False)
    assert find_checkpoint(f"{folder}/") == found


def test_the_bundled_checkpoint(checkpoint: Path) -> None:
    if not checkpoint.is_dir():
        pytest.skip("no bundled checkpoint")
    assert find_checkpoint(str(checkpoint)).name == "tiny"


def test_a_folder_has_no_revision(folder: Path) -> None:
    with pytest.raises(ModelError, match="--engine-arg revision is for hub ids"):
        find_checkpoint(str(folder), revision="main")


def test_a_renamed_checkpoint_is_the_same_model(folder: Path) -> None:
    before = find_checkpoint(str(folder))
    moved = find_checkpoint(str(folder.rename(folder.with_name("renamed"))))
    assert (moved.identity, moved.name) == (before.identity, "renamed")


@pytest.mark.parametrize(
    "file",
    [
        "model.safetensors",
        "config.json",
        "tokenizer.json",
        "tokenizer_config.json",
        "generation_config.json",
        "chat_template.jinja",
        "chat_template.json",
        "modeling_own.py",
        "tokenizer.model",
        "model-00002-of-00002.safetensors",
        "merges.txt",
        "vocab.json",
    ],
)
def test_one_byte_of_what_decides_the_output_changes_the_identity(file: str, folder: Path) -> None:
    path = folder / file
    if not path.exists():
        path.write_text("{}", encoding="utf-8")
    before = find_checkpoint(str(folder)).identity
    path.write_bytes(path.read_bytes()[:-1] + b"\x01")
    assert find_checkpoint(str(folder)).identity != before


@pytest.mark.parametrize("file", ["README.md", "LICENSE", ".gitattributes", "training_args.bin", "eval_results.json"])
def test_what_does_not_decide_it_does_not(file: str, folder: Path) -> None:
    before = find_checkpoint(str(folder)).identity
    (folder / file).write_text("changed", encoding="utf-8")
    assert find_checkpoint(str(folder)).identity == before


def test_contents_that_change_places_change_the_identity(folder: Path) -> None:
    (folder / "vocab.json").write_text("one", encoding="utf-8")
    (folder / "merges.txt").write_text("two", encoding="utf-8")
    before = find_checkpoint(str(folder)).identity
    (folder / "vocab.json").write_text("two", encoding="utf-8")
    (folder / "merges.txt").write_text("one", encoding="utf-8")
    assert find_checkpoint(str(folder)).identity != before


def test_the_same_content_elsewhere_is_the_same_model(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "elsewhere" / "model"
    shutil.copytree(folder, copy)
    link = tmp_path / "latest"
    link.symlink_to(folder)
    assert find_checkpoint(str(copy)).identity == find_checkpoint(str(folder)).identity
    assert find_checkpoint(str(link)).identity == find_checkpoint(str(folder)).identity


@pytest.mark.parametrize(
    ("removed", "said"),
    [
        (["config.json"], r"is not a checkpoint \(no config\.json\)"),
        (["model.safetensors"], r"holds no weights \(no \.safetensors file\)"),
    ],
)
def test_an_incomplete_folder(removed: list[str], said: str, folder: Path) -> None:
    for name in removed:
        (folder / name).unlink()
    with pytest.raises(ModelError, match=said):
        find_checkpoint(str(folder))


def test_a_file_is_no_checkpoint(folder: Path) -> None:
    with pytest.raises(ModelError, match="is a file; give the folder of a checkpoint"):
        find_checkpoint(str(folder / "model.safetensors"))


@pytest.mark.parametrize("model", ["./absent", "/absent/model", "~/absent", "a/b/c"])
def test_a_path_that_is_not_there_is_not_looked_for_on_the_hub(model: str) -> None:
    with pytest.raises(ModelError, match="no such folder"):
        find_checkpoint(model)


def test_what_is_neither_here_nor_on_the_hub(tmp_path: Path) -> None:
    # In a process of its own: the hub's library reads its environment when it is imported.
    pytest.importorskip("huggingface_hub")
    code = (
        "from lemma_eval.checkpoint import find_checkpoint\n"
        "from lemma_eval.errors import ModelError\n"
        "try:\n    find_checkpoint('checkpoints/tinny')\n"
        "except ModelError as error:\n    print(error)\n"
    )
    env = {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path)}
    told = subprocess.run(
        [sys.executable, "-c", code], env=env, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert told.stdout.startswith("checkpoints/tinny: neither a folder here nor loadable from the hub (")
    assert told.stdout.count("\n") == 1


def test_pickles_are_refused_unless_allowed(folder: Path) -> None:
    safe = find_checkpoint(str(folder)).identity
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(ModelError, match=r"holds its weights as pickles only.*--allow-pickle"):
        find_checkpoint(str(folder))
    found = find_checkpoint(str(folder), allow_pickle=True)
    assert found.pickled
    assert found.identity != safe
    (folder / "pytorch_model.bin").write_bytes(b"other")
    assert find_checkpoint(str(folder), allow_pickle=True).identity != found.identity


def test_safetensors_are_taken_where_there_are_both(folder: Path) -> None:
    (folder / "pytorch_model.bin").write_bytes(b"weights")
    assert not find_checkpoint(str(folder), allow_pickle=True).pickled


def index(folder: Path, name: str, *files: str) -> None:
    weight_map = {f"layer{number}": file for number, file in enumerate(files)}
    (folder / name).write_text(json.dumps({"weight_map": weight_map}), encoding="utf-8")


def test_a_missing_shard_is_named(folder: Path) -> None:
    shards = [f"model-0000{number}-of-00003.safetensors" for number in (1, 2, 3)]
    (folder / "model.safetensors").rename(folder / shards[0])
    (folder / shards[2]).touch()
    index(folder, "model.safetensors.index.json", *shards, shards[0])
    with pytest.raises(ModelError, match=rf"1 of 3 weight files are missing \({shards[1]}\)"):
        find_checkpoint(str(folder))
    (folder / shards[1]).touch()
    find_checkpoint(str(folder))


def test_an_index_of_pickles_that_were_not_fetched_does_not_matter(folder: Path) -> None:
    files = [f"pytorch_model-0000{number}-of-00002.bin" for number in (1, 2)]
    index(folder, "pytorch_model.bin.index.json", *files)
    find_checkpoint(str(folder))
    (folder / "model.safetensors").unlink()
    (folder / files[0]).touch()
    with pytest.raises(ModelError, match="1 of 2 weight files are missing"):
        find_checkpoint(str(folder), allow_pickle=True)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"weight_map": []}', '{"weight_map": {"a": ["b"]}}', "null"])
def test_a_damaged_index(text: str, folder: Path) -> None:
    (folder / "model.safetensors.index.json").write_text(text, encoding="utf-8")
    with pytest.raises(ModelError, match=r"index\.json: is not a readable weight index"):
        find_checkpoint(str(folder))


@pytest.mark.parametrize(
    ("file", "text", "found"),
    [
        ("tokenizer_config.json", '{"chat_template": "{{ messages }}"}', True),
        ("tokenizer_config.json", '{"chat_template": null}', False),
        ("tokenizer_config.json", '["chat_template"]', False),
        ("tokenizer_config.json", "{", False),
        ("chat_template.jinja", "{{ messages }}", True),
        ("chat_template.json", '{"chat_template": "{{ messages }}"}', True),
    ],
)
def test_a_chat_template_is_noticed(file: str, text: str, found: bool, folder: Path) -> None:
    (folder / file).write_text(text, encoding="utf-8")
    assert find_checkpoint(str(folder)).has_chat_template is found
