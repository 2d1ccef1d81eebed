"""The LEMMA data pipeline (arXiv 2503.17439): from a student's errors to error-corrective training data.

records, stage    the nouns: what flows, and what a stage is      pipeline    which stages there are, and in what order
stages/           the stages, pure functions                      prompts/    what the teacher is told, with versions
engine/           asks, stores, counts: all of the I/O            folder/     the folder of a synthesis, and its student
funnel/, outputs/ what came of it: counts, data sets              filtering/  the filter for anyone's trajectories
commands/         the command line
"""
