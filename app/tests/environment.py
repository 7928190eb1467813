"""The variables that tests and type checks run with, unless others are set outside."""

import os

VARIABLES = {
    "ALLOWED_HOSTS": "testserver",
    "CELERY_EAGER": "1",
    "CSRF_TRUSTED_ORIGINS": "http://testserver",
    "DJANGO_SECRET_KEY": "for-tests-only-0123456789-abcdefghijklmnopqrstuvwxyz",
}


def supply() -> None:
    """Set what is not set: an in-memory SQLite unless `DATABASE_HOST` names a server, a local cache, eager tasks."""
    for name, value in VARIABLES.items():
        os.environ.setdefault(name, value)
    if "DATABASE_HOST" not in os.environ:
        os.environ.setdefault("DATABASE_FILE", ":memory:")
