"""The host that deploys are tried on is what it claims to be."""

from __future__ import annotations

import io
import shlex
import subprocess
import tarfile

import pytest

from kkinfra.rendering.pipeline import open_spec, render
from rehearsal.errors import RehearsalError
from rehearsal.host import keys, load, spec
from rehearsal.host.acme import CERTBOT
from rehearsal.tree import DOMAIN

GIB = 2**30
SITE = """
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class Site(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        self.send_response(200 if self.path == "/version" else 404)
        self.send_header("X-Release", sys.argv[1])
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *arguments): pass
ThreadingHTTPServer(("", int(sys.argv[2])), Site).serve_forever()
"""
SMALL = "kkinfra-test-small:1"


@pytest.fixture(scope="module")
def digest(engine, registry):
    """The reference of an image of a few bytes, which nobody has but the registry."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("empty"))
    engine.api.import_image_from_data(packed.getvalue(), repository="kkinfra-test-small", tag="1")
    try:
        yield registry.push(SMALL, "small")
    finally:
        engine.images.remove(SMALL, force=True)


@pytest.fixture
def logged_in(machine, registry):
    """Where Docker's client finds the login, on the machine."""
    machine.ssh(f"mkdir login && echo {shlex.quote(registry.docker_config)} > login/config.json")
    yield "DOCKER_CONFIG=login"
    machine.ssh("rm -r login")


def pull(machine, digest, *variables):
    machine.ssh(" ".join([*variables, "docker pull", digest]))
    machine.ssh(f"docker image rm {digest}")


@pytest.mark.parametrize("user", ["deploy", "admin"])
def test_it_lets_in_who_has_the_key(machine, user):
    assert machine.ssh("id --user --name && sudo -n id --user", user).split() == [user, "0"]


def test_another_machine_in_its_place_is_noticed(machine, tmp_path):
    public = keys.make(tmp_path / "other")
    (tmp_path / "known_hosts").write_text(f"[127.0.0.1]:{machine.ssh_port} {public}")
    command = keys.ssh("deploy", machine.ssh_port, machine.key, tmp_path / "known_hosts")
    done = subprocess.run([*command, "true"], capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 255
    assert "Host key verification failed." in done.stderr


def test_docker_and_compose_answer_who_deploys(machine):
    assert machine.ssh("docker version --format '{{.Server.Version}}'").startswith("20.10.")
    assert "v5." in machine.ssh("docker compose version")


def test_it_is_as_large_as_a_t2_micro(machine):
    host = machine.container.attrs["HostConfig"]
    assert (host["Memory"], host["MemorySwap"], host["NanoCpus"]) == (GIB, GIB, 10**9)
    assert "exit code 137" in machine.root("python3 -c 'b\"x\" * 1_100_000_000'; echo exit code $?")
    machine.wait_up()


def test_a_digest_is_pulled_with_the_login_alone(machine, digest, logged_in):
    with pytest.raises(RehearsalError, match="no basic auth credentials"):
        pull(machine, digest)
    pull(machine, digest, logged_in)


def test_a_registry_that_is_gone(machine, registry, digest, logged_in):
    registry.stop()
    try:
        with pytest.raises(RehearsalError, match=registry.host):
            pull(machine, digest, logged_in)
    finally:
        registry.start()
    pull(machine, digest, logged_in)


def test_a_reboot_brings_back_what_was_there(machine, registry, digest, logged_in):
    before = machine.host_key
    machine.ssh("docker run --detach --restart unless-stopped --name survivor redis:7.4")
    machine.reboot()
    assert machine.host_key == before
    assert machine.ssh("docker ps --format '{{.Names}}'").split() == ["survivor"]
    pull(machine, digest, logged_in)
    machine.ssh("docker rm --force --volumes survivor")


def test_visitors_see_what_fails_and_who_answers(engine, bare):
    """They would be no proof that nothing fails, if they did not notice it."""
    bare.root(f"echo {shlex.quote(SITE)} > /root/site.py")
    serve = f"systemd-run --quiet --collect --unit=site python3 /root/site.py {{}} {bare.http_port} && sleep 1"
    bare.root(serve.format("old"))
    visitors = load.start(engine, bare, scheme="http")
    try:
        bare.root("sleep 2; systemctl stop site; sleep 2")
        bare.root(serve.format("new"))
    finally:
        counts = visitors.stop()
    assert counts.kept.releases.keys() == counts.fresh.releases.keys() == {"old", "new"}
    assert counts.fresh.failed["ConnectionRefusedError"] >= 50
    assert counts.fresh.dark >= 2
    assert counts.kept.failures >= 1
    assert counts.long.failed.keys() == {"status 404", "ConnectionRefusedError"}


def test_the_authority_issues_for_the_domain(machine, acme):
    asked = f"certonly --standalone --http-01-port {machine.http_port} --domain {DOMAIN}"
    agreed = "--non-interactive --agree-tos --email ops@example.org"
    said = machine.ssh(f"docker run --rm --network host {CERTBOT} {asked} {agreed} 2>&1", seconds=120)
    assert "Successfully received certificate." in said
    assert "Issued certificate serial" in acme.log
    assert acme.root.startswith("-----BEGIN CERTIFICATE-----")


def test_the_bare_one_has_no_engine_yet(bare):
    assert bare.ssh("sudo -n id --user", "admin") == "0\n"
    with pytest.raises(RehearsalError):
        bare.ssh("command -v docker dockerd", "admin")
    with pytest.raises(RehearsalError, match="Permission denied"):
        bare.ssh("true", "deploy")


def test_its_specification_is_valid_and_says_no_secret(project, registry, releases, values, database):
    root = project(releases["a"], stack={"migration": {"deadline": "20s"}}, logs=None)
    environment = open_spec(root / "spec/environments.yaml").environments["production"]
    tree = "".join(each.content for each in render(environment))
    assert releases["a"] in tree
    assert database.address in tree
    assert "timeout -k 10 20" in tree.replace('"', "").replace("\n    - ", " ")
    assert all(spec.SENTINEL in value for name, value in values.items() if name != "REGISTRY_DOCKERCONFIG")
    assert spec.SENTINEL in registry.password
    assert spec.SENTINEL not in tree
