"""Makes llamafactory_arguments.toml again: the argument names, with their types, that a release of LLaMA-Factory takes.

    python list_llamafactory_arguments.py LLAMAFACTORY TRANSFORMERS > llamafactory_arguments.toml

Both are folders of packages, installed or unpacked; they are read, not run.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path


def fields(file: Path) -> Iterator[tuple[str, str]]:
    """Name and type of each argument of all dataclasses in a file."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ClassDef) and any("dataclass" in ast.unparse(each) for each in node.decorator_list):
            for line in node.body:
                if (
                    isinstance(line, ast.AnnAssign)
                    and isinstance(line.target, ast.Name)
                    and not (line.value is not None and "init=False" in ast.unparse(line.value))
                ):
                    yield line.target.id, ast.unparse(line.annotation)


def dataset_keys(file: Path) -> dict[str, list[str]]:
    """The keys of an entry of dataset_info.json, of its columns and of its tags."""
    found: dict[str, set[str]] = {"entry": set(), "columns": set(), "tags": set()}
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        text = ast.unparse(node) if isinstance(node, ast.Assign | ast.AugAssign | ast.Subscript | ast.Call) else ""
        words = re.findall(r"'(\w+)'", text)
        if isinstance(node, ast.Assign | ast.AugAssign) and text.startswith(("column_names", "tag_names")):
            found["columns" if text.startswith("column_names") else "tags"].update(words)
        elif text.startswith(("dataset_info[name]['", "attr['", "self.set_attr('")):
            found["entry"].add(words[0])
    return {name: sorted(keys) for name, keys in found.items()}


def version(file: Path) -> str:
    """The version that a package says it is."""
    told = re.search(r"""^(?:VERSION|__version__) = ["'](.+)["']""", file.read_text(encoding="utf-8"), re.MULTILINE)
    return told[1] if told else "?"


def main(llamafactory: Path, transformers: Path) -> None:
    """Print the list."""
    print("# Made by list_llamafactory_arguments.py")
    print(f'llamafactory = "{version(llamafactory / "extras/env.py")}"')
    print(f'transformers = "{version(transformers / "__init__.py")}"')
    own = llamafactory / "hparams"
    training = [own / "training_args.py", transformers / "training_args.py", transformers / "training_args_seq2seq.py"]
    groups = {name: [own / f"{name}_args.py"] for name in ("model", "data", "finetuning", "generating")}
    for name, files in {**groups, "training": training}.items():
        print(f"\n[{name}]")
        for key, kind in sorted({key: kind for file in files for key, kind in fields(file)}.items()):
            print(f"{key} = {json.dumps(kind)}")
    print("\n[dataset_info]")
    for name, keys in dataset_keys(llamafactory / "data/parser.py").items():
        print(f"{name} = {json.dumps(keys)}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
