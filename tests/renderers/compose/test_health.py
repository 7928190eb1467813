"""The health checks, run as they are rendered against servers that are well and servers that are not."""

import os
import socketserver
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from checkout import SPEC_FILE
from kkinfra.spec.loading import load_spec
from kkinfra_compose import health
from programs import need


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        well = self.headers["Host"] == "kkambbaki.singun11.wtf" and self.path == "/ready"
        self.send_response(200 if well else 503)
        self.end_headers()

    def address_string(self):
        return "local"

    def log_message(self, *_):
        pass


@contextmanager
def running(server):
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class UnixServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    def get_request(self):
        request, _ = super().get_request()
        return request, ("local", 0)


@pytest.fixture(scope="module")
def environment():
    return load_spec(SPEC_FILE).environments["production"]


def passes(check, path=None):
    mode, *command = check["test"]
    assert mode == "CMD"
    command[0] = sys.executable if command[0] == "python" else command[0]
    return (
        subprocess.run(command, capture_output=True, env={"PATH": path or os.environ["PATH"]}, check=False).returncode
        == 0
    )


def test_over_a_socket(environment, tmp_path):
    socket = str(tmp_path / "blue.sock")
    assert not passes(health.over_socket(environment, socket, "/ready"))
    with running(UnixServer(socket, Handler)):
        assert passes(health.over_socket(environment, socket, "/ready"))
        assert not passes(health.over_socket(environment, socket, "/ready", "/broken"))
        assert not passes(health.over_socket(environment, socket, "/broken", "/ready"))


@pytest.mark.parametrize("tool", ["python", "curl", "wget", "bash"])
def test_over_a_port_with_what_the_image_has(environment, tmp_path, tool):
    for name in {tool, "sh"} - {"python"}:
        (tmp_path / name).symlink_to(need(name))
    with running(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as server:
        port = server.server_address[1]
        for path, well in (("/ready", True), ("/broken", False)):
            check = health.over_port(environment, port, path, product=tool == "python")
            assert passes(check, path=str(tmp_path)) is well
    assert not passes(check, path=str(tmp_path))
