"""What one question may cost, in counted units, and how an evaluation says that it cannot go on."""

MAX_STEPS = 10_000  # operations of one exact evaluation, the turns of its sums and products included
MAX_WORK = 40_000  # of one evaluation modulo a prime: 1 for an arithmetic operation, more for others
MAX_NODES = 10_000  # of the trees compared
MAX_BITS = 20_000  # of a numerator or denominator
MAX_FACTORIAL = 20_000  # multiplied out modulo a prime; exactly, MAX_BITS stops it at about 2,200
MAX_EXPONENT_BITS = 4_000  # of an integer exponent modulo a prime
MAX_PRIME = 1_000  # largest prime sought in a radicand


class Undefined(Exception):
    """The expression has no value here: a division by zero, or a real function outside its domain."""


class Undecided(Exception):
    """No value within the limits, or none this evaluation knows how to give."""


# What an evaluation may end in; the last two are for trees that are too high or have an operand too few.
FAILURES = (Undefined, Undecided, ArithmeticError, ValueError, RecursionError, LookupError)
