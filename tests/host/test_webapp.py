"""The webapp's sockets: real ones, in a directory whose path is longer than a socket's may be."""

from __future__ import annotations

import socketserver
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

import pytest

from kkinfra.host import webapp
from kkinfra.host.webapp import Sockets, other
from small_release import DOMAIN, manifest

LONGEST = 108
"""Bytes of a socket's path (unix(7))."""


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True

    def get_request(self):
        return super().get_request()[0], ("nginx", 0)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        good = self.headers["Host"] == DOMAIN and self.headers["X-Forwarded-Proto"] == "https"
        status = self.server.answers.get(self.path, 200) if good else 400
        self.send_response(status)
        if status == 301:
            self.send_header("Location", f"https://{DOMAIN}/")
        self.end_headers()
        self.wfile.write(self.server.colour.encode())

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def directory(tmp_path):
    found = tmp_path / ("d" * 100)
    found.mkdir()
    assert len(f"{found}/green.sock") > LONGEST
    return found


@contextmanager
def serving(directory, colour, monkeypatch, **answers):
    monkeypatch.chdir(directory)  # a relative path is short enough to be bound
    with Server(f"{colour}.sock", Handler) as server:
        server.colour, server.answers = colour, {f"/{path}": status for path, status in answers.items()}
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def test_a_colour_is_asked_as_nginx_would_ask_it(directory, monkeypatch):
    with serving(directory, "blue", monkeypatch):
        answer = Sockets(directory).probe("blue", "/ready", DOMAIN)
        assert (answer.is_good, answer.status, answer.said) == (True, 200, "/ready: 200 OK blue")
        assert Sockets(directory).probe("blue", "/ready", "other.example.org").status == 400


def test_a_redirect_is_told_with_where_it_leads_and_what_helps(directory, monkeypatch):
    with serving(directory, "blue", monkeypatch, ready=301):
        answer = Sockets(directory).probe("blue", "/ready", DOMAIN)
    assert not answer.is_good
    assert f"/ready: 301 Moved Permanently to https://{DOMAIN}/ (a health path must answer by itself" in answer.said


def test_a_colour_that_is_not_there_is_no_answer(directory):
    answer = Sockets(directory).probe("green", "/ready", DOMAIN)
    assert (answer.is_good, answer.status) == (False, 0)
    assert answer.said.startswith("/ready: no answer (")


def test_a_colour_that_says_nothing_is_not_waited_for_for_ever(directory, monkeypatch):
    monkeypatch.setattr(webapp, "_PROBE_SECONDS", 0.2)
    monkeypatch.chdir(directory)
    with webapp.socket.socket(webapp.socket.AF_UNIX) as silent:
        silent.bind("blue.sock")
        silent.listen()
        assert Sockets(directory).probe("blue", "/ready", DOMAIN).said == "/ready: no answer (timed out)"


def test_all_health_paths_must_be_good(directory, monkeypatch):
    app = manifest().webapp
    with serving(directory, "blue", monkeypatch, live=200, ready=503) as server:
        assert Sockets(directory).healthy(app, "blue", DOMAIN).said.startswith("/ready: 503")
        server.answers["/live"] = 500
        assert Sockets(directory).healthy(app, "blue", DOMAIN).said.startswith("/live: 500")
        server.answers.clear()
        assert Sockets(directory).healthy(app, "blue", DOMAIN).is_good


def test_nothing_serves_until_the_first_switch(directory):
    assert Sockets(directory).serving() == ""
    assert Sockets(directory / "nosuch").serving() == ""


@pytest.mark.parametrize("target", ["other.sock", "blue", "../x/green.sock"])
def test_a_link_that_leads_somewhere_else_is_read_as_what_it_names(directory, target):
    (directory / "current.sock").symlink_to(target)
    assert Sockets(directory).serving() == {"other.sock": "", "blue": "blue", "../x/green.sock": "green"}[target]


def test_switching_is_a_moment_at_which_one_of_both_answers(directory, monkeypatch):
    sockets, seen, stop = Sockets(directory), [], threading.Event()

    def read():
        while not stop.is_set():
            seen.append((sockets.serving(), sockets.probe("current", "/ready", DOMAIN).said))

    with serving(directory, "blue", monkeypatch), serving(directory, "green", monkeypatch):
        sockets.switch("blue")
        reader = threading.Thread(target=read)
        reader.start()
        while not seen:
            time.sleep(0.001)
        for number in range(40):
            sockets.switch("green" if number % 2 else "blue")
        stop.set()
        reader.join(timeout=60)
    assert seen
    assert {colour for colour, _ in seen} <= {"blue", "green"}
    assert {said for _, said in seen} <= {"/ready: 200 OK blue", "/ready: 200 OK green"}
    assert sockets.serving() == "green"


def test_the_link_is_relative_since_containers_have_the_directory_elsewhere(directory):
    Sockets(directory).switch("green")
    assert (directory / "current.sock").readlink().name == "green.sock"
    assert not (directory / "current.sock").readlink().is_absolute()


@pytest.mark.parametrize(("colour", "next_one"), [("", "blue"), ("blue", "green"), ("green", "blue")])
def test_the_other_colour(colour, next_one):
    assert other(colour) == next_one


def test_there_are_no_sockets_without_a_webapp_or_a_volume():
    class Engine:
        def __init__(self, place):
            self.place = place

        def volume(self, name):
            assert name == "shop_sockets"
            return self.place

    assert webapp.sockets(Engine("/x"), manifest(webapp=None)) is None
    assert webapp.sockets(Engine(""), manifest()) is None
    assert str(webapp.sockets(Engine("/x"), manifest()).directory) == "/x"
