"""Tasks across releases, of which none is lost; and what differs on the host, which the next deploy puts right."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from deployer import planned
from interruptions import DIRECTORY, NAMESPACE, assert_converged, containers, wait_for, watch
from onlooker import answered_throughout

PLAIN = {"tls": None}
ENGLISH = {**PLAIN, "settings": {"LANGUAGE_CODE": "en"}}
TASKS = 30
REDELIVERED_SECONDS = 240
"""The product's `VISIBILITY_SECONDS`, and then some, until a worker has time."""
READERS = ("celery-worker", "celery-beat", "flower")
"""Parts that read the product's settings, besides the webapp."""
LEFT = f"0123456789ab_{NAMESPACE}-celery-worker-1"
"""What Compose calls a container that it was about to replace."""

QUEUE = """
import sys
from variant.worker import count
for key in sys.argv[2:]:
    count.delay(float(sys.argv[1]), key)
"""


@pytest.fixture(scope="module")
def host(deployer):
    deployer.write("a", PLAIN)
    deployer.serve("a")
    return deployer


@pytest.fixture(scope="module")
def killed(host, machine):
    """The keys of tasks, some of which a worker was at when it was killed, and some were queued."""
    keys = [f"killed-{number}" for number in range(12)]
    machine.root(f"docker exec {NAMESPACE}-redis-1 redis-cli del {' '.join(keys)}")
    queue(host, 4, keys)
    wait_for(lambda: sum(counted(machine, keys)) > 0)
    before = pid(machine)
    machine.root(f"kill -KILL {before}")
    wait_for(lambda: pid(machine) not in ("0", before))
    assert sum(counted(machine, keys)) < len(keys) - 2
    return keys


def queue(host, seconds, keys):
    """Queue a task for each key, as the webapp would."""
    webapp = f"{NAMESPACE}-webapp-{host.status()['details']['release']['colour']}-1"
    host.machine.root(f"docker exec {webapp} python -c '{QUEUE}' {seconds} {' '.join(keys)}", 120)


def counted(machine, keys):
    """How many times each key was counted."""
    said = machine.root(f"docker exec {NAMESPACE}-redis-1 redis-cli --json mget {' '.join(keys)}")
    return [int(each or 0) for each in json.loads(said)]


def pid(machine):
    """The first process of the worker's container."""
    return machine.root(f"docker inspect --format '{{{{.State.Pid}}}}' {NAMESPACE}-celery-worker-1").strip()


def identifiers(machine):
    """The identifiers of all containers, by name."""
    listed = "docker ps --no-trunc --format '{{.Names}} {{.ID}}'"
    return dict(line.split() for line in machine.root(listed).splitlines())


@contextmanager
def held(run):
    """A run goes no further meanwhile."""
    number = run.lines()[0]["pid"]
    run.machine.root(f"kill -STOP {number}")
    try:
        yield
    finally:
        run.machine.root(f"kill -CONT {number}")


@contextmanager
def at_a_time(machine, service):
    """How many containers of a service ran at the same moment meanwhile, at most, by what the engine says happened."""
    kind = f"--filter label=com.docker.compose.service={service} --filter event=start --filter event=die"
    told = "{{.TimeNano}} {{.Action}} {{.ID}}"
    listening = f"exec docker events {kind} --format '{told}' > /run/happened"
    machine.root(f'systemd-run --quiet --collect --unit=listening sh -c "{listening}"')
    most = []
    try:
        yield most
    finally:
        machine.root("systemctl stop listening")
    running = {machine.root(f"docker ps --no-trunc --quiet --filter name=^{NAMESPACE}-{service}-1$").strip()}
    most.append(len(running))
    for line in sorted(machine.root("cat /run/happened").splitlines(), reverse=True):
        _, action, identifier = line.split()
        (running.discard if action == "start" else running.add)(identifier)
        most.append(len(running))


def changes(host, image):
    """The planned changes' details, by part."""
    done = host.deploy(image, "--dry-run", "-o", "json")
    assert done.returncode == 0, done.stderr
    return planned(done)


