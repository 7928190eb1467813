"""A registry on loopback that answers as Debian's docker-registry (2.8.2), with a login or a token where wanted."""

from __future__ import annotations

import base64
import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
LOGIN = "user:sentinel-login"
TOKEN = "sentinel-token"  # noqa: S105 - nobody's


@dataclass
class RecordedRegistry:
    """`tags` have the platforms by name and tag, `a/b:1`; one alone is no list, as a classic builder pushes it.

    `asks_for` is nothing, `Basic` or `Bearer`; `asked` are paths, each with what let it in.
    """

    tags: dict[str, list[str]] = field(default_factory=dict)
    asks_for: str = ""
    status: int = 200
    asked: list[tuple[str, str]] = field(default_factory=list)

    def __enter__(self):
        handler = type("Handler", (_Handler,), {"registry": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self._server.server_port}"

    @property
    def login(self) -> bytes:
        """Docker's configuration for it, and for another registry."""
        auths = {self.host: LOGIN, "other.example.org": "other:sentinel-other"}
        made = {host: {"auth": base64.b64encode(text.encode()).decode()} for host, text in auths.items()}
        return json.dumps({"auths": made}).encode()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    registry: RecordedRegistry

    def log_message(self, *_):
        """Say nothing."""

    def do_GET(self):
        parts, said = urlsplit(self.path), self.headers.get("Authorization", "")
        self.registry.asked.append((self.path, said))
        if parts.path == "/token":
            self.registry.asked[-1] = (f"/token {parse_qs(parts.query)['scope'][0]}", said)
            return self.document({"token": TOKEN} if said == self.basic() else {"details": "no"})
        if self.registry.status != 200:
            return self.document({"errors": []}, self.registry.status)
        if self.registry.asks_for and said not in (self.basic(), f"Bearer {TOKEN}"):
            return self.document({"errors": []}, 401, {"WWW-Authenticate": self.challenge(parts.path)})
        name, _, rest = parts.path.removeprefix("/v2/").rpartition("/manifests/")
        if name:
            found = self.registry.tags.get(f"{name}:{rest}")
            return self.document(*_manifest(found)) if found else self.document({"errors": []}, 404)
        system, architecture = parts.path.rpartition("/")[2].removeprefix("sha256:").split("-")
        return self.document({"os": system, "architecture": architecture, "rootfs": {}})

    def basic(self):
        return f"Basic {base64.b64encode(LOGIN.encode()).decode()}"

    def challenge(self, path):
        if self.registry.asks_for == "Basic":
            return 'Basic realm="test"'
        name = path.removeprefix("/v2/").partition("/manifests/")[0].partition("/blobs/")[0]
        return (
            f'Bearer realm="http://{self.registry.host}/token",service="registry.test",scope="repository:{name}:pull"'
        )

    def document(self, value: Any, status: int = 200, headers: dict[str, str] | None = None):
        content = json.dumps(value).encode()
        self.send_response(status)
        for key, text in {"Content-Length": str(len(content)), **(headers or {})}.items():
            self.send_header(key, text)
        self.end_headers()
        self.wfile.write(content)


def _manifest(platforms: list[str]) -> tuple[dict[str, Any], int, dict[str, str]]:
    if len(platforms) == 1:
        digest = f"sha256:{platforms[0].replace('/', '-')}"
        manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": {"digest": digest}}
        return manifest, 200, {"Content-Type": MANIFEST}
    pairs = (each.split("/") for each in platforms)
    listed = [{"platform": {"os": system, "architecture": architecture}} for system, architecture in pairs]
    return {"schemaVersion": 2, "mediaType": INDEX, "manifests": listed}, 200, {"Content-Type": INDEX}
