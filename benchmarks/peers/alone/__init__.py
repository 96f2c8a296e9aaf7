"""Programs that run in environments of their own: each knows its peer and nothing of this project.

Each takes a CSV file and the file for its answer, a JSON object: `cluster` numbers the cluster of
each row, `seconds` are those from reading to clusters.
"""
