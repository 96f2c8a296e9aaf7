"""The members of golden records as a graph with its evidence: moved in and out in one save."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from matching.conflicts import seen_of
from mdm import golden
from mdm.governance import access
from mdm.models import GoldenRecord, SourceRecord
from mdm.observability import cause_of
from mdm.standardise.text import clean
from stewardship import company, consenting, evidence, golden_pages, opening, refusals, regrouping
from stewardship.asked import PARTS, id_of, parts, visible_domain
from stewardship.comparing import side_by_side
from stewardship.refusals import REFUSALS
from stewardship.undoing import announce

MOST = 100
_FOUND = 10


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(access.STEWARD, raise_exception=True)
def cluster(request: HttpRequest, domain: str, golden_id: UUID) -> HttpResponse:
    """One golden record, and others that were added, as the records that they are made of."""
    declared = visible_domain(request, domain)
    asked = request.POST if request.method == "POST" else request.GET
    ids = list(dict.fromkeys([golden_id, *map(id_of, asked.getlist("with"))]))
    standing = GoldenRecord.objects.of(domain).standing().in_bulk(ids)
    if (record := standing.get(golden_id)) is None:
        raise Http404
    members = {
        id_: [link.record_id for link in links]
        for id_, links in golden.links_of(ids).items()
        if id_ in standing
    }
    every = [record_id for id_ in ids for record_id in members.get(id_, [])]
    ordered, part_of = every[:MOST], parts(asked, dict.fromkeys(every, PARTS[0]))
    wanted = opening.wish_of(request, domain)
    if request.method == "POST":
        cause = cause_of(request, reason=request.POST.get("reason", "").strip())
        try:
            done = regrouping.regroup(
                domain, ids, part_of, seen=request.POST.get("seen"), cause=cause
            )
        except REFUSALS as refused:
            refusals.note(refused, cause)
            messages.error(
                request, gettext("Nothing was changed: {refused}.").format(refused=refused)
            )
        else:
            if done:
                announce(
                    request, done[-1], gettext("Saved: every part is a record of its own now.")
                )
            else:
                messages.info(request, gettext("Nothing was moved."))
            if wanted and done:
                return opening.go_on(request, consenting.KIND, wanted.pk)
            return redirect("golden", domain, record.pk)
    records = SourceRecord.objects.select_related("system").in_bulk(ordered)
    edges, weaker = evidence.edges_between(ordered)
    query = clean(request.GET.get("q", ""))
    context: dict[str, Any] = {
        "entity_type": declared,
        "record": record,
        "title": golden_pages.title(request.user, declared, record),
        "with": [id_ for id_ in ids[1:] if id_ in members],
        "members": [
            {"record": records[id_], "number": number, "part": part_of[id_]}
            for number, id_ in enumerate(ordered, 1)
        ],
        "lines": side_by_side(request.user, declared, [records[id_].attributes for id_ in ordered]),
        "parts": PARTS,
        "unseen": len(every) - len(ordered),
        "seen": seen_of(*every),
        "edges": evidence.numbered(edges, ordered),
        "weaker": weaker,
        "graph": evidence.drawn(ordered, edges, part_of),
        "query": query,
    }
    context |= company.at_merge(request, domain, ids, wanted)
    if query:
        found = golden_pages.search(request.user, declared, query, _FOUND)["records"]
        context["found"] = [each for each in found if each["id"] not in ids]
    return render(request, "stewardship/cluster.html", context)
