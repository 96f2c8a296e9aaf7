"""What a request asks for, checked: domains and records that there are, ids and numbers."""

from collections.abc import Collection, Mapping
from datetime import MAXYEAR, MINYEAR, datetime
from typing import TypeVar
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, QueryDict
from django.shortcuts import get_object_or_404
from django.utils import timezone

from mdm import crosswalk, history
from mdm.domains import ENTITY_TYPES, entity_type
from mdm.governance import access
from mdm.models import GoldenRecord
from mdm.schema import EntityType

PARTS = (1, 2, 3, 4, 5, 6)
"""Into how many parts a person can split a cluster at once."""
_DIGITS = 18
_PAGES = 10_000

Row = TypeVar("Row", bound=Model)


def visible_domain(request: HttpRequest, domain: str) -> EntityType:
    """The declaration of a domain that the person may see."""
    if domain not in ENTITY_TYPES:
        raise Http404
    if not access.may_view(request.user, domain):
        raise PermissionDenied
    return entity_type(domain)


def standing_record(domain: str, golden_id: UUID) -> GoldenRecord:
    """The golden record that an id means now, be it an old one."""
    records = GoldenRecord.objects.of(domain)
    found = records.filter(pk=golden_id, merged_into=None).first()
    return found or get_object_or_404(records, pk=crosswalk.follow(golden_id))


def id_of(text: str) -> UUID:
    """The id that `text` writes; not found when it writes none."""
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None


def offered(request: HttpRequest, name: str, choices: Collection[str]) -> str:
    """What a form says, if it is one of the choices; "" otherwise."""
    value = request.POST.get(name, "")
    return value if value in choices else ""


def number(text: str) -> int:
    """The number that `text` writes; not found when it writes none."""
    found = whole(text)
    if found is None:
        raise Http404
    return found


def moment(text: str) -> datetime:
    """The moment that `text` writes, if it has a date in every zone; else not found.

    A time of day without an offset is as on the clock of whoever asks.
    """
    try:
        found = history.moment(text, timezone.get_current_timezone())
    except ValueError:
        raise Http404 from None
    if not MINYEAR < found.year < MAXYEAR:
        raise Http404
    return found


def whole(text: str) -> int | None:
    """The number that digits write, as long as the database has such numbers; else None."""
    is_one = text.isascii() and text.isdigit() and len(text) <= _DIGITS
    return int(text) if is_one else None


def page_of(request: HttpRequest, rows: QuerySet[Row], size: int) -> tuple[list[Row], str]:
    """The rows of the page that is asked for, and how an address asks for the next one, or ""."""
    number = min(max(whole(request.GET.get("page", "")) or 1, 1), _PAGES)
    found = list(rows[(number - 1) * size : number * size + 1])
    return found[:size], f"page={number + 1}" if len(found) > size else ""


def parts(asked: QueryDict, proposed: Mapping[int, int]) -> dict[int, int]:
    """In which part each source record is: as the person says, else as proposed."""
    said = {id_: whole(asked.get(f"part{id_}", "")) for id_ in proposed}
    return {
        id_: part if (part := said[id_]) in PARTS else min(otherwise, PARTS[-1])
        for id_, otherwise in proposed.items()
    }
