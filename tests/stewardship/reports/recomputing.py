"""What each report should say, from the raw tables row by row, without a query of the report's.

Each function gives, for what a row says in words, its figures; and the totals. Words are left out
where they do not tell rows apart.
"""

from collections import Counter, defaultdict
from decimal import Decimal
from itertools import pairwise
from statistics import median

from matching.models import MatchPair
from mdm.domains import ENTITY_TYPES
from mdm.governance import trade
from mdm.models import (
    CrosswalkLink,
    EffectiveRate,
    Event,
    ExposureFact,
    GoldenRecord,
    GoldenRecordVersion,
    OwnershipBreach,
    OwnershipRule,
    QualityRun,
    QualityScore,
    SourceRecord,
    SourceSystem,
)
from mdm.quality.rules import rules_of
from stewardship.models import PeriodClose


class Raw:
    """The tables as they are, row by row."""

    def __init__(self, as_of):
        self.as_of = as_of
        self.systems = {each.pk: each for each in SourceSystem.objects.all()}
        self.records = {each.pk: each for each in SourceRecord.objects.all()}
        self.goldens = {each.pk: each for each in GoldenRecord.objects.filter(merged_into=None)}
        self.members = defaultdict(list)
        self.home = {}
        for link in CrosswalkLink.objects.filter(unlinked_at=None):
            self.members[link.golden_id].append(self.records[link.record_id])
            self.home[link.record_id] = link.golden_id
        self.by_key = {
            (self.systems[each.system_id].code, each.domain, each.source_key): each
            for each in self.records.values()
        }
        last = {}
        for fact in ExposureFact.objects.order_by("as_of"):
            if fact.as_of <= as_of.date():
                last[fact.record_id, fact.kind, fact.currency] = fact
        self.money = defaultdict(Counter)
        for (record_id, _, currency), fact in last.items():
            self.money[self.home[record_id]][currency] += fact.amount

    def of(self, domain):
        return [each for each in self.goldens.values() if each.domain == domain]

    def codes(self, home):
        return {self.systems[each.system_id].code for each in self.members[home.pk]}

    def named(self, domain, said):
        return self.home.get(self.by_key[said["system"], domain, said["key"]].pk)

    def hang(self, *homes):
        return sum((self.money[home] for home in set(homes)), Counter())


def label(domain, name):
    return ENTITY_TYPES[domain][name].label


def ownership_figures(raw):
    totals = Counter()
    today = raw.as_of.date()
    holding = [
        each for each in OwnershipRule.objects.filter(withdrawn_at=None, place=1)
        if holds(each.valid_on, today)
    ]  # fmt: skip
    by_subject = {(each.domain, each.attribute): each for each in holding}
    rows = []
    for domain in trade.OBJECTS:
        declared = ENTITY_TYPES.get(domain)
        for each in declared.attributes if declared else [None]:
            own = each and (
                by_subject.get((domain, each.name)) or by_subject.get((domain, each.group or "-"))
            )
            wide = by_subject.get((domain, ""))
            found = own or wide
            how = (
                "Gaps" if not found
                else "Nobody's on purpose" if found.system_id is None
                else "With a rule of their own" if own or not each
                else "Inherited"
            )  # fmt: skip
            totals[how] += 1
            rows.append(((trade.OBJECTS[domain], each.label if each else "all of it"), ()))
    covered = 100 * (len(rows) - totals["Gaps"]) / len(rows)
    return rows, {**totals, "Attributes": len(rows), "Covered": f"{covered:.1f} %"}


def holds(days, on):
    """Whether a range of days has a day in it."""
    return (days.lower is None or days.lower <= on) and (days.upper is None or on < days.upper)


def gap_figures(raw):
    """Of the rules of the fixture each lacks all people but the accountable one, and a review."""
    _, matrix = ownership_figures(raw)
    rules = OwnershipRule.objects.filter(withdrawn_at=None, place=1).count()
    lacking = ["no steward", "no technical owner", "no deputy", "no review planned"]
    return None, {"no owner": matrix["Gaps"], **dict.fromkeys(lacking, rules)}


