"""What became of everything that went in: counted, as JSON, on a terminal and as a page of the explorer."""
