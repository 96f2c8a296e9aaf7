"""The report on what one system has and another lacks: clients, projects, open duplicates."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext

from mdm.bulk import fetch
from mdm.domains import ENTITY_TYPES
from mdm.governance import access
from mdm.governance.exposure import exposure_of, together
from stewardship.reports.table import Column, Report, Row, money_cells, money_columns, written

MOST = 5_000
"""How many golden records of one kind are listed; the totals count all."""

_IN_ONE = """
    SELECT g.id, g.title, count(*) OVER () FROM mdm_goldenrecord g
    WHERE g.domain = 'client' AND g.merged_into_id IS NULL AND g.status <> 'tombstone'
      AND EXISTS (
        SELECT FROM mdm_crosswalklink l JOIN mdm_sourcerecord r ON r.id = l.record_id
        JOIN mdm_sourcesystem s ON s.id = r.system_id AND s.kind = %s
        WHERE l.golden_id = g.id AND l.unlinked_at IS NULL AND r.inactive_at IS NULL)
      AND NOT EXISTS (
        SELECT FROM mdm_crosswalklink l JOIN mdm_sourcerecord r ON r.id = l.record_id
        JOIN mdm_sourcesystem s ON s.id = r.system_id AND s.kind = %s
        WHERE l.golden_id = g.id AND l.unlinked_at IS NULL AND r.inactive_at IS NULL)
    ORDER BY g.title, g.id LIMIT %s
"""

_PROJECTS_WITHOUT = """
    SELECT g.id, g.title, count(*) OVER () FROM mdm_goldenrecord g
    WHERE g.domain = 'project' AND g.merged_into_id IS NULL AND g.status <> 'tombstone'
      AND NOT g.attributes ? %s
    ORDER BY g.title, g.id LIMIT %s
"""

_PROJECTS_WITHOUT_RATE = """
    SELECT g.id, g.title, count(*) OVER () FROM mdm_goldenrecord g
    WHERE g.domain = 'project' AND g.merged_into_id IS NULL AND g.status <> 'tombstone'
      AND NOT EXISTS (SELECT FROM mdm_effectiverate WHERE scope = 'firm')
      AND NOT EXISTS (SELECT FROM mdm_effectiverate e
                      WHERE e.scope = 'project' AND e.scope_key = g.id::text)
      AND NOT EXISTS (SELECT FROM mdm_effectiverate e
                      WHERE e.scope = 'practice' AND e.scope_key = g.attributes ->> 'practice')
      AND NOT EXISTS (
        SELECT FROM mdm_sourcesystem s
        JOIN mdm_sourcerecord r ON r.system_id = s.id AND r.domain = 'client'
             AND r.source_key = g.attributes -> 'client' ->> 'key'
        JOIN mdm_crosswalklink l ON l.record_id = r.id AND l.unlinked_at IS NULL
        JOIN mdm_effectiverate e ON e.scope = 'client' AND e.scope_key = l.golden_id::text
        WHERE s.code = g.attributes -> 'client' ->> 'system')
    ORDER BY g.title, g.id LIMIT %s
"""

_OPEN_DUPLICATES = """
    SELECT a.golden_id, b.golden_id, x.title || ' / ' || y.title, p.id, (
        SELECT count(*) FROM matching_matchpair WHERE state = 'pending' AND domain = 'client')
    FROM (
        SELECT id, left_id, right_id, match_weight FROM matching_matchpair
        WHERE state = 'pending' AND domain = 'client' ORDER BY match_weight DESC, id LIMIT %s
    ) p
    JOIN mdm_crosswalklink a ON a.record_id = p.left_id AND a.unlinked_at IS NULL
    JOIN mdm_crosswalklink b ON b.record_id = p.right_id AND b.unlinked_at IS NULL
    JOIN mdm_goldenrecord x ON x.id = a.golden_id JOIN mdm_goldenrecord y ON y.id = b.golden_id
    ORDER BY p.match_weight DESC, p.id
"""


def loose_ends(as_of: datetime, actor: access.Actor) -> Report:
    """Clients that one of CRM and ERP lacks, projects that lack something, open duplicates."""
    totals: list[tuple[str, int]] = []
    found: list[tuple[str, str, list[UUID], str]] = []
    asked: list[tuple[str, str, str, list[Any]]] = [
        (gettext("client in ERP, not in CRM"), "client", _IN_ONE, ["erp", "crm"]),
        (gettext("client in CRM, not in ERP"), "client", _IN_ONE, ["crm", "erp"]),
        (gettext("project without a client"), "project", _PROJECTS_WITHOUT, ["client"]),
        (gettext("project without a contract"), "project", _PROJECTS_WITHOUT, ["contract_number"]),
        (gettext("project without a rate"), "project", _PROJECTS_WITHOUT_RATE, []),
    ]
    for what, domain, query, parameters in asked:
        if not access.may_view(actor, domain):
            continue
        rows = fetch(query, [*parameters, MOST])
        totals.append((what, rows[0][2] if rows else 0))
        for id_, title, _ in rows:
            shown = access.title_for(actor, ENTITY_TYPES[domain], title)
            found.append((what, shown, [id_], reverse("golden", args=[domain, id_])))
    if access.may_view(actor, "client"):
        rows = fetch(_OPEN_DUPLICATES, [MOST])
        totals.append((gettext("duplicate still open"), rows[0][4] if rows else 0))
        for one, other, titles, pair_id, _ in rows:
            shown = access.title_for(actor, ENTITY_TYPES["client"], titles)
            url = reverse("pair", args=[pair_id])
            found.append((gettext("duplicate still open"), shown, [one, other], url))
    exposure = exposure_of((id_ for *_, ids, _ in found for id_ in ids), as_of.date())
    amounts = [together(ids, exposure) for *_, ids, _ in found]
    columns = money_columns(amounts, gettext("Exposure"))
    return Report(
        code="loose-ends",
        title=gettext("What one system has and another lacks"),
        words=(
            gettext(
                "Clients that only one of CRM and ERP knows, projects that lack a client, a"
                " contract or a rate, and duplicates that wait, with the money that hangs on"
                " them. Up to {most} of a kind are listed; all are counted."
            ).format(most=written(MOST))
        ),
        as_of=as_of,
        columns=(
            Column("what", gettext("What")),
            Column("record", gettext("Golden record")),
            *columns,
        ),
        rows=tuple(
            Row((what, title, *money_cells(columns, each)), url)
            for (what, title, _, url), each in zip(found, amounts, strict=True)
        ),
        totals=tuple(totals),
        bars="what",
    )
