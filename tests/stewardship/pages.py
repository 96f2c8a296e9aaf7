"""Every page that is asked for by an address, with as many rows to show as a test wants."""

from stewardship.reports import REPORTS
from tests.factories import LATER
from tests.stewardship.in_rows import (
    actions,
    batches,
    being_made,
    breaches,
    bulk,
    bulks,
    clients,
    closes,
    compared,
    consent,
    contested_pin,
    contradiction,
    everything,
    merge,
    merged,
    ownership_request,
    pair,
    pin,
    quarantined,
    reviews,
    runs,
    same,
    scored,
    searched,
    suspect,
    take_out,
    tasks,
    to_map,
    unclear,
    webhook,
    why_not,
)


def shows(address, make):
    """A page that has the same address whatever it shows."""

    def maker(rows):
        make(rows)
        return address

    return maker


def of_client(make, page=""):
    """A page of the golden record that `make` makes."""
    return lambda rows: f"/client/{make(rows).pk}{page}"


PAGES = {
    "home": shows("/", everything),
    "feeds": shows("/feeds", batches),
    "new-feed": shows("/feeds/new", batches),
    "batches": shows("/feeds/batches", batches),
    "batch": lambda rows: f"/feeds/batches/{quarantined(rows).pk}",
    "batch-progress": lambda rows: f"/feeds/batches/{quarantined(rows).pk}/progress",
    "batch-mapping": lambda rows: f"/feeds/batches/{to_map(rows).pk}/mapping",
    "quarantine": shows("/feeds/quarantine", batches),
    "quarantined-row": lambda rows: f"/feeds/quarantine/{quarantined(rows).rows.last().pk}",
    "feed": lambda rows: f"/feeds/{batches(rows)[0].feed.code}",
    "match-runs": shows("/matching", runs),
    "compare-runs": compared,
    "match-run": lambda rows: f"/matching/runs/{runs(rows).pk}",
    "run-progress": lambda rows: f"/matching/runs/{runs(rows).pk}/progress",
    "match-model": shows("/matching/models/client", runs),
    "search": shows("/search", searched),
    "search: by name": shows("/search?q=acme", searched),
    "search: by e-mail": shows("/search?q=zoe@acme.com", searched),
    "search: by phone": shows("/search?q=%2B44 20 7946 0000", searched),
    "search-alike": shows("/search/alike?q=akme", searched),
    "why-not": why_not,
    "bulk": shows("/bulk", bulks),
    "bulk-choose": shows("/bulk/choose/client?low=&verdict=match", reviews),
    "bulk-decision": bulk,
    "bulk-progress": lambda rows: f"{bulk(rows)}/progress",
    "webhooks": shows("/webhooks", webhook),
    "webhook": webhook,
    "catalogue": shows("/catalogue", webhook),
    "inbox": shows("/inbox", tasks),
    "inbox: filtered": shows("/inbox?kind=match_review&band=even", tasks),
    "next-task": shows("/inbox/next", tasks),
    "golden-company": of_client(lambda rows: clients(rows)[0], "/company"),
    "row-company": lambda rows: f"/feeds/quarantine/{quarantined(rows).rows.last().pk}/company",
    "presence": lambda rows: f"/inbox/{tasks(rows).pk}/presence",
    "pair": pair,
    "contradiction": contradiction,
    "unclear": unclear,
    "suspect": suspect,
    "suspect: the plan": lambda rows: f"{suspect(rows)}?plan=1",
    "contested-pin": contested_pin,
    "proposal": lambda rows: f"/proposals/{breaches(rows).pk}",
    "consent": consent,
    "actions": shows("/actions", actions),
    "ownership": shows("/ownership", ownership_request),
    "ownership-register": shows("/ownership/register", ownership_request),
    "ownership-request": ownership_request,
    "reports": shows("/reports", closes),
    "closes-progress": shows("/reports/closing", closes),
    **{f"report: {code}": shows(f"/reports/{code}", breaches) for code in REPORTS},
    "report: frozen": lambda rows: f"/reports/breaches?period={closes(rows)}",
    "report-progress": being_made,
    "conflict-rows": shows("/reports/conflicts/client/legal_name", breaches),
    "change-rows": shows("/reports/changes/client/legal_name", breaches),
    "quality": shows("/quality", scored),
    "quality-progress": shows("/quality/progress", scored),
    "quality-domain": shows("/quality/client", scored),
    "quality-failing": shows("/quality/client/failing?rule=uniqueness.tax_id&system=CRM", scored),
    "golden-list": shows("/client", clients),
    "golden-list: searched": shows("/client?q=acme", clients),
    "golden": of_client(lambda rows: clients(rows)[0]),
    "golden: pinned": of_client(lambda rows: pin(rows)[0]),
    "golden: its history": of_client(merged, "?history=1"),
    "golden: as it was": of_client(merged, f"?as_of={LATER:%Y-%m-%d}"),
    "source-record": lambda rows: f"/client/records/{same(rows)[1][-1].pk}",
    "record-report": of_client(merged, "/ownership"),
    "cluster": of_client(lambda rows: clients(rows)[0], "/members"),
    "merge": merge,
    "merge: the plan": lambda rows: f"{merge(rows)}&plan=1",
    "cluster: searched": of_client(lambda rows: clients(rows)[0], "/members?q=acme"),
    "merge: searched": of_client(lambda rows: clients(rows)[0], "/merge?q=acme"),
    "take-out": take_out,
    "take-out: the plan": lambda rows: f"{take_out(rows)}&plan=1",
    "pin": of_client(lambda rows: pin(rows)[0], "/pin/legal_name"),
}
"""Makers by the name of the page, and by what it is asked for where there are several."""
