"""What the product opens at a deploy's peak is less than what the database takes."""

from __future__ import annotations

import pytest

from proven import figures, found, line_of, proven
from real_spec import SOURCE, changed

WEBAPP, CLASS, LIMIT = "workers: 2, memory", "instance_class: db.t3.micro", "max_connections: 100"


def workers(count):
    return changed(WEBAPP, f"workers: {count}, memory")


@pytest.mark.parametrize("text", [SOURCE, workers(8)])
def test_it_holds(text):
    assert found(text, "connections") == []


def test_what_was_computed_on_the_host():
    told = figures(proven(SOURCE, "production"), "connections/enough")
    assert told == {
        "webapp": "8 + 8 in a deploy", "  2 workers x pool": "4", "celery-worker": "2",
        "celery-beat": "1", "flower": "1",
        "migration": "0 + 1 in a deploy", "while it serves": "12", "at a deploy's peak": "21", "max_connections": "84",
        "- for superusers": "-3", "- RDS's own": "-5", "left for the product": "76",
    }  # fmt: skip


def test_what_was_computed_in_the_cluster():
    told = figures(proven(SOURCE, "alpha"), "connections/enough")
    assert (told["webapp"], told["celery-worker"]) == ("8 + 8 in a deploy", "2 + 2 in a deploy")
    assert (told["at a deploy's peak"], told["left for the product"]) == ("23", "97")


@pytest.mark.parametrize(
    ("text", "name", "at", "field"),
    [
        (workers(9), "production", CLASS, "environments.production.stack.postgresql.instance_class"),
        (workers(12), "alpha", LIMIT, "environments.alpha.stack.postgresql.max_connections"),
        (changed(LIMIT, "max_connections: 25"), "alpha", "max_connections: 25", "environments.alpha.stack.postgresql"),
    ],
)
def test_more_than_there_are(text, name, at, field):
    (line,) = found(text, "connections", name)
    assert line.startswith(f"error connections/exceeded {line_of(text, at)} {field}")
    assert "lower workers, concurrency or DATABASE_POOL_SIZE, or take a larger database" in line


def test_a_pool_that_is_set():
    text = changed(WEBAPP, "workers: 2, settings: {DATABASE_POOL_SIZE: 20}, memory")
    (line,) = found(text, "connections", "production")
    assert line.startswith("error connections/exceeded")
    (result,) = [each for each in proven(text, "production") if each.rule == "connections/exceeded"]
    (pool,) = [figure for figure in result.figures if "pool" in figure.label]
    assert (pool.amount, pool.field, pool.place.line) == (
        "20", "stack.webapp.settings.DATABASE_POOL_SIZE", line_of(text, "DATABASE_POOL_SIZE"),
    )  # fmt: skip


def test_hardly_any_are_left():
    text = changed(LIMIT, "max_connections: 30")
    (line,) = found(text, "connections", "alpha")
    assert line.startswith("warning connections/few")
    assert "23 connections are opened at a deploy's peak, 12 while it serves, and 27 are there" in line


def test_a_class_that_nobody_knows():
    text = changed(CLASS, "instance_class: db.x9.huge")
    (line,) = found(text, "connections", "production")
    assert line.startswith(f"warning connections/unknown {line_of(text, 'db.x9.huge')}")


def test_who_does_not_know_the_database_opens_nothing():
    text = changed("{env: POSTGRES_PASSWORD}", "{env: POSTGRES_PASSWORD, readers: [webapp, migration]}")
    told = figures(proven(text, "production"), "connections/enough")
    assert not {"flower", "celery-beat", "celery-worker"} & told.keys()


def test_as_many_webapps_as_an_autoscaler_may_want():
    grown = "      flower:     {expose: true}\n      webapp: {autoscale: {min: 1, max: 12}}"
    (line,) = found(changed("      flower:     {expose: true}", grown), "connections", "alpha")
    assert "111 connections are opened at a deploy's peak, 100 while it serves" in line
