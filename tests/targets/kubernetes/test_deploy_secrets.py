"""Secrets on their way into a cluster: they are in it, and in nothing that is printed, kept or shown."""

from __future__ import annotations

import base64
import gzip
import json

import pytest

import sentinels
from cluster_user import IMAGE, LOGIN, PASSWORD, SECRETS, SENTINELS
from kkinfra.targets.kubernetes.apply import waiting

NEW = "sentinel-new-4410"
NEEDLES = [*sentinels.needles(SECRETS), *SENTINELS, NEW, base64.b64encode(NEW.encode()).decode()]


def found(text):
    return sentinels.found_in(text, NEEDLES)


def password(user):
    return base64.b64decode(user.there("Secret", "shop")["data"]["POSTGRES_PASSWORD"]).decode()


def test_values_are_put_into_the_cluster(deployed):
    assert password(deployed) == PASSWORD
    registry = deployed.there("Secret", "registry")
    assert registry["type"] == "kubernetes.io/dockerconfigjson"
    assert (
        LOGIN
        in base64.b64decode(
            json.loads(base64.b64decode(registry["data"][".dockerconfigjson"]))["auths"]["registry.example.org"]["auth"]
        ).decode()
    )


def test_no_verb_prints_a_secret(deployed):
    deployed.values["POSTGRES_PASSWORD"] = NEW
    deployed.write(colour="blue", tag="2.0.0")
    runs = [
        deployed.run(*words)
        for words in (
            ("deploy", "--dry-run", "-v"), ("deploy", "--dry-run", "-o", "json"), ("diff",), ("diff", "-o", "json"),
            ("deploy", "--yes", "-v"), ("status",), ("status", "-o", "json"), ("history", "-o", "json"),
            ("rollback", "--yes", "-v"), ("lock", "status"),
        )
    ]  # fmt: skip
    assert [each.code for each in runs] == [0, 0, 2, 2, 0, 0, 0, 0, 0, 0]
    assert [found(each.text) for each in runs if found(each.text)] == []


def test_no_object_but_the_secrets_holds_one(deployed):
    for kind in ("ConfigMap", "Deployment", "Job", "Lease", "Event", "Pod", "Service"):
        for name in deployed.names(kind):
            assert found(json.dumps(deployed.get(kind, name) or {})) == [], name
    for name in deployed.names("ConfigMap", "kkinfra/release"):
        packed = deployed.there("ConfigMap", name)["binaryData"]["manifests.json.gz"]
        assert found(gzip.decompress(base64.b64decode(packed)).decode()) == []


def test_of_a_changed_value_only_the_key_is_shown(deployed):
    deployed.values["POSTGRES_PASSWORD"] = NEW
    done = deployed.run("deploy", "--dry-run", "-v")
    assert "~ secret/shop" in done.out
    assert "~ data.POSTGRES_PASSWORD: *** (another value)" in done.out
    assert "DJANGO_SECRET_KEY" not in done.out


def test_what_reads_a_changed_secret_restarts_and_nothing_else_changes(deployed):
    before = {each["metadata"]["uid"] for each in pods(deployed)}
    deployed.values["POSTGRES_PASSWORD"] = NEW
    done = deployed.deployed()
    assert "~ deployment/webapp: restarts, since a secret that it reads was changed" in done.out
    assert password(deployed) == NEW
    deployed.until(lambda: not before & {each["metadata"]["uid"] for each in pods(deployed)})
    deployed.settled()
    assert deployed.run("diff").code == 0
    assert "nothing to do" in deployed.deployed().out


def pods(user):
    names = user.names("Pod", "app.kubernetes.io/component=webapp")
    return [found for name in names if (found := user.get("Pod", name))]


@pytest.mark.double_only
def test_a_deployer_that_was_killed_after_it_wrote_a_secret_has_its_readers_restarted_by_the_next(deployed):
    for each in deployed.double.registry.store.held.values():
        each["metadata"]["creationTimestamp"] = "2026-01-01T00:00:00Z"  # the pods have run for long
    value = base64.b64encode(NEW.encode()).decode()
    made = deployed.there("Secret", "shop")
    keep = {key: made["metadata"][key] for key in ("name", "namespace")}
    keep["labels"] = {
        key: made["metadata"]["labels"][key] for key in ("app.kubernetes.io/part-of", "app.kubernetes.io/managed-by")
    }
    data = {**made["data"], "POSTGRES_PASSWORD": value}
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": keep, "type": "Opaque", "data": data}
    deployed.api.apply(secret, manager="kkinfra-secrets")
    deployed.values["POSTGRES_PASSWORD"] = NEW
    assert "deployment/webapp: restarts" in deployed.deployed().out
    assert "nothing to do" in deployed.deployed().out


