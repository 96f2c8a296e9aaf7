"""The addresses of a steward's screens, each with something to show."""

from django.utils import timezone

from matching import contradictions
from matching.models import Decision
from tests.factories import NOW, golden_record, record
from tests.stewardship.waiting import review, suspect_of, task


def steward_screens():
    waits = review()
    pair = f"/pairs/{waits.subject}"
    parts = [record(f"S{number}", legal_name=f"Suspect {number}") for number in range(4)]
    whole = golden_record(*parts)
    ids = [each.pk for each in parts]
    suspect = suspect_of(whole, [ids[:2], ids[2:]])
    task("suspect_cluster", suspect.pk)
    other = golden_record(record("M", legal_name="Another"))
    at = f"/client/{whole.pk}"
    yield from ("/", "/inbox", "/inbox?band=likely", "/inbox?kind=contested_pin", pair)
    yield from (f"/suspects/{suspect.pk}", "/actions", "/search", "/search?q=suspect", "/client")
    yield from (at, f"{at}?history=1", f"{at}?as_of={timezone.now():%Y-%m-%dT%H:%M}")
    yield from (f"{at}/members", f"{at}/merge", f"{at}/merge?with={other.pk}")
    yield from (f"{at}/take-out?record={ids[0]}", f"{at}/pin/legal_name")
    yield f"/client/records/{ids[0]}"
    yield from ("/why-not", "/why-not?domain=client&left=CRM:S0&right=CRM:M", "/bulk")
    yield from ("/bulk/choose/client", *_unclear())


def _unclear():
    one, other, third = (record(key, legal_name=f"{key * 6} Ltd") for key in "XYZ")
    for left, right, verdict in (
        (one, other, "match"), (other, third, "match"), (one, third, "no_match"),
    ):  # fmt: skip
        Decision.objects.create(
            left=left, right=right, domain="client", verdict=verdict, decided_by="user:ann",
            decided_at=NOW,
        )  # fmt: skip
    (found,) = contradictions.find("client")
    yield task("contradiction", contradictions.name_of(found)).address()
    named = [{"system": "CRM", "key": each.source_key} for each in (one, third)]
    golden_record(one), golden_record(third)
    child = golden_record(
        record("C1", parent=named[0]), record("C2", source="ERP", parent=named[1])
    )
    yield task("relationship", child.pk, summary="Has different parents").address()
