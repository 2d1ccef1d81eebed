"""What always answering one number would score on the mini files.

python examples/tiny_model/guess.py
"""

from collections import Counter
from collections.abc import Sequence
from itertools import islice

from problems import mini, mini_unseen, training_stream


def commonest(answers: Sequence[str]) -> str:
    """The commonest answer."""
    return Counter(answers).most_common(1)[0][0]


def main() -> None:
    """Print, for both files, what the commonest answer in training and the commonest answer of the file score."""
    trained = commonest([problem.answer for problem in islice(training_stream(seed=0), 20_000)])
    for name, problems in (("mini", mini()), ("mini:unseen", mini_unseen())):
        answers = [problem.answer for problem in problems]
        own = commonest(answers)
        by = {number: answers.count(number) / len(answers) for number in (trained, own)}
        print(f"{name}: always {trained} (commonest in training) {by[trained]:.1%}, always {own} (here) {by[own]:.1%}")


if __name__ == "__main__":
    main()
