"""Which migrations are in the plan, and what was there before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.migrations_check.projects import Project

if TYPE_CHECKING:
    from pathlib import Path

THING = "CreateModel('Thing', [('id', models.BigAutoField(primary_key=True)), ('name', models.TextField())]),"
FIRST, SECOND, THIRD = ("shop", "0001_first"), ("shop", "0002_second"), ("shop", "0003_third")
REMOVE = "RemoveField('thing', 'name'),"
SWAPPABLE = THING.replace("]),", "], options={'swappable': 'SHOP_THING'}),")
ROUTER = """
class Elsewhere:
    def allow_migrate(self, db, app_label, **hints):
        return app_label != "shop"

DATABASE_ROUTERS = [Elsewhere()]
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path, "shop", "till")


def nullable(name: str) -> str:
    return f"AddField('thing', '{name}', models.TextField(null=True)),"


def test_what_is_applied_is_not_in_the_plan(project: Project) -> None:
    project.migration(*FIRST, THING)
    project.migrate()
    project.migration(*SECOND, nullable("more"), after=[FIRST])
    project.migration("till", "0001_first", THING.replace("Thing", "Till"), after=[SECOND])
    assert project.ask().migrations == ["shop.0002_second", "till.0001_first"]
    project.migrate()
    answer = project.ask()
    assert (answer.status, answer.document["migrations"]) == (0, [])


def test_an_answer_has_this_form(project: Project) -> None:
    project.migration(*FIRST, THING)
    project.migrate()
    project.migration(*SECOND, REMOVE, after=[FIRST])
    document = project.ask().document
    (why,) = [document["migrations"][0]["operations"][0].pop("why")]
    assert why.startswith("the running release still reads shop_thing.name; do instead: ")
    assert document.pop("django").count(".") >= 1
    told = {"what": "Remove field name from thing", "kind": "RemoveField", "verdict": "unsafe"}
    assert document == {"format": 1, "migrations": [{"app": "shop", "name": "0002_second", "operations": [told]}]}


def test_an_empty_database_serves_nobody(project: Project) -> None:
    project.migration(*FIRST, f"{THING} RunPython(print),")
    project.migration(*SECOND, f"{REMOVE} RunSQL('SELECT 1'),", after=[FIRST])
    answer = project.ask()
    assert answer.verdicts("shop") == ["safe"] * 4
    assert answer.operations("shop")[3]["why"] == "nothing was ever migrated here, so no release runs on this database"


def test_nothing_is_written(project: Project) -> None:
    project.migration(*FIRST, THING)
    assert project.ask().status == 0
    project.sql("CREATE TABLE shop_thing (id)")
    before = (project.folder / "db.sqlite3").read_bytes()
    project.migration(*SECOND, "AddIndex('thing', models.Index(fields=['name'], name='i')),", after=[FIRST])
    assert project.ask().status == 0
    assert (project.folder / "db.sqlite3").read_bytes() == before


def test_branches_and_their_merge(project: Project) -> None:
    project.migration(*FIRST, THING)
    project.migrate()
    project.migration("shop", "0002_left", nullable("left"), after=[FIRST])
    project.migration("shop", "0002_right", nullable("right"), after=[FIRST])
    several = project.ask()
    assert several.status == 3
    newest = "apps with more than one newest migration: shop (0002_left, 0002_right); run makemigrations --merge"
    assert several.document["error"] == newest
    project.migration("shop", "0003_merge", "", after=[("shop", "0002_left"), ("shop", "0002_right")])
    merged = project.ask()
    assert sorted(merged.migrations) == ["shop.0002_left", "shop.0002_right", "shop.0003_merge"]
    assert merged.operations("shop", "0003_merge") == []


