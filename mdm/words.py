"""Who and when, in the words of whoever reads: names without a prefix, times as on their clock."""

from datetime import date, datetime
from typing import Any

from babel import Locale
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext

from mdm.attribute_types import Choice, Country, Date, Language, YesNo
from mdm.schema import Attribute


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


def displayed(attribute: Attribute, value: Any) -> str:
    """A value, or each item of it, as a person reads it on a page: words in the page's language.

    For machines `Attribute.display` says it, in English wherever it is read.
    """
    if value is None:
        return ""
    items = value if attribute.many else [value]
    return "; ".join(_displayed(attribute, item) for item in items)


def choice_of(attribute: Attribute, option: str) -> str:
    """An option of a choice as catalogues have it, "Consent: given": alone it may mean two things.

    Of a translation, what comes after its last colon is shown.
    """
    return f"{attribute.label}: {option}"


def _displayed(attribute: Attribute, item: Any) -> str:
    match attribute.type:
        case Choice():
            english = choice_of(attribute, item)
            said = translated(english)
            return said.rpartition(": ")[2] if said != english else item
        case YesNo():
            return translated(attribute.type.display(item))
        case Date():
            return date_format(date.fromisoformat(item), "DATE_FORMAT")
        case Language():
            return str(_locale().languages.get(item, item))
        case Country():
            return str(_locale().territories.get(item, item))
        case _:
            return attribute.type.display(item)


def _locale() -> Locale:
    return Locale.parse(get_language() or "en", sep="-")
