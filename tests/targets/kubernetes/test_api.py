"""The API server as a client sees it: what is asked again, what is not, and what its refusals say."""

from __future__ import annotations

import json

import pytest

from kkinfra.errors import ApplyConflictError, ClusterError
from kkinfra.targets.kubernetes.client import api
from kkinfra.targets.kubernetes.client.api import Api
from kkinfra.targets.kubernetes.client.kinds import BUILT_IN
from kkinfra.targets.kubernetes.client.refusals import refusal

MAPS = BUILT_IN["", "v1", "ConfigMap"]
MAP = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings", "namespace": "shop"}}


class Answer:
    def __init__(self, status, data=b"{}", **headers):
        self.status, self.data, self.headers = status, data, headers


class Answers:
    """A server whose answers are known beforehand; an exception is a connection that is lost."""

    def __init__(self, *answers):
        self.answers, self.asked = list(answers), []

    def request(self, method, url, **options):
        self.asked.append((method, url, options))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def clear(self):
        self.asked.clear()


@pytest.fixture(autouse=True)
def slept(monkeypatch):
    """How long was waited between requests; in no time."""
    found = []
    monkeypatch.setattr(api.time, "sleep", found.append)
    return found


def served(*answers):
    transport = Answers(*answers)
    return Api("http://127.0.0.1", "test", transport, dict), transport


LOST = ConnectionError("connection reset by peer")


@pytest.mark.parametrize("trouble", [Answer(429), Answer(500), Answer(502), Answer(503), Answer(504), LOST])
def test_what_may_be_asked_twice_is(trouble):
    for ask in (lambda it: it.get(MAPS, "shop", "x"), lambda it: it.apply(MAP), lambda it: it.replace(MAP)):
        client, transport = served(trouble, trouble, Answer(200, b'{"kind": "ConfigMap"}'))
        assert ask(client) == {"kind": "ConfigMap"}
        assert len(transport.asked) == 3


def test_it_is_asked_five_times_at_most(slept):
    client, transport = served(Answer(503, b"busy"))
    with pytest.raises(ClusterError, match="busy"):
        client.get(MAPS, "shop", "x")
    assert (len(transport.asked), len(slept)) == (5, 4)


def test_it_is_waited_longer_each_time(slept, monkeypatch):
    monkeypatch.setattr(api.random, "random", lambda: 1.0)
    client, _ = served(Answer(503))
    with pytest.raises(ClusterError):
        client.get(MAPS, "shop", "x")
    assert slept == [0.4, 0.8, 1.6, 3.2]


@pytest.mark.parametrize(("told", "waited"), [("7", 7.0), ("600", 30.0)])
def test_what_the_server_asks_to_wait_is_waited_half_a_minute_at_most(slept, told, waited):
    client, _ = served(Answer(429, **{"Retry-After": told}), Answer(200))
    client.get(MAPS, "shop", "x")
    assert slept == [waited]


@pytest.mark.parametrize("trouble", [Answer(500), Answer(503), LOST])
def test_what_creates_is_not_asked_twice_where_it_may_have_been_done(trouble):
    client, transport = served(trouble, Answer(201))
    with pytest.raises(ClusterError):
        client.create(MAP)
    assert len(transport.asked) == 1


def test_what_creates_is_asked_again_where_the_server_was_busy():
    client, transport = served(Answer(429), Answer(201))
    client.create(MAP)
    assert len(transport.asked) == 2


@pytest.mark.parametrize("status", [400, 401, 403, 409, 422])
def test_a_refusal_is_not_asked_twice(status):
    client, transport = served(Answer(status, b'{"message": "no", "reason": "Invalid"}'))
    with pytest.raises(ClusterError, match="no") as raised:
        client.apply(MAP)
    assert (raised.value.status, raised.value.reason, len(transport.asked)) == (status, "Invalid", 1)


def test_what_is_not_there_is_nothing():
    client, _ = served(Answer(404, b'{"message": "not found"}'))
    assert client.get(MAPS, "shop", "x") is None
    client.delete(MAPS, "shop", "x")
    assert client.log("shop", "pod", "container") == ""


def test_a_log_that_is_gone_is_none():
    """As a kubelet 1.36 says it."""
    client, _ = served(Answer(200, b"unable to retrieve container logs for containerd://775ce65c1de5b8ef"))
    assert client.log("shop", "pod", "container") == ""


