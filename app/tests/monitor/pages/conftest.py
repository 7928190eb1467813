"""Pages start without kept copies, and with a database and a cache that may be taken away."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import connections
from django.db.backends.sqlite3.base import DatabaseWrapper

from monitor.pages import breaker, serving, store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_django import DjangoDbBlocker, Settings


@pytest.fixture(autouse=True)
def _nothing_kept(settings: Settings) -> Iterator[None]:
    """Copies belong to a release; this test's has none yet."""
    settings.RELEASE = uuid4().hex
    yield
    serving.breaker.reset()
    store.breaker.reset()


@pytest.fixture
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was away is tried again at once."""
    monkeypatch.setattr(breaker, "PAUSE_SECONDS", 0)


class FileDatabase:
    """A SQLite file with the product's tables, which can be taken away for a while."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.connection = DatabaseWrapper(
            connections["default"].settings_dict
            | {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "file"), "OPTIONS": {}}
        )

    def create_tables(self) -> None:
        with self.connection.schema_editor() as editor:
            for model in apps.get_app_config("monitor").get_models():
                editor.create_model(model)

    @contextmanager
    def away(self) -> Iterator[None]:
        elsewhere = self.folder.with_name("elsewhere")
        self.connection.close()
        shutil.move(self.folder, elsewhere)
        try:
            yield
        finally:
            self.connection.close()
            shutil.move(elsewhere, self.folder)


@pytest.fixture
def database(tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[FileDatabase]:
    """The default database, in a file."""
    folder = tmp_path / "database"
    folder.mkdir()
    with django_db_blocker.unblock():
        usual = connections["default"]
        file = FileDatabase(folder)
        file.create_tables()
        connections["default"] = file.connection
        yield file
        file.connection.close()
        connections["default"] = usual