def breach_figures(raw):
    groups, last = defaultdict(list), {}
    for each in OwnershipBreach.objects.order_by("at", "pk"):
        sent = each.system_id is not None
        key = (
            f"{each.at:%Y-%m}", raw.systems[each.system_id].code if sent else each.by,
            "Sales" if sent else "", raw.systems[each.owner_id].code, "Clients",
            label("client", each.attribute),
        )  # fmt: skip
        groups[key].append(each)
        last[each.golden_id] = each.at_stake
    rows = []
    for key, some in groups.items():
        stake = {each.golden_id: each.at_stake for each in some}
        counts = [len(some), len({each.record_id for each in some} - {None}), len(stake)]
        rows.append((key, (*counts, *cells(summed(stake.values()), "EUR", "GBP"))))
    everything = summed(last.values())
    return rows, {
        "Breaches": OwnershipBreach.objects.count(),
        **{f"At stake, {currency}": everything[currency] for currency in everything},
    }


def summed(documents):
    total = Counter()
    for each in documents:
        total.update({currency: Decimal(amount) for currency, amount in each.items()})
    return total


def cells(amounts, *currencies):
    return tuple(Decimal(amounts[each]) for each in currencies)


def breach_list_figures(raw):
    found = OwnershipBreach.objects.all()
    money = [(None, cells(summed([each.at_stake]), "EUR", "GBP")) for each in found]
    return money, {"Breaches": len(found)}


def change_figures(raw):
    """Each golden record version by version, against the one before."""
    since = PeriodClose.objects.latest("as_of").as_of
    groups = defaultdict(list)
    for home in raw.goldens.values():
        told = [
            (each.number, each.attributes, each.provenance, each.since_at)
            for each in GoldenRecordVersion.objects.filter(golden=home).order_by("number")
        ]
        told.append((home.version, home.attributes, home.provenance, home.changed_at))
        for (_, old, _, _), (number, new, origin, at) in pairwise(told):
            if not since < at <= raw.as_of:
                continue
            by = Event.objects.get(golden_id=home.pk, sequence=number).by
            for name in old.keys() | new.keys():
                if old.get(name) != new.get(name):
                    (won,) = [raw.records[int(key)] for key in origin if name in origin[key]]
                    key = (label(home.domain, name), raw.systems[won.system_id].code, by)
                    groups[(ENTITY_TYPES[home.domain].plural, *key)].append(home.pk)
    rows = [(("golden values", *key), (len(some), len(set(some)))) for key, some in groups.items()]
    anew = {
        (each.domain, each.attribute, each.recorded_at)
        for each in OwnershipRule.objects.all()
        if since < each.recorded_at <= raw.as_of
    }
    rows += [
        (("ownership", "Clients", label("client", name), "inherited", "PSA"), (1, 0))
        for _, name, _ in anew
    ]
    return rows, {
        "Changes of ownership": len(anew),
        "Changes of values": sum(len(some) for some in groups.values()),
    }


def loose_end_figures(raw):
    rows = []
    firm_wide = EffectiveRate.objects.filter(scope="firm").exists()
    for home in raw.of("client"):
        codes = raw.codes(home)
        for has, lacks in (("ERP", "CRM"), ("CRM", "ERP")):
            if has in codes and lacks not in codes:
                rows.append((f"client in {has}, not in {lacks}", home.title, raw.hang(home.pk)))
    for home in raw.of("project"):
        for name, words in {"client": "client", "contract_number": "contract"}.items():
            if name not in home.attributes:
                rows.append((f"project without a {words}", home.title, raw.hang(home.pk)))
        if not firm_wide:
            rows.append(("project without a rate", home.title, raw.hang(home.pk)))
    for pair in MatchPair.objects.filter(state="pending", domain="client"):
        ends = raw.home[pair.left_id], raw.home[pair.right_id]
        titles = " / ".join(raw.goldens[each].title for each in ends)
        rows.append(("duplicate still open", titles, raw.hang(*ends)))
    kinds = [
        "client in ERP, not in CRM", "client in CRM, not in ERP", "project without a client",
        "project without a contract", "project without a rate", "duplicate still open",
    ]  # fmt: skip
    counted = Counter(what for what, *_ in rows)
    figures = [((what, title), cells(money, "EUR", "GBP")) for what, title, money in rows]
    return figures, {kind: counted[kind] for kind in kinds}