def test_a_list_is_read_page_by_page_and_each_object_says_what_it_is():
    pages = [
        {"items": [{"metadata": {"name": "a"}}], "metadata": {"continue": "next"}},
        {"items": [{"metadata": {"name": "b"}}]},
    ]
    client, transport = served(*(Answer(200, json.dumps(each).encode()) for each in pages))
    found = client.list(MAPS, "shop", labels="a=b")
    assert [(each["kind"], each["metadata"]["name"]) for each in found] == [("ConfigMap", "a"), ("ConfigMap", "b")]
    assert "labelSelector=a%3Db" in transport.asked[0][1]
    assert "continue=next" in transport.asked[1][1]


def test_an_apply_is_strict_and_by_its_manager():
    client, transport = served(Answer(200))
    client.apply(MAP, dry_run=True)
    method, url, options = transport.asked[0]
    assert method == "PATCH"
    assert url.endswith(
        "/api/v1/namespaces/shop/configmaps/settings?fieldManager=kkinfra&fieldValidation=Strict&force=false&dryRun=All"
    )
    assert options["headers"]["Content-Type"] == "application/apply-patch+yaml"


def test_a_deletion_that_is_tried_out_says_so_in_its_body():
    """The server reads no query beside a body: it would delete."""
    client, transport = served(Answer(200))
    client.delete(MAPS, "shop", "settings", dry_run=True)
    _, url, options = transport.asked[0]
    assert "?" not in url
    assert json.loads(options["body"])["dryRun"] == ["All"]


def test_an_answer_that_is_none_of_an_api_server_is_told():
    client, _ = served(Answer(200, b"<html>sign in</html>"))
    with pytest.raises(ClusterError, match="does not answer as an API server does"):
        client.get(MAPS, "shop", "x")


def conflict(*causes):
    details = {
        "causes": [{"reason": "FieldManagerConflict", "message": message, "field": field} for message, field in causes]
    }
    return json.dumps({"message": "Apply failed", "reason": "Conflict", "details": details}).encode()


def test_a_conflict_names_fields_and_their_owners():
    answer = conflict(
        ('conflict with "kubectl-edit" using apps/v1', ".spec.replicas"), ('conflict with "hpa"', ".spec.a")
    )
    error = refusal(409, answer, "/apis/apps/v1/namespaces/shop/deployments/webapp")
    assert isinstance(error, ApplyConflictError)
    assert error.conflicts == ((".spec.replicas", "kubectl-edit using apps/v1"), (".spec.a", "hpa"))
    assert str(error) == (
        "webapp has fields that others own:\n"
        "  .spec.replicas: owned by kubectl-edit using apps/v1\n  .spec.a: owned by hpa"
    )


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"upstream connect error", "upstream connect error"), (b"", "status 503"), (b"[1]", "[1]"),
        (b'{"message": "etcd is away", "details": null}', "etcd is away"), (b"\xff" * 900, "\ufffd" * 200),
    ],
)  # fmt: skip
def test_a_refusal_that_is_no_status_is_told_as_it_is(answer, said):
    assert str(refusal(503, answer, "/x")) == said


def test_a_refusal_says_what_to_do_about_it():
    assert "sign in again" in str(refusal(401, b'{"message": "Unauthorized", "reason": "Unauthorized"}', "/x"))
    assert "ask the cluster's owner" in str(refusal(403, b'{"message": "no", "reason": "Forbidden"}', "/x"))


def test_a_lost_connection_is_told_with_server_and_context():
    client, _ = served(LOST)
    with pytest.raises(
        ClusterError, match=r"no answer from http://127\.0\.0\.1 \(context test\): connection reset"
    ) as raised:
        client.get(MAPS, "shop", "x")
    assert raised.value.status == 0


@pytest.mark.parametrize(("ahead", "taken"), [(3600, 3600), (-3600, -3600), (1, 0)])
def test_the_time_is_the_servers_where_the_clocks_differ(monkeypatch, ahead, taken):
    monkeypatch.setattr(api.time, "time", lambda: 1_000_000.0)
    dates = {
        3600: "Mon, 12 Jan 1970 14:46:40 GMT",
        -3600: "Mon, 12 Jan 1970 12:46:40 GMT",
        1: "Mon, 12 Jan 1970 13:46:41 GMT",
    }
    client, _ = served(Answer(200, Date=dates[ahead]))
    client.get(MAPS, "shop", "x")
    assert client.now() == 1_000_000.0 + taken


@pytest.mark.parametrize("date", ["", "yesterday"])
def test_a_server_that_tells_no_time_is_taken_at_this_machines(date, monkeypatch):
    monkeypatch.setattr(api.time, "time", lambda: 1_000_000.0)
    client, _ = served(Answer(200, Date=date))
    client.get(MAPS, "shop", "x")
    assert client.now() == 1_000_000.0
