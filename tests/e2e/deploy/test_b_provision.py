"""A bare host is made ready: it is told first, done once, and done to its end whatever comes in between."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from rehearsal.host import spec, starting

if TYPE_CHECKING:
    from pathlib import Path

    from rehearsal.host.machine import Machine

ENVIRONMENT = "production"
SECONDS = 600
COMPOSE = shutil.which("docker-compose", path=sysconfig.get_path("scripts"))
DUE = [
    "Docker engine", "logs of containers", "Docker Compose", "user deploy", "sudo", "SSH keys", "/srv/kkambbaki",
    "security upgrades",
]  # fmt: skip
DAEMON_JSON = "/etc/docker/daemon.json"
FULL = {"log-driver": "json-file", "log-opts": {"max-size": "10m", "max-file": "3"}, "live-restore": True}
# All files but those that a login, a log and the clock change; a directory's time is that of its newest file.
LISTING = r"""
find / -xdev \( -path /proc -o -path /sys -o -path /run -o -path /tmp -o -path /var/log -o -path /var/lib/systemd \) \
    -prune -o -type d -printf '%p %m %u %g\n' -o -printf '%p %m %u %g %s %T@ %l\n' | sort
find /etc -type f -exec sha256sum {} + | sort
"""
HOLD = """
import fcntl, os, time
held = [open(path, "w") for path in ("/var/lib/apt/lists/lock", "/var/lib/dpkg/lock-frontend")]
for each in held:
    fcntl.lockf(each, fcntl.LOCK_EX)
open("/run/held", "w").close()
while os.path.exists("/run/held"):
    time.sleep(0.1)
