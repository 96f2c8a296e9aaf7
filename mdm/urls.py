"""Every address of the hub."""

from django.contrib import admin
from django.urls import include, path

from mdm import observability
from mdm.api import catalogue, errors, oauth

handler400 = errors.bad_request

urlpatterns = [
    path("healthz", observability.health, name="health"),
    path("metrics", observability.metrics, name="metrics"),
    path(".well-known/api-catalog", catalogue.well_known, name="well-known-catalogue"),
    path("problems/<slug:name>", errors.problem_type, name="problem"),
    path(".well-known/oauth-authorization-server", oauth.metadata, name="oauth-metadata"),
    path("api/v1/", include("stewardship.api")),
    path("api/v1/", include("stewardship.api_decisions")),
    path("api/v1/", include("stewardship.api_pins")),
    path("api/v1/", include("matching.api")),
    path("api/v1/", include("mdm.api.urls")),
    path("admin/", admin.site.urls),
    path("", include("stewardship.urls")),
]
