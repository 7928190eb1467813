"""Certificates: asked for no oftener than an authority likes, and proved to be the one that is served."""

from __future__ import annotations

import json
import ssl

import pytest

from kkinfra.host import certificate, nginx
from kkinfra.host.certificate import Certificates, paused_until
from kkinfra.host.errors import HostError
from kkinfra.host.journal import Journal, read
from small_release import DOMAIN, layout, manifest, sent, staged

HOUR = 3600
NOW = 1_795_568_523.0  # 2026-11-25 01:02:03 UTC


class Host:
    """Certbot, Nginx and the engine of a host: `shown` is the certificate that Nginx shows."""

    def __init__(self, directory):
        self.directory, self.asked, self.problem, self.issues = directory, [], "", b"first"
        self.shown, self.reloads, self.loads = b"", 0, True

    def volume(self, name):
        assert name == "shop_letsencrypt"
        return str(self.directory)

    def find(self, name):
        return name

    def run_once(self, release, service, *arguments):
        assert service.name == "certbot"
        self.asked.append(arguments)
        if self.problem:
            raise HostError(self.problem)
        if "--dry-run" not in arguments and self.issues:
            self.write(self.issues)
        return ""

    def write(self, content):
        live = self.directory / "live" / DOMAIN
        live.mkdir(parents=True, exist_ok=True)
        (live / "privkey.pem").write_text("key")
        (live / "fullchain.pem").write_text(ssl.DER_cert_to_PEM_cert(content) + ssl.DER_cert_to_PEM_cert(b"above it"))

    def reload(self, _manifest, stage):
        assert stage == "tls"
        self.reloads += 1
        file = self.directory / "live" / DOMAIN / "fullchain.pem"
        if self.loads:
            own, end, _ = file.read_text().partition("-----END CERTIFICATE-----\n")
            self.shown = ssl.PEM_cert_to_DER_cert(own + end)


@pytest.fixture
def clock(monkeypatch):
    """The time, which a test may set."""
    found = [NOW]
    monkeypatch.setattr(certificate.time, "time", lambda: found[0])
    return found


@pytest.fixture
def host(tmp_path, monkeypatch):
    found = Host(tmp_path / "letsencrypt")
    found.directory.mkdir()
    monkeypatch.setattr(nginx, "served_certificate", lambda *_: found.shown)
    monkeypatch.setattr(nginx, "identity", lambda _: "")
    monkeypatch.setattr(nginx.Configuration, "reload", lambda _, manifest, stage, __: found.reload(manifest, stage))
    monkeypatch.setattr(Certificates, "_command", lambda *_: ["certonly"])
    monkeypatch.setattr(certificate, "_PROOF_SECONDS", 0)
    return found


@pytest.fixture
def certificates(tmp_path, host, clock):
    place = layout(tmp_path / "srv")
    place.releases.mkdir(parents=True)
    made = staged(place, manifest(), sent())
    return Certificates(place, host, host, Journal(tmp_path / "journal.jsonl"), made)


def warnings(certificates):
    return [line["text"] for line in read(certificates.journal.path) if line["kind"] == "warning"]


def test_one_is_due_only_where_there_is_none_and_one_is_wanted(certificates, host):
    assert certificates.is_due()
    host.write(b"first")
    assert not certificates.is_due()
    plain = Certificates(certificates.layout, host, host, certificates.journal, manifest(certificate=None))
    assert not plain.is_due()


def test_the_first_one_is_asked_for_once(certificates, host):
    assert certificates.obtain()
    assert host.asked == [()]
    assert not certificates.is_due()
    assert paused_until(certificates.layout) == 0


def test_with_a_rehearsal_the_staging_service_is_asked_first(certificates, host):
    assert certificates.obtain(rehearse=True)
    assert host.asked == [("certonly", "--dry-run"), ()]


def test_a_rehearsal_that_fails_spares_the_authority(certificates, host):
    host.problem = "certbot exited with 1: no such domain"
    assert not certificates.obtain(rehearse=True)
    assert host.asked == [("certonly", "--dry-run")]


