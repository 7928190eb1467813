"""The application that Uvicorn serves: `uvicorn config.asgi:application`."""

import os

from django.core.asgi import get_asgi_application
from django.urls import get_resolver

from config.start import legible

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# For each of Uvicorn's processes; tasks and commands go without a pool, see `config.database`.
os.environ.setdefault("DATABASE_POOL_SIZE", "4")
os.environ.setdefault("DATABASE_STATEMENT_SECONDS", "5")

with legible():
    application = get_asgi_application()
    get_resolver().url_patterns  # noqa: B018 - imports the views now, and not while the first visitor waits
