import asyncio
import socket

import pytest
from django.conf import LazySettings

from monitor.models import Outcome
from monitor.services.probing import Result, probe
from tests.monitor.services.conftest import Names
from tests.monitor.services.servers import OK, dripping, redirecting, serving

pytestmark = pytest.mark.usefixtures("loopback")


def look(url: str, timeout_seconds: float = 5) -> Result:
    return asyncio.run(probe(url, 200, timeout_seconds))


def counting_down(connection: socket.socket, path: str) -> None:
    left = int(path.strip("/"))
    connection.sendall(redirecting(f"/{left - 1}") if left else OK)


def test_as_many_redirects_as_allowed_are_followed(settings: LazySettings) -> None:
    with serving(counting_down) as server:
        assert look(server.url("/5")).outcome == Outcome.OK
        assert look(server.url("/6")).outcome == Outcome.REDIRECTS
        settings.PROBE_MAX_REDIRECTS = 6
        assert look(server.url("/6")).outcome == Outcome.OK


def test_a_circle_ends() -> None:
    with serving(redirecting("/")) as server:
        result = look(server.url())
    assert (result.outcome, result.error) == (Outcome.REDIRECTS, "more redirects than are followed")
    assert len(server.requests) == 6


@pytest.mark.parametrize(
    "to",
    [
        "http://169.254.169.254/latest/meta-data/iam/",
        "//169.254.169.254/",
        "http://2852039166/",
        "http://[::ffff:169.254.169.254]/",
        "http://[fd00:ec2::254]/",
        "http://metadata.example/",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "http://user:secret@127.0.0.1/",
    ],
)
def test_a_redirect_leads_nowhere_that_a_target_may_not_be(to: str, names: Names) -> None:
    names["metadata.example"] = ["169.254.169.254"]
    with serving(redirecting(to)) as server:
        result = look(server.url())
    assert result.outcome == Outcome.REFUSED
    assert "secret" not in result.error


def test_a_redirect_into_a_private_network_is_refused(names: Names, settings: LazySettings) -> None:
    inner = "http://10.0.0.1/admin"
    with serving(redirecting(inner)) as server:
        names["outer.example"] = ["127.0.0.1"]
        settings.PROBE_ALLOW_PRIVATE = False
        assert look(server.url(host="outer.example")).outcome == Outcome.REFUSED
    assert server.requests == []


def test_a_name_that_changes_its_address_is_judged_each_time_it_is_used(names: Names) -> None:
    def answer(connection: socket.socket, _path: str) -> None:
        names["changing.example"] = ["169.254.169.254"]
        connection.sendall(redirecting("/again"))

    names["changing.example"] = ["127.0.0.1"]
    with serving(answer) as server:
        result = look(server.url(host="changing.example"))
    assert result.outcome == Outcome.REFUSED
    assert len(server.requests) == 1


def test_a_name_is_resolved_once_for_a_connection(names: Names, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    ask = socket.getaddrinfo

    def getaddrinfo(host: bytes, port: int, **kinds: int) -> object:
        asked.append(host)
        return ask(host, port, **kinds)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    names["once.example"] = ["127.0.0.1"]
    with serving(OK) as server:
        assert look(server.url(host="once.example")).outcome == Outcome.OK
    assert asked == [b"once.example"]


def test_the_body_of_a_redirect_is_not_read() -> None:
    head = b"HTTP/1.1 302 Elsewhere\r\nLocation: /end\r\nTransfer-Encoding: chunked\r\n\r\n"
    endless = dripping(head, b"10000\r\n" + b"x" * 65536 + b"\r\n", pause=0)

    def answer(connection: socket.socket, path: str) -> None:
        if path == "/end":
            connection.sendall(OK)
        else:
            endless(connection, path)

    with serving(answer) as server:
        assert look(server.url(), timeout_seconds=2).outcome == Outcome.OK