def test_after_each_failure_it_is_left_alone_for_twice_as_long_up_to_half_a_day(certificates, host, clock):
    host.problem = "certbot exited with 1: connection refused"
    pauses = []
    for _ in range(7):
        assert not certificates.obtain()
        pauses.append((paused_until(certificates.layout) - clock[0]) / HOUR)
        clock[0] = paused_until(certificates.layout) + 1
    assert pauses == [1, 2, 4, 8, 12, 12, 12]
    assert len(host.asked) == 7


def test_within_a_pause_nobody_is_asked(certificates, host, clock):
    host.problem = "certbot exited with 1: connection refused"
    certificates.obtain()
    clock[0] += HOUR - 1
    assert not certificates.obtain()
    assert certificates.renew() == "left alone until 2026-11-25 02:02 UTC, since it failed before"
    assert len(host.asked) == 1
    first, second = warnings(certificates)
    assert first.startswith("there is no certificate, so it is served over HTTP: certbot exited with 1")
    assert first.endswith("not asked again before 2026-11-25 02:02 UTC")
    assert second == "no certificate is asked for before 2026-11-25 02:02 UTC, since it failed before"


def test_who_insists_does_not_wait(certificates, host):
    host.problem = "certbot exited with 1"
    certificates.obtain()
    host.problem = ""
    assert certificates.obtain(insist=True)


def test_a_success_is_the_end_of_pauses(certificates, host, clock):
    host.problem = "certbot exited with 1"
    certificates.obtain()
    clock[0] += HOUR + 1
    certificates.obtain()
    host.problem = ""
    assert certificates.obtain(insist=True)
    host.problem = "certbot exited with 1"
    certificates.obtain()
    assert paused_until(certificates.layout) == clock[0] + HOUR


@pytest.mark.parametrize("text", ["", "{", "[]", json.dumps({"until": 0})])
def test_what_is_not_known_of_pauses_is_none(certificates, text):
    certificates.layout.certificate.write_text(text)
    assert paused_until(certificates.layout) == 0


def test_a_renewal_that_changes_nothing_reloads_nothing(certificates, host):
    host.write(b"first")
    host.shown, host.issues = b"first", b""
    assert certificates.renew() == "the certificate on the disk is the one that is served"
    assert host.reloads == 0


def test_a_new_certificate_is_served(certificates, host):
    host.write(b"first")
    host.shown, host.issues = b"first", b"second"
    assert certificates.renew() == "a new certificate is served"
    assert (host.reloads, host.shown) == (1, b"second")


def test_a_certificate_that_a_reload_does_not_bring_in_is_told(certificates, host):
    host.write(b"first")
    host.shown, host.issues, host.loads = b"first", b"second", False
    with pytest.raises(HostError, match="Nginx was reloaded, and does not show the certificate that is on the disk"):
        certificates.renew()


def test_a_renewal_that_fails_is_told_and_remembered(certificates, host, clock):
    host.problem = "certbot exited with 1"
    with pytest.raises(HostError, match="certbot exited with 1"):
        certificates.renew()
    assert paused_until(certificates.layout) == clock[0] + HOUR


def test_a_certificate_without_an_nginx_is_told(certificates, host, monkeypatch):
    host.write(b"first")
    monkeypatch.setattr(host, "find", lambda _: None)
    with pytest.raises(HostError, match="there is a certificate, and no Nginx to serve it"):
        certificates.serve()


def test_what_is_left_of_one_that_is_not_whole_is_set_aside(certificates, host):
    for kind in ("live", "archive"):
        (host.directory / kind / DOMAIN).mkdir(parents=True)
        (host.directory / kind / DOMAIN / "left").write_text("")
    (host.directory / "renewal").mkdir()
    (host.directory / "renewal" / f"{DOMAIN}.conf").write_text("")
    assert certificates.obtain()
    for kind in ("live", "archive"):
        assert (host.directory / kind / f"{DOMAIN}.lost" / "left").exists()
    assert not (host.directory / "renewal" / f"{DOMAIN}.conf").exists()
    assert not certificates.is_due()
