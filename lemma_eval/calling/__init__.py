"""Calls to servers: how many at once, how often, when again, and what they cost."""
