"""Nginx across releases: reloaded rather than started again, and believed only as to what it serves."""

from __future__ import annotations

import http.client

import pytest

from failed_deploy import current, fails
from interruptions import DIRECTORY, NAMESPACE, assert_converged
from onlooker import answered_throughout

NGINX = f"{NAMESPACE}-nginx-1"
PLAIN = {"tls": None}
SMALLER = {**PLAIN, "stack": {"nginx": {"max_body": "1MB"}}}
PORT = 8099
"""What Nginx is told to listen on, while somebody else does."""


@pytest.fixture(scope="module")
def host(deployer):
    deployer.write("a", PLAIN)
    deployer.serve("a")
    return deployer


@pytest.fixture
def as_before(host):
    """The specification of before, once the test is over."""
    yield
    host.write("a", PLAIN)


@pytest.fixture
def occupied(machine):
    """Lets a program on the host listen on a port."""

    def occupied(port):
        machine.root(f"systemd-run --quiet --collect --unit=occupant python3 -m http.server {port}")
        machine.root(f"timeout 20 sh -c 'until ss -Hltn sport = :{port} | grep -q .; do sleep 0.1; done'", 30)

    yield occupied
    machine.root("systemctl stop occupant 2>/dev/null || true")


def started(machine):
    """Which container Nginx is, and since when it runs."""
    return machine.root(f"docker inspect --format '{{{{.Id}}}} {{{{.State.StartedAt}}}}' {NGINX}")


def status_of_large_post(machine):
    """What a POST of 2 MB is answered with."""
    connection = http.client.HTTPConnection("127.0.0.1", machine.http_port, timeout=15)
    try:
        connection.request("POST", "/healthz/live", b"x" * 2_000_000, {"Host": "kkambbaki.localhost"})
        return connection.getresponse().status
    finally:
        connection.close()


def served(machine):
    return machine.root("curl --silent --fail http://127.0.0.1:8181/-/identity").strip()


def test_a_changed_configuration_is_loaded_without_a_restart_and_so_is_the_one_of_before(host, machine, as_before):
    before, identity = started(machine), served(machine)
    assert status_of_large_post(machine) != 413
    host.write("a", SMALLER)
    with answered_throughout(machine):
        done = host.deploy("a")
    assert done.returncode == 0, done.stderr
    assert "  ~ nginx: reload: idle connections are closed\n" in done.stdout
    assert "\nnginx: reload, with http\n" in done.stderr
    assert started(machine) == before
    assert status_of_large_post(machine) == 413
    release = host.status()["details"]["release"]
    assert served(machine) == release["current"]["nginx"]["identities"]["http"] != identity
    assert_converged(host, "a")
    with answered_throughout(machine):
        back = host.run("rollback", "production", "--yes")
    assert back.returncode == 0, back.stderr
    assert (started(machine), served(machine)) == (before, identity)
    host.write("a", PLAIN)
    assert_converged(host, "a")


def test_a_configuration_that_is_tested_and_not_loaded_is_taken_back(host, machine, occupied, as_before):
    before, identity = started(machine), served(machine)
    occupied(PORT)
    ports = {"host": {"ports": [22, PORT, machine.https_port]}}
    host.write("a", {**PLAIN, "platform": ports, "stack": {"nginx": {"http_port": PORT}}})
    failure = fails(host, *host.deploying("a"))
    assert "error: Nginx tested the new configuration and did not load it; that of before serves on." in failure.said
    assert f"bind() to 0.0.0.0:{PORT} failed (98: " in failure.said
    assert "\na port that is taken does that: see `ss -ltnp` on the host\n" in failure.said
    assert (started(machine), served(machine)) == (before, identity)
    host.write("a", PLAIN)
    assert_converged(host, "a")


def test_a_port_that_somebody_else_has_is_told_before_nginx_is_started(host, machine, occupied):
    machine.root(f"docker stop {NGINX}")
    occupied(machine.http_port)
    ended = host.history()
    done = host.deploy("a")
    assert done.returncode == 1
    assert "error: production is not ready, and nothing was changed:\n" in done.stderr
    assert f"  port {machine.http_port}: python3 (pid " in done.stderr
    assert "is taken on the host; stop python3, or choose another\n" in done.stderr
    assert host.history() == ended
    machine.root("systemctl stop occupant")
    again = host.deploy("a")
    assert again.returncode == 0, again.stderr
    assert "does not run (exited, exit code 0)" in again.stdout
    assert_converged(host, "a")


def test_a_release_whose_files_were_changed_is_not_gone_back_to(host, machine):
    serves = current(host.history())
    old = next(line["release"] for line in reversed(host.history()) if line["kept"] and not line["serves"])
    machine.root(f"sed -i 's/listen/listens/' {DIRECTORY}/releases/{old}/nginx/http.conf")
    try:
        with answered_throughout(machine):
            done = host.run("rollback", "production", old, "--yes")
    finally:
        machine.root(f"sed -i 's/listens/listen/' {DIRECTORY}/releases/{old}/nginx/http.conf")
    assert done.returncode == 1
    assert f"error: files of release {old} were changed on the host: nginx/http.conf; deploy anew" in done.stderr
    last = host.history()[-1]
    assert (last["action"], last["result"], last["release"], last["kept"]) == ("rollback", "failed", old, True)
    assert current(host.history()) == serves
    assert_converged(host, "a")
