"""The connection: one for each command, told as what it is where it fails, and lost without losing what goes on."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager

import pytest

from deployer import ENVIRONMENT, Deployer, outcome
from interruptions import DIRECTORY, assert_converged, kept, other, watch
from kkinfra.targets.compose.client.code import packed
from onlooker import answered_throughout
from rehearsal.host import keys, ports


@pytest.fixture(scope="module")
def host(deployer):
    return kept(deployer)


@pytest.fixture
def visitor(host, tmp_path):
    """Another deployer to the same host, whose SSH can be broken."""
    found = Deployer(tmp_path, host.machine, host.registry, host.database, host.releases, host.values)
    delivery(found)
    return found


def delivery(visitor, host_keys=None, **changes):
    """Let the specification say something else of how the host is reached; else known_hosts decides."""
    visitor.write("a", {"tls": None, "delivery": {"host_keys": host_keys, **changes}})


def ssh_says(visitor, line):
    """Put a line into the configuration of the visitor's ssh, before all others."""
    file = visitor.home / "ssh_config"
    file.write_text(f"{line}\n{file.read_text()}")


def accepted(machine):
    """How many connections sshd has let in so far."""
    return int(machine.root("journalctl --unit ssh --output cat --no-pager | grep -c '^Accepted ' || true"))


def refused(visitor, verb=("status", ENVIRONMENT)):
    """What is told where the host is not reached; the lock and the engine have no part in it."""
    done = visitor.run(*verb)
    assert done.returncode == 1, done.stdout + done.stderr
    told = done.stderr.rpartition("error: ")[2]
    assert told, done.stderr
    assert not any(word in told.lower() for word in ("docker", "locked", "lock "))
    return told


@pytest.mark.parametrize(
    "verb", [("status", ENVIRONMENT), ("deploy", ENVIRONMENT, "--yes"), ("lock", "status", ENVIRONMENT)]
)
def test_a_host_that_is_down(visitor, verb):
    (port,) = ports.free(1)
    delivery(visitor, port=port)
    told = refused(visitor, verb)
    assert "Connection refused" in told
    assert f"nothing listens on port {port} there" in told


def test_a_key_that_is_not_let_in(visitor, tmp_path):
    keys.make(tmp_path / "stranger")
    ssh_says(visitor, f"IdentityFile {tmp_path / 'stranger'}")
    file = visitor.home / "ssh_config"
    file.write_text(file.read_text().replace(f"  IdentityFile {visitor.machine.key}\n", ""))
    told = refused(visitor)
    assert "Permission denied (publickey" in told
    assert "the host does not let deploy in with the keys that are offered" in told


@pytest.mark.parametrize("how", ["", "StrictHostKeyChecking no", "StrictHostKeyChecking accept-new"])
def test_a_host_key_that_is_not_known_is_not_accepted(visitor, tmp_path, how):
    before = accepted(visitor.machine)
    (tmp_path / "nobody").touch()
    ssh_says(visitor, f"{how}\nUserKnownHostsFile {tmp_path / 'nobody'}\nGlobalKnownHostsFile /dev/null")
    told = refused(visitor)
    assert "Host key verification failed" in told
    assert "none is accepted unseen" in told
    assert "delivery.host_keys" in told
    assert (tmp_path / "nobody").read_text() == ""
    assert accepted(visitor.machine) == before


@pytest.mark.parametrize("how", ["", "StrictHostKeyChecking no"])
def test_a_host_key_that_has_changed_is_never_accepted(visitor, tmp_path, how):
    before = accepted(visitor.machine)
    public = keys.make(tmp_path / "impostor")
    (tmp_path / "known").write_text(f"[127.0.0.1]:{visitor.machine.ssh_port} {public}")
    ssh_says(visitor, f"{how}\nUserKnownHostsFile {tmp_path / 'known'}\nGlobalKnownHostsFile /dev/null")
    told = refused(visitor, visitor.deploying("a"))
    assert "the host has another key than the one that is known" in told
    assert f"ssh-keygen -R '[127.0.0.1]:{visitor.machine.ssh_port}'" in told
    assert "do not go on" in told
    assert accepted(visitor.machine) == before


def test_the_specification_pins_the_host_key(visitor, tmp_path):
    (tmp_path / "nobody").touch()
    delivery(visitor, host_keys=[visitor.machine.host_key])
    ssh_says(visitor, f"UserKnownHostsFile {tmp_path / 'nobody'}\nGlobalKnownHostsFile /dev/null")
    assert visitor.run("status", ENVIRONMENT).returncode == 0
    before = accepted(visitor.machine)
    delivery(visitor, host_keys=[" ".join(keys.make(tmp_path / "impostor").split()[:2])])
    told = refused(visitor, visitor.deploying("a"))
    assert "the host has another key than the one that is known" in told
    assert accepted(visitor.machine) == before


