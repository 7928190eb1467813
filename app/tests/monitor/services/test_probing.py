import asyncio
import gzip
import socket
import time
import tracemalloc

import pytest
from django.conf import LazySettings

from monitor.models import Outcome
from monitor.services.probing import Result, probe
from tests.monitor.services.conftest import Names
from tests.monitor.services.servers import OK, Answer, dripping, redirecting, serving

pytestmark = pytest.mark.usefixtures("loopback")


def look(url: str, expected_status: int = 200, timeout_seconds: float = 5) -> Result:
    return asyncio.run(probe(url, expected_status, timeout_seconds))


def test_what_answers_as_expected_is_ok_and_its_latency_known() -> None:
    def answer(connection: socket.socket, path: str) -> None:
        time.sleep(0.05)
        connection.sendall(OK if path == "/health?full=1" else b"")

    with serving(answer) as server:
        result = look(server.url("/health?full=1"))
    assert (result.outcome, result.status_code, result.error) == (Outcome.OK, 200, "")
    assert result.latency_ms is not None
    assert 50 <= result.latency_ms < 1000


def test_a_request_names_the_product_and_carries_no_cookies(settings: LazySettings) -> None:
    with serving(b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n") as server:
        for _ in range(2):
            look(server.url())
    assert f"User-Agent: kkambbaki/{settings.RELEASE}\r\n" in server.requests[1]
    assert f"Host: 127.0.0.1:{server.port}\r\n" in server.requests[1]
    assert "cookie" not in server.requests[1].lower()


@pytest.mark.parametrize("status", [204, 301, 404, 503])
def test_any_status_can_be_the_expected_one(status: int) -> None:
    with serving(redirecting("http://169.254.169.254/", status)) as server:
        assert look(server.url(), expected_status=status).outcome == Outcome.OK


def test_another_status_is_told_and_its_body_not_waited_for() -> None:
    with serving(dripping(b"HTTP/1.1 500 Oh\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n")) as server:
        result = look(server.url())
    assert (result.outcome, result.status_code) == (Outcome.WRONG_STATUS, 500)
    assert result.error == "status 500 instead of 200"
    assert result.latency_ms is not None


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "answer",
    [
        dripping(b"", b""),
        dripping(b"HTTP/1.1 200 OK\r\n", b"X-Drip: 1\r\n"),
        dripping(b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"),
        dripping(CHUNKED, b"1\r\nx\r\n"),
        dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"x"),
    ],
    ids=["nothing", "headers", "informational", "chunks", "body"],
)
def test_what_never_ends_ends_with_the_timeout(answer: Answer) -> None:
    with serving(answer) as server:
        result = look(server.url(), timeout_seconds=0.15)
    assert (result.outcome, result.error) == (Outcome.TIMEOUT, "no complete answer within the timeout")


@pytest.mark.parametrize(
    "answer",
    [
        dripping(CHUNKED, b"10000\r\n" + b"x" * 65536 + b"\r\n", pause=0),
        dripping(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65536, pause=0),
        b"HTTP/1.1 200 OK\r\nContent-Length: 1000001\r\n\r\n" + b"x" * 1_000_001,
    ],
    ids=["endless chunks", "endless body", "one byte too much"],
)
def test_what_is_too_large_is_not_read_to_its_end(answer: bytes | Answer) -> None:
    with serving(answer) as server:
        result = look(server.url())
    assert (result.outcome, result.latency_ms) == (Outcome.TOO_LARGE, None)


def test_the_largest_allowed_answer_is_ok() -> None:
    with serving(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 1_000_000) as server:
        assert look(server.url()).outcome == Outcome.OK


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\x00\xff" * 1000,
        b"hello, this is HTTP/0.9\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nbad header\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 50_000 + b"\r\n",
        redirecting("http://[::1/"),
        redirecting("http://a:b:c/"),
    ],
)
def test_what_is_no_http_is_malformed_and_none_of_it_is_repeated(answer: bytes) -> None:
    with serving(answer) as server:
        result = look(server.url())
    assert (result.outcome, result.error) == (
        Outcome.MALFORMED,
        "the answer is not valid HTTP, or ended too early",
    )


def test_a_gzip_bomb_is_counted_as_it_was_sent_and_never_unpacked() -> None:
    bomb = gzip.compress(bytes(100_000_000))
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n".encode()
    with serving(head + bomb) as server:
        tracemalloc.start()
        result = look(server.url())
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert result.outcome == Outcome.OK
    assert peak < 3_000_000


def test_a_closed_port_is_told_as_such() -> None:
    with serving(OK) as server:
        url = server.url()
    result = look(url)
    assert (result.outcome, result.error) == (Outcome.CONNECTION, "connection refused")


def test_a_name_without_address_is_told_as_such() -> None:
    result = look("http://no-such-name.invalid/?token=secret")
    assert (result.outcome, result.error) == (Outcome.DNS, "No address was found for no-such-name.invalid.")


@pytest.mark.parametrize("url", ["http://", "http://a:port/?token=secret", "http://u:secret@127.0.0.1/", "gopher://a/"])
def test_what_should_not_have_been_saved_is_refused_and_not_repeated(url: str) -> None:
    result = look(url)
    assert result.outcome == Outcome.REFUSED
    assert "secret" not in result.error


def test_the_next_address_is_tried_when_one_takes_no_connection(names: Names) -> None:
    names["two.example"] = ["127.0.0.2", "127.0.0.1"]
    with serving(OK) as server:
        result = look(server.url(host="two.example"))
    assert result.outcome == Outcome.OK
    assert server.requests[0].count(f"Host: two.example:{server.port}\r\n") == 1
