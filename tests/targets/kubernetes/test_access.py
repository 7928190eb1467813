"""A cluster that cannot be reached, does not know who asks, or does not let them: one clear line for each."""

from __future__ import annotations

import pytest
import yaml

import quick_yaml
from cluster_double import Rule

READS = Rule(("get", "list"), ("*",), ("*",))


def lines(done):
    return [line for line in done.err.splitlines() if not line.startswith(("looking at", "warning: "))]


def changed(user, change):
    """Another kubeconfig."""
    config = quick_yaml.load(user.kubeconfig.read_text())
    change(config)
    path = user.home / "another-kubeconfig"
    path.write_text(yaml.safe_dump(config))
    return str(path)


@pytest.mark.parametrize("verb", ["deploy", "diff", "status", "history", "rollback"])
def test_an_unreachable_cluster_is_told_in_one_line(user, verb, monkeypatch):
    def away(config):
        config["clusters"][0]["cluster"] = {"server": "http://127.0.0.1:9"}

    done = user.run(verb, KUBECONFIG=changed(user, away))
    assert done.code == 1
    (line,) = lines(done)
    assert line.startswith("error: no answer from http://127.0.0.1:9 (context ")
    assert "is the cluster up" in line


def test_without_a_kubeconfig_it_is_told_what_to_set(user):
    done = user.run("diff", KUBECONFIG=str(user.home / "nothing"))
    (line,) = lines(done)
    assert (done.code, "kubeconfig" in line, "set KUBECONFIG" in line) == (1, True, True)


def test_a_kubeconfig_that_is_no_yaml_is_told(user):
    path = user.home / "odd"
    path.write_text("clusters: [")
    done = user.run("diff", KUBECONFIG=str(path))
    assert (done.code, "the kubeconfig has no usable" in done.err) == (1, True)


def test_an_unknown_context_is_named(user):
    done = user.run("diff", "--context", "mars")
    (line,) = lines(done)
    assert (done.code, "no usable context mars" in line, "get-contexts" in line) == (1, True, True)


def test_a_context_is_chosen_by_name(user):
    def rename(config):
        config["contexts"].append({**config["contexts"][0], "name": "other"})
        config["current-context"] = "gone"

    done = user.run("diff", "--context", "other", KUBECONFIG=changed(user, rename))
    assert (done.code, "(context other)" in done.out) == (2, True)


@pytest.mark.double_only
def test_a_wrong_token_is_told_in_one_line(user):
    def another(config):
        config["users"][0]["user"] = {"token": "sentinel-token"}

    done = user.run("diff", KUBECONFIG=changed(user, another))
    (line,) = lines(done)
    assert (done.code, "Unauthorized; sign in again" in line) == (1, True)
    assert "sentinel-token" not in done.text


@pytest.mark.parametrize(
    ("rules", "verb", "missing"),
    [
        ((Rule(("get",), ("*",), ("*",)),), "diff", 'cannot list resource "'),
        ((READS,), "deploy", 'cannot patch resource "'),
        ((Rule(("get", "list", "patch", "create"), ("configmaps", "secrets"), ("",)),), "diff", "cannot "),
    ],
)
def test_a_missing_right_is_told_by_verb_and_resource(deployed, rules, verb, missing):
    deployed.write(colour="blue")
    config = str(deployed.other("bob", *rules))
    done = deployed.run(verb, *(["--yes"] if verb == "deploy" else []), KUBECONFIG=config)
    assert done.code == 1
    assert 'bob" cannot' in done.err
    assert missing in done.err
    assert "ask the cluster's owner" in done.err
    assert deployed.there("ConfigMap", "webapp")["data"]["COLOUR"] == "red"


@pytest.mark.double_only
def test_a_cluster_without_the_kinds_of_traefik_is_told_which_is_missing(user):
    del user.double.registry.resources["traefik.io", "v1alpha1", "middlewares"]
    done = user.run("diff")
    assert (done.code, "does not know Middleware of traefik.io/v1alpha1" in done.err) == (1, True)


@pytest.mark.double_only
def test_something_that_is_no_api_server_is_told(user):
    done = user.run("diff", KUBECONFIG=changed(user, lambda config: config["clusters"][0]["cluster"].update(
        server=f"{user.double.url}/healthz?")))  # fmt: skip
    assert done.code == 1
    assert "Traceback" not in done.err
    assert len(lines(done)) == 1


def test_an_object_that_the_server_does_not_take_is_told_with_its_reason_and_nothing_is_changed(deployed):
    made = deployed.there("Deployment", "webapp")
    deployed.delete("Deployment", "webapp")
    deployed.until(lambda: deployed.get("Deployment", "webapp") is None)
    spec, labels = made["spec"], {"app": "of-somebody"}
    template = {**spec["template"], "metadata": {"labels": labels}}
    metadata = {"name": "webapp", "namespace": deployed.namespace}
    spec = {"replicas": 0, "selector": {"matchLabels": labels}, "template": template}
    deployed.create({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec})
    deployed.write(colour="blue")
    done = deployed.deploy()
    assert done.code == 1
    assert "error: deployment/webapp cannot be applied: Deployment.apps" in done.err
    assert "field is immutable" in done.err
    assert "undo what was changed by hand, or delete it, and deploy again" in done.err
    assert deployed.there("ConfigMap", "webapp")["data"]["COLOUR"] == "red"
