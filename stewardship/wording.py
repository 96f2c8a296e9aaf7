"""Evidence in a steward's words: one sentence, with the strongest reasons first."""

from datetime import datetime

from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext

from matching.engine import weights
from matching.engine.explain import Evidence, Explanation
from mdm import words
from mdm.governance.exposure import Amounts

_MOST = 3
_SOON, _IN_DAYS = 24, 36  # hours
_STRONG = 0.5  # bits: less than that says nothing worth reading


def probability(match_weight: float) -> str:
    """A match weight in bits as a chance: "74 %"."""
    share = weights.probability(match_weight)
    if share > 0.99:
        return gettext("over 99 %")
    return gettext("under 1 %") if share < 0.01 else f"{share:.0%}".replace("%", " %")


def money(amounts: Amounts) -> tuple[str, ...]:
    """Amounts as people read them, the largest first: "1,250,000 EUR"."""
    largest = sorted(amounts.items(), key=lambda each: -each[1])
    return tuple(
        f"{number_format(amount, 0, force_grouping=True)} {currency}"
        for currency, amount in largest
    )


def sentence(explanation: Explanation, label: str) -> str:
    """Why two records may be one thing or two, without any value."""
    chance = probability(explanation.match_weight)
    if explanation.veto:
        start = gettext("Kept apart, because the {identifier} differs").format(
            identifier=words.translated(explanation.veto)
        )
    else:
        start = gettext("{chance} likely to be one {what}").format(
            chance=chance[0].upper() + chance[1:], what=words.inside(label)
        )
    pro = _strongest(explanation, for_it=True)
    con = _strongest(explanation, for_it=False)
    parts = [start]
    if pro:
        parts.append(gettext("for it speaks: {reasons}").format(reasons=", ".join(map(_said, pro))))
    if con:
        parts.append(gettext("against it: {reasons}").format(reasons=", ".join(map(_said, con))))
    return "; ".join(parts) + "."


def _strongest(explanation: Explanation, *, for_it: bool) -> list[Evidence]:
    said = [
        each
        for each in explanation.evidence
        if each.level != "missing" and (each.weight if for_it else -each.weight) >= _STRONG
    ]
    return sorted(said, key=lambda each: -abs(each.weight))[:_MOST]


def _said(evidence: Evidence) -> str:
    """ "same city (address)", or "registration differs"."""
    level, comparison = words.translated(evidence.level), words.translated(evidence.comparison)
    if evidence.level.startswith(evidence.comparison):
        return level
    if evidence.level in ("same", "different", "else", "differs"):
        return gettext("{level} {comparison}").format(level=level, comparison=comparison)
    return f"{level} ({comparison})"


def clock(due_at: datetime, now: datetime) -> tuple[str, str]:
    """How much time is left, and how urgent that is: "late", "soon" or ""."""
    hours = (due_at - now).total_seconds() / 3600
    urgency = "late" if hours < 0 else "soon" if hours < _SOON else ""
    far = abs(hours)
    in_days = far >= _IN_DAYS
    count = max(1, round(far / 24 if in_days else far))
    if in_days and hours < 0:
        said = ngettext("{count} day late", "{count} days late", count)
    elif in_days:
        said = ngettext("{count} day left", "{count} days left", count)
    elif hours < 0:
        said = ngettext("{count} hour late", "{count} hours late", count)
    else:
        said = ngettext("{count} hour left", "{count} hours left", count)
    return urgency, said.format(count=count)


def age(since: datetime, now: datetime) -> str:
    """How long something has waited, in hours or days as `clock` has them."""
    hours = (now - since).total_seconds() / 3600
    in_days = hours >= _IN_DAYS
    count = max(1, round(hours / 24 if in_days else hours))
    if in_days:
        said = ngettext("{count} day", "{count} days", count)
    else:
        said = ngettext("{count} hour", "{count} hours", count)
    return said.format(count=count)


def target(label: str) -> str:
    """What a column of a feed can mean: an attribute, or a part of one after a colon."""
    attribute, colon, part = label.partition(": ")
    whole = words.translated(label)
    apart = f"{words.translated(attribute)}{colon}{words.translated(part)}"
    return whole if whole != label else apart
