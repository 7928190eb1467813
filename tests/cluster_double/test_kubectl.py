"""What kubectl makes of the double, where kubectl is: it knows the protocol better than any test."""

from __future__ import annotations

import json
import os
import subprocess

import pytest

from cluster_double.access import ADMIN

pytestmark = pytest.mark.needs("kubectl")


@pytest.fixture
def kubectl(running, tmp_path):
    """Runs kubectl; it sends no token over plain HTTP, so that everybody is the administrator."""
    running.users.anonymous = ADMIN
    config = running.kubeconfig(tmp_path / "config", namespace="shop")
    environment = {**os.environ, "KUBECONFIG": str(config), "HOME": str(tmp_path)}

    def run(*arguments, given=None):
        command = ["kubectl", "--cache-dir", str(tmp_path / "cache"), *arguments]
        text = json.dumps(given) if given else None
        return subprocess.run(command, input=text, capture_output=True, text=True, env=environment, check=False)

    return run


def apply(kubectl, obj):
    return kubectl("apply", "--server-side", "--validate=false", "-f", "-", given=obj)


def test_kubectl_follows_a_rollout(kubectl, deployment):
    assert apply(kubectl, deployment).stdout == "deployment.apps/webapp serverside-applied\n"
    status = kubectl("rollout", "status", "deployment/webapp", "--timeout=20s")
    assert status.stdout.endswith('deployment "webapp" successfully rolled out\n')
    assert kubectl("logs", "deployment/webapp").stdout == "webapp started\n"


def test_kubectl_sees_a_conflict_and_a_dry_run(kubectl, deployment, container):
    apply(kubectl, deployment)
    kubectl("scale", "deployment/webapp", "--replicas=3")
    said = apply(kubectl, deployment).stderr
    assert 'Apply failed with 1 conflict: conflict with "kubectl" with subresource "scale" using apps/v1' in said
    container["image"] = "shop:2"
    deployment["spec"]["replicas"] = 3
    diff = kubectl("diff", "--server-side", "-f", "-", given=deployment)
    assert "+      - args:" in diff.stdout or "image: shop:2" in diff.stdout


def test_kubectl_deletes_and_waits(kubectl, deployment):
    apply(kubectl, deployment)
    done = kubectl("delete", "deployment/webapp", "--cascade=foreground", "--timeout=20s")
    assert (done.returncode, done.stderr) == (0, "")
    done = kubectl("delete", "namespace/shop", "--timeout=20s")
    assert (done.returncode, done.stderr) == (0, "")
