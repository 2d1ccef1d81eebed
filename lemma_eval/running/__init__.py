"""Runs: what is asked, by whom it is carried out, and the folder it is kept in."""
