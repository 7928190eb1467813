"""The Docker engine, asked over its socket: a real HTTP server that answers what a real engine was heard to answer."""

from __future__ import annotations

import json
import signal
import socketserver
import subprocess
import threading
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit

import pytest

from kkinfra.host.engine import EngineContainer, HostEngine
from kkinfra.host.errors import HostError

STDOUT, STDERR = 1, 2


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """`answers` are by method and path: a status and a body, or something to call with the handler."""

    daemon_threads = True
    answers: dict
    asked: list

    def get_request(self):
        return super().get_request()[0], ("engine", 0)

    def handle_error(self, request, client_address):
        """Who asked does not wait any longer, which is none of its business."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.server.asked.append((self.command, parts.path, query))
        found = self.server.answers.get((self.command, parts.path), (404, {"message": "no such thing"}))
        if callable(found):
            found(self)
            return
        status, body = found
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_POST(self):
        self.do_GET()

    def do_DELETE(self):
        self.do_GET()

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def server(tmp_path):
    path = str(tmp_path / "docker.sock")
    with Server(path, Handler) as found:
        found.answers, found.asked = {}, []
        thread = threading.Thread(target=found.serve_forever, args=(0.01,))
        thread.start()
        yield found
        found.shutdown()
        thread.join()


@pytest.fixture
def engine(server):
    return HostEngine(server.server_address)


@pytest.fixture
def one():
    return EngineContainer({"Id": "abc", "Name": "/shop-redis-1", "State": {}, "Config": {}})


def frame(text, stream=STDOUT):
    content = text.encode()
    return bytes([stream, 0, 0, 0]) + len(content).to_bytes(4, "big") + content


def test_containers_of_a_project_are_inspected_one_by_one(server, engine):
    server.answers.update({
        ("GET", "/containers/json"): (200, [{"Id": "a"}, {"Id": "gone"}, {"Id": "b"}]),
        ("GET", "/containers/a/json"): (200, {"Id": "a", "Name": "/x"}),
        ("GET", "/containers/b/json"): (200, {"Id": "b", "Name": "/y"}),
    })  # fmt: skip
    assert [each.id for each in engine.containers("shop")] == ["a", "b"]
    _, _, query = server.asked[0]
    assert query["all"] == "true"
    assert json.loads(query["filters"]) == {"label": ["com.docker.compose.project=shop"]}


def test_what_is_not_there_is_nothing(engine):
    assert engine.container("nosuch") is None
    assert engine.image("nosuch:1") is None
    assert engine.volume("nosuch") == ""


def test_names_may_hold_what_a_path_may_not(server, engine):
    engine.image("registry:5000/o/r@sha256:abc")
    engine.container("a b?c")
    assert [path for _, path, _ in server.asked] == [
        "/images/registry%3A5000/o/r%40sha256%3Aabc/json", "/containers/a%20b%3Fc/json",
    ]  # fmt: skip


def test_a_volume_has_a_directory(server, engine):
    server.answers["GET", "/volumes/shop_sockets"] = (200, {"Mountpoint": "/var/lib/docker/volumes/shop_sockets/_data"})
    assert engine.volume("shop_sockets") == "/var/lib/docker/volumes/shop_sockets/_data"


def test_logs_are_of_both_streams_and_without_frames(server, engine, one):
    text = frame("one\n") + frame("두 번째\n", STDERR) + frame("three\n")
    server.answers["GET", "/containers/abc/logs"] = (200, text)
    assert engine.logs(one, 5) == "one\n두 번째\nthree"
    assert server.asked[-1][2] == {"stdout": "1", "stderr": "1", "tail": "5", "timestamps": "0"}


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (b"", ""),
        (b"plain text of a terminal\n", "plain text of a terminal"),
        (frame("whole\n") + frame("cut off")[:-4], "whole\ncut"),
        (frame("ab\n").replace(b"ab", b"\xff\xfe"), "\N{REPLACEMENT CHARACTER}" * 2),
        (frame(""), ""),
    ],
)
def test_logs_that_are_no_whole_frames_are_told_as_far_as_they_go(server, engine, one, said, text):
    server.answers["GET", "/containers/abc/logs"] = (200, said)
    assert engine.logs(one, 5) == text


def test_logs_of_a_container_that_is_gone_are_none(engine, one):
    assert engine.logs(one, 5) == ""


def test_a_container_is_stopped_within_its_grace_and_then_waited_for(server, engine, one):
    server.answers["POST", "/containers/abc/stop"] = (304, b"")
    engine.stop(one, 75)
    assert server.asked == [("POST", "/containers/abc/stop", {"t": "75"})]


@pytest.mark.parametrize(
    "answer",
    [
        (204, b""),
        (404, {"message": "No such container"}),
        (409, {"message": "removal of container abc is already in progress"}),
    ],
)
def test_a_container_that_is_gone_is_removed(server, engine, one, answer):
    server.answers["DELETE", "/containers/abc"] = answer
    engine.remove(one)
    assert server.asked[-1][2] == {"force": "true", "v": "true"}


def test_a_container_that_cannot_be_removed_is_told_by_name(server, engine, one):
    server.answers["DELETE", "/containers/abc"] = (500, {"message": "device or resource busy"})
    with pytest.raises(HostError, match="the Docker engine does not remove shop-redis-1: device or resource busy"):
        engine.remove(one)


def test_a_refusal_is_told_with_its_reason(server, engine, one):
    server.answers["POST", "/containers/abc/stop"] = (409, {"message": "Container abc is not running"})
    with pytest.raises(HostError, match=r"refuses POST /containers/abc/stop: Container abc is not running"):
        engine.stop(one, 1)
    server.answers["POST", "/containers/abc/stop"] = (500, b"<html>")
    with pytest.raises(HostError, match="<html>"):
        engine.stop(one, 1)


def test_a_signal_goes_to_the_process_and_not_through_the_engine(server, engine, one):
    """An engine that is asked for it takes the container for stopped by hand, and never starts it again by itself."""
    with subprocess.Popen(["sleep", "600"]) as process:
        running = EngineContainer({**one.facts, "State": {"Pid": process.pid}})
        engine.kill(running, "USR1")  # as HUP is ignored by all that nohup starts
        assert process.wait(60) == -signal.SIGUSR1
    assert server.asked == []
    for gone in (running, EngineContainer({**one.facts, "State": {"Pid": 0}})):
        with pytest.raises(HostError, match="shop-redis-1 does not run any more"):
            engine.kill(gone, "HUP")


def test_why_something_is_refused_may_be_asked(server, engine):
    server.answers["GET", "/distribution/x/json"] = (401, {"message": "unauthorized"})
    assert engine.find("/distribution/x/json") == (None, "unauthorized")


def test_a_kill_for_want_of_memory_is_seen_in_the_events(server, engine, one):
    server.answers["GET", "/events"] = (200, b"")
    assert not engine.was_out_of_memory(one, 1.4, 2.6)
    assert (server.asked[-1][2]["since"], server.asked[-1][2]["until"]) == ("1", "3")
    server.answers["GET", "/events"] = (200, b'{"status":"oom","id":"abc"}\n')
    assert engine.was_out_of_memory(one, 1, 2)


def test_ends_are_told_with_their_codes(server, engine, one):
    ends = [{"Actor": {"Attributes": {"exitCode": code}}} for code in ("1", "137")]
    server.answers["GET", "/events"] = (200, "\n".join(map(json.dumps, ends)).encode() + b"\n")
    assert engine.exit_codes(one) == [1, 137]


def test_an_engine_that_is_not_there_is_told_with_what_helps(tmp_path):
    with pytest.raises(HostError, match=r"no Docker engine answers on the host \(No such file.*kkinfra provision ENV"):
        HostEngine(str(tmp_path / "nosuch.sock")).ask("GET", "/version")


def test_an_engine_that_does_not_answer_in_time_is_told(server, engine):
    over = threading.Event()
    server.answers["GET", "/version"] = lambda handler: over.wait(60)
    with pytest.raises(HostError, match=r"the Docker engine did not answer GET /version within 0.2 s"):
        engine.ask("GET", "/version", seconds=0.2)
    over.set()


def half(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "100")
    handler.end_headers()
    handler.wfile.write(b"half")
    handler.close_connection = True


def nothing(handler):
    handler.close_connection = True


def garbage(handler):
    handler.wfile.write(b"what?\r\n\r\n")
    handler.close_connection = True


@pytest.mark.parametrize("ends", [half, nothing, garbage])
def test_an_engine_that_ends_in_the_middle_is_told_as_one_that_does_not_answer(server, engine, ends):
    server.answers["GET", "/version"] = ends
    with pytest.raises(HostError, match=r"(?s)no Docker engine answers on the host \(.+\); see"):
        engine.ask("GET", "/version")
