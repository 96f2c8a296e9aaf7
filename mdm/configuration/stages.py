"""What the ownership register says of its subjects from day to day, as lines that would say it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from mdm.configuration.document import Document, Line, told_where
from mdm.configuration.ownership import INHERITED, NOBODY, Subject, subject_in
from mdm.models import OwnershipRule

Rules = Mapping[Subject, Sequence[OwnershipRule]]
"""Rules that the register has, of whichever day, by what they are about."""
Stages = dict[str, Line]
"""Lines about one subject by the day from which each holds, the first one first."""

_AGREED = "what was agreed on before"
"""Where a line stands that nobody asks for."""


def rules_of(domains: Iterable[str], known: datetime | None = None) -> Rules:
    """The rules of domains; those of one subject and day in the order of their places.

    As the register has them now, or had them at the moment `known`.
    """
    found: dict[Subject, list[OwnershipRule]] = {}
    rules = OwnershipRule.objects.filter(domain__in=set(domains))
    live = rules.filter(withdrawn_at=None) if known is None else rules.known(known)
    for each in live.select_related("system").order_by("place"):
        found.setdefault((each.domain, each.attribute, each.segment), []).append(each)
    return found


def line_on(rules: Rules, subject: Subject, on: date) -> Document:
    """What the rules say of a subject on a day."""
    domain, attribute, segment = subject
    line: Document = {"domain": domain, "attribute": attribute, "segment": segment}
    found = [each for each in rules.get(subject, ()) if on in each.valid_on]
    if not found:
        return {**line, "systems": INHERITED}
    first = found[0]
    return {
        **line,
        "systems": [each.system.code for each in found if each.system] or NOBODY,
        "on_breach": first.on_breach,
        "review_on": first.review_on.isoformat() if first.review_on else None,
        **{name: getattr(first, name) for name in OwnershipRule.PEOPLE},
    }


def lines_from(rules: Rules, subject: Subject, on: date) -> list[Document]:
    """What the rules say of a subject from a day on: a line for each day on which that changes."""
    periods = [each.valid_on for each in rules.get(subject, ())]
    turns = {day for each in periods for day in (each.lower, each.upper) if day and day > on}
    return [
        {**line_on(rules, subject, day), "since": day.isoformat()} for day in (on, *sorted(turns))
    ]


def by_subject(lines: Iterable[Line], today: date = date.min) -> dict[Subject, Stages]:
    """Lines by what they are about; of those that begin before today the last one begins today."""
    found: dict[Subject, Stages] = {}
    for place, line in sorted(lines, key=lambda each: str(each[1]["since"])):
        with told_where(place):
            day = max(str(line["since"]), today.isoformat())
            found.setdefault(subject_in(line), {})[day] = (place, {**line, "since": day})
    return found


def holding(stages: Stages, on: date) -> Document | None:
    """The line that holds on a day; None before the first one."""
    begun = [line for day, (_, line) in stages.items() if day <= on.isoformat()]
    return begun[-1] if begun else None


def with_later(rules: Rules, asked: Mapping[Subject, Stages], today: date) -> dict[Subject, Stages]:
    """What is asked for, and what was agreed on from later days on, where that is not said anew."""
    found = {}
    for subject, stages in asked.items():
        first = next(iter(stages))
        agreed = {
            line["since"]: (_AGREED, line)
            for line in lines_from(rules, subject, today)
            if line["since"] > first
        }
        found[subject] = dict(sorted({**agreed, **stages}.items()))
    return found


def accountable(
    rules: Rules, subject: Subject, on: date, asked: Mapping[Subject, Stages] | None = None
) -> tuple[str, str]:
    """Who answers for a subject on a day, and who stands in; "" for nobody.

    By the narrowest rule, as it would be if what is `asked` held.
    """
    domain, attribute, segment = subject
    wider = ((domain, attribute, ""), (domain, "", segment), (domain, "", ""))
    for each in (subject, *wider):
        line = holding((asked or {}).get(each, {}), on) or line_on(rules, each, on)
        if line["systems"] != INHERITED:
            return str(line["accountable"]), str(line.get("deputy") or "")
    return "", ""
