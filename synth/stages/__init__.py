"""The stages of the pipeline, one module each: pure functions of a record and the replies it asked for."""
