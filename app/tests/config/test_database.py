"""The database's settings, for each kind of process."""

import os
import runpy

import pytest

from config.database import databases
from config.environment import Environment
from tests.config.conftest import APP

SERVER = {
    "DATABASE_HOST": "db.example",
    "DATABASE_NAME": "product",
    "DATABASE_USER": "product",
    "DATABASE_PASSWORD": "open-sesame",
}


def test_a_command_has_neither_a_pool_nor_a_limit_for_statements() -> None:
    options = databases(Environment(SERVER))["default"]["OPTIONS"]
    assert "pool" not in options
    assert options["options"] == "-c statement_timeout=0s"
    assert options["sslmode"] == "require"


def test_the_web_process_has_a_pool_that_does_not_wait_long() -> None:
    variables = SERVER | {"DATABASE_POOL_SIZE": "4", "DATABASE_STATEMENT_SECONDS": "5"}
    database = databases(Environment(variables))["default"]
    pool = database["OPTIONS"]["pool"]
    assert (pool["max_size"], pool["timeout"]) == (4, 3)
    assert database["OPTIONS"]["options"] == "-c statement_timeout=5s"
    assert database["CONN_MAX_AGE"] == 0, "a pool refuses persistent connections"


def test_uvicorn_starts_with_a_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    others = {name: value for name, value in os.environ.items() if not name.startswith("DATABASE_")}
    monkeypatch.setattr(os, "environ", others)
    runpy.run_path(str(APP / "config/asgi.py"))
    assert (os.environ["DATABASE_POOL_SIZE"], os.environ["DATABASE_STATEMENT_SECONDS"]) == ("4", "5")


def test_everything_that_is_absent_is_told() -> None:
    env = Environment({})
    databases(env)
    assert [problem.split()[0] for problem in env.problems] == [
        "DATABASE_HOST",
        "DATABASE_NAME",
        "DATABASE_USER",
        "DATABASE_PASSWORD",
    ]


def test_two_databases_contradict_each_other() -> None:
    env = Environment(SERVER | {"DATABASE_FILE": "db.sqlite3"})
    databases(env)
    assert env.problems == ["DATABASE_FILE and DATABASE_HOST are both set. Keep one of them."]