def test_no_task_is_lost_in_a_deploy_and_there_are_never_two_schedulers(host, machine, killed):
    machine.root(f"docker exec {NAMESPACE}-redis-1 redis-cli del by by:a by:b")
    with answered_throughout(machine), at_a_time(machine, "celery-beat") as beats, ThreadPoolExecutor(1) as pool:
        watched = watch(machine, "webapp-")
        deploying = pool.submit(host.deploy, "b")
        with held(watched.run()):
            queue(host, 2, ["by"] * TASKS)
            wait_for(lambda: counted(machine, ["by:a"]) > [0])
        done = deploying.result()
    assert done.returncode == 0, done.stderr
    wait_for(lambda: counted(machine, ["by"]) == [TASKS], 180)
    assert (len(beats) > 1, max(beats)) == (True, 1)
    by_a, by_b = counted(machine, ["by:a", "by:b"])
    assert by_a + by_b == TASKS
    assert min(by_a, by_b) > 0
    assert_converged(host, "b")


def test_a_changed_variable_is_named_and_reaches_all_that_read_it_and_no_others(host, machine):
    image = host.serving()
    host.write(image, ENGLISH)
    planned, before = changes(host, image), identifiers(machine)
    assert {part for part, said in planned.items() if "variable LANGUAGE_CODE: ko -> en" in said} == {
        "webapp",
        *READERS,
    }
    with answered_throughout(machine):
        done = host.deploy(image)
    assert done.returncode == 0, done.stderr
    after = identifiers(machine)
    same = {name for name, identifier in after.items() if before.get(name) == identifier}
    assert same == {f"{NAMESPACE}-redis-1", f"{NAMESPACE}-nginx-1"}
    for name in after.keys() - same:
        variables = machine.root(f"docker inspect --format '{{{{json .Config.Env}}}}' {name}")
        assert "LANGUAGE_CODE=en" in json.loads(variables)
    assert_converged(host, image)


def test_what_was_changed_by_hand_is_named_and_put_right(host, machine):
    image, of_redis = host.serving(), "{{range .Mounts}}{{println .Source}}{{end}}"
    conf = machine.root(f"docker inspect --format '{of_redis}' {NAMESPACE}-redis-1 | grep redis.conf").strip()
    machine.root(f"echo 'maxclients 17' >> {conf}")
    machine.root(f"echo '# by hand' >> {DIRECTORY}/nginx/served.conf")
    machine.root(f"docker update --memory 300m --memory-swap 300m {NAMESPACE}-flower-1")
    machine.root(f"docker stop {NAMESPACE}-celery-beat-1")
    machine.root(
        f"docker create --name {LEFT} --label com.docker.compose.project={NAMESPACE} --label "
        "com.docker.compose.service=celery-worker --label com.docker.compose.oneoff=False redis:7.4"
    )
    planned = changes(host, image)
    assert planned["redis"][1:] == ["by hand: redis/redis.conf, which it mounts, was changed"]
    assert planned["nginx/served.conf"] == ["was changed on the host by hand"]
    assert planned["flower"][1:] == ["by hand: 128 MB, 1 CPU was made 314.573 MB, 1 CPU"]
    assert planned["celery-beat"][1:] == ["does not run (exited, exit code 0)"]
    assert planned[LEFT] == ["is left of a start that was cut off, and is removed"]
    with answered_throughout(machine):
        done = host.deploy(image)
    assert done.returncode == 0, done.stderr
    assert_converged(host, image)
    assert LEFT not in containers(machine)
    limits = machine.root(f"docker inspect --format '{{{{.HostConfig.Memory}}}}' {NAMESPACE}-flower-1")
    assert limits.strip() == "128000000"
    assert "maxclients" not in machine.root(f"docker exec {NAMESPACE}-redis-1 cat /etc/kkinfra/redis.conf")
    assert "by hand" not in machine.root(f"cat {DIRECTORY}/nginx/served.conf")


def test_a_file_of_the_release_that_was_changed_by_hand_is_named_and_put_right(host, machine):
    image = host.serving()
    machine.root(f"echo '# by hand' >> {DIRECTORY}/current/compose.yaml")
    assert changes(host, image) == {"compose.yaml": ["was changed on the host by hand"]}
    with answered_throughout(machine):
        done = host.deploy(image)
    assert done.returncode == 0, done.stderr
    assert "by hand" not in machine.root(f"cat {DIRECTORY}/current/compose.yaml")
    assert_converged(host, image)


def test_no_task_is_lost_when_a_worker_is_killed_with_tasks_queued(host, machine, killed):
    wait_for(lambda: all(counted(machine, killed)), REDELIVERED_SECONDS)
