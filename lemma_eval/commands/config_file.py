"""`--config run.yaml`: the command's own options in a file; what stands on the command line wins."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import click

from lemma_eval.errors import UsageError, unknown_name


def config_option(
    command: Callable[..., Any], elsewhere: Callable[[], click.Command] | None = None
) -> Callable[..., Any]:
    """Add `--config FILE` to a click command; keys are its option names and `model`. Read before the other options.

    Where one file serves several commands, `elsewhere` gives the one that has all options: what only that one takes is
    passed over.
    """
    return click.option(
        "--config",
        type=click.Path(path_type=Path),
        is_eager=True,
        expose_value=False,
        callback=partial(_apply, elsewhere),
        help="YAML file with the same options, one `option: value` a line.",
    )(command)


def _apply(
    elsewhere: Callable[[], click.Command] | None,
    context: click.Context,
    parameter: click.Parameter,
    path: Path | None,
) -> None:
    if path is None:
        return
    names = {
        alias: option for option in context.command.params for alias in _aliases(option) if option is not parameter
    }
    others = {alias for option in elsewhere().params for alias in _aliases(option)} if elsewhere is not None else set()
    values: dict[str, Any] = {}
    for key, value in _read(path).items():
        name = key.replace("-", "_")
        option = names.get(name)
        if option is None and name in others and name != "config":
            continue
        if option is None or option.name is None:
            raise unknown_name(f"option in {path}", key, names)
        if option.name in values:
            raise UsageError(f"--config {path}: '{key}' is given twice, under two names")
        if value is not None:  # `limit:` with nothing behind it is as good as absent
            values[option.name] = _as_given(option, value, f"--config {path}: '{key}'")
    context.default_map = {**values, **(context.default_map or {})}


def _aliases(option: click.Parameter) -> list[str]:
    words = [word.lstrip("-").replace("-", "_") for word in option.opts]
    return [*words, *([option.name] if option.name else [])]


def _read(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"--config {path}: cannot be read ({error})") from None
    try:
        values, twice = _parse(text)
        if values is None:  # empty, or comments only
            return {}
        named = {str(key): value for key, value in values.items()} if isinstance(values, dict) else None
    except Exception as error:  # beside its own kinds the library lets out those of int(), date() and recursion
        reason = " ".join(str(error).split()) or type(error).__name__
        raise UsageError(f"--config {path}: is not YAML ({reason})") from None
    if named is None:
        raise UsageError(f"--config {path}: expected `option: value` lines")
    if twice is not None:
        raise UsageError(f"--config {path}: {twice} is given twice")
    return named


def _parse(text: str) -> tuple[Any, str | None]:
    """The plain values in YAML text, and the first key that stands twice in one mapping: YAML keeps the last only."""
    import yaml

    loader = yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
        twice = _twice(node)  # before construction, which fuses equal keys
        return (loader.construct_document(node) if node is not None else None), twice
    finally:
        loader.dispose()


def _twice(root: Any) -> str | None:
    from yaml import MappingNode, ScalarNode, SequenceNode

    waiting, seen = [root], set()
    while waiting:
        node = waiting.pop()
        if id(node) in seen:  # an alias
            continue
        seen.add(id(node))
        if isinstance(node, SequenceNode):
            waiting += node.value
        elif isinstance(node, MappingNode):
            keys = [key for key, _ in node.value if isinstance(key, ScalarNode)]
            first: set[str] = set()
            for key in keys:
                if key.value in first:
                    return f"'{key.value}' (line {key.start_mark.line + 1})"
                first.add(key.value)
            waiting += [value for _, value in node.value]
    return None


def _as_given(option: click.Parameter, value: Any, name: str) -> Any:
    """The value as the command line would give it, for click to check: lists joined by commas, mappings KEY=VALUE."""
    if isinstance(option, click.Option) and option.is_flag:
        if not isinstance(value, bool):
            raise UsageError(f"{name} should be true or false, found {value!r:.60}")
        return value
    if isinstance(value, dict) and option.multiple:
        words = {True: "true", False: "false"}
        return [f"{key}={words[each] if isinstance(each, bool) else _text(each, name)}" for key, each in value.items()]
    texts = [_text(each, name) for each in (value if isinstance(value, list) else [value])]
    return texts if option.multiple else ",".join(texts)


def _text(value: Any, name: str) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise UsageError(f"{name} should be text or a number (perhaps in quotes), found {value!r:.60}")
    try:
        return str(value)
    except ValueError:  # Python writes no integer of over 4300 digits
        raise UsageError(f"{name}: the number is too long") from None
