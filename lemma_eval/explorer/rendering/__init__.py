"""What the explorer shows, drawn: formulas, completions and plots, safe to put into a page."""
