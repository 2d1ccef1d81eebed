"""`GradingPolicy`: what counts as equal, as versioned data."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from lemma_eval.errors import UsageError, unknown_name


@dataclass(frozen=True, slots=True)
class GradingPolicy:
    """The conventions by which two readable answers are compared.

    `rounding_digits`: an exact value equals its decimal, rounded or truncated, if that shows at least this many
    significant digits or is the gold; 0 forbids it. `rel_tolerance` holds between two values of which at least one is
    written as a decimal, or between any two if `tolerance_on_exact`. `percent_variants`: x, 100 x and x / 100 are one
    answer. `percent_sign_optional`: 60% equals 60 as well as 0.6. `ignore_units`: a unit that only one side has does
    not matter (a gold without one never asks for one); two different known units always do. `ordered_lists`: the order
    of a bare list counts. `ignore_case`: the case of letters in formulas does not count (in words and option letters
    it never does). `ignore_brackets`: `[1, 2]`, `(1, 2)` and `1, 2` are one answer. `tuple_as_column`: a tuple equals
    the column vector of its entries. `sandbox_seconds` is the time SymPy gets; what it stops is unknown.
    """

    name: str
    version: str = "2"
    rounding_digits: int = 3
    rel_tolerance: float = 0.0
    tolerance_on_exact: bool = False
    percent_variants: bool = False
    percent_sign_optional: bool = True
    ignore_units: bool = True
    ordered_lists: bool = False
    ignore_case: bool = False
    ignore_brackets: bool = False
    tuple_as_column: bool = True
    sandbox_seconds: float = 0.8


PRESETS: dict[str, GradingPolicy] = {
    "default": GradingPolicy("default"),
    # For training data and rewards: a doubtful answer is wrong.
    "strict": GradingPolicy("strict", rounding_digits=0, percent_sign_optional=False, tuple_as_column=False),
    # LEMMA's evaluation grades with Qwen2.5-Math's math_equal: relative 1e-4 on any number, x100 and /100, no case.
    "lemma": GradingPolicy(
        "lemma",
        rounding_digits=0,
        rel_tolerance=1e-4,
        tolerance_on_exact=True,
        percent_variants=True,
        ignore_case=True,
        ignore_brackets=True,
    ),
}


def policy_by_name(name_or_path: str) -> GradingPolicy:
    """The preset of that name, or the policy in a `.toml` file of `GradingPolicy` fields over the default's values.

    Raises PluginError for an unknown name, UsageError for an unreadable file, an unknown key or a value of wrong type.
    """
    if not name_or_path.endswith(".toml"):
        if name_or_path not in PRESETS:
            raise unknown_name("grading policy", name_or_path, PRESETS)
        return PRESETS[name_or_path]
    import tomllib  # a policy of one's own is rare, and importing the grader is to be quick
    from pathlib import Path

    path = Path(name_or_path)
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot read the grading policy {path}: {error}") from None
    fields = {f.name: f for f in dataclasses.fields(GradingPolicy)}
    values: dict[str, object] = {"name": path.stem}
    for key, value in given.items():
        if key not in fields:
            raise UsageError(f"{path}: unknown key '{key}' in a grading policy; known: {', '.join(sorted(fields))}")
        wanted = type(getattr(PRESETS["default"], key))
        if wanted is float and type(value) is int:
            value = float(value)
        if type(value) is not wanted or (wanted in (int, float) and not 0 <= value < float("inf")):
            raise UsageError(f"{path}: '{key}' must be a {wanted.__name__}, zero or more, not {value!r}")
        values[key] = value
    return GradingPolicy(**values)  # type: ignore[arg-type]
