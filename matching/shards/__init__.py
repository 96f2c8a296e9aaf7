"""Shards: a large run compared by many workers, on any number of hosts.

The row matrix of the run is published once through PostgreSQL, and mapped into memory by every host
that works on it. A worker takes a range of candidate pairs and leaves only the pairs worth keeping.
"""
