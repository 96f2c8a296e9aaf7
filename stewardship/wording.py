"""Evidence in a steward's words: one sentence, with the strongest reasons first."""

from datetime import datetime

from matching.engine.explain import Evidence, Explanation
from mdm.governance.exposure import Amounts

_MOST = 3
_SOON, _IN_DAYS = 24, 36  # hours
_STRONG = 0.5  # bits: less than that says nothing worth reading


def probability(match_weight: float) -> str:
    """A match weight in bits as a chance: "74 %"."""
    share = 1 / (1 + 2 ** -max(-60.0, min(60.0, match_weight)))
    if share > 0.99:
        return "over 99 %"
    return "under 1 %" if share < 0.01 else f"{share:.0%}".replace("%", " %")


def money(amounts: Amounts) -> tuple[str, ...]:
    """Amounts as people read them, the largest first: "1,250,000 EUR"."""
    largest = sorted(amounts.items(), key=lambda each: -each[1])
    return tuple(f"{amount:,.0f} {currency}" for currency, amount in largest)


def sentence(explanation: Explanation, label: str) -> str:
    """Why two records may be one thing or two, without any value."""
    chance = probability(explanation.match_weight)
    if explanation.veto:
        start = f"Kept apart, because the {explanation.veto} differs"
    else:
        start = f"{chance[0].upper()}{chance[1:]} likely to be one {label.lower()}"
    pro = _strongest(explanation, for_it=True)
    con = _strongest(explanation, for_it=False)
    parts = [start]
    if pro:
        parts.append(f"for it speaks: {', '.join(map(_said, pro))}")
    if con:
        parts.append(f"against it: {', '.join(map(_said, con))}")
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
    if evidence.level.startswith(evidence.comparison):
        return evidence.level
    if evidence.level in ("same", "different", "else", "differs"):
        return f"{evidence.level} {evidence.comparison}"
    return f"{evidence.level} ({evidence.comparison})"


def clock(due_at: datetime, now: datetime) -> tuple[str, str]:
    """How much time is left, and how urgent that is: "late", "soon" or ""."""
    hours = (due_at - now).total_seconds() / 3600
    urgency = "late" if hours < 0 else "soon" if hours < _SOON else ""
    far = abs(hours)
    span = _counted(far / 24, "day") if far >= _IN_DAYS else _counted(far, "hour")
    return urgency, f"{span} late" if hours < 0 else f"{span} left"


def _counted(number: float, unit: str) -> str:
    whole = max(1, round(number))
    return f"{whole} {unit}" if whole == 1 else f"{whole} {unit}s"
