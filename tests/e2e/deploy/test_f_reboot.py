"""A reboot of a host that nobody is deploying to: everything is back by itself, and as it was."""

from __future__ import annotations

import json
import shlex
import time
from dataclasses import dataclass

import pytest

import visit
from interruptions import NAMESPACE, assert_converged, containers, wait_for
from rehearsal.errors import RehearsalError

BACK_SECONDS = 30
"""From the start of the machine until a visitor is answered by a product that is ready."""
HEALTHY_SECONDS = 120
"""Docker looks at the workers every 30 s only."""


@dataclass(frozen=True)
class Back:
    """What served before, and what was there again; `seconds` are counted from the start of the machine."""

    release: str
    before: dict[str, str]
    seconds: dict[str, float]


@pytest.fixture(scope="module")
def host(deployer, acme):
    deployer.write("a")
    found = deployer.trusting(acme.root)
    found.serve_either("a", "b")
    return found


@pytest.fixture(scope="module")
def back(host, machine, measured):
    release, before = host.serving(), facts(machine)
    machine.container.stop(timeout=60)
    began = time.monotonic()
    machine.container.start()
    seconds = {}
    wait_for(lambda: is_ready(machine), HEALTHY_SECONDS)
    seconds["the product answers"] = time.monotonic() - began
    machine.wait_up()
    seconds["sshd and the engine answer"] = time.monotonic() - began
    wait_for(lambda: unwell(machine) == {}, HEALTHY_SECONDS)
    seconds["every part passes its own check"] = time.monotonic() - began
    found = Back(release, before, {name: round(value, 1) for name, value in seconds.items()})
    measured("reboot", found.seconds, "\n".join(f"{value:6.1f} s  {name}" for name, value in found.seconds.items()))
    return found


def is_ready(machine):
    try:
        return visit.ask(machine, "/healthz/ready").is_good
    except OSError:
        return False


def facts(machine):
    """The identifiers of the containers that run, by name."""
    listed = machine.root("docker ps --no-trunc --format '{{.Names}} {{.ID}}'").splitlines()
    return dict(line.split() for line in listed)


def unwell(machine):
    """The parts that do not pass their own check now, whenever Docker asks them next; none where all do."""
    found = {}
    for name in containers(machine):
        check = json.loads(machine.root(f"docker inspect --format '{{{{json .Config.Healthcheck.Test}}}}' {name}"))
        try:
            machine.root(f"docker exec {name} {shlex.join(check[1:])}")
        except RehearsalError as error:
            found[name] = str(error)
    return found


def show(machine, unit, *names):
    """Properties of a unit, as systemd tells them."""
    lines = machine.root(f"systemctl show {unit} --property {','.join(names)}").splitlines()
    return dict(line.split("=", 1) for line in lines)


def test_the_product_answers_again_within_30_s_of_the_start_of_the_machine(back, host):
    assert host.serving() == back.release
    assert back.seconds["the product answers"] < BACK_SECONDS


def test_the_same_containers_run_again_and_none_besides(back, host, machine):
    assert facts(machine) == back.before
    assert_converged(host, back.release)


def test_every_part_comes_to_be_healthy(back, host, machine):
    look = f"docker inspect --format '{{{{.State.Health.Status}}}}' {' '.join(back.before)}"
    wait_for(lambda: set(machine.root(look).split()) == {"healthy"}, HEALTHY_SECONDS)
    assert host.run("status", "production").returncode == 0


def test_there_is_one_beat(back, machine):
    assert machine.root("pgrep --full --count '^[^ ]*/python .*celery .*beat'").strip() == "1"


def test_what_runs_at_boot_ended_well(back, machine):
    unit = f"{NAMESPACE}-recover.service"
    wait_for(lambda: show(machine, unit, "ActiveState")["ActiveState"] == "inactive", HEALTHY_SECONDS)
    told = show(machine, unit, "Result", "ExecMainStatus", "UnitFileState", "ExecMainStartTimestampMonotonic")
    assert int(told.pop("ExecMainStartTimestampMonotonic")) > 0
    assert told == {"Result": "success", "ExecMainStatus": "0", "UnitFileState": "enabled"}
    assert "failed" not in machine.root(f"systemctl list-units --all --no-legend '{NAMESPACE}*'")


def test_the_certificate_is_looked_after_again(back, machine):
    told = show(machine, f"{NAMESPACE}-certbot.timer", "ActiveState", "UnitFileState", "NextElapseUSecRealtime")
    assert (told["ActiveState"], told["UnitFileState"]) == ("active", "enabled")
    assert told["NextElapseUSecRealtime"]
