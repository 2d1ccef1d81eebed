"""The graders of this package, each a module with a function `open_grader`."""
