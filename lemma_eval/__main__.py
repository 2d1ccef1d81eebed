"""`python -m lemma_eval`: the command line, where the script `lemma-eval` is not on the path."""

from lemma_eval.cli import main

if __name__ == "__main__":
    main()
