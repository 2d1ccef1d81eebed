"""Published scores, as data files with their sources, to stand below measured ones."""

from lemma_eval.scores.published.reader import PublishedRow, published_names, read_published, read_published_file

__all__ = ["PublishedRow", "published_names", "read_published", "read_published_file"]
