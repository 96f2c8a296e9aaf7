"""manage.py search_records: which stored records are alike to one that somebody describes."""

from argparse import ArgumentParser
from collections.abc import Iterator, Sequence

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.markup import escape

from matching.domains import MODELS
from matching.engine.model import MatchModel
from matching.index.describing import DescriptionError, described
from matching.index.keeping import bring_up_to_date
from matching.index.searching import Candidate, NoIndexError, Search, Sought
from mdm.domains import entity_type
from mdm.management.console import console
from mdm.models import SourceRecord
from mdm.standardise.reading import Reading


class Command(BaseCommand):
    help = (
        "Searches the stored records of a domain for those that are alike to a described one, as a"
        " match run would find them, and shows the evidence. The index is kept after match runs."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--domain", choices=sorted(MODELS), required=True)
        parser.add_argument("--country", help="Of phone numbers and addresses without one: GB")
        parser.add_argument("--limit", type=int, default=10, help="Records shown")
        parser.add_argument("--refresh", action="store_true", help="Brings the index up to date")
        parser.add_argument(
            "attributes",
            nargs="+",
            metavar="ATTRIBUTE=VALUE",
            help='legal_name="Acme Ltd" addresses.city=London',
        )

    def handle(
        self,
        *,
        domain: str,
        country: str | None,
        limit: int,
        refresh: bool,
        attributes: Sequence[str],
        **_options: object,
    ) -> None:
        model = MODELS[domain]
        try:
            sought = Sought(described(entity_type(domain), attributes, Reading(country)))
            if refresh:
                bring_up_to_date(model, at=timezone.now())
            (found,) = Search.of(model).find([sought])
        except DescriptionError as error:
            raise CommandError(f"{error}.") from error
        except NoIndexError as error:
            raise CommandError(f"{error}; --refresh builds it.") from error
        for line in _lines(found[: max(0, limit)], model):
            console.print(escape(line))
        if not found:
            console.print("No record is alike.")


def _lines(found: Sequence[Candidate], model: MatchModel) -> Iterator[str]:
    """Each candidate, and below it what speaks for and against it."""
    ids = [candidate.record_id for candidate in found]
    stored = SourceRecord.objects.filter(pk__in=ids).values_list("pk", "system__code", "source_key")
    names = {pk: f"{code}:{key}" for pk, code, key in stored}
    for each in found:
        grade = f"not the same: {each.veto} differs" if each.veto else each.grade
        found_by = f"found by “{each.found_by}”"
        yield f"{names[each.record_id]}  {each.match_weight:+.2f} bits, {grade}, {found_by}"
        yield f"    {_evidence(model, each)}"


def _evidence(model: MatchModel, candidate: Candidate) -> str:
    """The comparisons that say something: "address: same city (+4.26)"."""
    said = zip(model.comparisons, candidate.levels, candidate.weights, strict=True)
    return "; ".join(
        f"{comparison.name}: {comparison.label(level)} ({bits:+.2f})"
        for comparison, level, bits in said
        if level
    )
