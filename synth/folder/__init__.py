"""The folder of a synthesis: its questions, its student's run, its settings, and carrying the stages on in it."""
