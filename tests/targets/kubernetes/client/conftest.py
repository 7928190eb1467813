"""A real server on loopback that tells what it was asked, over HTTP, or over TLS with a certificate of each client."""

from __future__ import annotations

import json
import ssl
import threading
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import trustme


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        peer = self.connection.getpeercert() if isinstance(self.connection, ssl.SSLSocket) else None
        told = {
            "peer": [list(name) for part in (peer or {}).get("subjectAltName", ()) for name in [part]],
            "authorization": self.headers.get("Authorization", ""), "path": self.path,
            "connection": self.client_address[1],
        }  # fmt: skip
        answer = json.dumps(told).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A client that does not trust it hangs up, as it should."""


@contextmanager
def served(tls=None):
    """Its URL."""
    with Server(("127.0.0.1", 0), Handler) as server:
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http{'s' if tls else ''}://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="package")
def authority():
    return trustme.CA()


@pytest.fixture(scope="package")
def client_certificate(authority):
    return authority.issue_cert("deployer@example.org")


@pytest.fixture(scope="package")
def servers(authority):
    """URLs by scheme."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_OPTIONAL
    with ExitStack() as stack:
        yield {"http": stack.enter_context(served()), "https": stack.enter_context(served(context))}
