"""What must be true of the database before a process of the hub starts to serve."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, run_checks
from django.db import DEFAULT_DB_ALIAS, OperationalError, ProgrammingError
from django.utils import timezone

from mdm.domains import ENTITY_TYPES
from mdm.governance.ownership import OwnershipCycleError, beginnings, ranking


def check_ownership(*, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """An error for each domain in which who owns a value would depend on that value.

    Such a register is refused when it is said; a declaration may come to group attributes in
    another way since. Nothing is said before the tables are there.
    """
    if not databases:
        return []
    try:
        return list(_cycles())
    except (OperationalError, ProgrammingError):
        return []


def _cycles() -> Iterator[Error]:
    for domain in ENTITY_TYPES:
        try:
            for on in beginnings(domain, timezone.now().date()):
                ranking(domain, on).units()
        except OwnershipCycleError as cycle:
            yield Error(
                f"{cycle}.",
                hint="Withdraw the rule of a segment, or tell the segment by another attribute.",
                id="mdm.E001",
            )


def refuse_to_start() -> None:
    """End a process that would serve from a database of which a check says that it cannot."""
    said = run_checks(tags=[Tags.database], databases=[DEFAULT_DB_ALIAS])
    if serious := [str(each) for each in said if each.is_serious()]:
        raise SystemExit("\n".join(serious))
