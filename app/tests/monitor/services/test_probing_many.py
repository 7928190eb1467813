import socket
import threading
import time
from collections import Counter

import pytest

from monitor.models import Outcome
from monitor.services.probing import Job, probe_all
from tests.monitor.services.servers import OK, dripping, serving

pytestmark = pytest.mark.usefixtures("loopback")


def test_many_take_as_long_as_the_slowest_and_come_in_order() -> None:
    def answer(connection: socket.socket, path: str) -> None:
        time.sleep(0.25)
        connection.sendall(OK.replace(b"200", path.strip("/").encode()))

    with serving(answer) as server:
        jobs = [Job(server.url(f"/{status}"), status, 5) for status in range(200, 220)]
        began = time.monotonic()
        results = probe_all(jobs)
        took = time.monotonic() - began
    assert [result.status_code for result in results] == list(range(200, 220))
    assert took < 0.25 * 20 / 2


def test_bad_ones_do_not_harm_good_ones() -> None:
    with serving(OK) as good, serving(dripping(b"", b"x")) as garbage, serving(dripping(b"", b"")) as silent:
        jobs = [Job(server.url(), 200, 0.5) for server in (good, garbage, silent) for _ in range(5)]
        results = probe_all([*jobs, Job("nonsense", 200, 1)])
    found = Counter(result.outcome for result in results)
    assert found[Outcome.OK] == 5
    assert found[Outcome.TIMEOUT] >= 5
    assert found[Outcome.REFUSED] == 1


def test_a_stuck_resolver_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()
    ask = socket.getaddrinfo

    def getaddrinfo(host: bytes, port: int, **kinds: int) -> object:
        if host == b"stuck.example":
            released.wait(20)
        return ask("127.0.0.1", port, **kinds)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    began = time.monotonic()
    try:
        with serving(OK) as server:
            results = probe_all([Job(server.url(), 200, 5)] + [Job("http://stuck.example/", 200, 0.5)] * 50)
        assert time.monotonic() - began < 3
        assert [result.outcome for result in results] == [Outcome.OK] + [Outcome.TIMEOUT] * 50
    finally:
        released.set()
