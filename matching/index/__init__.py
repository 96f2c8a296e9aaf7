"""The index of a domain: the keys of all its records, stored, to match few records against all.

What it says of a pair is what a run over the whole domain would say.
"""
