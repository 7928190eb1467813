"""Watches: https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes."""

from __future__ import annotations

import http.client
import json
import threading
import time
from urllib.parse import urlencode, urlsplit

import pytest


class Watcher:
    """Reads the events of one watch in a thread, until it ends."""

    def __init__(self, cluster, **query):
        self.events = []
        self._connection = http.client.HTTPConnection(urlsplit(cluster.url).netloc, timeout=60)
        path = f"/api/v1/namespaces/shop/configmaps?{urlencode({'watch': 'true', **query})}"
        self._connection.request("GET", path, headers={"Authorization": "Bearer admin"})
        self._response = self._connection.getresponse()
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def _read(self):
        try:
            for line in self._response:
                self.events.append(json.loads(line))
        except (http.client.HTTPException, ConnectionError):
            pass
        self._connection.close()

    def ended(self):
        self._thread.join(10)
        assert not self._thread.is_alive()
        return [(event["type"], event["object"].get("metadata", {}).get("name")) for event in self.events]


@pytest.fixture
def version(client):
    return client.get("ConfigMap").body["metadata"]["resourceVersion"]


def test_a_watch_tells_what_happens_after_a_version(cluster, client, config_map, version):
    watcher = Watcher(cluster, resourceVersion=version, timeoutSeconds="1")
    client.create(config_map)
    client.edit("ConfigMap", "settings", {"data": {"A": "2"}})
    client.delete("ConfigMap", "settings")
    assert watcher.ended() == [("ADDED", "settings"), ("MODIFIED", "settings"), ("DELETED", "settings")]
    assert watcher.events[0]["object"]["kind"] == "ConfigMap"


def test_a_watch_without_a_version_starts_with_what_is_there(cluster, client, config_map):
    client.create(config_map)
    assert Watcher(cluster, timeoutSeconds="1").ended() == [("ADDED", "settings")]


def test_what_ceases_to_fit_a_selector_is_deleted_from_its_view(cluster, client, config_map, version):
    config_map["metadata"]["labels"] = {"tier": "web"}
    client.create(config_map)
    client.edit("ConfigMap", "settings", {"metadata": {"labels": {"tier": "db"}}})
    watcher = Watcher(cluster, resourceVersion=version, timeoutSeconds="1", labelSelector="tier=web")
    assert watcher.ended() == [("ADDED", "settings"), ("DELETED", "settings")]


def test_a_bookmark_tells_the_version_at_the_end(cluster, version):
    watcher = Watcher(cluster, resourceVersion=version, timeoutSeconds="1", allowWatchBookmarks="true")
    assert watcher.ended() == [("BOOKMARK", None)]
    assert watcher.events[0]["object"]["metadata"]["resourceVersion"] == version


def test_a_version_that_is_gone_is_told_in_the_stream(cluster, version):
    cluster.faults.expire_watches()
    watcher = Watcher(cluster, resourceVersion=version, timeoutSeconds="1")
    assert watcher.ended() == [("ERROR", None)]
    assert watcher.events[0]["object"]["code"] == 410
    assert watcher.events[0]["object"]["reason"] == "Expired"


def test_an_open_watch_is_told_that_it_is_gone(cluster, version):
    watcher = Watcher(cluster, resourceVersion=version, timeoutSeconds="5")
    cluster.faults.expire_watches()
    assert watcher.ended() == [("ERROR", None)]


def test_a_watch_is_dropped_in_the_middle(cluster, client, config_map, version):
    start = time.monotonic()
    cluster.faults.drop_watches(after=1)
    watcher = Watcher(cluster, resourceVersion=version, timeoutSeconds="60")
    client.create(config_map)
    client.delete("ConfigMap", "settings")
    assert watcher.ended() == [("ADDED", "settings")]
    assert time.monotonic() - start < 30
