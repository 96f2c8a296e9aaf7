"""What commands share: who runs them, and how they show progress."""

import getpass

from django.utils import timezone
from rich.console import Console

from mdm.cause import Cause, mint_correlation_id, mint_request_id

console = Console(soft_wrap=True, highlight=False)


def cause_of_command() -> Cause:
    """The person at the keyboard, now, with new ids: a command is one request."""
    return Cause(
        timezone.now(), f"user:{_login()}", mint_correlation_id(), request_id=mint_request_id()
    )


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # no HOME, no such user: a bare container
        return "command-line"
