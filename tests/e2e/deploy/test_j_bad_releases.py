"""A release that is no good: it is found out beside the one that serves, which nobody misses for a moment."""

from __future__ import annotations

import re

import pytest

from deployer import outcome
from failed_deploy import current, fails
from interruptions import NAMESPACE, assert_converged
from onlooker import answered_throughout

SOON = ("--timeout", "12")
"""Seconds after which a part that is not healthy never will be."""
CHARGED = "the flux capacitor is not charged"
BAD = {
    "unhealthy": (
        r"error: webapp-\w+ is not healthy after \d+ s$",
        rf"^last answer: /healthz/ready: 503 Service Unavailable .*{CHARGED}",
        r"^  \| .*Uvicorn running on unix socket",
    ),
    "redirect": (
        r"error: webapp-\w+ is not healthy after \d+ s$",
        r"^last answer: /healthz/ready: 301 Moved Permanently to https://elsewhere\.invalid/healthz/ready ",
        r"\(a health path must answer by itself: take it out of redirects\)",
    ),
    "crash": (
        r"error: webapp-\w+ ends again and again \(exit code 0\)$",
        r"^  \| variant crash: the flux capacitor is missing$",
    ),
    "oom": (
        # of its processes, the kernel chooses which one it kills
        r"error: webapp-\w+ (is not healthy after \d+ s|(ended|ends again and again) \(exit code \d+\))$",
        r"^the kernel killed a process of it: it needs more than its memory, 256 MB$",
        r"^  \| ",
    ),
}


@pytest.fixture(scope="module")
def host(deployer, database):
    deployer.write("a", {"tls": None})
    deployer.serve("a")
    yield deployer
    database.query("ALTER TABLE monitor_notification DROP COLUMN IF EXISTS note")
    database.query("ALTER TABLE monitor_notification ADD COLUMN IF NOT EXISTS error text NOT NULL DEFAULT ''")
    database.query("ALTER TABLE monitor_notification ALTER COLUMN error DROP DEFAULT")
    database.query("DELETE FROM django_migrations WHERE name LIKE '9000_%'")


def containers(machine):
    """The identifiers of what runs, by service."""
    listed = f"docker ps --filter label=com.docker.compose.project={NAMESPACE} --format '{{{{.Names}}}} {{{{.ID}}}}'"
    return dict(line.split() for line in machine.root(listed).splitlines())


def migrations(database):
    """What the database knows of the variants' own migrations."""
    return database.query("SELECT name FROM django_migrations WHERE name LIKE '9000_%'")


def columns(database):
    return database.query(
        "SELECT column_name FROM information_schema.columns WHERE table_name = 'monitor_notification'"
    )


@pytest.mark.parametrize("variant", BAD)
def test_a_webapp_that_does_not_become_healthy_is_never_switched_to(host, machine, variant):
    before = containers(machine)
    failure = fails(host, *host.deploying(variant, *SOON))
    for pattern in BAD[variant]:
        assert re.search(pattern, failure.said, re.MULTILINE), failure.said
    assert failure.seen == ["a"]
    assert containers(machine) == before
    assert_converged(host, "a")


def test_a_worker_that_does_not_start_takes_the_whole_release_back(host, machine, releases):
    failure = fails(host, *host.deploying("bad-worker", *SOON))
    assert "error: celery-worker ends again and again (exit code 1)\n" in failure.said
    assert "\n  | variant bad-worker: the flux capacitor is missing\n" in failure.said
    assert failure.seen in (["a"], ["a", "bad-worker", "a"])
    image = machine.root(f"docker inspect --format '{{{{.Config.Image}}}}' {NAMESPACE}-celery-worker-1")
    assert image.strip() == releases["a"]
    assert_converged(host, "a")


def test_a_migration_that_fails_is_shown_and_changes_nothing(host, machine, database):
    before = containers(machine)
    failure = fails(host, *host.deploying("migration-fails", "--allow-unsafe-migrations"))
    assert "error: migration exited with 1:\n" in failure.said
    assert "\nRuntimeError: variant migration-fails: the flux capacitor does not fit\n" in failure.said
    assert (failure.seen, containers(machine), migrations(database)) == (["a"], before, [])
    assert_converged(host, "a")


def test_a_migration_that_hangs_is_ended_at_its_deadline(host, machine, database):
    before = containers(machine)
    host.write("a", {"tls": None, "stack": {"migration": {"deadline": "5s"}}})
    try:
        failure = fails(host, *host.deploying("migration-hangs", "--allow-unsafe-migrations"))
    finally:
        host.write("a", {"tls": None})
    assert "error: migration exited with 124 (its deadline is 5 s):\n" in failure.said
    assert "\n  Applying monitor.9000_migration_hangs..." in failure.said
    assert (failure.seen, containers(machine), migrations(database)) == (["a"], before, [])
    assert database.query("SELECT query FROM pg_stat_activity WHERE state = 'idle in transaction'") == []
    assert_converged(host, "a")


def test_a_migration_that_the_release_before_cannot_live_with_is_named_and_none_runs(host, machine, database):
    before = containers(machine)
    failure = fails(host, *host.deploying("migration-unsafe"))
    assert "error: the release that serves may not live with these migrations:\n" in failure.said
    operation = "monitor.9000_migration_unsafe: Remove field error from notification (unsafe): "
    assert f"\n  {operation}the running release still reads monitor_notification.error; do instead: " in failure.said
    assert (
        "\nnone of them ran; split them over two releases, or deploy with --allow-unsafe-migrations\n" in failure.said
    )
    assert (failure.seen, containers(machine), migrations(database)) == (["a"], before, [])
    assert "error" in columns(database)
    assert_converged(host, "a")


def test_a_safe_migration_is_named_and_runs_once(host, machine, database):
    before = host.serving()
    with answered_throughout(machine) as onlooker:
        done = host.deploy("migration-adds")
    assert done.returncode == 0, done.stderr
    assert "\n  1 to run: monitor.9000_migration_adds\n" in done.stderr
    assert migrations(database) == ["9000_migration_adds"]
    assert "note" in columns(database)
    assert onlooker.releases == [before, "migration-adds"]
    assert_converged(host, "migration-adds")


def test_an_unsafe_migration_runs_for_whoever_says_so(host, machine, database):
    known = migrations(database)
    with answered_throughout(machine):
        done = host.deploy("migration-unsafe", "--allow-unsafe-migrations", "-o", "json")
    assert done.returncode == 0, done.stderr
    assert outcome(done)["release"] == current(host.history())
    assert migrations(database) == [*known, "9000_migration_unsafe"]
    assert "error" not in columns(database)
    assert_converged(host, "migration-unsafe")
