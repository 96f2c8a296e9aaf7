"""Feeds made from a seed: small ones for the demo, and benchmarks of any size with their truth."""

from mdm.feeds.generator.benchmark import DOMAINS, Chunk, generate, write_benchmark
from mdm.feeds.generator.demo import write_demo

__all__ = ["DOMAINS", "Chunk", "generate", "write_benchmark", "write_demo"]
