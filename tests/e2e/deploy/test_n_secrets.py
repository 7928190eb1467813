"""Secrets: complete before anything is connected to, on the host in files of their readers' own, and nowhere else."""

from __future__ import annotations

import json
import stat

import pytest

from deployer import planned
from failed_deploy import fails
from interruptions import DIRECTORY, NAMESPACE, assert_converged
from onlooker import answered_throughout
from rehearsal.errors import RehearsalError
from sentinels import found_in, found_on, needles, seen_meanwhile

PLAIN = {"tls": None}
FLOWER = "http://127.0.0.1:5555/flower/"
PLACES = (
    "/srv", "/etc", "/run", "/tmp", "/home", "/root", "/var/log", "/var/tmp", "/var/spool", "/var/lib/systemd",
    "/var/lib/docker/containers", "/var/lib/docker/volumes", "/var/lib/docker/tmp",
)  # fmt: skip
"""Of the host; not its images and what containers see of them."""
TALKATIVE = {
    **PLAIN,
    "stack": {"migration": {"command": ["sh", "-c", "cat /run/secrets/*; cat /run/secrets/* >&2; exit 3"]}},
}
"""A migration that prints its secrets, and fails."""


@pytest.fixture(scope="module")
def host(deployer):
    deployer.write("a", PLAIN)
    deployer.serve("a")
    return deployer


@pytest.fixture
def recorded(tmp_path):
    """A command in place of ssh that connects to nothing, and the file in which it writes down that it was called."""
    calls, program = tmp_path / "calls", tmp_path / "ssh"
    program.write_text(f'#!/bin/sh\necho "$@" >> {calls}\nexit 255\n')
    program.chmod(0o755)
    return str(program), calls


def identifiers(machine):
    """The identifiers of all containers, by name."""
    listed = "docker ps --no-trunc --format '{{.Names}} {{.ID}}'"
    return dict(line.split() for line in machine.root(listed).splitlines())


def test_what_is_missing_is_named_before_anything_is_connected_to(host, recorded):
    ssh, calls = recorded
    missing = {"DJANGO_SECRET_KEY": None, "FLOWER_BASIC_AUTH": None, "POSTGRES_PASSWORD": ""}
    done = host.deploy("a", KKINFRA_SSH_COMMAND=ssh, **missing)
    assert done.returncode == 1
    assert "error: 3 secrets of production cannot be used; nothing was changed\n" in done.stderr
    for name in missing:
        assert f"\n  {name}: " in done.stderr
    assert not calls.exists()
    assert host.deploy("a", KKINFRA_SSH_COMMAND=ssh).returncode == 1
    assert calls.exists(), "the recorder is what deploy calls"


def test_a_changed_secret_is_named_and_starts_its_readers_again_and_nothing_else(host, machine):
    before = identifiers(machine)
    changed = "flower:sentinel-flower-changed"
    dry = host.deploy("a", "--dry-run", "-o", "json", FLOWER_BASIC_AUTH=changed)
    named = planned(dry)
    assert named.keys() == {"flower", "secret FLOWER_BASIC_AUTH"}
    assert "secret FLOWER_BASIC_AUTH: another value" in named["flower"]
    assert named["secret FLOWER_BASIC_AUTH"] == ["read by flower"]
    with answered_throughout(machine):
        done = host.deploy("a", FLOWER_BASIC_AUTH=changed)
    assert done.returncode == 0, done.stderr
    after = identifiers(machine)
    assert {name for name in after if before.get(name) != after[name]} == {f"{NAMESPACE}-flower-1"}
    assert found_in(dry.stdout + done.stdout + done.stderr, needles({"F": changed})) == []
    answered = f"curl --silent --output /dev/null --write-out '%{{http_code}}' --user {changed} {FLOWER}"
    assert machine.root(answered) == "200"
    assert host.deploy("a").returncode == 0
    assert_converged(host, "a")


def test_secrets_are_files_that_only_their_readers_read(host, machine):
    listed = machine.root(f"stat --format '%n %f %u %g' {DIRECTORY}/releases/*/secrets/*").splitlines()
    assert {line.split()[0].rpartition("/")[2] for line in listed} >= {"DJANGO_SECRET_KEY", "FLOWER_BASIC_AUTH"}
    for line in listed:
        _, mode, user, group = line.split()
        assert (stat.S_IMODE(int(mode, 16)), user, group) == (0o400, "10001", "10001"), line
    release = machine.ssh(f"readlink -f {DIRECTORY}/current").strip()
    for command in (f"ls {release}/secrets", f"cat {release}/secrets/DJANGO_SECRET_KEY"):
        with pytest.raises(RehearsalError, match="Permission denied"):
            machine.ssh(command)


def test_a_log_that_has_secrets_in_it_is_shown_without_them(host, values):
    host.write("a", TALKATIVE)
    try:
        failure = fails(host, *host.deploying("a", "-v"))
    finally:
        host.write("a", PLAIN)
    assert "error: migration exited with 3:\n" in failure.said
    assert "***" in failure.said
    assert found_in(failure.said + json.dumps(failure.line), needles(values)) == []


def test_no_secret_is_told_or_left_anywhere_but_in_those_files(host, machine, values, tmp_path):
    secrets, said = needles(values), []
    with seen_meanwhile(machine) as commands:
        for arguments in (
            host.deploying("b", "--dry-run", "-v"), host.deploying("b", "--dry-run", "-o", "json"),
            host.deploying("b", "--dry-run", "--save-plan", str(tmp_path / "plan.json")), host.deploying("b", "-v"),
            ("status", "production"), ("status", "production", "-o", "json"), ("history", "production", "-o", "json"),
            ("history", "production"), ("logs", "production", "--tail", "1000"), ("lock", "status", "production"),
            ("rollback", "production", "--dry-run", "-v"), ("secrets", "check", "production"),
        ):  # fmt: skip
            done = host.run(*arguments)
            said += [" ".join(done.args), done.stdout, done.stderr]
    assert host.serving() == "b"
    assert found_in("\n".join([*said, (tmp_path / "plan.json").read_text()]), secrets) == []
    assert any("perform" in command for command in commands)
    assert found_in("\n".join(commands), secrets) == []
    where = found_on(machine, PLACES, secrets)
    kept = [path for path in where if path.startswith(f"{DIRECTORY}/releases/") and "/secrets/" in path]
    assert kept, "the search finds what is there"
    assert sorted(set(where) - set(kept)) == []
