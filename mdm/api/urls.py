"""Addresses of REST v1."""

from django.urls import path

from mdm.api import views

urlpatterns = [
    path("golden/<slug:domain>/<uuid:golden_id>", views.GoldenView.as_view(), name="api-golden"),
    path(
        "golden/<slug:domain>/<uuid:golden_id>/xref",
        views.GoldenXrefView.as_view(),
        name="api-golden-xref",
    ),
    path(
        "golden/<slug:domain>/<uuid:golden_id>/timeline",
        views.TimelineView.as_view(),
        name="api-timeline",
    ),
    path("xref/translate", views.TranslateView.as_view(), name="api-translate"),
    path(
        "xref/<slug:system>/<slug:domain>/<path:source_key>",
        views.XrefView.as_view(),
        name="api-xref",
    ),
    path(
        "rates/effective",
        views.EffectiveRateView.as_view(),
        {"domain": "rate"},
        name="api-effective-rate",
    ),
    path("<path:address>", views.NowhereView.as_view(), name="api-nowhere"),
]
