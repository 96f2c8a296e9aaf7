"""Who and when, in the words of whoever reads: names without a prefix, times as on their clock."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import get_language, gettext


def person(by: str) -> str:
    """Who did something: "ann" for `user:ann`, "CRM" for `system:CRM`, else the hub and its job."""
    kind, _, name = by.partition(":")
    if kind == "job":
        return gettext("the hub ({job})").format(job=name)
    return name or by or gettext("the hub")


def moment(at: datetime) -> str:
    """A moment to the minute, in the zone of the page: "2026-05-01 08:30"."""
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"


def translated(text: object) -> str:
    """What a declaration or the database says in English, in the language of the page.

    What no catalogue has, such as data, stays as it is.
    """
    english = str(text)
    return gettext(english) if english else ""


def inside(text: object) -> str:
    """A label within a sentence: in English without its capital, else as it was translated."""
    is_english = (get_language() or "en").startswith("en")
    return translated(text).lower() if is_english else translated(text)
