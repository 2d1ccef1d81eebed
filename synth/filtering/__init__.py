"""The filter by itself: trajectories of anyone, kept or rejected with a reason."""
