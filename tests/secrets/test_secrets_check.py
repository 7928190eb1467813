"""`kkinfra secrets check`: which secrets are there, for people and for programs."""

from __future__ import annotations

import json

TABLE = """\
production: 3 there, 1 missing, 1 not read
  DJANGO_SECRET_KEY      env DJANGO_SECRET_KEY                there
  FLOWER_BASIC_AUTH      env FLOWER_BASIC_AUTH                there
  POSTGRES_PASSWORD      sops secrets/a.yaml#PASSWORD         missing
  REGISTRY_DOCKERCONFIG  env REGISTRY_DOCKERCONFIG            there
  UNUSED                 aws_parameter /kkambbaki/unused/KEY  not read
"""


def unused(project):
    """A secret that nobody reads, so nobody misses it."""
    text = project.spec.read_text()
    more = "secrets:\n  UNUSED: {aws_parameter: /kkambbaki/unused/KEY, readers: []}"
    project.spec.write_text(text.replace("secrets:", more, 1))


def test_all_are_there(project, kkinfra):
    done = kkinfra("secrets", "check", "production")
    assert (done.code, done.errors) == (0, "")
    assert done.output.startswith("production: 4 there\n  DJANGO_SECRET_KEY ")
    assert done.output.count("there\n") == 5


def test_one_is_missing(project, kkinfra):
    unused(project)
    project.comes_from("{sops: secrets/a.yaml, key: PASSWORD}")
    done = kkinfra("secrets", "check", "production")
    assert (done.code, done.output) == (1, TABLE)
    first, problem = done.errors.splitlines()
    assert first == "error: 1 secret of production cannot be used; nothing was changed"
    assert problem.startswith("  POSTGRES_PASSWORD: ")


def test_quiet_tells_what_is_missing_and_nothing_else(project, kkinfra, monkeypatch):
    assert kkinfra("secrets", "check", "production", "-q") == (0, "", "")
    monkeypatch.delenv("POSTGRES_PASSWORD")
    done = kkinfra("secrets", "check", "production", "-q")
    assert (done.code, done.output) == (1, "")
    assert "POSTGRES_PASSWORD: the variable POSTGRES_PASSWORD is not set" in done.errors


def test_programs_get_one_document(project, kkinfra, monkeypatch):
    unused(project)
    monkeypatch.delenv("POSTGRES_PASSWORD")
    done = kkinfra("secrets", "check", "production", "-o", "json")
    assert (done.code, done.errors) == (1, "")
    told = json.loads(done.output)
    assert (told["environment"], told["missing"]) == ("production", ["POSTGRES_PASSWORD"])
    states = {secret["name"]: secret["state"] for secret in told["secrets"]}
    assert states == {
        "DJANGO_SECRET_KEY": "there",
        "FLOWER_BASIC_AUTH": "there",
        "POSTGRES_PASSWORD": "missing",
        "REGISTRY_DOCKERCONFIG": "there",
        "UNUSED": "not read",
    }
    django, _, postgres, _, _ = told["secrets"]
    assert django["source"] == {"kind": "env", "place": "DJANGO_SECRET_KEY"}
    assert django["problem"] is None
    assert postgres["problem"].startswith("the variable POSTGRES_PASSWORD is not set")


def test_programs_get_0_where_all_are_there(project, kkinfra):
    done = kkinfra("secrets", "check", "alpha", "-o", "json")
    assert done.code == 0
    assert json.loads(done.output)["missing"] == []


def test_an_environment_with_one_secret(project, kkinfra):
    text = project.spec.read_text()
    cut = text[text.index("secrets:") : text.index("environments:")]
    spec = text.replace(cut, "").replace("registry: {pull_secret: REGISTRY_DOCKERCONFIG}\n", "")
    project.spec.write_text(spec.replace("password: POSTGRES_PASSWORD", "password: X") + "secrets: {X: {env: HOME}}\n")
    done = kkinfra("secrets", "check", "production")
    assert (done.code, done.output) == (0, "production: 1 there\n  X  env HOME  there\n")


def test_an_unknown_environment(project, kkinfra):
    done = kkinfra("secrets", "check", "prodution")
    assert done.code == 1
    assert "did you mean 'production'?" in done.errors
