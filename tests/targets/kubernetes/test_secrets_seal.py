"""Secrets that an operator in the cluster fills: out of a store, or from what is committed."""

from __future__ import annotations

import base64
import json
import threading
import time
from contextlib import suppress

import pytest

import quick_yaml
import sentinels
from cluster_double import kinds
from cluster_user import PASSWORD, SECRETS
from kkinfra.errors import ClusterError, DeployError
from kkinfra.spec.secret_delivery import SealedSecrets
from kkinfra.targets.kubernetes.client.kinds import Kind
from kkinfra.targets.kubernetes.client.sealing import certificate_of
from sealing_key import CERTIFICATE, unsealed

EXTERNAL = Kind("external-secrets.io", "v1", "ExternalSecret", "externalsecrets")
STORE = Kind("external-secrets.io", "v1", "ClusterSecretStore", "clustersecretstores", namespaced=False)
SEALED = Kind("bitnami.com", "v1alpha1", "SealedSecret", "sealedsecrets")
KIND = {"external-secrets": EXTERNAL, "sealed-secrets": SEALED}
SAID = {
    "external-secrets": "{kind: external-secrets, store: {name: vault}}",
    "sealed-secrets": "{kind: sealed-secrets}",
}
NOTHING = dict.fromkeys(SECRETS)
NEW = "sentinel-in-the-store-3391"
RESTARTED = {
    "target": "cluster", "identity": "deployment/webapp", "action": "restart", "drift": False, "interrupts": False,
    "fields": [], "note": "restarts, since a secret that it reads was changed",
}  # fmt: skip

pytestmark = pytest.mark.double_only  # the operators are played by a thread


class Operator(threading.Thread):
    """What External Secrets Operator and the controller of Sealed Secrets do, as far as deploys see it."""

    def __init__(self, user):
        super().__init__(daemon=True)
        self.user, self.values, self.answer, self.over = user, dict(SECRETS), "", threading.Event()

    def run(self):
        while not self.over.wait(0.03):
            for kind in (EXTERNAL, SEALED):
                with suppress(ClusterError):
                    for each in self.user.api.list(kind, self.user.namespace):
                        self.attend(kind, each)

    def attend(self, kind, made):
        generation = made["metadata"]["generation"]
        if self.answer:
            failed = {"type": "Ready" if kind == EXTERNAL else "Synced", "status": "False", "message": self.answer}
            self.tell(kind, made, {"conditions": [failed], "observedGeneration": generation})
            return
        self.fill(kind, made)
        done = {"type": "Ready" if kind == EXTERNAL else "Synced", "status": "True", "reason": "SecretSynced"}
        self.tell(kind, made, {
            "conditions": [done], "syncedResourceVersion": f"{generation}-0a1b", "observedGeneration": generation,
        })  # fmt: skip

    def tell(self, kind, made, status):
        if made.get("status") != status:
            path = f"{kind.path(made['metadata']['namespace'], made['metadata']['name'])}/status"
            self.user.api.ask("PATCH", path, {}, {"status": status}, "application/merge-patch+json")

    def fill(self, kind, made):
        metadata, spec = made["metadata"], made["spec"]
        if kind == EXTERNAL:
            template = spec["target"]["template"]
            data = {each["secretKey"]: self.values[each["remoteRef"]["property"]] for each in spec["data"]}
        else:
            template, where = spec["template"], (metadata["namespace"], metadata["name"])
            data = {key: unsealed(text, *where) for key, text in spec["encryptedData"].items()}
        self.user.api.apply({
            "apiVersion": "v1", "kind": "Secret", "type": template["type"],
            "metadata": {"name": metadata["name"], "namespace": metadata["namespace"], **template["metadata"]},
            "data": {key: base64.b64encode(value.encode()).decode() for key, value in data.items()},
        }, manager="operator")  # fmt: skip


def say(user, which):
    user.write()
    file = user.home / "environments.yaml"
    before = "      storage: {server: nas"
    file.write_text(file.read_text().replace(before, f"      secrets: {SAID[which]}\n{before}"))


@pytest.fixture
def operator(user):
    for kind, status in ((EXTERNAL, True), (STORE, False), (SEALED, True)):
        user.api.create(
            kinds.definition(kinds.Resource(
                kind.group, kind.version, kind.plural, kind.kind, namespaced=kind.namespaced, status=status, custom=True
            ))
        )  # fmt: skip
    found = Operator(user)
    found.start()
    yield found
    found.over.set()
    found.join()


@pytest.fixture
def external(user, operator):
    say(user, "external-secrets")
    return user


@pytest.fixture
def sealed(user, operator):
    say(user, "sealed-secrets")
    (user.home / "cert.pem").write_bytes(CERTIFICATE)
    assert seal(user).code == 0
    return user


def seal(user, *more, **variables):
    return user.run("secrets", "seal", *more, "--certificate", str(user.home / "cert.pem"), **variables)


def held(user, name, key):
    return base64.b64decode(user.there("Secret", name)["data"][key]).decode()


def test_a_deploy_asks_for_no_value_and_waits_for_the_operator(external):
    done = external.deploy(**NOTHING)
    assert done.code == 0, done.text
    assert "externalsecret.external-secrets.io/shop" in done.text
    assert held(external, "shop", "POSTGRES_PASSWORD") == PASSWORD
    assert external.there("Secret", "registry")["type"] == "kubernetes.io/dockerconfigjson"
    assert external.run("diff", **NOTHING).code == 0
    assert sentinels.found_in(done.text, sentinels.needles(SECRETS)) == []


