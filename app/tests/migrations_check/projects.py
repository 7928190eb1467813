"""Django projects that consist of migrations alone, and the script run in them as a host runs it."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

SCRIPT = Path(__file__).parents[3] / "kkinfra/host/django_migrations.py"
SETTINGS = """\
SECRET_KEY = "only for tests"
INSTALLED_APPS = {apps!r}
DATABASES = {{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}}}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
"""
MIGRATION = """\
from django.contrib.postgres import operations as postgres
from django.db import migrations, models
from django.db.models.functions import Now, Random
from django.db.migrations import *


class Migration(migrations.Migration):
    dependencies = {dependencies!r}
    {more}
    operations = [
{operations}
    ]
"""


@dataclass(frozen=True)
class Answer:
    """What the script printed, and the status that it ended with."""

    status: int
    lines: list[str]
    noise: str

    @property
    def document(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.lines[-1])
        return told

    @property
    def migrations(self) -> list[str]:
        return [f"{migration['app']}.{migration['name']}" for migration in self.document["migrations"]]

    def operations(self, app: str, name: str | None = None) -> list[dict[str, str]]:
        """The operations of an app's migrations, or of one of them."""
        return [
            operation
            for migration in self.document["migrations"]
            if migration["app"] == app and name in {None, migration["name"]}
            for operation in migration["operations"]
        ]

    def verdicts(self, app: str, name: str | None = None) -> list[str]:
        return [operation["verdict"] for operation in self.operations(app, name)]


class Project:
    """A folder with settings, and an app for each name."""

    def __init__(self, folder: Path, *apps: str, more_settings: str = "") -> None:
        self.folder = folder
        for app in apps:
            (folder / app / "migrations").mkdir(parents=True)
            for package in (folder / app, folder / app / "migrations"):
                (package / "__init__.py").touch()
        self.settings(SETTINGS.format(apps=list(apps)) + more_settings)

    def settings(self, text: str) -> None:
        (self.folder / "settings.py").write_text(text)

    def migration(
        self, app: str, name: str, operations: str, *, after: Iterable[tuple[str, str]] = (), more: str = ""
    ) -> None:
        text = MIGRATION.format(dependencies=[*after], operations=indent(operations, " " * 8), more=more)
        (self.folder / app / "migrations" / f"{name}.py").write_text(text)

    def migrate(self, *arguments: str) -> None:
        self.python("-m", "django", "migrate", "--verbosity=0", "--skip-checks", *arguments).check_returncode()

    def sql(self, statements: str) -> None:
        connection = sqlite3.connect(self.folder / "db.sqlite3")
        connection.executescript(statements)
        connection.close()

    def ask(self, *arguments: str, source: bool = True, variables: dict[str, str] | None = None) -> Answer:
        """Run the script by its source, as `kkinfra deploy` does, or by its file."""
        script = ["-c", SCRIPT.read_text()] if source else [str(SCRIPT)]
        done = self.python(*script, *arguments, variables=variables)
        return Answer(done.returncode, done.stdout.splitlines(), done.stderr)

    def python(self, *arguments: str, variables: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        outside = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO", "PYTHON"))}
        given = {**outside, "DJANGO_SETTINGS_MODULE": "settings", "PYTHONDONTWRITEBYTECODE": "1", **(variables or {})}
        command = [sys.executable, *arguments]
        return subprocess.run(
            command, cwd=self.folder, env=given, capture_output=True, text=True, timeout=120, check=False
        )
