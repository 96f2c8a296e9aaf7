"""Shared by benchmarks that measure the match engine beside its peers: runs, quality, repeats."""
