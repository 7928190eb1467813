"""A server that answers as AWS's services of JSON do, on loopback."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

UNTYPED = {"Message": "s3ntinel", "message": "s3ntinel"}
"""What AWS says in its own words is not repeated."""


class Answering(BaseHTTPRequestHandler):
    def do_POST(self):
        given = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.headers["X-Amz-Target"], given, self.headers["Authorization"]))
        status, answer = self.server.answer(given)
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


class Aws(ThreadingHTTPServer):
    """What it was asked for; what it holds, by name; and what it refuses everything else with."""

    def __init__(self, found):
        super().__init__(("127.0.0.1", 0), Answering)
        self.asked, self.held, self.found = [], {}, found

    def answer(self, given):
        return (200, answer) if (answer := self.found(given, self.held)) else self.refusal

    def refuses(self, code, status=400):
        self.refusal = (status, {"__type": code, **UNTYPED})


@contextmanager
def serving(monkeypatch, service, found, refusal):
    """A server that boto3 takes for the service (as its variable for the address names it), while it is entered."""
    with Aws(found) as server:
        server.refuses(refusal)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        monkeypatch.setenv(f"AWS_ENDPOINT_URL_{service}", f"http://127.0.0.1:{server.server_port}")
        yield server
        server.shutdown()


def own_settings(monkeypatch, tmp_path):
    """AWS's settings are those of the test, and no instance is asked for credentials."""
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_SESSION_TOKEN", "HTTPS_PROXY", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
