"""From an answer as written to a tree (`node.Node`), and back to one canonical text."""
