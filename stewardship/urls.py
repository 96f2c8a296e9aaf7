"""Addresses of the pages for people."""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from stewardship import deciding, pinning, record_page, views

urlpatterns = [
    path("", views.home, name="home"),
    path("login", LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("logout", LogoutView.as_view(), name="logout"),
    path("feeds/batches", views.batches, name="batches"),
    path("feeds/batches/<int:batch_id>", views.batch, name="batch"),
    path("inbox", deciding.inbox, name="inbox"),
    path("pairs/<int:pair_id>", deciding.pair, name="pair"),
    path("suspects/<int:suspect_id>", deciding.suspect, name="suspect"),
    path("pins/<int:override_id>", pinning.contested_pin, name="contested-pin"),
    path("actions", deciding.actions, name="actions"),
    path("actions/<int:action_id>/undo", deciding.undo, name="undo"),
    path("<slug:domain>", views.golden_list, name="golden-list"),
    path("<slug:domain>/<uuid:golden_id>", views.golden, name="golden"),
    path("<slug:domain>/records/<int:record_id>", record_page.source_record, name="source-record"),
    path("<slug:domain>/<uuid:golden_id>/merge", deciding.merge, name="merge"),
    path("<slug:domain>/<uuid:golden_id>/take-out", deciding.take_out, name="take-out"),
    path("<slug:domain>/<uuid:golden_id>/pin/<slug:attribute>", pinning.pin, name="pin"),
]
