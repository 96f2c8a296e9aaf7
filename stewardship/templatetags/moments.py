"""Moments in templates."""

from datetime import datetime

from django.template import Library
from django.utils.formats import date_format
from django.utils.timezone import localtime

register = Library()


@register.filter
def to_the_second(moment: datetime) -> str:
    """A moment in the reader's zone and language, with its seconds; "" for none."""
    if not moment:
        return ""
    local = localtime(moment)
    return f"{date_format(local, 'DATETIME_FORMAT')}:{local:%S}"
