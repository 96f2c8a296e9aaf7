"""What the user says about columns, checked against the file and the domain."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from matching.files.targets import Target, TargetError, parse_target
from mdm.schema import EntityType

IGNORE = "ignore"
_LISTED = 20


class SayingError(ValueError):
    """Something said that does not fit the file or the domain, and what would."""


@dataclass(frozen=True, slots=True)
class Said:
    """Targets by column (None: leave it out), the column of keys and that of the truth."""

    targets: Mapping[str, Target | None]
    key: str | None = None
    truth: str | None = None


def read_said(
    lines: Iterable[str],
    key: str | None,
    truth: str | None,
    *,
    columns: Collection[str],
    type_: EntityType,
) -> Said:
    """From lines "column=attribute"; "column=ignore" leaves a column out.

    Raises `SayingError` for a column that the file does not have, an attribute that the domain
    does not have, and for a key or truth that is to be compared.
    """
    targets: dict[str, Target | None] = {}
    for line in lines:
        column, equals, attribute = line.rpartition("=")
        if not equals or not column:
            raise SayingError(f"{line!r} is not like column=attribute")
        known = _column(column, columns)
        if known in targets:
            raise SayingError(f"{known!r} is mapped twice")
        targets[known] = _target(attribute.strip(), type_)
    said = Said(
        targets,
        key=None if key is None else _column(key, columns),
        truth=None if truth is None else _column(truth, columns),
    )
    if said.truth is not None and said.truth == said.key:
        raise SayingError(f"{said.truth!r} cannot be both key and truth")
    for what, column_ in (("key", said.key), ("truth", said.truth)):
        if column_ is not None and targets.get(column_):
            raise SayingError(f"{column_!r} is the {what}: comparing it would give the answer away")
    return said


def _target(attribute: str, type_: EntityType) -> Target | None:
    if attribute in ("", IGNORE):
        return None
    try:
        return parse_target(attribute, type_)
    except TargetError as error:
        raise SayingError(str(error)) from None


def _column(name: str, columns: Collection[str]) -> str:
    """The column of that name, in whatever case it is written."""
    if name in columns:
        return name
    alike = [column for column in columns if column.casefold() == name.strip().casefold()]
    if len(alike) == 1:
        return alike[0]
    near = get_close_matches(name, columns, n=1)
    hint = f"; is it {near[0]!r}" if near else ""
    listed = ", ".join(repr(column) for column in list(columns)[:_LISTED])
    more = f" and {len(columns) - _LISTED:,} more" if len(columns) > _LISTED else ""
    raise SayingError(f"the file has no column {name!r}{hint}; it has {listed}{more}")