@pytest.mark.double_only
def test_a_failed_deploy_takes_changed_secrets_back(deployed):
    deployed.double.behave("webapp", "CrashLoopBackOff", image=f"{IMAGE}:2.0.0")
    deployed.values["POSTGRES_PASSWORD"] = NEW
    deployed.write(tag="2.0.0")
    done = deployed.deploy("--timeout", "1")
    assert "release 1 serves again" in done.err
    assert password(deployed) == PASSWORD


def test_a_key_that_is_not_wanted_any_more_goes_and_one_of_somebody_else_stays(with_database):
    user = with_database
    user.edit("Secret", "shop", {"stringData": {"EXTRA": "mine"}, "data": {}})
    text = (user.home / "environments.yaml").read_text()
    (user.home / "environments.yaml").write_text(
        text.replace("  DJANGO_SECRET_KEY:     {env: DJANGO_SECRET_KEY}\n", "  OTHER_KEY: {env: OTHER_KEY}\n")
    )
    user.values["OTHER_KEY"] = "sentinel-other-9001" * 3
    done = user.deployed("-v")
    assert "- data.DJANGO_SECRET_KEY: ***" in done.out
    assert {*user.there("Secret", "shop")["data"]} == {"OTHER_KEY", "POSTGRES_PASSWORD", "EXTRA"}


def test_a_value_that_somebody_changed_by_hand_is_a_conflict_by_its_key(deployed):
    deployed.edit("Secret", "shop", {"data": {"POSTGRES_PASSWORD": base64.b64encode(b"sentinel-hand-1").decode()}})
    done = deployed.deploy()
    assert done.code == 1
    assert ".data.POSTGRES_PASSWORD: owned by kubectl-edit" in done.err
    assert "c2VudGluZWwtaGFuZC0x" not in done.text
    deployed.deployed("--force-conflicts")
    assert password(deployed) == PASSWORD


def test_missing_secrets_are_told_before_the_cluster_is_asked(user):
    done = user.deploy(POSTGRES_PASSWORD=None, DJANGO_SECRET_KEY=None, KUBECONFIG="/nowhere")
    assert done.code == 1
    assert "2 secrets of test cannot be used; nothing was changed" in done.err
    assert "POSTGRES_PASSWORD" in done.err


@pytest.mark.double_only
@pytest.mark.parametrize("words", [("deploy", "--yes", "--timeout", "1"), ("status",)])
def test_what_a_container_says_of_a_secret_is_masked(deployed, monkeypatch, words):
    monkeypatch.setattr(waiting, "_GRACE_SECONDS", 0.2)
    coded = base64.b64encode(PASSWORD.encode()).decode()
    log = f"could not log in as shop:{PASSWORD}@db\nsent {coded}\n"
    deployed.double.behave("webapp", "CrashLoopBackOff", log=log, image=f"{IMAGE}:2.0.0")
    if words[0] == "status":
        deployed.write(tag="2.0.0")
        image = {"spec": {"template": {"spec": {"containers": [{"name": "webapp", "image": f"{IMAGE}:2.0.0"}]}}}}
        path = f"/apis/apps/v1/namespaces/{deployed.namespace}/deployments/webapp"
        deployed.api.ask("PATCH", path, {}, image, "application/strategic-merge-patch+json")
        deployed.until(lambda: "exit code" in deployed.run("status").out)
    deployed.write(tag="2.0.0")
    done = deployed.run(*words)
    assert done.code == 1
    assert "could not log in as shop:***@db" in done.text
    assert found(done.text) == []
    assert found(json.dumps(deployed.history())) == []


@pytest.mark.double_only
def test_what_the_server_says_of_a_secret_is_masked(deployed):
    deployed.double.faults.refuse(500, 100, method="PATCH", path="secrets/shop", query="kkinfra-secrets")
    deployed.values["POSTGRES_PASSWORD"] = NEW
    done = deployed.deploy()
    assert done.code == 1
    assert found(done.text) == []
