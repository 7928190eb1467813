import asyncio
import gc
import socket
import ssl
import struct
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme

from monitor.models import Outcome
from monitor.services import guarded_client
from monitor.services.probing import Result, probe
from tests.monitor.services.conftest import Names
from tests.monitor.services.servers import OK, dripping, redirecting, serving

pytestmark = pytest.mark.usefixtures("loopback")
HOST = "monitored.example"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(autouse=True)
def _trust(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: Names) -> Iterator[None]:
    file = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(file))
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    names[HOST] = ["127.0.0.1"]
    guarded_client._tls.cache_clear()
    yield
    guarded_client._tls.cache_clear()


def identity(issuer: trustme.CA, *names: str, not_after: datetime | None = None) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    issuer.issue_cert(*names, not_after=not_after).configure_cert(context)
    return context


def look(url: str, timeout_seconds: float = 5) -> Result:
    return asyncio.run(probe(url, 200, timeout_seconds))


def test_the_name_is_what_is_verified_though_the_address_is_connected_to(authority: trustme.CA) -> None:
    with serving(OK, identity(authority, HOST)) as server:
        assert look(server.url(host=HOST, scheme="https")).outcome == Outcome.OK
        assert look(server.url(host=f"{HOST}.", scheme="https")).outcome == Outcome.OK


def test_an_address_may_be_verified_too(authority: trustme.CA) -> None:
    with serving(OK, identity(authority, "127.0.0.1")) as server:
        assert look(server.url(scheme="https")).outcome == Outcome.OK


def test_a_certificate_for_another_name_fails(authority: trustme.CA) -> None:
    with serving(OK, identity(authority, "other.example")) as server:
        result = look(server.url(host=HOST, scheme="https"))
    assert result.outcome == Outcome.TLS
    assert "mismatch" in result.error


def test_a_certificate_that_expired_fails(authority: trustme.CA) -> None:
    with serving(OK, identity(authority, HOST, not_after=datetime(2020, 1, 1, tzinfo=UTC))) as server:
        result = look(server.url(host=HOST, scheme="https"))
    assert (result.outcome, result.error) == (Outcome.TLS, "certificate has expired")


def test_a_certificate_of_an_unknown_authority_fails() -> None:
    with serving(OK, identity(trustme.CA(), HOST)) as server:
        assert look(server.url(host=HOST, scheme="https")).outcome == Outcome.TLS


def test_a_port_without_tls_fails_as_tls() -> None:
    with serving(OK) as server:
        result = look(server.url(host=HOST, scheme="https"))
    assert result.outcome == Outcome.TLS


def test_slowness_within_tls_is_slowness(authority: trustme.CA) -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    with serving(dripping(chunked, b"1\r\nx\r\n"), identity(authority, HOST)) as server:
        assert look(server.url(host=HOST, scheme="https"), timeout_seconds=0.5).outcome == Outcome.TIMEOUT


def test_a_connection_that_is_reset_within_tls_is_no_matter_of_certificates(authority: trustme.CA) -> None:
    def answer(connection: socket.socket, _path: str) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
        time.sleep(0.1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # close() resets

    with serving(answer, identity(authority, HOST)) as server:
        result = look(server.url(host=HOST, scheme="https"))
    assert (result.outcome, result.error) == (Outcome.CONNECTION, "connection reset by peer")


def test_a_handshake_that_never_comes_is_slowness() -> None:
    with serving(dripping(b"", b"")) as server:
        assert look(server.url(host=HOST, scheme="https"), timeout_seconds=0.3).outcome == Outcome.TIMEOUT


def test_two_names_at_one_address_share_no_connection(authority: trustme.CA, names: Names) -> None:
    names["second.example"] = ["127.0.0.1"]

    def answer(connection: socket.socket, path: str) -> None:
        connection.sendall(redirecting(f"https://second.example:{server.port}/end") if path == "/" else OK)

    with serving(answer, identity(authority, HOST)) as server:
        result = look(server.url(host=HOST, scheme="https"))
    assert result.outcome == Outcome.TLS


def test_a_handshake_that_is_given_up_leaves_no_connection() -> None:
    closed = threading.Event()

    def answer(connection: socket.socket, _path: str) -> None:
        while connection.recv(65536):
            pass
        closed.set()

    async def probe_and_stay() -> None:
        await probe(server.url(host=HOST, scheme="https"), 200, 0.2)
        assert await asyncio.to_thread(closed.wait, 2)

    gc.disable()
    try:
        with serving(answer) as server:
            asyncio.run(probe_and_stay())
    finally:
        gc.enable()
