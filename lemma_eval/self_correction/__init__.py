"""Self-correction: reflections within a solution, and probes of what a model does with a wrong beginning."""