@pytest.mark.parametrize(
    ("applied", "planned"),
    [
        ("zero", ["shop.0001_squashed", "shop.0003_third"]),
        ("0001", ["shop.0002_second", "shop.0003_third"]),
        ("0002", ["shop.0003_third"]),
    ],
)
def test_squashed_migrations(project: Project, applied: str, planned: list[str]) -> None:
    project.migration(*FIRST, THING)
    project.migration(*SECOND, nullable("more"), after=[FIRST])
    project.migrate("shop", applied)
    project.migration("shop", "0001_squashed", THING + nullable("more"), more=f"replaces = {[FIRST, SECOND]}")
    project.migration(*THIRD, REMOVE, after=[SECOND])
    answer = project.ask()
    assert answer.migrations == planned
    assert answer.verdicts("shop", "0003_third") == ["safe" if applied == "zero" else "unsafe"]


def test_a_table_of_an_earlier_migration_in_the_same_plan_is_new(project: Project) -> None:
    project.migration(*FIRST, THING)
    project.migrate()
    project.migration("till", "0001_first", THING.replace("Thing", "Till"), after=[FIRST])
    change = "AlterField('till', 'name', models.IntegerField()), RemoveField('till', 'name'),"
    project.migration("till", "0002_second", change, after=[("till", "0001_first")])
    assert project.ask().verdicts("till") == ["safe"] * 3


def test_a_table_that_is_there_already_is_not_new(project: Project) -> None:
    project.migration(*FIRST, "")
    project.migrate()
    project.sql("CREATE TABLE shop_thing (id)")
    adopted = f"SeparateDatabaseAndState(state_operations=[{THING}]),"
    project.migration(*SECOND, f"{adopted} AddField('thing', 'size', models.IntegerField()),", after=[FIRST])
    assert project.ask().verdicts("shop") == ["safe", "unsafe"]


def test_a_table_that_cannot_be_asked_counts_as_full(project: Project) -> None:
    project.migration(*FIRST, THING)
    project.migrate()
    project.sql("DROP TABLE shop_thing")
    project.migration(*SECOND, "AddIndex('thing', models.Index(fields=['name'], name='i')),", after=[FIRST])
    assert project.ask().verdicts("shop") == ["unsafe"]


@pytest.mark.parametrize("more", ["SHOP_THING = 'till.Till'", ROUTER], ids=["swapped", "routed"])
def test_what_does_not_run_on_this_database_disturbs_nobody(tmp_path: Path, more: str) -> None:
    project = Project(tmp_path, "shop", "till", more_settings=more)
    project.migration("till", "0001_first", THING.replace("Thing", "Till"))
    project.migration(*FIRST, SWAPPABLE, after=[("till", "0001_first")])
    project.migrate()
    project.migration(*SECOND, REMOVE, after=[FIRST])
    project.migration(*THIRD, "RunPython(print),", after=[SECOND])
    answer = project.ask()
    assert answer.verdicts("shop", "0002_second") == ["safe"]
    assert answer.operations("shop", "0002_second")[0]["why"] == "it does not run on this database"
    assert answer.verdicts("shop", "0003_third") == ["safe" if more == ROUTER else "unknown"]


def test_a_history_that_cannot_be(project: Project) -> None:
    project.migration(*FIRST, THING)
    project.migration(*SECOND, REMOVE, after=[FIRST])
    project.migrate()
    project.sql("DELETE FROM django_migrations WHERE name = '0001_first'")
    answer = project.ask()
    assert answer.status == 3
    assert "InconsistentMigrationHistory: Migration shop.0002_second is applied before" in answer.document["error"]


@pytest.mark.parametrize(
    ("operations", "error"),
    [
        ("RemoveField('nothing', 'name'),", "shop.0002_second cannot be judged: KeyError: ('shop', 'nothing')"),
        ("1 / 0,", "planned: ZeroDivisionError: division by zero (shop/migrations/0002_second.py:"),
        (")", "planned: SyntaxError: "),
    ],
)
def test_a_broken_migration_is_named(project: Project, operations: str, error: str) -> None:
    project.migration(*FIRST, THING)
    project.migrate()
    project.migration(*SECOND, operations, after=[FIRST])
    answer = project.ask()
    assert answer.status == 3
    assert error in answer.document["error"]
