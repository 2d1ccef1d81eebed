"""The explorer's pages as files that open from disk."""
