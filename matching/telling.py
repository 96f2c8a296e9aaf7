"""What was settled about source records, in words for a person who may see their keys."""

from collections.abc import Collection, Sequence

from matching.engine.judgements import Judgement
from mdm.models import SourceRecord
from mdm.words import moment

_MOST_LISTED = 3
_WORDS = {True: "one thing", False: "two things"}


def told(judgements: Sequence[Judgement]) -> str:
    """What was settled, by whom and when, in words."""
    labels = labels_of({id_ for each in judgements for id_ in each.records})
    return "; ".join(_told(each, labels) for each in judgements)


def _told(judgement: Judgement, labels: dict[int, str]) -> str:
    sides = [_listed([labels[id_] for id_ in sorted(side)]) for side in judgement.sides]
    when = f" at {moment(judgement.at)}" if judgement.at else ""
    by = f" by {judgement.by}" if judgement.by else ""
    said = f"{' and '.join(sides)} are {_WORDS[judgement.joins]}"
    return f"{said} ({judgement.name}{by}{when})"


def _listed(labels: Sequence[str]) -> str:
    more = len(labels) - _MOST_LISTED
    shown = ", ".join(labels[:_MOST_LISTED])
    return f"{shown} and {more} more" if more > 0 else shown


def labels_of(record_ids: Collection[int]) -> dict[int, str]:
    """Source records as people know them."""
    rows = SourceRecord.objects.filter(pk__in=record_ids).select_related("system")
    return {each.pk: str(each) for each in rows}
