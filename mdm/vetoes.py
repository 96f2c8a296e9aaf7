"""Rules that forbid a merge, whoever asks for it: asked before it and again while it happens."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string


@dataclass(frozen=True, slots=True)
class Veto:
    """A rule that keeps golden records apart, and why in words without values."""

    ids: frozenset[UUID]
    rule: str
    reason: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.reason}"


Rule = Callable[[str, Sequence[frozenset[UUID]]], Iterable[Veto]]
"""Given a domain and groups of golden ids that are to be merged: what forbids a group."""


def vetoes(domain: str, groups: Sequence[frozenset[UUID]]) -> list[Veto]:
    """What forbids merging each of `groups`, by every rule that settings name."""
    rules: list[Rule] = [import_string(name) for name in settings.MERGE_VETOES]
    return [veto for rule in rules for veto in rule(domain, groups)]
