"""What domains with a period have in common."""

from mdm.schema import Attributes, Rule


def _ends_before_it_starts(values: Attributes) -> bool:
    start, end = values.get("start_date"), values.get("end_date")
    return bool(start and end and end < start)


PERIOD_RUNS_FORWARD = Rule(
    attribute="end_date",
    breaks=_ends_before_it_starts,
    message="the period ends before it starts",
    remedy="correct whichever of the two dates is wrong",
    broken="a ->> 'end_date' < a ->> 'start_date'",
    reads=("start_date", "end_date"),
)
