"""The registration of the configuration's system checks."""

from django.apps import AppConfig


class ProductConfig(AppConfig):
    """What belongs to the product as a whole."""

    name = "config"

    def ready(self) -> None:
        """Register the system checks."""
        from config import checks  # noqa: F401 - importing registers them
