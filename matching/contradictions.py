"""Decisions that cannot all be true: found, and told with the fewest of them to revisit."""

from collections.abc import Iterable

from django.utils.translation import gettext

from matching import judging
from matching.engine.contradicting import Contradiction, contradictions
from matching.telling import told_each


def find(domain: str) -> list[Contradiction]:
    """All contradictions of a domain, golden records that people confirmed included."""
    return contradictions(judging.of_whole_domain(domain))


def find_around(record_ids: Iterable[int]) -> list[Contradiction]:
    """The contradictions that bear on these records."""
    return contradictions(judging.around(record_ids))


def name_of(contradiction: Contradiction) -> str:
    """The judgement by which a contradiction is known, while it lasts."""
    return min(each.name for each in contradiction.judgements if not each.joins)


def explained(contradiction: Contradiction) -> list[str]:
    """What contradicts what, judgement by judgement, and what to revisit."""
    revisit = ", ".join(each.name for each in contradiction.revisit)
    return [
        *told_each(contradiction.judgements),
        gettext("They agree once you revisit {decisions}.").format(decisions=revisit),
    ]


def in_short(contradiction: Contradiction) -> str:
    """For a list of what waits for a person: without values, and without keys of records."""
    revisit = ", ".join(
        f"{each.name} by {each.by}" if each.by else each.name for each in contradiction.revisit
    )
    return f"{len(contradiction.judgements)} decisions contradict each other; revisit {revisit}"
