"""What was settled about source records, in words for a person who may see their keys."""

from collections.abc import Collection, Sequence

from django.utils.translation import gettext

from matching.engine.judgements import Judgement
from mdm.models import SourceRecord
from mdm.words import moment

_MOST_LISTED = 3


def told(judgements: Sequence[Judgement]) -> str:
    """What was settled, by whom and when, in words."""
    return "; ".join(told_each(judgements))


def told_each(judgements: Sequence[Judgement]) -> list[str]:
    """As `told`, judgement by judgement."""
    labels = labels_of({id_ for each in judgements for id_ in each.records})
    return [_told(each, labels) for each in judgements]


def _told(judgement: Judgement, labels: dict[int, str]) -> str:
    sides = [_listed([labels[id_] for id_ in sorted(side)]) for side in judgement.sides]
    one, two = gettext("{records} are one thing"), gettext("{records} are two things")
    said = (one if judgement.joins else two).format(records=gettext(" and ").join(sides))
    who = [judgement.name]
    if judgement.by:
        who.append(gettext("by {who}").format(who=judgement.by))
    if judgement.at:
        who.append(gettext("at {at}").format(at=moment(judgement.at)))
    return f"{said} ({' '.join(who)})"


def _listed(labels: Sequence[str]) -> str:
    more = len(labels) - _MOST_LISTED
    shown = ", ".join(labels[:_MOST_LISTED])
    return gettext("{shown} and {more} more").format(shown=shown, more=more) if more > 0 else shown


def labels_of(record_ids: Collection[int]) -> dict[int, str]:
    """Source records as people know them."""
    rows = SourceRecord.objects.filter(pk__in=record_ids).select_related("system")
    return {each.pk: str(each) for each in rows}
