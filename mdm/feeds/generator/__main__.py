"""`python -m mdm.feeds.generator`: write the demo's feeds, or a benchmark of any size."""

import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path

from mdm.feeds.generator.benchmark import DOMAINS, write_benchmark
from mdm.feeds.generator.demo import DEMO_SEED, write_demo


def main(arguments: Sequence[str] | None = None) -> None:
    """Do what the command line asks for, and name the files written."""
    options = _parser().parse_args(arguments)
    if options.command == "demo":
        paths = write_demo(options.out, options.seed)
    else:
        paths = write_benchmark(options.domain, options.count, options.seed, options.out)
    sys.stdout.writelines(f"{path}\n" for path in paths)


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="python -m mdm.feeds.generator", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    demo = commands.add_parser("demo", help="the synthetic feeds of the demo")
    demo.add_argument("--seed", type=int, default=DEMO_SEED)
    benchmark = commands.add_parser("benchmark", help="two feeds of one domain, and their truth")
    benchmark.add_argument("--domain", choices=DOMAINS, required=True)
    benchmark.add_argument("--count", type=_positive, required=True, help="records in all")
    benchmark.add_argument("--seed", type=int, default=1)
    for command in (demo, benchmark):
        command.add_argument("--out", type=Path, required=True, help="folder to write into")
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


if __name__ == "__main__":
    main()
