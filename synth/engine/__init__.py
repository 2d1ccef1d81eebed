"""The engine: asks the teacher, stores its replies, hands them to the stages, counts."""
