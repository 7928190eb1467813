"""What `status` says of an environment in a cluster."""

from __future__ import annotations

import pytest

COLOUR = {"data": {"COLOUR": "green"}}


def drift(user):
    user.edit("ConfigMap", "webapp", COLOUR)


def test_status_says_what_serves_and_how_it_is(deployed):
    done = deployed.run("status")
    assert done.code == 0
    assert "release 1, " in done.out
    assert "ready deployment/webapp: 1 of 1 replicas are available" in done.out
    told = deployed.run("status", "-o", "json").json()
    assert told["release"]["release"] == "1"
    assert {each["state"] for each in told["parts"]} == {"ready"}


def test_status_of_nothing_says_so(user):
    done = user.run("status")
    assert done.code == 1
    assert "nothing was deployed yet" in done.out
    assert "absent deployment/webapp" in done.out


@pytest.mark.double_only
def test_status_says_why_a_part_is_not_well(deployed):
    deployed.double.behave("webapp", "NotReady")
    deployed.until(lambda: not deployed.there("Deployment", "webapp")["status"].get("availableReplicas"))
    done = deployed.run("status")
    assert done.code == 1
    assert "progressing deployment/webapp" in done.out
    assert "container webapp of pod webapp-" in done.out
    assert "runs, and is not ready" in done.out


def test_status_tells_room_certificate_and_drift_as_far_as_they_are_seen(deployed):
    done = deployed.run("status")
    assert "  drift: none\n" in done.out
    assert "  certificate of shop.example.org: not seen from here: " in done.out
    assert "not known nodes: this user may not list them" in done.out
    drift(deployed)
    told = deployed.run("status", "-o", "json").json()
    assert told["drift"] == {"objects": ["configmap/webapp"], "said": "", "problem": ""}
    assert {each["name"] for each in told["parts"]} >= {"deployment/webapp"}
