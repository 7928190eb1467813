"""Nginx: its configuration tested, reloaded, and asked which one it serves."""

from __future__ import annotations

import http.client
import shutil
import socket
import ssl
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kkinfra.host import files, releases
from kkinfra.host.compose import SERVED, ComposeProject
from kkinfra.host.errors import HostError
from kkinfra.host.process import run

if TYPE_CHECKING:
    from pathlib import Path

    from kkinfra.host.engine import EngineContainer, HostEngine
    from kkinfra.host.layout import Layout
    from kkinfra.host.manifest import Manifest, ReleaseNginx

HTTP, TLS = "http", "tls"
_MOUNTED = "/etc/nginx/kkinfra"
_CANDIDATE = "candidate"
_RELOAD_SECONDS = 15
_TEST_SECONDS = 30
_ASK_SECONDS = 5


@dataclass(frozen=True)
class Configuration:
    """The directory that Nginx mounts: the stages of the release, and `served.conf`, a copy of one of them."""

    layout: Layout
    engine: HostEngine

    def due(self, manifest: Manifest) -> str:
        """The stage that can be served: TLS once there is a certificate, be it one that is lost."""
        has_tls = manifest.nginx is not None and TLS in manifest.nginx.identities
        has_certificate = certificate_file(self.engine, manifest) is not None or self.is_lost(manifest)
        return TLS if has_tls and has_certificate else HTTP

    def is_lost(self, manifest: Manifest) -> bool:
        """Whether the certificate is gone from the disk, and the Nginx that runs shows it still."""
        if certificate_file(self.engine, manifest) is not None:
            return False
        current = releases.current(self.layout)
        if current is None or current.nginx is None or current.domain != manifest.domain:
            return False
        return TLS in current.nginx.identities and identity(current.nginx) == current.nginx.identities[TLS]

    def keep(self, manifest: Manifest, stage: str) -> None:
        """See to it that an Nginx that starts again by itself serves what it serves now."""
        if not self.is_kept(manifest, stage):
            text = (self.layout.release(manifest.id) / "nginx" / f"{stage}.conf").read_bytes()
            files.write(self.layout.nginx / f"{SERVED}.conf", text)

    def is_kept(self, manifest: Manifest, stage: str) -> bool:
        """Whether it would."""
        wanted = files.digest(self.layout.release(manifest.id) / "nginx" / f"{stage}.conf")
        return files.digest(self.layout.nginx / f"{SERVED}.conf") == wanted

    def place(self, manifest: Manifest, stage: str) -> None:
        """Put a release's configuration where a new Nginx finds it."""
        source = self.layout.release(manifest.id) / "nginx"
        self.layout.nginx.mkdir(parents=True, exist_ok=True)
        for path in source.glob("*.conf"):
            files.write(self.layout.nginx / path.name, path.read_bytes())
        shutil.copyfile(source / f"{stage}.conf", self.layout.nginx / f"{_CANDIDATE}.conf")
        files.write(self.layout.nginx / f"{SERVED}.conf", (source / f"{stage}.conf").read_bytes())

    def reload(self, manifest: Manifest, stage: str, container: EngineContainer) -> None:
        """Test a release's configuration, let Nginx load it, and ask; the one of before is restored on failure."""
        nginx = manifest.nginx
        assert nginx is not None  # noqa: S101 - who reloads has one
        text = (self.layout.release(manifest.id) / "nginx" / f"{stage}.conf").read_bytes()
        files.write(self.layout.nginx / f"{_CANDIDATE}.conf", text)
        test(container, _CANDIDATE)
        served = self.layout.nginx / f"{SERVED}.conf"
        before = served.read_bytes() if served.exists() else text
        was = identity(nginx)
        files.write(served, text)
        asked = time.time()
        self.engine.kill(container, "HUP")
        if wait_for(nginx, nginx.identities[stage]):
            return
        files.write(served, before)
        self.engine.kill(container, "HUP")
        log = self.engine.errors(container, asked, 5)
        restored = "that of before serves on" if wait_for(nginx, was) else "see `docker logs` of it"
        raise HostError(
            f"Nginx tested the new configuration and did not load it; {restored}. It said last:\n{log}\n"
            "a port that is taken does that: see `ss -ltnp` on the host"
        )


