"""Releases that do not come up: the cause is named and the release before serves again, as real kubelets tell it.

In a real cluster the image's tag says what is wrong with it (tests/support/cluster_image).
"""

from __future__ import annotations

import pytest

from cluster_user import IMAGE, image_of
from kkinfra.targets.kubernetes.apply import waiting

PULL, COLUMN = f"cannot pull {IMAGE}:missing: ", "column exists already\n"
PROBE = "runs, and is not ready: Readiness probe failed: HTTP probe failed with statuscode: 503"


@pytest.fixture
def seconds(deployed, monkeypatch):
    """How long a part may take."""
    if deployed.double is None:
        return "45"
    monkeypatch.setattr(waiting, "_GRACE_SECONDS", 0.3)
    monkeypatch.setattr(waiting, "_LOOK_SECONDS", 0.1)
    return "3"


@pytest.mark.parametrize(
    ("tag", "mode", "container", "how", "cause"),
    [
        ("missing", "ImagePullBackOff", "migration", {"message": "not found"}, PULL),
        ("badmigration", "CrashLoopBackOff", "migration", {"log": COLUMN}, "| column exists already"),
        ("crash", "CrashLoopBackOff", "webapp", {"exit_code": 3}, "ended with exit code 3 (Error)"),
        ("oom", "OOMKilled", "webapp", {}, "was killed at its memory limit of 128M (OOMKilled)"),
        ("notready", "NotReady", "webapp", {}, PROBE),
    ],
)
def test_what_does_not_come_up_is_told_and_taken_back(deployed, seconds, tag, mode, container, how, cause):
    if deployed.double:
        deployed.double.behave(f"{IMAGE}:{tag}", mode, container=container, **how)
    deployed.write(tag=tag)
    done = deployed.deploy("--timeout", seconds)
    assert done.code == 1
    assert cause in done.err
    assert "release 1 serves again" in done.err
    assert image_of(deployed.there("Deployment", "webapp")) == f"{IMAGE}:1.0.0"
    assert deployed.history()[-1]["result"] == "failed"
    deployed.settled()
    assert deployed.run("status").code == 1  # the migration of what is wanted is not there