def group_figures(raw):
    parent = {
        home.pk: raw.named("client", each.attributes["parent"])
        for home in raw.of("client")
        for each in raw.members[home.pk]
        if "parent" in each.attributes
    }
    in_groups = {*parent, *parent.values()}

    def above(home):
        return [home, *above(parent[home])] if home in parent else [home]

    rows = []
    for home in in_groups:
        way = above(home)
        below = [each for each in in_groups if home in above(each)]
        words = (raw.goldens[way[-1]].title, raw.goldens[home].title)
        words += (raw.goldens[way[1]].title,) if len(way) > 1 else ()
        children = list(parent.values()).count(home)
        money = (
            *cells(raw.hang(home), "EUR", "GBP"),
            *cells(raw.hang(*below), "EUR", "GBP"),
        )
        rows.append((words, (len(way) - 1, children, *money)))
    tops = in_groups - parent.keys()
    return rows, {
        "Groups": len(tops), "Clients in groups": len(in_groups), "With several parents": 0,
    }  # fmt: skip


def conflict_figures(raw):
    disagree, shared = defaultdict(list), Counter()
    for home in raw.goldens.values():
        shared[home.domain] += len(raw.codes(home)) > 1
        for attribute in ENTITY_TYPES[home.domain].attributes:
            said = [each for each in raw.members[home.pk] if attribute.name in each.attributes]
            values = {repr(each.attributes[attribute.name]) for each in said}
            if len(values) > 1 and len({each.system_id for each in said}) > 1:
                disagree[home.domain, attribute.label].append(home.pk)
    rows = [
        (
            (ENTITY_TYPES[domain].plural, name),
            (len(some), shared[domain], *cells(raw.hang(*some), "EUR", "GBP")),
        )
        for (domain, name), some in disagree.items()
    ]
    return rows, {"Conflicts": sum(map(len, disagree.values()))}


def rate_figures(raw):
    rows, rates = [], list(EffectiveRate.objects.all())
    for home in raw.of("rate"):
        prices = {Decimal(each.attributes["amount"]) for each in raw.members[home.pk]
                  if "amount" in each.attributes}  # fmt: skip
        if len(prices) > 1:
            low, high = min(prices), max(prices)
            rows.append(("systems disagree", (low, high, high - low)))
    rows += [("periods overlap", (r.amount, r.amount, 0)) for r in rates if r.state == "contested"]
    for one in rates:
        later = [r for r in rates if r.role == one.role and r.period.lower > one.period.lower]
        if later and one.period.upper and min(r.period.lower for r in later) > one.period.upper:
            rows.append(("period missing", (one.amount, one.amount, 0)))
    for category in {each.labour_category for each in rates}:
        amounts = [each.amount for each in rates if each.labour_category == category]
        middle = median(amounts)
        spread = median(abs(each - middle) for each in amounts)
        if len(amounts) >= 8 and spread:
            rows += [
                ("stands out", (middle, each, each - middle))
                for each in amounts
                if Decimal("0.6745") * abs(each - middle) / spread > Decimal("3.5")
            ]
    kinds = ["systems disagree", "periods overlap", "period missing", "stands out"]
    counted = Counter(what for what, _ in rows)
    return [((what,), figures) for what, figures in rows], {each: counted[each] for each in kinds}


def quality_figures(raw):
    rows, shares = [], defaultdict(lambda: [0, 0])
    for run in QualityRun.objects.all():
        rules = rules_of(ENTITY_TYPES[run.domain])
        for each in QualityScore.objects.filter(run=run):
            held = min(Decimal(100 * (each.checked - each.failed)) / each.checked, Decimal(100))
            held = round(held, 2)
            rows.append((None, (each.checked, each.failed, held, each.weight)))
            tally = shares[rules[each.rule].dimension]
            tally[0] += each.checked
            tally[1] += each.failed
    score = sum(1 - failed / checked for checked, failed in shares.values()) / len(shares)
    return rows, {
        "Failures": sum(figures[1] for _, figures in rows),
        "Weighted score, %": round(Decimal(score * 100), 2),
    }


RECOMPUTED = {
    "ownership": ownership_figures,
    "gaps": gap_figures,
    "breaches": breach_figures,
    "breach-list": breach_list_figures,
    "changes": change_figures,
    "loose-ends": loose_end_figures,
    "groups": group_figures,
    "conflicts": conflict_figures,
    "rates": rate_figures,
    "quality": quality_figures,
}
