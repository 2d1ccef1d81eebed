"""SymPy, and graders of others, in another interpreter: `client` asks, `worker` serves, `symbolic` decides."""
