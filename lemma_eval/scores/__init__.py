"""Scores of runs: from a run's folder to rows with estimates, signature and marks; comparisons; published rows."""
