"""`provision ENV --database`: the product's role and database, at a real PostgreSQL; ssh and docker are played."""

from __future__ import annotations

import json
import os
import re
import socket

import pytest

import local_ssh
import postgresql

WORD = "pr0duct's \\ s3ntinel"
DOCKER = """\
#!/bin/sh
printf '%s\\n' "$*" >> {calls}
env >> {calls}
case "$1 $2" in
  "image inspect") test -f {pulled} || exit 1; exit 0 ;;
  "pull --quiet") touch {pulled}; exit 0 ;;
esac
while [ "$1" != -c ]; do shift; done
PATH={programs}:$PATH exec sh "$@"
"""


@pytest.fixture(scope="module")
def server():
    found = postgresql.programs()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with postgresql.started(found, port) as running:
        yield running


@pytest.fixture
def host(aws, server, tmp_path, monkeypatch):
    """A host from which the database is reached, whose programs note how they were called."""
    programs = tmp_path / "programs"
    programs.mkdir()
    calls = tmp_path / "docker-calls"
    docker = DOCKER.format(calls=calls, pulled=tmp_path / "pulled", programs=server.programs)
    for name, content in {"docker": docker, "sudo": '#!/bin/sh\nshift 2\nexec "$@"\n'}.items():
        (programs / name).write_text(content)
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    monkeypatch.setenv("POSTGRES_PASSWORD", WORD)
    local_ssh.stand_in(tmp_path, monkeypatch)
    aws.is_there()
    aws.outputs |= {"DatabaseEndpoint": "127.0.0.1", "DatabasePort": str(server.port)}
    yield calls
    server.psql("DROP DATABASE IF EXISTS kkambbaki")
    server.psql("DROP ROLE IF EXISTS kkambbaki")


def test_a_dry_run_says_what_is_missing_and_makes_nothing(kkinfra, host, server):
    done = kkinfra("provision", "production", "--database", "--dry-run")
    assert done.code == 0, done.err
    assert done.lines[1:3] == ["  + role kkambbaki: is made", "  + database kkambbaki: is made"]
    (end,) = done.lines[3:]
    assert end.startswith("  nothing was changed, ")
    assert server.psql("SELECT count(*) FROM pg_roles WHERE rolname = 'kkambbaki'") == "0"


def test_role_and_database_are_made_and_the_product_can_work_with_them(kkinfra, host, server, aws):
    done = kkinfra("provision", "production", "--database", "--yes")
    assert done.code == 0, done.err
    assert re.fullmatch(r"done in \d+\.\d s; the product can log in", done.lines[-1])
    assert aws.asked("GetSecretValue") == [{"SecretId": aws.outputs["DatabaseSecretArn"]}]
    as_product = {"user": "kkambbaki", "password": WORD, "database": "kkambbaki"}
    assert server.psql("CREATE TABLE t (id int); SELECT count(*) FROM t", **as_product) == "0"
    assert server.psql("CREATE EXTENSION pg_trgm; SELECT 1", **as_product) == "1"
    assert "permission denied" in server.psql("CREATE ROLE another", **as_product)
    rights = "SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls FROM pg_roles WHERE rolname = 'kkambbaki'"
    assert server.psql(rights) == "f"


def test_a_second_time_it_comes_to_the_same_and_a_new_password_counts(kkinfra, host, server, monkeypatch):
    kkinfra("provision", "production", "--database", "--yes")
    server.psql("CREATE TABLE kept (id int)", user="kkambbaki", password=WORD, database="kkambbaki")
    monkeypatch.setenv("POSTGRES_PASSWORD", "another-pr0duct-비밀")
    done = kkinfra("provision", "production", "--database", "--yes")
    assert done.code == 0, done.err
    assert "  ~ role kkambbaki: its password is set" in done.lines
    assert "  database kkambbaki: is there" in done.lines
    assert not any(line.startswith("  + database") for line in done.lines)
    as_product = {"user": "kkambbaki", "password": "another-pr0duct-비밀", "database": "kkambbaki"}
    assert server.psql("SELECT count(*) FROM kept", **as_product) == "0"
    assert "password authentication failed" in server.psql("SELECT 1", **as_product | {"password": WORD})


def test_no_secret_is_in_an_argument_a_variable_a_log_or_what_is_told(kkinfra, host, server, tmp_path, monkeypatch):
    done = kkinfra("provision", "production", "--database", "--yes", "-v")
    monkeypatch.delenv("POSTGRES_PASSWORD")
    noted = host.read_text().replace(f"POSTGRES_PASSWORD={WORD}\n", "")  # the test's own, which ssh would not pass on
    for secret in (WORD, postgresql.PASSWORD):
        assert secret not in noted
        assert secret not in (tmp_path / "calls").read_text()
        assert secret not in done.out + done.err
        assert secret not in postgresql.log_of(server)
    assert "SCRAM-SHA-256$4096:" in postgresql.log_of(server)


def test_the_image_is_that_of_the_major_version_and_pulled_once(kkinfra, host):
    kkinfra("provision", "production", "--database", "--yes")
    pulls = [line for line in host.read_text().splitlines() if line.startswith("pull ")]
    assert pulls == ["pull --quiet postgres:15"]


def test_a_master_password_that_does_not_hold_is_told_without_it(kkinfra, host, aws):
    aws.secret = json.dumps({"username": "postgres", "password": "wr0ng-s3ntinel"})
    done = kkinfra("provision", "production", "--database", "--yes")
    assert done.code == 1
    assert 'password authentication failed for user "postgres"; RDS may just have changed the master passw' in done.err
    assert "s3ntinel" not in done.err


def test_a_database_that_is_not_reached_says_what_may_hinder(kkinfra, host, aws):
    aws.outputs["DatabasePort"] = "1"
    done = kkinfra("provision", "production", "--database", "--yes")
    assert "psql on the host failed: " in done.err
    assert "is the database started?" in done.err


def test_before_the_stack_is_made_there_is_no_database(kkinfra, host, aws):
    aws.outputs.clear()
    done = kkinfra("provision", "production", "--database", "--yes")
    assert "has no output 'DatabaseEndpoint'; `kkinfra provision production` makes it" in done.err


def test_without_yes_and_a_terminal_nothing_is_made(kkinfra, host, server):
    assert "nobody is here to be asked" in kkinfra("provision", "production", "--database").err
    assert server.psql("SELECT count(*) FROM pg_database WHERE datname = 'kkambbaki'") == "0"


def test_json_is_one_document(kkinfra, host):
    document = json.loads(kkinfra("provision", "production", "--database", "--yes", "-o", "json").out)
    plan, outcome = document["plan"], document["outcome"]
    assert plan["environment"] == "production"
    assert plan["details"] == {"role_was_there": False, "database_was_there": False}
    assert [each["identity"] for each in plan["changes"]] == ["role kkambbaki", "database kkambbaki"]
    assert (outcome["action"], outcome["result"]) == ("provision", "done")