def test(container: EngineContainer, name: str) -> None:
    """Let a running Nginx test a file of the directory that it mounts; raises HostError with what it says."""
    file = f"{_MOUNTED}/{name}.conf"
    done = run(["docker", "exec", container.id, "nginx", "-t", "-q", "-e", "stderr", "-c", file], seconds=_TEST_SECONDS)
    if done.code:
        raise HostError(f"Nginx refuses the new configuration, and serves on with the one it has:\n{done.said}")


def test_apart(compose: ComposeProject, service: str) -> None:
    """The same, in a container of its own, where none runs yet or the new one has another image."""
    file = f"{_MOUNTED}/{_CANDIDATE}.conf"
    done = compose.run(service, "-t", "-q", "-e", "stderr", "-c", file, seconds=_TEST_SECONDS)
    if done.code:
        raise HostError(f"Nginx refuses the new configuration:\n{done.said}")


def identity(nginx: ReleaseNginx) -> str:
    """The digest of the configuration that is served, as Nginx itself says; empty where it does not."""
    status, said = _asked(nginx.identity_port, "/-/identity", "localhost")
    return said if status == http.client.OK else ""


def wait_for(nginx: ReleaseNginx, wanted: str, seconds: float = _RELOAD_SECONDS) -> bool:
    """Whether Nginx comes to serve a configuration: also an old worker may answer for a while."""
    until = time.monotonic() + seconds
    while identity(nginx) != wanted:
        if time.monotonic() > until:
            return False
        time.sleep(0.1)
    return True


def certificate_file(engine: HostEngine, manifest: Manifest) -> Path | None:
    """The certificate's file on the host, or None where there is none yet."""
    place = certbot_directory(engine, manifest)
    if place is None:
        return None
    live = place / "live" / manifest.domain
    return live / "fullchain.pem" if (live / "fullchain.pem").exists() and (live / "privkey.pem").exists() else None


def certbot_directory(engine: HostEngine, manifest: Manifest) -> Path | None:
    """The directory in which certbot keeps all that is its own, or None where there is none yet."""
    from pathlib import Path

    place = engine.volume(f"{manifest.namespace}_{manifest.certificate.volume}") if manifest.certificate else ""
    return Path(place) if place else None


def asked_through(manifest: Manifest, stage: str, path: str) -> tuple[int, str]:
    """What the product answers through Nginx, on this host: status (0 for none) and text."""
    nginx = manifest.nginx
    assert nginx is not None  # noqa: S101 - who asks has one
    port = nginx.https_port if stage == TLS else nginx.http_port
    return _asked(port, path, manifest.domain, encrypted=stage == TLS)


def _asked(port: int, path: str, host: str, *, encrypted: bool = False) -> tuple[int, str]:
    """What a port of loopback answers: status (0 for none) and the beginning of the text."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_ASK_SECONDS)
    try:
        connection.connect()
        if encrypted:
            connection.sock = unverified().wrap_socket(connection.sock, server_hostname=host)
        connection.request("GET", path, headers={"Host": host})
        response = connection.getresponse()
        return response.status, response.read(_SHOWN).decode(errors="replace").strip()
    except (OSError, http.client.HTTPException) as error:
        return 0, str(error)
    finally:
        connection.close()


def served_certificate(nginx: ReleaseNginx, domain: str) -> bytes:
    """The certificate that Nginx shows, as DER; empty where it shows none."""
    try:
        with socket.create_connection(("127.0.0.1", nginx.https_port), timeout=_ASK_SECONDS) as plain, \
                unverified().wrap_socket(plain, server_hostname=domain) as encrypted:  # fmt: skip
            return encrypted.getpeercert(binary_form=True) or b""
    except (OSError, ssl.SSLError):
        return b""


def unverified() -> ssl.SSLContext:
    """On loopback, where the question is what is shown, not by whom."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


_SHOWN = 300
