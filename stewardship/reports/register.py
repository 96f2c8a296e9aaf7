"""Reports on the ownership register: who owns what, and what nobody answers for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext, gettext_noop

from mdm.governance import trade
from mdm.governance.ownership import ALL, Ranking, ranked
from mdm.models import OwnershipRule, SourceSystem
from mdm.words import translated
from stewardship.reports.table import Column, Kind, Report, Row

COMING = timedelta(days=90)
"""Reviews that are due so soon are listed as coming."""
WHOLE = gettext_noop("all of it")
"""What is owned of records that the hub does not master."""
EXPLICIT, INHERITED = gettext_noop("explicit"), gettext_noop("inherited")
NOBODY, GAP = gettext_noop("nobody, on purpose"), gettext_noop("gap")


@dataclass(frozen=True, slots=True)
class Owned:
    """One attribute, or one kind of records, with the rule that decides and the systems in turn."""

    domain: str
    attribute: str
    label: str
    segment: str
    how: str
    rule: OwnershipRule | None
    systems: tuple[str, ...]


def matrix(as_of: datetime) -> Report:
    """Domain × attribute × system × people: every attribute of every kind of records once."""
    owned = list(owned_by(as_of))
    hows = [each.how for each in owned]
    covered = len(hows) - hows.count(GAP)
    return Report(
        code="ownership",
        title=gettext("Who owns what"),
        words=(
            gettext(
                "Each attribute with its system of record, the systems that fill in, and the people"
                " who answer for it. Inherited: from the rule of its domain."
            )
        ),
        as_of=as_of,
        columns=(
            Column("domain", gettext("Domain")),
            Column("attribute", gettext("Attribute")),
            Column("segment", gettext("Of")),
            Column("owner", gettext("Owner")),
            Column("then", gettext("Then")),
            Column("how", gettext("Rule")),
            Column("accountable", gettext("Accountable")),
            Column("steward", gettext("Steward")),
            Column("technical_owner", gettext("Technical owner")),
            Column("deputy", gettext("Deputy")),
            Column("breach", gettext("Writes by others")),
            Column("since", gettext("Since"), Kind.DATE),
            Column("review_on", gettext("Review"), Kind.DATE),
        ),
        rows=tuple(_line(each) for each in owned),
        totals=(
            (gettext("Attributes"), len(owned)),
            (gettext("With a rule of their own"), hows.count(EXPLICIT)),
            (gettext("Inherited"), hows.count(INHERITED)),
            (gettext("Nobody's on purpose"), hows.count(NOBODY)),
            (gettext("Gaps"), hows.count(GAP)),
            (
                gettext("Covered"),
                number_format(100 * covered / len(owned), 1) + " %" if owned else "",
            ),
        ),
        bars="how",
    )


def gaps(as_of: datetime) -> Report:
    """What nobody answers for, who has left, what ends without a successor, and coming reviews."""
    rows = sorted(_gaps(as_of), key=lambda row: tuple(map(str, row.values)))
    kinds = [str(row.values[0]) for row in rows]
    return Report(
        code="gaps",
        title=gettext("Gaps in ownership"),
        words=gettext(
            "What lacks an owner or a person, who has left, and which reviews are due or coming."
        ),
        as_of=as_of,
        columns=(
            Column("what", gettext("What is missing")),
            Column("domain", gettext("Domain")),
            Column("attribute", gettext("Attribute")),
            Column("segment", gettext("Of")),
            Column("who", gettext("Who")),
            Column("on", gettext("On"), Kind.DATE),
        ),
        rows=tuple(rows),
        totals=tuple((kind, kinds.count(kind)) for kind in dict.fromkeys(kinds)),
        bars="what",
    )


def owned_by(as_of: datetime) -> Iterator[Owned]:
    """Everything that has, or should have, an owner on the day of `as_of`, as known then."""
    known = OwnershipRule.objects.known(as_of).filter(valid_on__contains=as_of.date())
    codes = dict(SourceSystem.objects.values_list("pk", "code"))
    rules = list(known.select_related("system").order_by("domain", "place"))
    for domain, label in trade.OBJECTS.items():
        of_domain = [each for each in rules if each.domain == domain]
        if trade.is_mastered(domain):
            register = ranked(domain, known.filter(domain=domain))
            yield from _owned_attributes(register, of_domain, codes)
        else:
            systems = tuple(each.system.code for each in of_domain if each.system)
            rule = of_domain[0] if of_domain else None
            yield Owned(domain, "", label, "", _how(rule), rule, systems)


def _owned_attributes(
    register: Ranking, rules: Sequence[OwnershipRule], codes: Mapping[int, str]
) -> Iterator[Owned]:
    """Each attribute, and each segment of golden records that has another owner of it."""
    declared = register.declared
    first = {(each.attribute, each.segment): each for each in reversed(rules)}
    for attribute in declared.attributes:
        name = attribute.name
        for segment in (ALL, *(each.code for each in register.segments_of(name))):
            found = (first.get(subject) for subject in register.chain(name, segment))
            rule = next(filter(None, found), None)
            systems = tuple(codes[system] for system in register.order(name, segment))
            inherited = register.is_inherited(name, segment)
            how = _how(rule, inherited=inherited)
            yield Owned(declared.domain, name, attribute.label, segment, how, rule, systems)


def _how(rule: OwnershipRule | None, *, inherited: bool = False) -> str:
    if rule is None:
        return GAP
    if rule.system is None:
        return NOBODY
    return INHERITED if inherited else EXPLICIT


def _line(owned: Owned) -> Row:
    rule, domain = owned.rule, translated(trade.OBJECTS[owned.domain])
    name = translated(owned.label if owned.attribute else WHOLE)
    if rule is None:
        return Row(
            (domain, name, owned.segment, "", "", translated(owned.how), *[""] * 5, None, None)
        )
    owner, *then = owned.systems or ("",)
    return Row(
        (
            domain,
            name,
            owned.segment,
            owner,
            ", ".join(then),
            translated(owned.how),
            rule.accountable,
            rule.steward,
            rule.technical_owner,
            rule.deputy,
            str(rule.get_on_breach_display()),
            rule.valid_on.lower,
            rule.review_on,
        )
    )


def _gaps(as_of: datetime) -> Iterator[Row]:
    """What attributes lack by rules of their own, and what each rule of a whole domain lacks."""
    today = as_of.date()
    gone = {*User.objects.filter(is_active=False).values_list("username", flat=True)}
    wide: set[int] = set()
    for each in owned_by(as_of):
        domain, rule = trade.OBJECTS[each.domain], each.rule
        if rule is None:
            name = each.label if each.attribute else WHOLE
            place = (translated(domain), translated(name), each.segment)
            yield Row((gettext("no owner"), *place, "", None), in_matrix(domain, name))
            continue
        is_wide = each.how == INHERITED or not each.attribute
        if is_wide and rule.pk in wide:
            continue
        name = WHOLE if is_wide else each.label
        place = (translated(domain), translated(name), rule.segment if is_wide else each.segment)
        url = in_matrix(domain, "" if is_wide else name)
        for what, who, on in _lacking(rule, gone, today):
            yield Row((what, *place, who, on), url)
        if is_wide:
            wide.add(rule.pk)


def in_matrix(domain: str, attribute: str) -> str:
    """Where the matrix shows an attribute, or with "" a whole domain, both named in English."""
    wanted = {"domain": domain, "attribute": attribute}
    asked = urlencode({name: f"={word}" for name, word in wanted.items() if word})
    return f"{reverse('report', args=['ownership'])}?{asked}"


def _lacking(
    rule: OwnershipRule, gone: set[str], today: date
) -> Iterator[tuple[str, str, date | None]]:
    people = {
        gettext("no steward"): rule.steward,
        gettext("no technical owner"): rule.technical_owner,
        gettext("no deputy"): rule.deputy,
    }
    for lacking, name in people.items():
        if not name:
            yield lacking, rule.accountable, None
    for name in dict.fromkeys([rule.accountable, *people.values()]):
        if name in gone:
            yield gettext("has left"), name, None
    if rule.review_on is None:
        yield gettext("no review planned"), rule.accountable, None
    elif rule.review_on < today:
        yield gettext("review overdue"), rule.accountable, rule.review_on
    elif rule.review_on <= today + COMING:
        yield gettext("review coming"), rule.accountable, rule.review_on
    ends = rule.valid_on.upper
    if ends and ends <= today + COMING and not _followed(rule, ends):
        yield gettext("ends without a successor"), rule.accountable, ends


def _followed(rule: OwnershipRule, ends: date) -> bool:
    following = OwnershipRule.objects.of(rule.domain).filter(
        attribute=rule.attribute, segment=rule.segment, valid_on__contains=ends
    )
    return following.exists()
