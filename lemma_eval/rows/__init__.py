"""Rows of files, in and out: JSONL, JSON, CSV and Parquet."""