"""


@dataclass(frozen=True)
class Provisioner:
    """Whoever provisions a machine, as the command lets them."""

    home: Path
    machine: Machine

    def start(self, *flags: str) -> subprocess.Popen[str]:
        ssh = self.machine.ssh_command("nobody")[:-1]
        command = [sys.executable, "-m", "kkinfra", "provision", ENVIRONMENT, "--host", *flags]
        variables = {**os.environ, "KKINFRA_SSH_COMMAND": " ".join(ssh), "NO_COLOR": "1", "COLUMNS": "200"}
        return subprocess.Popen(
            command, cwd=self.home, env=variables, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def run(self, *flags: str) -> subprocess.CompletedProcess[str]:
        with self.start(*flags) as started:
            output, errors = started.communicate(timeout=SECONDS)
        assert "Traceback" not in errors, errors
        return subprocess.CompletedProcess((), started.returncode, output, errors)

    def document(self, *flags: str) -> dict:
        done = self.run(*flags, "-o", "json")
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)


def provisioner(home: Path, machine: Machine) -> Provisioner:
    changes = {"stack": {"postgresql": {"endpoint": "postgresql.example.org"}}}
    text = spec.text(machine, _NO_REGISTRY, "postgresql.example.org", "registry.example.org/product:1.0.0", changes)
    spec.write(home, text)
    machine.ssh("sudo true", "admin")  # which notes at home that it was used
    return Provisioner(home, machine)


class _NO_REGISTRY:  # noqa: N801 - in the place of one
    repository = "registry.example.org/product"


@pytest.fixture(scope="module")
def provision(bare, tmp_path_factory):
    return provisioner(tmp_path_factory.mktemp("provisioner"), bare)


@pytest.fixture
def another(engine, network, tmp_path, tmp_path_factory):
    """Whoever provisions another bare host, which is gone after the test."""
    name = f"{starting.NAME}-bare-2"
    machine = starting.start(engine, tmp_path_factory.mktemp("bare-2"), flavour="bare", name=name, network=network)
    yield provisioner(tmp_path, machine)
    machine.remove()


def todo(document):
    return [change["identity"] for change in document["plan"]["changes"]]


def test_without_a_way_to_compose_nothing_is_changed(provision):
    before = provision.machine.root(LISTING)
    done = provision.run("--as", "admin", "--yes")
    assert done.returncode == 1
    assert "error: Docker Compose 2.20 or later is not on the host (none)" in done.stderr
    assert done.stderr.splitlines()[-1] == "nothing was changed"
    assert provision.machine.root(LISTING) == before


def test_a_dry_run_tells_everything_and_changes_nothing(provision):
    before = provision.machine.root(LISTING)
    found = provision.document("--as", "admin", "--compose", COMPOSE, "--dry-run")
    assert todo(found) == DUE
    assert (found["plan"]["done"], found["outcome"]) == (False, None)
    assert provision.machine.root(LISTING) == before
    assert "sshd takes passwords" in found["plan"]["warnings"][0]


def test_a_program_that_is_no_compose_changes_nothing(provision, tmp_path):
    shutil.copy("/usr/bin/true", tmp_path / "true")
    before = provision.machine.root(LISTING)
    done = provision.run("--as", "admin", "--compose", str(tmp_path / "true"), "--yes")
    assert done.returncode == 1
    assert "error: --compose is no Docker Compose of 2.20 or later that runs there" in done.stderr
    assert provision.machine.root(LISTING) == before


def test_the_first_run_does_what_it_told(provision):
    found = provision.document("--as", "admin", "--compose", COMPOSE, "--yes")
    assert todo(found) == DUE
    assert found["outcome"]["result"] == "done"
    after = provision.document("--dry-run")["plan"]
    assert (after["changes"], after["done"]) == ([], True)
    there = found["outcome"]["details"]["found"]
    assert list(there) == [check["name"] for check in after["checks"]]


def test_the_second_run_has_nothing_to_do_and_changes_nothing(provision):
    before = provision.machine.root(LISTING)
    done = provision.run()
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1].startswith("  the host is ready; nothing to do, ")
    assert provision.machine.root(LISTING) == before


def test_who_deploys_gets_in_and_may_do_everything(provision):
    machine = provision.machine
    assert machine.ssh(
        "id --user --name; sudo -n id --user; docker version --format ok; docker compose version --short"
    ) == ("deploy\n0\nok\n5.6.1\n")
    assert machine.root("stat --format '%a %U' /home/deploy/.ssh /home/deploy/.ssh/authorized_keys /srv/kkambbaki") == (
        "700 deploy\n600 deploy\n755 root\n"
    )
    machine.root("visudo --check --strict")


def test_the_engine_limits_logs_and_may_be_restarted(provision):
    machine = provision.machine
    assert json.loads(machine.root(f"cat {DAEMON_JSON}")) == FULL
    assert machine.root("docker info --format '{{.LoggingDriver}} {{.LiveRestoreEnabled}}'") == "json-file true\n"


def test_security_is_upgraded_and_nothing_else(provision):
    said = provision.machine.root("unattended-upgrade --dry-run --debug 2>&1", 120)
    allowed = [line for line in said.splitlines() if line.startswith("Allowed origins are")]
    assert allowed == ["Allowed origins are: origin=Debian,codename=bookworm-security,label=Debian-Security"]
    assert (
        provision.machine.root("systemctl is-enabled apt-daily.timer apt-daily-upgrade.timer") == "enabled\nenabled\n"
    )


def test_nothing_is_to_do_after_a_reboot_either(provision):
    provision.machine.reboot()
    assert todo(provision.document("--dry-run")) == []


@pytest.fixture
def sleeper(provision, engine):
    """When a container of the host was started, asked again each time."""
    machine = provision.machine
    machine.load(engine, "debian:bookworm-slim")
    machine.root("docker run --detach --name sleeper debian:bookworm-slim sleep 3600")
    yield lambda: machine.root("docker inspect --format '{{.State.StartedAt}} {{.State.Running}}' sleeper")
    machine.root("docker rm --force sleeper")


def test_a_container_goes_on_while_its_engine_is_set_up(provision, sleeper):
    machine = provision.machine
    machine.root(f"echo '{{\"debug\": false}}' > {DAEMON_JSON} && docker stop sleeper && systemctl restart docker")
    machine.root("docker start sleeper")
    assert machine.root("docker info --format '{{.LiveRestoreEnabled}}'") == "false\n"
    before = sleeper()
    assert todo(provision.document("--yes")) == ["logs of containers"]
    assert sleeper() == before
    assert json.loads(machine.root(f"cat {DAEMON_JSON}")) == {"debug": False, **FULL}


def test_an_invalid_configuration_of_the_engine_is_told_and_kept(provision):
    machine = provision.machine
    written = machine.root(f"cat {DAEMON_JSON}")
    machine.root(f"printf '{{\"debug\": ' > {DAEMON_JSON}")
    done = provision.run("--yes")
    assert done.returncode == 1
    assert f"error: {DAEMON_JSON} is not JSON (Expecting value: line 1 column 11 (char 10))" in done.stderr
    assert machine.root(f"cat {DAEMON_JSON}") == '{"debug": '
    machine.root(f"cat > {DAEMON_JSON} <<'EOF'\n{written}EOF")
    assert todo(provision.document("--dry-run")) == []


def test_a_container_that_should_have_swap_is_told_that_it_cannot(provision, tmp_path):
    there = provision.home / "spec/environments.yaml"
    swapping = provisioner(tmp_path, provision.machine)
    (tmp_path / "spec/environments.yaml").write_text(
        there.read_text().replace("kind: ec2", "kind: ec2\n        swap: 1GiB")
    )
    done = swapping.run("--yes")
    assert done.returncode == 1
    assert "error: the host is a container, which has no swap of its own; leave out `platform.host.swap`" in done.stderr


def test_a_key_is_added_beside_those_that_are_there(provision, tmp_path):
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl ci"
    (tmp_path / "ci.pub").write_text(f"{key}\n")
    before = provision.machine.root("cat /home/deploy/.ssh/authorized_keys")
    assert todo(provision.document("--key", str(tmp_path / "ci.pub"), "--yes")) == ["SSH keys"]
    assert provision.machine.root("cat /home/deploy/.ssh/authorized_keys") == f"{before}{key}\n"


def test_what_was_killed_amidst_is_done_to_its_end(another):
    machine, flags = another.machine, ("--as", "admin", "--compose", str(COMPOSE))
    with another.start(*flags, "--yes") as started:
        machine.root("until grep -q 'half-installed docker.io' /var/log/dpkg.log; do sleep 0.05; done", 180)
        machine.root("pkill -9 dpkg; pkill -9 apt-get; pkill -9 python3; true")
        _, errors = started.communicate(timeout=60)
    assert started.returncode == 1
    assert "the same command goes on from where it was cut off" in errors
    assert machine.root("dpkg --audit") != ""

    machine.container.exec_run(["python3", "-c", HOLD], detach=True)
    machine.root("until [ -e /run/held ]; do sleep 0.1; done")
    with another.start(*flags, "--yes") as started:
        waiting = next(line for line in started.stderr if "waiting for it" in line)
        machine.root("rm /run/held")
        output, errors = started.communicate(timeout=SECONDS)
    assert started.returncode == 0, errors
    assert waiting.endswith("is installing; waiting for it, up to 10 min\n")
    assert "installing was cut off: docker.io" in output
    assert machine.root("dpkg --audit") == ""
    assert machine.ssh("docker version --format ok && docker compose version --short") == "ok\n5.6.1\n"
    assert todo(another.document("--dry-run")) == []
