"""Solutions cut into steps, with exact character offsets."""

from lemma_eval.segmentation.cutting import Step, steps

__all__ = ["Step", "steps"]
