"""The embedded services by hand: python -m mdm.embedded up|down|status."""

import argparse
import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from mdm.embedded import services
from mdm.embedded.errors import EmbeddedServiceError
from mdm.embedded.services import Services


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 is success, for status: that both services run."""
    chosen = parser().parse_args(arguments)
    try:
        said, code = answer(chosen.command, chosen.state, as_environment=chosen.environment)
    except EmbeddedServiceError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{said}\n")
    return code


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m mdm.embedded", description=__doc__)
    made.add_argument("command", choices=["up", "down", "status"])
    made.add_argument(
        "--state",
        type=Path,
        default=os.environ.get("TOUCHSTONE_STATE") or services.default_state_directory(),
        metavar="DIR",
        help="where the services keep their data (default: %(default)s)",
    )
    made.add_argument(
        "--environment",
        action="store_true",
        help="print shell commands that set DATABASE_URL and CELERY_BROKER_URL, with passwords",
    )
    return made


def answer(command: str, state: Path, *, as_environment: bool) -> tuple[str, int]:
    if command == "down":
        services.down(state)
        return f"No services run in {state} any more.", 0
    found = services.up(state) if command == "up" else services.current(state)
    if found is None:
        advice = f"python -m mdm.embedded up --state {state}"
        return f"No services run in {state}. Start them with: {advice}", 1
    return exports(found) if as_environment else description(found, state), 0


def description(found: Services, state: Path) -> str:
    return (
        f"{found.origin} is running.\n"
        f"Valkey is running.\n"
        f"Their sockets are in {found.database.host}, their logs in {state / 'log'}."
    )


def exports(found: Services) -> str:
    return "\n".join(
        f"export {name}={shlex.quote(value)}" for name, value in found.environment.items()
    )


if __name__ == "__main__":
    sys.exit(main())