def test_a_pinned_host_may_have_its_address_from_ssh_config(visitor, tmp_path):
    (tmp_path / "nobody").touch()
    delivery(visitor, host="shop", host_keys=[visitor.machine.host_key])
    ssh_says(visitor, f"Host shop\nHostName 127.0.0.1\nUserKnownHostsFile {tmp_path / 'nobody'}")
    done = visitor.run("status", ENVIRONMENT)
    assert done.returncode == 0, done.stderr


def test_a_name_without_an_address(visitor):
    delivery(visitor, host="nowhere.invalid")
    told = refused(visitor)
    assert "no address is found for nowhere.invalid; correct delivery.host" in told


def test_a_port_that_swallows_what_is_sent(visitor):
    machine = visitor.machine
    delivery(visitor, host=machine.address, port=22)
    with swallowed(machine):
        began = time.monotonic()
        told = refused(visitor)
        took = time.monotonic() - began
    assert "timed out" in told
    assert "does the security group let this machine reach port 22?" in told
    assert 9 < took < 60


def test_a_user_who_may_not_become_root(visitor):
    public = visitor.machine.key.with_suffix(".pub").read_text().strip()
    visitor.machine.root(
        "useradd --create-home plain && install -d -m 0700 -o plain /home/plain/.ssh"
        f" && echo '{public}' > /home/plain/.ssh/authorized_keys && chown plain /home/plain/.ssh/authorized_keys"
    )
    try:
        delivery(visitor, user="plain")
        told = refused(visitor)
    finally:
        visitor.machine.root("userdel --remove plain 2>&1")
    assert "plain may not become root on the host without a password" in told
    assert f"kkinfra provision {ENVIRONMENT} --host --as ADMIN" in told.replace("ENV ", f"{ENVIRONMENT} ")


def test_a_host_without_python(visitor):
    visitor.machine.root("mv /usr/bin/python3 /usr/bin/python3.away")
    try:
        told = refused(visitor)
    finally:
        visitor.machine.root("mv /usr/bin/python3.away /usr/bin/python3")
    assert "the host has no python3; install it" in told


def test_a_deploy_is_one_connection_and_two_round_trips(host, machine):
    before = accepted(machine)
    done = host.deploy(other(host.serving()), "-o", "json")
    assert done.returncode == 0, done.stderr
    assert outcome(done)["round_trips"] == 2
    assert accepted(machine) == before + 1


def test_a_plan_is_one_connection_and_one_round_trip(host, machine):
    before = accepted(machine)
    done = host.deploy(host.serving())
    assert done.returncode == 0, done.stderr
    assert "1 round trip, one connection" in done.stdout
    assert accepted(machine) == before + 1


def test_a_connection_that_is_cut_is_made_again_and_the_run_followed_to_its_end(host, machine):
    wanted = other(host.serving())
    with answered_throughout(machine):
        watched = watch(machine, "webapp-")
        deploying = host.start(*host.deploying(wanted, "-o", "json"))
        run = watched.run(deploying)
        machine.root("kill -9 $(pgrep --full '^sshd: deploy')")
        output, errors = deploying.communicate(timeout=300)
    assert deploying.returncode == 0, errors
    assert "the connection was lost" in errors
    told = json.loads(output)["outcome"]
    told |= told["details"]
    assert (told["run"], told["result"]) == (run.name, "deployed")
    assert told["steps"].keys() >= {"migration", "switch", "drain"}
    assert errors.count("\nswitch: ") == 1
    assert_converged(host, wanted)


def test_a_host_that_is_not_reached_for_twenty_seconds_is_reached_again(host, machine):
    wanted = other(host.serving())
    with answered_throughout(machine):
        watched = watch(machine, "migration")
        deploying = host.start(*host.deploying(wanted))
        watched.run(deploying)
        with swallowed(machine):
            time.sleep(20)
        output, errors = deploying.communicate(timeout=300)
    assert deploying.returncode == 0, errors
    assert "the connection was lost" in errors
    assert "deployed" in output
    assert_converged(host, wanted)


def test_a_request_that_is_cut_off_on_its_way_begins_nothing(host, machine):
    """The first request passes; the second, which brings the release along, is longer."""
    wanted, ended = other(host.serving()), host.history()
    staged = machine.root(f"ls -A {DIRECTORY}/releases")
    cut = host.home / "cut"
    cut.write_text(f'#!/bin/sh\nhead -c {len(packed()) + 6000} | ssh -F "{host.home}/ssh_config" "$@"\n')
    cut.chmod(0o755)
    with answered_throughout(machine):
        done = host.deploy(wanted, KKINFRA_SSH_COMMAND=str(cut))
    assert done.returncode == 1
    assert "nothing was begun" in done.stderr
    assert "there is no run" not in done.stderr
    assert host.history() == ended
    assert machine.root(f"ls -A {DIRECTORY}/releases") == staged
    assert_converged(host, other(wanted))


@contextmanager
def swallowed(machine):
    """Nothing that is sent to sshd arrives meanwhile."""
    rule = "INPUT -p tcp --dport 22 -j DROP"
    machine.root(f"iptables -I {rule}")
    try:
        yield
    finally:
        machine.root(f"iptables -D {rule}")
