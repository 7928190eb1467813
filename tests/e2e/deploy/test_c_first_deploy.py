"""The first deploy to a host that serves nothing, and everything that can be asked about it afterwards."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from deployer import ENVIRONMENT, outcome
from interruptions import DIRECTORY, NAMESPACE, assert_converged, containers, wait_for
from rehearsal.host.spec import SENTINEL
from rehearsal.tree import DOMAIN
from requests_counted import counted

ID = r"\d{8}T\d{6}Z-[0-9a-f]+"
SERVICES = ("celery-beat", "celery-worker", "flower", "nginx", "redis", "webapp-blue")
STEPS = (
    "looking at the host of kkambbaki.localhost", "volumes", "redis: is not there", "static-files", "migration",
    "webapp-blue: starts", "switch: nothing -> blue", "start: celery-worker, celery-beat, flower",
    "nginx: is not there: starts again, with http", "timers", "certificate: certbot",
)  # fmt: skip
"""What is told of the first deploy while it lasts, in this order; further lines may be between them."""
FOLLOWED_SECONDS = 30

ON_THE_DISK = """
find /srv /etc /var/lib/docker/image $(ls -d /run/kkinfra* 2>/dev/null) -printf '%p %y %m %u %s %T@ %l\\n'
docker ps --all --no-trunc --format '{{.ID}} {{.Names}} {{.Image}} {{.Command}} {{.State}}'
docker images --all --no-trunc --quiet
systemctl list-unit-files --no-legend 'kkambbaki*'
"""
AT_REST = "find /tmp /var/lib/docker/containers /var/lib/docker/volumes -printf '%p %y %m %u %s %T@\\n'"
AT_WORK = """
find /tmp -mindepth 1 -not -name 'runc-process*' -printf '%p %y %m %u %s %T@\\n'
find /var/lib/docker/containers /var/lib/docker/volumes -name '*_redis-data' -prune \
    -o -not -name '.tmp-*' -printf '%p %y %m %u\\n'
