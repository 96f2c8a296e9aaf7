"""Addresses of the pages for people."""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from stewardship import views

urlpatterns = [
    path("", views.home, name="home"),
    path("login", LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("logout", LogoutView.as_view(), name="logout"),
    path("feeds/batches", views.batches, name="batches"),
    path("feeds/batches/<int:batch_id>", views.batch, name="batch"),
    path("<slug:domain>", views.golden_list, name="golden-list"),
    path("<slug:domain>/<uuid:golden_id>", views.golden, name="golden"),
]
