"""Addresses of REST v1."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from mdm.api import (
    catalogue,
    changes,
    declarations,
    golden,
    oauth,
    openapi,
    rates,
    sources,
    webhooks,
    xref,
)


class SourceKeyConverter(StringConverter):
    """Any source key, with slashes and line ends too."""

    regex = "(?s:.+)"


register_converter(SourceKeyConverter, "key")

urlpatterns = [
    path("oauth/token", oauth.TokenView.as_view(), name="api-token"),
    path("openapi.json", openapi.OpenApiView.as_view(), name="api-openapi"),
    path("docs", openapi.DocumentationView.as_view(), name="api-docs"),
    path("catalogue", catalogue.CatalogueView.as_view(), name="api-catalogue"),
    path("domains", declarations.DomainsView.as_view(), name="api-domains"),
    path("domains/<slug:domain>", declarations.DomainView.as_view(), name="api-domain"),
    path("golden/<slug:domain>", golden.GoldenListView.as_view(), name="api-golden-list"),
    path("golden/<slug:domain>.csv", golden.GoldenCsvView.as_view(), name="api-golden-csv"),
    path("golden/<slug:domain>/<uuid:golden_id>", golden.GoldenView.as_view(), name="api-golden"),
    path(
        "golden/<slug:domain>/<uuid:golden_id>/xref",
        xref.GoldenXrefView.as_view(),
        name="api-golden-xref",
    ),
    path(
        "golden/<slug:domain>/<uuid:golden_id>/timeline",
        golden.TimelineView.as_view(),
        name="api-timeline",
    ),
    path("xref/resolve", xref.ResolveManyView.as_view(), name="api-resolve"),
    path("xref/translate", xref.TranslateView.as_view(), name="api-translate"),
    path("xref/<slug:system>/<slug:domain>", xref.XrefByKeyView.as_view(), name="api-xref-key"),
    path(
        "xref/<slug:system>/<slug:domain>/<key:source_key>",
        xref.XrefView.as_view(),
        name="api-xref",
    ),
    path(
        "rates/effective",
        rates.EffectiveRateView.as_view(),
        {"domain": "rate"},
        name="api-effective-rate",
    ),
    path("changes", changes.ChangesView.as_view(), name="api-changes"),
    path("events", changes.EventTypesView.as_view(), name="api-events"),
    path("events/<str:event_type>", changes.EventSchemaView.as_view(), name="api-event-schema"),
    path("webhooks", webhooks.WebhooksView.as_view(), name="api-webhooks"),
    path("webhooks/<int:webhook_id>", webhooks.WebhookView.as_view(), name="api-webhook"),
    path(
        "webhooks/<int:webhook_id>/deliveries",
        webhooks.DeliveriesView.as_view(),
        name="api-deliveries",
    ),
    path("webhooks/<int:webhook_id>/ping", webhooks.PingView.as_view(), name="api-ping"),
    path("webhooks/<int:webhook_id>/replay", webhooks.ReplayView.as_view(), name="api-replay"),
    path(
        "webhooks/<int:webhook_id>/<slug:verb>",
        webhooks.WebhookVerbView.as_view(),
        name="api-webhook-verb",
    ),
    path(
        "sources/<slug:system>/<slug:domain>/records",
        sources.RecordsView.as_view(),
        name="api-records",
    ),
    path("jobs/<int:job_id>", sources.JobView.as_view(), name="api-job"),
    path("<path:address>", golden.NowhereView.as_view(), name="api-nowhere"),
]
