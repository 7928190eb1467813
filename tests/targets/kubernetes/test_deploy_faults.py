"""A server that is busy, stumbles, or is cut off; and a deployer that is killed at any point: a deploy gets there."""

from __future__ import annotations

import base64
import itertools
import os
import threading
import time

import pytest

from cluster_crash import Killing
from cluster_user import image_of
from kkinfra.targets.kubernetes.apply import lock
from kkinfra.targets.kubernetes.client import api

EVERY_KILL = os.environ.get("KKINFRA_TEST_EVERY_KILL") == "yes"
"""Else some of them, which takes less than a minute. Requests that only read are left out: they change nothing."""

pytestmark = pytest.mark.double_only
STATUSES = (429, 500, 502, 503, 504)
ANOTHER = "sentinel-another-5512"


def is_right(user):
    """All is there, nothing is lost, and nothing is left to do."""
    user.settled()
    done = user.run("diff")
    assert (done.code, "nothing differs" in done.out) == (0, True), done.text
    assert user.history()[-1]["result"] == "deployed"
    assert [*user.there("Secret", "shop")["data"]] == ["DJANGO_SECRET_KEY", "POSTGRES_PASSWORD"]
    assert user.there("Deployment", "webapp")["status"]["availableReplicas"] == 1


@pytest.mark.parametrize("status", STATUSES)
def test_a_server_that_stumbles_at_each_request_once_or_twice_is_asked_again(user, status):
    for method in ("GET", "PATCH", "PUT"):
        user.double.faults.refuse(status, 2, method=method)
        user.double.faults.refuse(status, 1, method=method, path="deployments")
    user.deployed()
    is_right(user)


@pytest.mark.parametrize("after", [False, True])
def test_requests_whose_connection_is_cut_are_sent_again(user, after):
    for path in ("namespaces/shop-test$", "configmaps/", "secrets/", "deployments/", "jobs/", "ingresses/", "/pods"):
        user.double.faults.cut(2, path=path, after=after)
    user.deployed()
    is_right(user)


def test_a_server_that_does_not_answer_in_time_is_asked_again(user, monkeypatch):
    monkeypatch.setattr(api, "_READ_SECONDS", 2.0)
    user.double.faults.delay(4.0, method="PATCH", path="deployments/webapp", query="^(?!.*dryRun)")
    user.deployed()
    is_right(user)


def test_a_server_that_is_away_while_a_part_is_waited_for_is_waited_for_too(user):
    user.double.behave("webapp", "Slow", seconds=0.5)
    user.double.faults.refuse(503, 12, method="GET", path="deployments/webapp")
    done = user.deployed()
    assert "waiting for the server" in done.err


def test_what_is_asked_for_with_retry_after_is_waited_for(user):
    user.double.faults.refuse(429, method="GET", retry_after=1)
    began = time.monotonic()
    with pytest.MonkeyPatch.context() as changed:
        changed.setattr(api, "_LONGEST_SECONDS", 30.0)
        assert user.run("diff").code == 2
    assert time.monotonic() - began > 0.9


def test_a_server_that_stays_away_is_told_and_nothing_is_half_done(deployed):
    deployed.write(colour="blue")
    before = deployed.versions()
    deployed.double.faults.refuse(503, 500)
    done = deployed.deploy()
    assert done.code == 1
    assert "currently unable to handle the request" in done.err
    deployed.double.faults.coming.clear()
    assert deployed.versions() == before


def test_somebody_who_writes_in_between_is_not_overwritten(deployed):
    """What was shown is done, or nothing is."""
    deployed.write(colour="blue")
    interfere = threading.Event()

    class Interfering(type(deployed.double.faults)):
        def befalling(self, request):
            if request.method in ("POST", "PUT") and "leases" in request.path and not interfere.is_set():
                interfere.set()
                deployed.double.objects.delete("Service", "webapp", "shop-test")
            return super().befalling(request)

    deployed.double.faults = Interfering()
    done = deployed.deploy()
    assert done.code == 1
    assert "the cluster has changed since the plan was made; nothing was changed" in done.err
    assert deployed.there("ConfigMap", "webapp")["data"]["COLOUR"] == "red"


def release_lock(user):
    """What the next deploy waits for, a minute at most, when the one before was killed."""
    lock.take_away(user.api, user.namespace)


@pytest.mark.parametrize("after", [False, True])
def test_a_first_deploy_that_is_killed_at_any_request_is_done_by_the_next(user, after):
    """Of its requests that write: before each is done, and after."""
    for number in range(38) if EVERY_KILL else range(2 if after else 0, 38, 7):
        user.double.faults = Killing(number, after=after)
        if not user.double.faults.until_over(user):
            break
        user.double.faults.at = 10_000
        if user.get("Lease", lock.NAME):
            release_lock(user)
    user.deployed()
    is_right(user)


@pytest.mark.parametrize(
    ("number", "after"),
    list(itertools.product(range(12), (False, True)))
    if EVERY_KILL
    else [(each, each % 4 == 2) for each in range(0, 12, 2)],
)
def test_a_deploy_that_is_killed_at_any_request_is_done_by_the_next_and_nothing_is_lost(twice_deployed, number, after):
    user = twice_deployed
    user.write(tag="3.0.0", colour="green")
    user.values["POSTGRES_PASSWORD"] = ANOTHER
    user.double.faults = killing = Killing(number, after=after)
    assert killing.until_over(user)
    killing.at = 10_000
    release_lock(user)
    user.deployed()
    is_right(user)
    assert image_of(user.there("Deployment", "webapp")).endswith(":3.0.0")
    assert user.there("ConfigMap", "webapp")["data"]["COLOUR"] == "green"
    assert base64.b64decode(user.there("Secret", "shop")["data"]["POSTGRES_PASSWORD"]).decode() == ANOTHER
    assert [each["release"] for each in user.history() if each["result"] == "deployed"][:2] == ["1", "2"]
