"""Addresses of the API."""

from django.urls import include, path, re_path
from rest_framework.routers import SimpleRouter

from monitor.api import views
from monitor.api.errors import NothingHere

app_name = "api"

router = SimpleRouter(use_regex_path=False)
router.register("targets", views.Targets)

urlpatterns = [
    path("", views.Links.as_view(), name="links"),
    path("status", views.Status.as_view(), name="status"),
    path("", include(router.urls)),
    path("targets/<int:pk>/probes/", views.Probes.as_view(), name="probes"),
    path("targets/<int:pk>/figures/", views.Figures.as_view(), name="figures"),
    path("incidents/", views.Incidents.as_view(), name="incidents"),
    path("schema/", views.Schema.as_view(), name="schema"),
    # Only what ends with a slash: to the rest, Django adds one first if that leads somewhere (`APPEND_SLASH`).
    re_path(r"[\s\S]+/$", NothingHere.as_view()),
]
