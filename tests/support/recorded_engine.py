"""An engine that answers over HTTP what a real one (20.10.24, API 1.41) was heard to answer."""

from __future__ import annotations

import io
import json
import re
import sys
import tarfile
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

IMAGE = f"sha256:{'1f8e58318ac6' * 5}abcd"
DIGEST = f"sha256:{'2b306f63d738' * 5}abcd"
OTHER_DIGEST = f"sha256:{'5824a9b583b4' * 5}abcd"

BUILT = [
    {"stream": "Step 1/2 : FROM debian:bookworm-slim"},
    {"stream": "\n"},
    {"stream": " ---> d576fd50ddf6\n"},
    {"stream": "Step 2/2 : RUN echo hello"},
    {"stream": "\n"},
    {"stream": " ---> Running in 6039047e264b\n"},
    {"stream": "\x1b[91mwarning: \x1b[0m"},
    {"stream": "\x1b[91mold\n\x1b[0m"},
    {"stream": "10%\r100%\nhello\n"},
    {"stream": "Removing intermediate container 6039047e264b\n"},
    {"stream": " ---> 1f8e58318ac6\n"},
    {"aux": {"ID": IMAGE}},
    {"stream": "[Warning] One or more build-args [APP_CREATED APP_RELEASE] were not consumed\n"},
    {"stream": "Successfully built 1f8e58318ac6\n"},
]


def failed(message: str, *before: dict[str, Any]) -> list[dict[str, Any]]:
    return [*before, {"errorDetail": {"message": message}, "error": message}]


def pushed(digest: str = DIGEST) -> list[dict[str, Any]]:
    layer = "162b04660b31"
    return [
        {"status": "The push refers to repository [127.0.0.1:5801/x/y]"},
        {"status": "Preparing", "progressDetail": {}, "id": layer},
        {"status": "Pushing", "progressDetail": {"current": 512, "total": 31}, "progress": "[=>]  512B", "id": layer},
        {"status": "Pushed", "progressDetail": {}, "id": layer},
        {"status": f"t1: digest: {digest} size: 524"},
        {"progressDetail": {}, "aux": {"Tag": "t1", "Digest": digest, "Size": 524}},
    ]


@dataclass
class RecordedEngine:
    """What it answers, and what it was asked.

    A list is streamed, a pair is a status with the engine's message. `registry` holds digests by reference;
    a push puts its digest there; `platforms` holds those that the registry has, likewise. `architecture` is the
    engine's own; what it builds is for what was asked, or for `builds_for`, as a real one does that has the base image
    or a step for another. `before_answering` is called once the context has arrived.
    """

    build: Sequence[dict[str, Any]] | tuple[int, str] = field(default_factory=lambda: list(BUILT))
    push: Sequence[dict[str, Any]] | tuple[int, str] = field(default_factory=pushed)
    registry: dict[str, str] = field(default_factory=dict)
    platforms: dict[str, list[str]] = field(default_factory=dict)
    architecture: str = "amd64"
    builds_for: str = ""
    distribution: tuple[int, str] | None = None
    before_answering: Callable[[], object] = lambda: None
    ends_abruptly: bool = False
    url: str = ""
    asked: list[str] = field(default_factory=list)
    query: dict[str, str] = field(default_factory=dict)
    context: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    pushes: list[str] = field(default_factory=list)

    def __enter__(self):
        handler = type("Handler", (_Handler,), {"engine": self})
        self._server = _Server(("127.0.0.1", 0), handler)
        self.url = f"tcp://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def built_by_buildx(self, tags, digest, platforms, pushed):
        """Its registry, or it itself, has what a recorded buildx made."""
        if pushed:
            self.registry |= dict.fromkeys(tags, digest)
            self.platforms |= dict.fromkeys(tags, platforms)
        else:
            self.tags += tags
            self.builds_for = platforms[0].partition("/")[2]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A client that hangs up is none of its business."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    engine: RecordedEngine

    def log_message(self, *_):
        """Say nothing."""

    def do_GET(self):
        path = urlsplit(self.path).path
        if path == "/version":
            return self.document({"ApiVersion": "1.41"})
        if not path.startswith("/v1.41/"):
            return self.document({"message": "page not found"}, 404)
        self.engine.asked.append(path.removeprefix("/v1.41"))
        if path == "/v1.41/version":
            return self.document({"ApiVersion": "1.41", "Os": "linux", "Arch": self.engine.architecture})
        if match := re.fullmatch(r"/v1\.41/distribution/(.+)/json", path):
            return self.distribution(unquote(match[1]))
        asked_for = self.engine.query.get("platform", "linux/amd64").partition("/")[2]
        built_for = self.engine.builds_for or asked_for
        return self.document({"Id": IMAGE, "Size": 160_900_000, "Os": "linux", "Architecture": built_for})

    def do_POST(self):
        parts = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        body = self.body()
        if parts.path == "/recorded":
            self.engine.built_by_buildx(**json.loads(body))
            return self.document({})
        self.engine.asked.append(parts.path.removeprefix("/v1.41"))
        if parts.path.endswith("/build"):
            self.engine.query = query
            with tarfile.open(fileobj=io.BytesIO(body)) as context:
                self.engine.context = sorted(context.getnames())
            self.engine.before_answering()
            return self.answer(self.engine.build)
        name = unquote(parts.path.split("/images/")[1].rpartition("/")[0])
        if parts.path.endswith("/tag"):
            self.engine.tags.append(f"{query['repo']}:{query['tag']}")
            return self.document({}, 201)
        self.engine.pushes.append(f"{name}:{query['tag']}")
        if not isinstance(self.engine.push, tuple):
            for message in self.engine.push:
                if "aux" in message:
                    self.engine.registry.setdefault(f"{name}:{query['tag']}", "")
                    self.engine.registry[f"{name}:{query['tag']}"] = message["aux"]["Digest"]
        return self.answer(self.engine.push)

    def body(self):
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        found = b""
        while size := int(self.rfile.readline(), 16):
            found += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return found

    def distribution(self, reference):
        if self.engine.distribution:
            return self.answer(self.engine.distribution)
        if reference not in self.engine.registry:
            return self.document({"message": "manifest unknown: manifest unknown"}, 404)
        names = self.engine.platforms.get(reference, ["linux/amd64"])
        platforms = [dict(zip(("os", "architecture"), each.split("/"), strict=True)) for each in names]
        return self.document({"Descriptor": {"digest": self.engine.registry[reference]}, "Platforms": platforms})

    def answer(self, answer):
        if isinstance(answer, tuple):
            return self.document({"message": answer[1]}, answer[0])
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for message in answer:
            chunk = json.dumps(message).encode() + b"\r\n"
            self.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
        if self.engine.ends_abruptly:
            self.close_connection = True
            return None
        self.wfile.write(b"0\r\n\r\n")
        return None

    def document(self, value, status=200):
        content = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
