"""Reports on the ownership register: who owns what, and what nobody answers for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.contrib.auth.models import User

from mdm.domains import ENTITY_TYPES
from mdm.governance import trade
from mdm.governance.ownership import ALL, Subject, subject_of
from mdm.models import OwnershipRule
from stewardship.reports.table import Column, Kind, Report, Row

COMING = timedelta(days=90)
"""Reviews that are due so soon are listed as coming."""
EXPLICIT, INHERITED, NOBODY, GAP = "explicit", "inherited", "nobody, on purpose", "gap"


@dataclass(frozen=True, slots=True)
class Owned:
    """One attribute, or one kind of records, with the rules that decide who owns it."""

    domain: str
    attribute: str
    label: str
    segment: str
    how: str
    rules: tuple[OwnershipRule, ...]

    @property
    def first(self) -> OwnershipRule | None:
        """The rule of the owner; of nobody where that is so on purpose; None for a gap."""
        return self.rules[0] if self.rules else None


def matrix(as_of: datetime) -> Report:
    """Domain × attribute × system × people: every attribute of every kind of records once."""
    owned = list(owned_by(as_of))
    hows = [each.how for each in owned]
    covered = len(hows) - hows.count(GAP)
    return Report(
        code="ownership",
        title="Who owns what",
        words=(
            "Each attribute with its system of record, the systems that fill in, and the people who"
            " answer for it. Inherited: from the rule of its domain."
        ),
        as_of=as_of,
        columns=(
            Column("domain", "Domain"),
            Column("attribute", "Attribute"),
            Column("segment", "Of"),
            Column("owner", "Owner"),
            Column("then", "Then"),
            Column("how", "Rule"),
            Column("accountable", "Accountable"),
            Column("steward", "Steward"),
            Column("technical_owner", "Technical owner"),
            Column("deputy", "Deputy"),
            Column("breach", "Writes by others"),
            Column("since", "Since", Kind.DATE),
            Column("review_on", "Review", Kind.DATE),
        ),
        rows=tuple(_line(each) for each in owned),
        totals=(
            ("Attributes", len(owned)),
            ("With a rule of their own", hows.count(EXPLICIT)),
            ("Inherited", hows.count(INHERITED)),
            ("Nobody's on purpose", hows.count(NOBODY)),
            ("Gaps", hows.count(GAP)),
            ("Covered", f"{100 * covered / len(owned):.1f} %" if owned else ""),
        ),
    )


def gaps(as_of: datetime) -> Report:
    """What nobody answers for, who has left, what ends without a successor, and coming reviews."""
    rows = sorted(_gaps(as_of), key=lambda row: tuple(map(str, row.values)))
    kinds = [str(row.values[0]) for row in rows]
    return Report(
        code="gaps",
        title="Gaps in ownership",
        words="What lacks an owner or a person, who has left, and which reviews are due or coming.",
        as_of=as_of,
        columns=(
            Column("what", "What is missing"),
            Column("domain", "Domain"),
            Column("attribute", "Attribute"),
            Column("segment", "Of"),
            Column("who", "Who"),
            Column("on", "On", Kind.DATE),
        ),
        rows=tuple(rows),
        totals=tuple((kind, kinds.count(kind)) for kind in dict.fromkeys(kinds)),
    )


def owned_by(as_of: datetime) -> Iterator[Owned]:
    """Everything that has, or should have, an owner on the day of `as_of`, as known then."""
    rules = _rules(as_of)
    for domain, label in trade.OBJECTS.items():
        if not trade.is_mastered(domain):
            found = rules.get((domain, (ALL, ALL)), ())
            yield Owned(domain, "", label, "", _how(found, EXPLICIT), found)
            continue
        declared = ENTITY_TYPES[domain]
        for attribute in declared.attributes:
            subject = subject_of(declared, attribute.name)
            own = rules.get((domain, (subject, ALL)))
            found = own if own is not None else rules.get((domain, (ALL, ALL)), ())
            how = _how(found, INHERITED if own is None else EXPLICIT)
            yield Owned(domain, attribute.name, attribute.label, "", how, found)
            for (of, (about, segment)), special in sorted(rules.items()):
                if of == domain and segment and about == subject:
                    how = _how(special, EXPLICIT)
                    yield Owned(domain, attribute.name, attribute.label, segment, how, special)


def _rules(as_of: datetime) -> dict[tuple[str, Subject], tuple[OwnershipRule, ...]]:
    found: dict[tuple[str, Subject], tuple[OwnershipRule, ...]] = {}
    known = OwnershipRule.objects.known(as_of).filter(valid_on__contains=as_of.date())
    for rule in known.select_related("system").order_by("domain", "attribute", "segment", "place"):
        subject = (rule.domain, (rule.attribute, rule.segment))
        found[subject] = (*found.get(subject, ()), rule)
    return found


def _how(rules: Sequence[OwnershipRule], how: str) -> str:
    if not rules:
        return GAP
    return NOBODY if rules[0].system is None else how


def _line(owned: Owned) -> Row:
    first = owned.first
    domain = trade.OBJECTS[owned.domain]
    name = owned.label if owned.attribute else "all of it"
    if first is None:
        return Row((domain, name, owned.segment, "", "", owned.how, *[""] * 5, None, None))
    codes = [rule.system.code for rule in owned.rules if rule.system]
    return Row(
        (
            domain,
            name,
            owned.segment,
            codes[0] if codes else "",
            ", ".join(codes[1:]),
            owned.how,
            first.accountable,
            first.steward,
            first.technical_owner,
            first.deputy,
            first.get_on_breach_display(),
            first.valid_on.lower,
            first.review_on,
        )
    )


def _gaps(as_of: datetime) -> Iterator[Row]:
    today = as_of.date()
    gone = {*User.objects.filter(is_active=False).values_list("username", flat=True)}
    for each in owned_by(as_of):
        first = each.first
        place = (trade.OBJECTS[each.domain], each.label if each.attribute else "", each.segment)
        if first is None:
            yield Row(("no owner", *place, "", None))
        elif each.how != INHERITED:
            for what, who, on in _lacking(first, gone, today):
                yield Row((what, *place, who, on))


def _lacking(
    rule: OwnershipRule, gone: set[str], today: date
) -> Iterator[tuple[str, str, date | None]]:
    people = {
        "steward": rule.steward,
        "technical owner": rule.technical_owner,
        "deputy": rule.deputy,
    }
    for role, name in people.items():
        if not name:
            yield f"no {role}", rule.accountable, None
    for name in dict.fromkeys([rule.accountable, *people.values()]):
        if name in gone:
            yield "has left", name, None
    if rule.review_on is None:
        yield "no review planned", rule.accountable, None
    elif rule.review_on < today:
        yield "review overdue", rule.accountable, rule.review_on
    elif rule.review_on <= today + COMING:
        yield "review coming", rule.accountable, rule.review_on
    ends = rule.valid_on.upper
    if ends and ends <= today + COMING and not _followed(rule, ends):
        yield "ends without a successor", rule.accountable, ends


def _followed(rule: OwnershipRule, ends: date) -> bool:
    following = OwnershipRule.objects.of(rule.domain).filter(
        attribute=rule.attribute, segment=rule.segment, valid_on__contains=ends
    )
    return following.exists()
