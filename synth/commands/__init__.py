"""The command line of the synthesis."""