def test_what_the_operator_says_is_why_it_is_not_ready(external, operator):
    operator.answer = "could not get secret data from provider"
    done = external.deploy("--timeout", "1", **NOTHING)
    assert done.code == 1
    assert "externalsecret.external-secrets.io/shop is not ready" in done.err
    assert "is not synced: could not get secret data from provider; see that the store is ready" in done.err
    assert external.get("Deployment", "webapp") is None


def test_pods_start_anew_when_the_operator_has_changed_a_value(external, operator):
    assert external.deploy(**NOTHING).code == 0
    assert external.run("deploy", "--dry-run", "-o", "json", **NOTHING).json()["plan"]["changes"] == []
    time.sleep(1.1)  # managed fields and creation count in seconds
    operator.values["POSTGRES_PASSWORD"] = NEW
    external.until(lambda: held(external, "shop", "POSTGRES_PASSWORD") == NEW)
    assert external.run("deploy", "--dry-run", "-o", "json", **NOTHING).json()["plan"]["changes"] == [RESTARTED]
    assert external.deploy(**NOTHING).code == 0
    assert external.run("deploy", "--dry-run", "-o", "json", **NOTHING).json()["plan"]["changes"] == []


def test_a_push_is_refused_and_says_why(external):
    done = external.run("secrets", "push", "--yes")
    assert done.code == 1
    assert "External Secrets Operator fills the Secrets of test from the store vault" in done.err
    assert "change the values in the store" in done.err


def test_sealed_secrets_are_unsealed_by_the_controller(sealed):
    done = sealed.deploy(**NOTHING)
    assert done.code == 0, done.text
    assert held(sealed, "shop", "POSTGRES_PASSWORD") == PASSWORD
    assert json.loads(held(sealed, "registry", ".dockerconfigjson")) == json.loads(SECRETS["REGISTRY_DOCKERCONFIG"])
    assert sealed.run("diff", **NOTHING).code == 0


def test_sealing_anew_replaces_the_pods_that_read_it(sealed):
    assert sealed.deploy(**NOTHING).code == 0
    seal(sealed, "POSTGRES_PASSWORD", POSTGRES_PASSWORD=NEW)
    done = sealed.deploy("--dry-run", "-o", "json", **NOTHING).json()
    changed = [each["identity"] for each in done["plan"]["changes"]]
    assert "sealedsecret.bitnami.com/shop" in changed
    assert "deployment/webapp" in changed
    assert sealed.deploy(**NOTHING).code == 0
    assert held(sealed, "shop", "POSTGRES_PASSWORD") == NEW
    assert held(sealed, "shop", "DJANGO_SECRET_KEY") == SECRETS["DJANGO_SECRET_KEY"]


def test_what_cannot_be_unsealed_fails_at_once(sealed, operator):
    operator.answer = "no key could decrypt secret (POSTGRES_PASSWORD)"
    done = sealed.deploy(**NOTHING)
    assert done.code == 1
    assert "no key could decrypt secret" in done.err
    assert "seal it anew with this cluster's certificate: `kkinfra secrets seal`" in done.err


def test_the_file_holds_no_secret_and_is_bound_to_namespace_and_name(sealed):
    text = (sealed.home / "test.sealed.yaml").read_text()
    assert sentinels.found_in(text, sentinels.needles(SECRETS)) == []
    said = quick_yaml.load(text)
    assert sorted(said) == sorted(SECRETS)
    assert unsealed(said["POSTGRES_PASSWORD"], sealed.namespace, "shop") == PASSWORD
    with pytest.raises(ValueError, match="Decryption"):
        unsealed(said["POSTGRES_PASSWORD"], "elsewhere", "shop")


def test_what_was_not_sealed_yet_is_named(user, operator):
    say(user, "sealed-secrets")
    done = user.deploy()
    assert done.code == 1
    assert "DJANGO_SECRET_KEY, POSTGRES_PASSWORD, REGISTRY_DOCKERCONFIG of test are not sealed yet" in done.err
    assert "run `kkinfra secrets seal test`" in done.err


def test_the_controller_s_service_is_asked_for_its_certificate(user):
    since = len(user.double.requests)
    with pytest.raises(DeployError, match="no service sealed-secrets-controller in kube-system that gives a certif"):
        certificate_of(user.api, SealedSecrets(kind="sealed-secrets"))
    assert user.double.requests[since].path == (
        "/api/v1/namespaces/kube-system/services/http:sealed-secrets-controller:/proxy/v1/cert.pem"
    )


def test_a_dry_run_of_sealing_writes_nothing(user, operator):
    say(user, "sealed-secrets")
    (user.home / "cert.pem").write_bytes(CERTIFICATE)
    done = seal(user, "--dry-run")
    first, *lines, last = done.out.splitlines()
    assert first == f"test: {user.home / 'test.sealed.yaml'}, for the controller of {user.home / 'cert.pem'}"
    assert lines == [f"  + {name}" for name in sorted(SECRETS)]
    assert last.startswith("  looked, ")
    assert not (user.home / "test.sealed.yaml").exists()


@pytest.mark.parametrize(("content", "says"), [(b"x", "holds no certificate"), (None, "cannot be read: No such file")])
def test_a_certificate_that_is_none_is_told(user, operator, content, says):
    say(user, "sealed-secrets")
    if content:
        (user.home / "cert.pem").write_bytes(content)
    done = seal(user)
    assert (done.code, says in done.err) == (1, True), done.err


def test_what_is_not_sealed_there_is_refused(external):
    assert "does not say that Sealed Secrets fills its Secrets" in seal(external).err
    say(external, "sealed-secrets")
    assert "PASSWORD is no secret that test needs" in seal(external, "PASSWORD").err
