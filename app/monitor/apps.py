"""The application's registration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MonitorConfig(AppConfig):
    """The status monitor."""

    name = "monitor"
    verbose_name = _("Status monitor")
    default_auto_field = "django.db.models.BigAutoField"
