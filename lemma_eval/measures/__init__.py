"""Measures: from the outcomes of a run's samples to figures with intervals. Pure functions."""
