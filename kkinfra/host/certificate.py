"""Certificates: asked for by certbot, served by Nginx, and proved to be the one that is served.

An authority counts failures (Let's Encrypt: 5 an hour for each name, https://letsencrypt.org/docs/rate-limits/), so
after each one it is left alone for twice as long as before.
"""

from __future__ import annotations

import shutil
import ssl
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kkinfra.host import files, nginx
from kkinfra.host.errors import HostError
from kkinfra.host.plain import mapping

if TYPE_CHECKING:
    from kkinfra.host.engine import HostEngine
    from kkinfra.host.journal import Journal
    from kkinfra.host.layout import Layout
    from kkinfra.host.manifest import Manifest
    from kkinfra.host.services import Services

_FIRST_PAUSE_SECONDS = 3600
_LONGEST_PAUSE_SECONDS = 12 * 3600
_CERTBOT_SECONDS = 300
_PROOF_SECONDS = 15
_LOST = ".lost"


@dataclass(frozen=True)
class Certificates:
    """The certificate of a release's domain."""

    layout: Layout
    engine: HostEngine
    services: Services
    journal: Journal
    manifest: Manifest

    def is_due(self) -> bool:
        """Whether there is none yet, where there shall be one."""
        return self.manifest.certificate is not None and nginx.certificate_file(self.engine, self.manifest) is None

    def is_lost(self) -> bool:
        """Whether it is gone from the disk, and shown by the Nginx that runs: only that one can serve TLS still."""
        return self.is_due() and nginx.Configuration(self.layout, self.engine).is_lost(self.manifest)

    def obtain(self, *, rehearse: bool = False, insist: bool = False) -> bool:
        """Ask for the first one, and serve it; False where that did not work, which is told as a warning.

        With `rehearse`, the authority's staging service is asked first. With `insist`, a pause is not kept.
        """
        until = paused_until(self.layout)
        if until and not insist:
            self.journal.warn(f"no certificate is asked for before {_time(until)}, since it failed before")
            return False
        try:
            if rehearse:
                self._certbot("--dry-run")
            self._certbot()
        except HostError as error:
            pause = _remember_failure(self.layout)
            is_lost = nginx.Configuration(self.layout, self.engine).is_lost(self.manifest)
            serves = "Nginx alone has it still, until it starts again" if is_lost else "so it is served over HTTP"
            self.journal.warn(f"there is no certificate, {serves}: {error}\nnot asked again before {pause}")
            return False
        self.layout.certificate.unlink(missing_ok=True)
        return True

    def renew(self) -> str:
        """Renew it where that is due, and prove that the one on the disk is the one that is served.

        Returns what was done; raises HostError.
        """
        until = paused_until(self.layout)
        if until:
            return f"left alone until {_time(until)}, since it failed before"
        try:
            self._certbot()
        except HostError:
            _remember_failure(self.layout)
            raise
        self.layout.certificate.unlink(missing_ok=True)
        return self.serve()

    def serve(self) -> str:
        """Let Nginx serve the certificate that is on the disk, unless it does already; raises HostError."""
        if self._is_served():
            return "the certificate on the disk is the one that is served"
        served = self.manifest.nginx
        container = self.services.find(served.service.name) if served else None
        if served is None or container is None:
            raise HostError("there is a certificate, and no Nginx to serve it")
        stage = nginx.Configuration(self.layout, self.engine).due(self.manifest)
        nginx.Configuration(self.layout, self.engine).reload(self.manifest, stage, container)
        until = time.monotonic() + _PROOF_SECONDS
        while not self._is_served():
            if time.monotonic() > until:
                raise HostError("Nginx was reloaded, and does not show the certificate that is on the disk")
            time.sleep(0.2)
        return "a new certificate is served"

    def _is_served(self) -> bool:
        file = nginx.certificate_file(self.engine, self.manifest)
        served = self.manifest.nginx
        if file is None or served is None:
            return False
        first = file.read_text().partition("-----END CERTIFICATE-----")
        return nginx.served_certificate(served, self.manifest.domain) == ssl.PEM_cert_to_DER_cert(
            "".join(first[:2]) + "\n"
        )

    def _certbot(self, *flags: str) -> None:
        assert self.manifest.certificate is not None  # noqa: S101 - who asks has one
        service = replace(self.manifest.certificate.service, deadline=_CERTBOT_SECONDS)
        command = self._command(service.name) if flags else []
        self._set_aside()
        with self.journal.step("certificate", " ".join(["certbot", *flags])):
            self.services.run_once(self.manifest, service, *command, *flags)

    def _set_aside(self) -> None:
        """What is left of one that is not whole, or certbot would keep the new one under another name beside it."""
        place = nginx.certbot_directory(self.engine, self.manifest)
        if place is None or not self.is_due():
            return
        domain = self.manifest.domain
        for left in (place / "renewal" / f"{domain}.conf", place / "archive" / domain, place / "live" / domain):
            aside = left.with_name(f"{left.name}{_LOST}")
            if left.is_dir():
                shutil.rmtree(aside, ignore_errors=True)
            if left.exists():
                left.rename(aside)

    def _command(self, service: str) -> list[str]:
        """The arguments of certbot as the release has them: flags can only follow all of them."""
        from kkinfra.host.compose import ComposeProject

        return ComposeProject(self.layout, self.manifest.id).command_of(service)


def paused_until(layout: Layout) -> float:
    """The time until which the authority is left alone, or 0."""
    said = mapping(files.read_json(layout.certificate))
    until = float(said.get("until", 0))
    return until if until > time.time() else 0


def _remember_failure(layout: Layout) -> str:
    failures = int(mapping(files.read_json(layout.certificate)).get("failures", 0)) + 1
    pause = min(_FIRST_PAUSE_SECONDS * 2 ** (failures - 1), _LONGEST_PAUSE_SECONDS)
    until = time.time() + pause
    files.write_json(layout.certificate, {"failures": failures, "until": until})
    return _time(until)


def _time(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(seconds))
