"""Plain sums such as `56 + 9`, to practise between word problems.

A word problem of a hundred tokens holds only two or three results to work out; a list of sums holds eight.
"""

from random import Random

from template import LOWEST, write_sum
from wording import pick_int


def drill(rng: Random) -> tuple[str, str]:
    """A sum and its result: (`56 + 9`, `65`). No products: those are learnt first."""
    draw = rng.random()
    if draw < 0.4:
        a, sign, b = pick_int(rng, LOWEST, 150), "+", pick_int(rng, LOWEST, 99)
        if rng.random() < 0.5:
            a, b = b, a
        result = a + b
    elif draw < 0.8:
        a, sign = pick_int(rng, 2 * LOWEST, 200), "-"
        b = pick_int(rng, LOWEST, a - LOWEST)
        result = a - b
    else:
        # Halves go further than other quotients in the templates.
        b, result = (
            (2, pick_int(rng, LOWEST, 60)) if rng.random() < 0.4 else (pick_int(rng, 2, 12), pick_int(rng, 2, 25))
        )
        a, sign = b * result, "/"
    left, _, right = write_sum(a, sign, b, result).partition(" = ")
    return left, right
