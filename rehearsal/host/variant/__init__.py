# mypy: ignore-errors
"""A release of the product with the behaviour that `VARIANT` names; it runs in the product's image alone.

Neither part imports the other's: `variant:application` is for Uvicorn, `--app variant` for Celery.
"""

from __future__ import annotations

from typing import Any


def __getattr__(name: str) -> Any:
    """Import what is asked for, once it is."""
    if name == "application":
        from variant.web import application

        return application
    if name == "app":
        from variant.worker import app

        return app
    raise AttributeError(name)
