"""Addresses of the pages for people."""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from stewardship import (
    deciding,
    home,
    inbox_pages,
    pair_pages,
    pinning,
    record_page,
    search_pages,
    unclear_pages,
    undoing,
    views,
    why_pages,
)

urlpatterns = [
    path("", home.home, name="home"),
    path("login", LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("logout", LogoutView.as_view(), name="logout"),
    path("feeds/batches", views.batches, name="batches"),
    path("feeds/batches/<int:batch_id>", views.batch, name="batch"),
    path("search", search_pages.search, name="search"),
    path("search/alike", search_pages.search_alike, name="search-alike"),
    path("why-not", why_pages.why_not, name="why-not"),
    path("inbox", inbox_pages.inbox_page, name="inbox"),
    path("inbox/next", inbox_pages.next_task, name="next-task"),
    path("inbox/<int:task_id>", inbox_pages.arrange, name="arrange"),
    path("inbox/<int:task_id>/presence", inbox_pages.presence, name="presence"),
    path("pairs/<int:pair_id>", pair_pages.pair, name="pair"),
    path("pairs/<int:pair_id>/preview", pair_pages.pair_preview, name="pair-preview"),
    path("contradictions/<int:task_id>", unclear_pages.contradiction, name="contradiction"),
    path("unclear/<int:task_id>", unclear_pages.unclear, name="unclear"),
    path("suspects/<int:suspect_id>", deciding.suspect, name="suspect"),
    path("pins/<int:override_id>", pinning.contested_pin, name="contested-pin"),
    path("actions", undoing.actions, name="actions"),
    path("actions/<int:action_id>/undo", undoing.undo, name="undo"),
    path("<slug:domain>", views.golden_list, name="golden-list"),
    path("<slug:domain>/<uuid:golden_id>", views.golden, name="golden"),
    path("<slug:domain>/records/<int:record_id>", record_page.source_record, name="source-record"),
    path("<slug:domain>/<uuid:golden_id>/merge", deciding.merge, name="merge"),
    path("<slug:domain>/<uuid:golden_id>/take-out", deciding.take_out, name="take-out"),
    path("<slug:domain>/<uuid:golden_id>/pin/<slug:attribute>", pinning.pin, name="pin"),
]
