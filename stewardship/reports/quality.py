"""The scorecard of data quality as a report: a line for each rule and system, with its failures."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

from mdm.domains import entity_type
from mdm.governance import access
from mdm.quality import scorecard as card
from mdm.quality.scorecard import Line, Tally
from mdm.words import translated
from stewardship.reports.table import Column, Kind, Report, Row

RECORD, GOLDEN = gettext_noop("the record"), gettext_noop("golden records")
"""What stands for an attribute where a rule is about all of a record, and for a system."""


def scorecard(as_of: datetime, actor: access.Actor) -> Report:
    """The last scoring of each domain that the actor may see, rule by rule."""
    return of_lines(card.lines(actor, access.domains(actor), as_of), as_of)


def of_lines(lines: Sequence[Line], as_of: datetime) -> Report:
    """A report of these lines; what lies behind a figure is linked."""
    total = card.score(lines)
    return Report(
        code="quality",
        title=gettext("Data quality"),
        words=(
            gettext(
                "How many records each rule was asked of and how many failed, in each source system"
                " and in golden records, by the last scoring."
            )
        ),
        as_of=as_of,
        columns=(
            Column("domain", gettext("Domain")),
            Column("dimension", gettext("Dimension")),
            Column("system", gettext("System")),
            Column("attribute", gettext("Attribute")),
            Column("rule", gettext("What must hold")),
            Column("checked", gettext("Checked"), Kind.NUMBER),
            Column("failed", gettext("Failed"), Kind.NUMBER),
            Column("score", gettext("Holds, %"), Kind.SHARE),
            Column("weight", gettext("Weight"), Kind.NUMBER),
            Column("accountable", gettext("Accountable")),
            Column("steward", gettext("Steward")),
        ),
        rows=tuple(_row(each) for each in lines),
        totals=(
            (gettext("Failures"), sum(each.failed for each in lines)),
            (gettext("Weighted score, %"), percent(total) if total is not None else None),
        ),
        bars="failed",
    )


def percent(share: float) -> Decimal:
    """A share in percent, to two places; what is not all is never rounded up to it."""
    rounded = Decimal(share * 100).quantize(Decimal("0.01"))
    return min(rounded, Decimal("99.99")) if share < 1 else rounded


def share(tally: Tally) -> Decimal:
    """The share of a tally in percent."""
    return percent(tally.share)


def label_of(line: Line) -> str:
    """The attribute that a line is about, as people read it."""
    declared = entity_type(line.domain)
    return translated(declared[line.rule.attribute].label if line.rule.attribute else RECORD)


def failing_address(line: Line) -> str:
    """Where the records are listed that a line counts as failed; "" where none did."""
    if not line.failed:
        return ""
    asked = {"rule": line.rule.code, "system": line.system}
    return f"{reverse('quality-failing', args=[line.domain])}?{urlencode(asked)}"


def _row(line: Line) -> Row:
    return Row(
        (
            translated(entity_type(line.domain).plural),
            translated(line.dimension.value),
            line.system or translated(GOLDEN),
            label_of(line),
            translated(line.rule.words),
            line.checked,
            line.failed,
            share(line),
            line.weight,
            line.accountable,
            line.steward,
        ),
        failing_address(line),
    )
