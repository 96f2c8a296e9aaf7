"""Trying the engine on a file: columns guessed, values standardised, rows matched; all in memory.

Nothing here knows a database. Quick tour: `table` reads, `guessing` says which column means what,
`evidence` standardises, `trial` matches, `truth` measures, `report` and `writing` tell.
"""
