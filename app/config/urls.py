"""Addresses of the product; those of `config.health` are answered before these are looked at."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponseRedirect
from django.templatetags.static import static
from django.urls import include, path


def favicon(_request: HttpRequest) -> HttpResponseRedirect:
    """Lead to the icon, whose name has its hash: browsers ask for this one where a page names none, as the admin."""
    return HttpResponseRedirect(static("monitor/favicon.svg"))


urlpatterns = [
    path("favicon.ico", favicon),
    path("admin/", admin.site.urls),
    path("api/", include("monitor.api.urls")),
    path("", include("monitor.urls")),
]
