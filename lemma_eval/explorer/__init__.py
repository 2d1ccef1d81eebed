"""The explorer: pages to look at scores and samples, served or written as files."""
