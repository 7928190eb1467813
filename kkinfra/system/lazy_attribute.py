"""An attribute of a class that is imported once somebody reads it."""

from __future__ import annotations

from importlib import import_module
from typing import Any


class LazyAttribute:
    """What a module calls `name`; read from a class or from what it makes."""

    def __init__(self, module: str, name: str) -> None:
        self._module, self._name = module, name

    def __get__(self, instance: object, owner: type) -> Any:
        """Import it."""
        return getattr(import_module(self._module), self._name)
