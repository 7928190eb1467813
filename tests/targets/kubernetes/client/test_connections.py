"""Connections that stay open: used again, replaced once the server has closed them, never waited on without end."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPException

import pytest

from kkinfra.targets.kubernetes.client.connections import Connections


@pytest.fixture
def connected(servers):
    made = Connections(servers["http"], None, 60, 60)
    yield made
    made.clear()


def told_by(connections, url, **options):
    return json.loads(connections.request("GET", url, headers={}, **options).data)


def whole_request(connection):
    """Head and body, which may come in several pieces."""
    found = b""
    while b"\r\n\r\n" not in found:
        found += connection.recv(65_536)
    head, _, body = found.partition(b"\r\n\r\n")
    length = int(re.search(rb"(?i)content-length: (\d+)|$", head)[1] or 0)
    while len(body) < length:
        body += connection.recv(65_536)
    return head + b"\r\n\r\n" + body


@contextmanager
def scripted(*answers):
    """A server that gives each connection one answer, whatever it asks, and closes it; None is silence."""
    heard, closed = [], threading.Semaphore(0)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve():
            for answer in answers:
                connection, _ = listening.accept()
                with connection:
                    heard.append(whole_request(connection))
                    if answer is None:
                        over.wait(60)
                    else:
                        connection.sendall(answer)
                closed.release()

        over = threading.Event()
        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", heard, closed
        over.set()
        thread.join()


def test_one_is_used_again(connected, servers):
    first, second = (told_by(connected, f"{servers['http']}/a?b=1&c=%2F") for _ in range(2))
    assert first == second
    assert first["path"] == "/a?b=1&c=%2F"


def test_several_threads_have_one_each(connected, servers):
    gate = threading.Barrier(4)

    def ask(_):
        gate.wait(60)
        return told_by(connected, f"{servers['http']}/")["connection"]

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(ask, range(4)))) > 1


def test_a_path_of_the_server_s_own_is_kept(connected, servers):
    assert told_by(connected, f"{servers['http']}/k8s/clusters/c-1/version")["path"] == "/k8s/clusters/c-1/version"


ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


def test_one_that_the_server_has_closed_meanwhile_is_replaced():
    with scripted(ANSWER, ANSWER) as (url, heard, closed):
        connections = Connections(url, None, 60, 60)
        for _ in range(2):
            assert connections.request("GET", f"{url}/", headers={}).data == b"{}"
            assert closed.acquire(timeout=60)
        assert len(heard) == 2
        connections.clear()


def test_one_that_the_server_announces_to_close_is_not_kept():
    closing = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"
    with scripted(closing) as (url, *_):
        connections = Connections(url, None, 60, 60)
        connections.request("GET", f"{url}/", headers={})
        assert not connections._idle


@pytest.mark.parametrize("answer", [b"", b"junk\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}"])
def test_what_is_no_answer_or_not_the_whole_of_one_is_an_error_and_its_connection_is_closed(answer):
    with scripted(answer) as (url, *_):
        connections = Connections(url, None, 60, 60)
        with pytest.raises((OSError, HTTPException)):
            connections.request("GET", f"{url}/", headers={})
        assert not connections._idle


def test_silence_ends_after_the_time_that_reading_may_take():
    with scripted(None, None) as (url, *_):
        connections = Connections(url, None, 60, 0.2)
        for options in ({}, {"timeout": 0.1}):
            begun = time.monotonic()
            with pytest.raises(TimeoutError):
                connections.request("GET", f"{url}/", headers={}, **options)
            assert time.monotonic() - begun < 30


def test_an_answer_is_read_as_it_comes_and_its_connection_is_not_used_again():
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"
    with scripted(chunked) as (url, *_):
        connections = Connections(url, None, 60, 60)
        answer = connections.request("GET", f"{url}/", headers={}, preload_content=False)
        assert (answer.status, answer.data, b"".join(answer.stream())) == (200, b"", b"onetwo")
        answer.close()
        assert not connections._idle


def test_headers_are_found_in_whichever_case_they_come():
    with scripted(b"HTTP/1.1 429 Busy\r\nretry-after: 7\r\nContent-Length: 0\r\n\r\n") as (url, *_):
        answer = Connections(url, None, 60, 60).request("GET", f"{url}/", headers={})
        assert (answer.status, answer.headers.get("Retry-After", "")) == (429, "7")


def test_a_body_and_headers_are_sent():
    with scripted(ANSWER) as (url, heard, _):
        Connections(url, None, 60, 60).request(
            "PATCH", f"{url}/x", body=b'{"a": 1}', headers={"Content-Type": "text/x"}
        )
        assert heard[0].startswith(b"PATCH /x HTTP/1.1\r\n")
        assert b"Content-Type: text/x\r\n" in heard[0]
        assert heard[0].endswith(b'\r\n\r\n{"a": 1}')