"""
"""Where containers run, the engine runs their checks, and keeps health and logs, all the time, and Redis its data."""


@pytest.fixture(scope="module")
def host(deployer, machine, acme):
    """Nothing is deployed, and nothing is left of earlier deploys but images."""
    machine.forget()
    deployer.write("a")
    return deployer.trusting(acme.root)


@pytest.fixture(scope="module")
def first(host, machine):
    with counted(machine) as cost:
        done = host.run("deploy", ENVIRONMENT, "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    return done, cost


@pytest.fixture
def untouched(machine):
    """Nothing on the host may change meanwhile: no file, no container, no image, no unit."""
    engine = AT_WORK if containers(machine) else AT_REST
    before = listed(machine, engine)
    yield
    after = listed(machine, engine)
    changed = sorted(after ^ before)
    assert not changed, "\n".join(changed)


def listed(machine, engine):
    lines = machine.root(f"{ON_THE_DISK}{engine}").splitlines()
    assert len(lines) > 100
    return set(lines)


def error(done):
    """What the command says where it fails; nothing was deployed."""
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stderr.strip().splitlines()[-1]


def digests(host):
    """Those of the releases a and b, as far as they are shown."""
    return [host.releases[name].partition("@")[2][:19] for name in ("a", "b")]


def in_this_order(wanted, told):
    """What is missing of some lines, or of their beginnings up to a semicolon, each after the one before."""
    rest = iter(told.splitlines())
    return [line for line in wanted if not any(each == line or each.startswith(f"{line};") for each in rest)]


def test_before_the_first_deploy_there_is_nothing_to_tell(host, untouched):
    done = host.run("status", ENVIRONMENT)
    assert done.returncode == 1
    assert done.stdout.startswith(f"production: {DOMAIN}; nothing was deployed yet\n")
    assert host.run("history", ENVIRONMENT).stdout == "production: nothing was deployed yet\n"
    assert "there is no release on the host to go back to" in error(host.run("rollback", ENVIRONMENT, "--yes"))


def test_a_dry_run_on_a_new_host_says_what_starts_and_leaves_nothing_there(host, untouched, releases):
    done = host.run("deploy", ENVIRONMENT, "--dry-run")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == f"production: {DOMAIN}, {NAMESPACE}; nothing serves"
    assert f"  + image: {releases['a']}" in lines
    starting = ("  + webapp: blue starts", "  + redis: starts", "  + celery-worker: starts", "  + celery-beat: starts")
    assert in_this_order(starting, done.stdout) == []
    assert any(line.startswith(f"  + certificate: asked for, for {DOMAIN}") for line in lines)
    assert re.fullmatch(r"  1 round trip, one connection, [\d.]+ s", lines[-1])


def test_the_first_deploy_tells_each_step_and_what_is_seen_from_outside(first, machine):
    done, _ = first
    assert in_this_order(STEPS, done.stderr) == []
    *_, deployed, outside = done.stdout.splitlines()
    assert re.fullmatch(rf"deployed {ID} in [\d.]+ s; 2 round trips, one connection", deployed)
    assert outside == f"  from outside: https://{DOMAIN}:{machine.https_port}/healthz/ready: 200"


def test_it_took_one_connection_and_two_requests(first):
    _, cost = first
    assert (cost.connections, cost.requests) == (1, 2)


def test_everything_is_up_and_healthy(first, host, machine):
    assert host.serving() == "a"
    assert sorted(containers(machine)) == [f"{NAMESPACE}-{name}-1" for name in SERVICES]
    facts = "{{.State.Health.Status}} {{.RestartCount}}"
    look = f"docker inspect --format '{facts}' {' '.join(containers(machine))}"
    wait_for(lambda: machine.root(look).split() == ["healthy", "0"] * len(SERVICES), 120)
    assert_converged(host, "a")


def test_status_says_that_all_is_well(first, host, releases):
    done = host.run("status", ENVIRONMENT)
    assert done.returncode == 0, done.stdout
    lines = done.stdout.splitlines()
    image = re.escape(releases["a"])
    assert re.fullmatch(rf"production: {DOMAIN}; release {ID}, {image}, deployed 20.* UTC \(\S+\)", lines[0])
    told = dict(re.findall(r"^  ready ([\w-]+): (\w+)", done.stdout, re.MULTILINE))
    assert told == dict.fromkeys(SERVICES, "healthy")
    assert re.findall(r"^  ready ([\w-]+): .*, serves", done.stdout, re.MULTILINE) == ["webapp-blue"]
    assert any(line.startswith("  certificate of ") and line.endswith(" (90 days)") for line in lines)
    assert not [line for line in lines if line.startswith("  !")]


def test_deploying_the_same_again_has_nothing_to_do_in_one_round_trip(first, host, machine, untouched):
    with counted(machine) as cost:
        done = host.run("deploy", ENVIRONMENT, "--yes")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[1] == "  nothing to do"
    assert re.fullmatch(r"  1 round trip, one connection, [\d.]+ s", done.stdout.splitlines()[-1])
    assert (cost.connections, cost.requests) == (1, 1)


def test_a_dry_run_of_another_release_says_what_changes_and_changes_nothing(first, host, untouched):
    done = host.run("deploy", ENVIRONMENT, "--image", host.releases["b"], "--dry-run")
    assert done.returncode == 0, done.stderr
    changes = (
        f"  ~ image: {' -> '.join(digests(host))}",
        "  ~ webapp: green starts beside blue, which ends once it is healthy",
        "  ~ celery-worker: starts again; what it is at ends first",
        "  ~ celery-beat: starts again; what it is at ends first",
        "  ~ flower: starts again; what it is at ends first",
    )
    assert in_this_order(changes, done.stdout) == []
    assert not re.search("redis|nginx", done.stdout)


def test_nobody_to_be_asked_means_no(first, host, untouched):
    said = error(host.run("deploy", ENVIRONMENT, "--image", host.releases["b"]))
    assert said == "error: nobody is here to be asked, and nothing was changed; look with --dry-run, then add --yes"


@pytest.fixture(scope="module")
def plan(first, host):
    """A plan of another release, made of the host as the first deploy left it."""
    file = host.home / "plan.json"
    done = host.run("deploy", ENVIRONMENT, "--image", host.releases["b"], "--dry-run", "--save-plan", str(file))
    assert done.returncode == 0, done.stderr
    return file


def test_a_saved_plan_holds_no_secret(plan, host):
    text = plan.read_text()
    assert json.loads(text)["image"] == host.releases["b"]
    assert SENTINEL not in text


def test_a_saved_plan_is_refused_where_the_host_has_changed(plan, host, machine):
    machine.root(f"docker stop {NAMESPACE}-flower-1")
    try:
        done = host.run("deploy", ENVIRONMENT, "--plan", str(plan), "--yes")
        told = host.run("status", ENVIRONMENT)
    finally:
        machine.root(f"docker start {NAMESPACE}-flower-1")
    assert error(done) == "error: production is not as it was when the plan was made; nothing was changed; plan again"
    assert host.serving() == "a"
    assert told.returncode == 1
    assert re.search(r"^  failed flower: exited", told.stdout, re.MULTILINE)


def test_a_saved_plan_is_refused_where_the_specification_has_changed(plan, host, untouched):
    host.write("a", {"stack": {"flower": {"memory": "136MB"}}})
    try:
        done = host.run("deploy", ENVIRONMENT, "--plan", str(plan), "--yes")
    finally:
        host.write("a")
    assert error(done).startswith("error: what is rendered is not what the plan was made of")


def test_a_saved_plan_is_done_exactly_as_it_says_and_only_once(plan, host):
    done = host.run("deploy", ENVIRONMENT, "--plan", str(plan), "--yes", "-o", "json")
    assert outcome(done)["image"] == host.releases["b"]
    assert_converged(host, "b")
    again = host.run("deploy", ENVIRONMENT, "--plan", str(plan), "--yes")
    assert error(again) == "error: production is not as it was when the plan was made; nothing was changed; plan again"


@pytest.fixture(scope="module")
def second(plan, host):
    """Two releases were deployed, one after the other."""
    host.serve("b")
    return host


def test_the_history_has_one_line_a_deploy(second):
    done = second.run("history", ENVIRONMENT)
    assert done.returncode == 0, done.stderr
    ids = [line["release"] for line in second.history()]
    wanted = [
        rf"{mark} {release} \d{{4}}-\d\d-\d\d \d\d:\d\d UTC deployed in [\d.]+ s  {digest} \S+"
        for mark, release, digest in zip((" ", r"\*"), ids, digests(second), strict=True)
    ]
    assert re.fullmatch("\n".join(wanted), done.stdout.rstrip()), done.stdout


def test_logs_are_those_of_the_parts_that_are_named(second):
    done = second.run("logs", ENVIRONMENT, "webapp", "redis", "--tail", "3")
    assert done.returncode == 0, done.stderr
    rows = [line.split(" ", 2) for line in done.stdout.splitlines()]
    names = [name for _, name, _ in rows]
    assert {name: names.count(name) for name in names} == {"webapp-green": 3, "redis": 3}
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", at) for at, _, _ in rows)
    assert [at for at, _, _ in rows] == sorted(at for at, _, _ in rows)
    everything = second.run("logs", ENVIRONMENT, "--tail", "1").stdout
    assert sorted(line.split(" ", 2)[1] for line in everything.splitlines()) == [*SERVICES[:-1], "webapp-green"]


def test_logs_of_a_part_that_is_not_there_name_those_that_are(second):
    said = error(second.run("logs", ENVIRONMENT, "web"))
    assert said.startswith("error: nothing runs that is called web; there are: celery-beat, celery-worker, flower,")


def test_logs_are_followed_until_ctrl_c(second, machine):
    following = second.start("logs", ENVIRONMENT, "nginx", "--follow", "--tail", "1")
    try:
        read(following.stdout, " nginx ")
        machine.root(f"curl -sk -o /dev/null https://{DOMAIN}:{machine.https_port}/version?looked-for")
        assert "/version" in read(following.stdout, "/version")
        following.send_signal(signal.SIGINT)
        _, errors = following.communicate(timeout=FOLLOWED_SECONDS)
    finally:
        following.kill()
    assert following.returncode == 130
    assert errors.splitlines()[-1:] == ["interrupted"]
    wait_for(lambda: "python3 -I" not in machine.root("ps -eo args"), FOLLOWED_SECONDS)


def read(stream, wanted):
    """What comes from a stream until a text is in it."""
    found, until = "", time.monotonic() + FOLLOWED_SECONDS
    while wanted not in found:
        ready, _, _ = select.select([stream], [], [], max(0, until - time.monotonic()))
        assert ready, f"{wanted!r} is not in what came: {found}"
        found += os.read(stream.fileno(), 1 << 16).decode()
    return found


def test_on_the_host_is_what_the_documentation_says(second, machine):
    told = Path("docs/deploy.md").read_text(encoding="utf-8").partition(f"{DIRECTORY}/\n")[2].partition("```")[0]
    assert machine.root(f"ls {DIRECTORY}").split() == sorted(re.findall(r"^[├└]── ([a-z.]+)", told, re.MULTILINE))
    released = machine.root(f"ls {DIRECTORY}/releases").split()
    assert released == [line["release"] for line in second.history()]
    assert machine.root(f"readlink {DIRECTORY}/current").strip() == f"releases/{released[-1]}"
    assert machine.root("ls -d /run/kkinfra-*/* 2>/dev/null || true") == ""


PROGRAM = """
import sys

import kkinfra

production = kkinfra.open("spec/environments.yaml")["production"]
plan = production.plan(image=sys.argv[1], timeout=90)
events = []
outcome = production.apply(plan, on_event=events.append)
assert [change.identity for change in plan.changes if change.identity == "webapp"], plan
assert (outcome.run.result, outcome.run.image) == ("deployed", sys.argv[1]), outcome
assert "migration" in map(str, events), events
assert production.status().is_well
assert production.history().runs[-1].release == outcome.run.release
assert not production.with_image(sys.argv[1]).diff().changes
assert production.run(["true"]) == 0
assert production.rollback(timeout=90).run.result == "rolled back"
"""


def test_a_program_does_all_of_it_with_the_library(second):
    call = {**second.call(), "args": [sys.executable, "-c", PROGRAM, second.releases["a"]]}
    done = subprocess.run(**call, capture_output=True, text=True, timeout=420, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert SENTINEL not in done.stderr
    assert_converged(second, "b")
