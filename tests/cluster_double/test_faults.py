"""Faults on command, and that they befall nothing else."""

from __future__ import annotations

import http.client
import time

import pytest


@pytest.mark.parametrize(
    ("status", "reason"), [(409, "Conflict"), (500, "InternalError"), (503, "ServiceUnavailable"), (504, "Timeout")]
)
def test_as_many_requests_as_are_said_are_refused(cluster, client, config_map, status, reason):
    cluster.faults.refuse(status, 2, method="PATCH", path="configmaps")
    assert client.get("ConfigMap").code == 200
    assert [client.apply(config_map).code for _ in range(3)] == [status, status, 201]
    cluster.faults.refuse(status)
    assert client.apply(config_map).body["reason"] == reason


def test_too_many_requests_says_when_to_come_back(cluster, client):
    cluster.faults.refuse(429, retry_after=3)
    answer = client.get("ConfigMap")
    assert (answer.code, answer.headers["Retry-After"]) == (429, "3")
    assert answer.body == "Too many requests, please try again later.\n"


def test_a_connection_that_is_cut_before_leaves_nothing_done(cluster, client, config_map):
    cluster.faults.cut(method="PATCH")
    with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
        client.apply(config_map)
    assert client.get("ConfigMap", "settings").code == 404


def test_a_connection_that_is_cut_after_leaves_it_done(cluster, client, config_map):
    cluster.faults.cut(after=True, method="PATCH")
    with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
        client.apply(config_map)
    assert client.get("ConfigMap", "settings").code == 200


def test_an_answer_is_delayed(cluster, client):
    cluster.faults.delay(0.2, query="limit=1")
    start = time.monotonic()
    client.get("ConfigMap", limit="1")
    assert time.monotonic() - start >= 0.2


def test_requests_are_remembered_in_order(cluster, client, config_map):
    client.apply(config_map)
    client.get("ConfigMap", "settings")
    asked = [(request.method, request.path, request.parameter("fieldManager")) for request in cluster.requests[-2:]]
    path = "/api/v1/namespaces/shop/configmaps/settings"
    assert asked == [("PATCH", path, "kkinfra"), ("GET", path, "")]
