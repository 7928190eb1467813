"""Secrets that are pushed into a cluster, beside what Git or a deploy applies."""

from __future__ import annotations

import base64
import re

import pytest

import sentinels
from cluster_double import Rule
from cluster_user import PASSWORD, SECRETS

NEW = "sentinel-pushed-5127"
ASKED = ("secrets", "push", "--yes")


def password(user):
    return base64.b64decode(user.there("Secret", "shop")["data"]["POSTGRES_PASSWORD"]).decode()


def test_nothing_changes_where_all_are_there(deployed):
    done = deployed.run(*ASKED)
    assert done.code == 0, done.err
    assert re.search(r"\n  nothing to do\n  looked, \d+\.\d s\n$", done.out)


def test_another_value_is_put_there_and_who_reads_it_is_told(deployed):
    deployed.values["POSTGRES_PASSWORD"] = NEW
    done = deployed.run(*ASKED)
    assert done.code == 0, done.err
    assert "~ secret/shop" in done.out
    assert "~ data.POSTGRES_PASSWORD: *** (another value)" in done.out
    assert "to delete it" not in done.out
    assert re.search(
        r"^pushed in \d+\.\d s; read at the next start of deployment/webapp: `kubectl rollout restart`",
        done.out,
        re.MULTILINE,
    )
    assert password(deployed) == NEW
    assert sentinels.found_in(done.text, [*sentinels.needles(SECRETS), NEW]) == []


def test_a_dry_run_tells_it_and_leaves_it(deployed):
    deployed.values["POSTGRES_PASSWORD"] = NEW
    done = deployed.run("secrets", "push", "--dry-run", "-o", "json")
    assert done.code == 0, done.err
    told = done.json()
    assert [each["identity"] for each in told["plan"]["changes"]] == ["secret/shop"]
    assert (told["outcome"], told["plan"]["details"]) == (None, {"readers": ["deployment/webapp"]})
    assert password(deployed) == PASSWORD


def test_a_deploy_afterwards_restarts_who_reads_it(deployed):
    deployed.values["POSTGRES_PASSWORD"] = NEW
    assert deployed.run(*ASKED).code == 0
    again = deployed.run("deploy", "--dry-run", "-o", "json").json()
    assert [(each["identity"], each["action"]) for each in again["plan"]["changes"]] == [
        ("deployment/webapp", "restart")
    ]


def test_before_there_is_a_namespace_it_says_what_to_do(owner):
    done = owner.run(*ASKED)
    assert done.code == 1
    assert f"namespace {owner.namespace} is not there yet; deploy test, or apply" in done.err


def test_what_somebody_else_put_there_is_a_conflict(deployed):
    theirs = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "shop", "namespace": deployed.namespace}}
    data = {"POSTGRES_PASSWORD": base64.b64encode(b"by hand").decode()}
    deployed.api.apply({**theirs, "data": data}, manager="by-hand", force=True)
    done = deployed.run(*ASKED)
    assert done.code == 1
    assert "secret/shop has fields that others own:" in done.err
    assert ".data.POSTGRES_PASSWORD: owned by by-hand" in done.err
    assert password(deployed) == "by hand"
    assert deployed.run(*ASKED, "--force-conflicts").code == 0
    assert password(deployed) == PASSWORD


@pytest.mark.parametrize("name", sorted(SECRETS))
def test_a_missing_one_stops_it_before_it_connects(user, name):
    done = user.run(*ASKED, **{name: None})
    assert done.code == 1
    assert name in done.err
    assert user.double is None or user.double.requests == []


def without_a_login(user):
    """The image is public now, and nothing reads the login any more."""
    user.write()
    file = user.home / "environments.yaml"
    lines = [line for line in file.read_text().splitlines() if "REGISTRY_DOCKERCONFIG" not in line]
    file.write_text("\n".join(lines) + "\n")


def test_a_secret_that_the_environment_does_not_have_any_more_is_shown_and_goes(deployed):
    without_a_login(deployed)
    shown = deployed.run("secrets", "push", "--dry-run")
    assert "- secret/registry: is not rendered any more" in shown.out
    assert deployed.get("Secret", "registry")
    assert deployed.run(*ASKED).code == 0
    assert deployed.get("Secret", "registry") is None
    assert deployed.get("Secret", "shop")
    assert "nothing to do" in deployed.run(*ASKED).out


def test_a_deploy_takes_it_away_too_once_nothing_needs_it(deployed):
    without_a_login(deployed)
    assert "- secret/registry: is not rendered any more" in deployed.run("diff").out
    deployed.deployed()
    assert deployed.get("Secret", "registry") is None
    deployed.settled()
    assert deployed.run("diff").code == 0


def test_what_others_put_there_stays_and_is_told(deployed):
    theirs = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "registry", "namespace": deployed.namespace}}
    deployed.api.apply({**theirs, "data": {"note": base64.b64encode(b"mine").decode()}}, manager="by-hand")
    without_a_login(deployed)
    done = deployed.deployed()
    assert "secret/registry is not rendered any more, and stays: holds note, which somebody else put there" in done.out
    assert deployed.get("Secret", "registry")


def test_a_registry_login_that_kkinfra_never_put_there_is_nobody_s_business(deployed):
    deployed.delete("Secret", "registry")
    deployed.create({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "registry"}, "data": {}})
    without_a_login(deployed)
    assert "secret/registry" not in deployed.deployed().text
    assert deployed.get("Secret", "registry")


@pytest.mark.double_only
def test_whoever_may_not_delete_it_is_told_before_anything_is_done(deployed):
    deployed.double.users.add("deployer", "deployer", Rule(("get", "list", "create", "patch"), ("*",), ("*",)))
    without_a_login(deployed)
    done = deployed.run("secrets", "push", "--dry-run")
    assert done.code == 0, done.err
    assert "secret/registry is not rendered any more, and stays: this user may not delete it" in done.out
    assert "apply build/ENV/access anew" in done.out
