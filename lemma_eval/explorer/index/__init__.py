"""The explorer's index of a run: a file derived from its store, for filters, search and paging."""
