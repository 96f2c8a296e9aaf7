"""The match engine: records as coded frames in, scored pairs, clusters and explanations out.

Pure: no Django, no settings, no clock; a seeded random generator is passed in. `Frame.of` codes the
records, `match` runs a model over them, `Explainer` says why, `train` learns weights.
"""
