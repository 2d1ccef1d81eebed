"""The store of a run: one SQLite file, its tables, and what their rows mean."""

from lemma_eval.store.database import Store, readable

__all__ = ["Store", "readable"]
