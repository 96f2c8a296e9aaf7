"""Values of files as a person may see them: a column is as sensitive as the attribute it feeds."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext

from mdm.domains import entity_type
from mdm.feeds import drafting
from mdm.governance import access
from mdm.models import FeedBatch, FeedRow
from mdm.schema import EntityType
from mdm.words import displayed, inside, translated
from stewardship.retelling import retold


class Sight:
    """Which columns of a batch a person may see.

    Whoever may not see all attributes of the domain sees mapped columns only: what another one
    holds, or a line that could not be read, nobody has said.
    """

    def __init__(self, actor: access.Actor, batch: FeedBatch) -> None:
        self.actor = actor
        self.declared: EntityType = entity_type(batch.feed.domain)
        self.sees_all = len(access.visible(actor, self.declared)) == len(self.declared.attributes)
        self.targets: Mapping[str, str] = drafting.read(batch.specification)

    def of(self, column: str) -> bool:
        """Whether the person may see what a column holds."""
        return self.sees_all or (column in self.targets and self._target(self.targets[column]))

    def cell(self, column: str, value: Any) -> str:
        """A cell as it is shown."""
        return shown(value) if self.of(column) else access.MASK

    def change(self, change: Mapping[str, Any]) -> dict[str, str]:
        """A change that a batch would make, in words."""
        attribute = self.declared[change["attribute"]]
        visible = access.may_see(self.actor, attribute)
        before, after = (
            (displayed(attribute, change[name]) if visible else access.MASK)
            for name in ("before", "after")
        )
        return {
            "key": change["key"],
            "label": translated(attribute.label),
            "before": before,
            "after": after,
        }

    def _target(self, target: str) -> bool:
        name = drafting.attribute_of(target)
        return not name or access.may_see(self.actor, self.declared[name])


def shown(value: Any) -> str:
    """A raw cell as text."""
    if isinstance(value, list):
        return ", ".join(map(shown, value))
    return "" if value is None else str(value)


def in_words(actor: access.Actor, rows: Iterable[FeedRow]) -> list[dict[str, Any]]:
    """Rows with what is wrong in them; messages quote values only to whoever may see the column."""
    sights: dict[int, Sight] = {}
    said = []
    for row in rows:
        if row.batch_id not in sights:
            sights[row.batch_id] = Sight(actor, row.batch)
        sight = sights[row.batch_id]
        message = retold(row.message)
        if not (sight.of(row.column) if row.column else sight.sees_all):
            place = (
                gettext("Row {row_number}, {column}").format(
                    row_number=row.row_number, column=row.column
                )
                if row.column
                else gettext("Row {row_number}").format(row_number=row.row_number)
            )
            message = f"{place}: {inside(row.get_cause_display())}."
        said.append({"row": row, "message": message})
    return said


def table(sight: Sight, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[list[str]]:
    """For each column its cells, the last row first."""
    return [
        [sight.cell(column, row[place]) for row in reversed(rows)]
        for place, column in enumerate(columns)
    ]
