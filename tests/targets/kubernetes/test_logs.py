"""What the parts of a product print: in the order of time, masked, and followed through a rollout."""

from __future__ import annotations

import queue
import signal
import subprocess
import sys
import threading

import pytest

from cluster_double import Rule
from cluster_user import PASSWORD
from kkinfra.targets.kubernetes.client.objects import items

ROTATED = "sentinel-rotated-9917"
QUICK = """
import sys
from kkinfra.cli.main import main
from kkinfra.targets.kubernetes.client import api
api._FIRST_SECONDS = api._LONGEST_SECONDS = 0.01
sys.exit(main())
"""

pytestmark = pytest.mark.double_only  # a real container prints what it likes


@pytest.fixture
def deployed(deployed):
    """Nothing was printed yet."""
    deployed.double.logs.written.clear()
    return deployed


def pods(user, part="webapp"):
    return user.names("Pod", f"app.kubernetes.io/name={part}")


def write(user, second, text, *, pod="", part="webapp", container="", nanosecond=1, **more):
    pod = pod or pods(user, part)[0]
    at = f"2026-11-25T10:00:{second:02}.{nanosecond:09}Z"
    user.double.logs.write(user.namespace, pod, container or part, f"{text}\n", at=at, **more)


def scaled(user, replicas):
    user.edit("Deployment", "webapp", {"spec": {"replicas": replicas}})
    user.until(lambda: user.there("Deployment", "webapp")["status"].get("readyReplicas") == replicas)


def crash(user, log, **more):
    user.double.behave("webapp", "CrashLoopBackOff", log=log, **more)
    user.delete("Pod", pods(user)[0])
    user.until(lambda: any(waits(user, name) for name in pods(user)))


def waits(user, name):
    found = items(user.get("Pod", name), "status", "containerStatuses")
    return any("waiting" in each["state"] and each["lastState"] for each in found)


def test_lines_of_all_parts_come_in_the_order_of_time(deployed):
    write(deployed, 1, "first")
    write(deployed, 3, "third")
    write(deployed, 2, "second", part="migration")
    done = deployed.run("logs")
    assert done.code == 0
    assert done.out.splitlines() == [
        "2026-11-25T10:00:01 webapp first",
        "2026-11-25T10:00:02 migration second",
        "2026-11-25T10:00:03 webapp third",
    ]
    assert done.err == ""


def test_only_the_parts_that_are_named_are_shown(deployed):
    write(deployed, 1, "web")
    write(deployed, 2, "job", part="migration")
    assert deployed.run("logs", "migration").out == "2026-11-25T10:00:02 migration job\n"


def test_the_last_lines_of_each_part_are_shown(deployed):
    for second in range(5):
        write(deployed, second, f"web {second}")
        write(deployed, second, f"job {second}", part="migration")
    said = [line.split(" ", 2)[2] for line in deployed.run("logs", "--tail", "2").out.splitlines()]
    assert sorted(said) == ["job 3", "job 4", "web 3", "web 4"]


def test_the_pods_of_a_part_are_told_apart(deployed):
    scaled(deployed, 2)
    one, other = pods(deployed)
    write(deployed, 1, "one", pod=one)
    write(deployed, 2, "other", pod=other)
    lines = [line for line in deployed.run("logs", "webapp").out.splitlines() if line.startswith("2026-11-25T10")]
    assert lines == [f"2026-11-25T10:00:01 {one} one", f"2026-11-25T10:00:02 {other} other"]


def test_the_containers_of_a_pod_are_told_apart(user):
    user.write(database=True)
    user.deployed()
    pod = user.there("Pod", pods(user, "migration")[0])
    first = pod["spec"]["initContainers"][0]["name"]
    user.double.logs.written.clear()
    write(user, 1, "waiting", part="migration", container=first)
    write(user, 2, "migrated", part="migration")
    assert user.run("logs", "migration").out.splitlines() == [
        f"2026-11-25T10:00:01 migration/{first} waiting",
        "2026-11-25T10:00:02 migration migrated",
    ]


def test_of_a_container_that_crashes_its_last_run_is_shown_once_and_what_became_of_it(deployed):
    crash(deployed, "no such table\n", exit_code=3)
    done = deployed.run("logs", "webapp")
    assert done.out.count("no such table") == 1
    assert "ended with exit code 3, and waits to be started again (CrashLoopBackOff)" in done.err


def test_of_a_container_that_was_started_again_the_run_before_is_shown_too(deployed):
    name = pods(deployed)[0]
    pod = deployed.there("Pod", name)
    status = pod["status"]["containerStatuses"][0]
    last = {"terminated": {"exitCode": 1, "reason": "Error", "containerID": "containerd://before"}}
    path = f"/api/v1/namespaces/{deployed.namespace}/pods/{name}/status"
    patch = {"status": {"containerStatuses": [{**status, "restartCount": 1, "lastState": last}]}}
    deployed.api.ask("PATCH", path, {"fieldManager": "kubelet"}, patch, "application/merge-patch+json")
    write(deployed, 1, "it crashes", previous=True)
    write(deployed, 2, "it runs")
    assert [line.split(" ", 2)[2] for line in deployed.run("logs", "webapp").out.splitlines()] == [
        "it crashes",
        "it runs",
    ]


def test_what_cannot_start_is_told(deployed):
    deployed.double.behave("webapp", "ImagePullBackOff")
    deployed.delete("Pod", pods(deployed)[0])
    deployed.until(lambda: "ImagePullBackOff" in deployed.run("logs", "webapp").err)
    assert "has not started: ImagePullBackOff: Back-off pulling image" in deployed.run("logs", "webapp").err
    assert deployed.run("logs", "webapp", "-q").err == ""


def test_an_unknown_part_is_an_error_that_names_the_known_ones(deployed):
    done = deployed.run("logs", "webap")
    assert done.code == 1
    assert done.err == "error: test has no part called webap; there are: migration, webapp\n"


def test_a_part_without_pods_is_told(user):
    done = user.run("logs", "webapp")
    assert (done.code, done.out, done.err) == (0, "", "test: no pods of webapp are there\n")


def test_secrets_are_masked(deployed):
    write(deployed, 1, f"connecting with {PASSWORD}")
    done = deployed.run("logs", "webapp")
    assert done.out == "2026-11-25T10:00:01 webapp connecting with ***\n"


def test_whoever_may_not_read_logs_is_told_which_right_is_missing(deployed):
    done = deployed.run("logs", KUBECONFIG=str(deployed.other("reader", Rule(("get", "list"), ("pods", "secrets")))))
    assert done.code == 1
    assert 'cannot get resource "pods/log"' in done.err


def test_the_times_of_nodes_in_another_zone_are_in_order_too(deployed):
    pod = pods(deployed)[0]
    deployed.double.logs.write(deployed.namespace, pod, "webapp", "seoul\n", at="2026-11-25T19:00:01.500000000+09:00")
    write(deployed, 2, "london", part="migration")
    assert deployed.run("logs").out.splitlines() == [
        "2026-11-25T10:00:01 webapp seoul",
        "2026-11-25T10:00:02 migration london",
    ]


class Follower:
    """`kkinfra logs test --follow`, as a process that can be interrupted."""

    def __init__(self, user):
        words = [sys.executable, "-c", QUICK, "logs", "test", "webapp", "--follow"]
        self.process = subprocess.Popen(
            words, env=user.variables(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.lines = queue.Queue()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(line)

    def until(self, text):
        seen = []
        while not seen or text not in seen[-1]:
            seen.append(self.lines.get(timeout=60))
        return seen

    def end(self):
        self.process.kill()
        self.process.wait()
        self.reader.join()
        self.process.stdout.close()


@pytest.fixture
def follower(deployed):
    write(deployed, 1, "before")
    found = Follower(deployed)
    try:
        found.until("webapp before")
        yield found
    finally:
        found.end()


def test_following_goes_on_through_a_rollout_until_it_is_interrupted(deployed, follower):
    old = pods(deployed)[0]
    write(deployed, 2, "during")
    assert follower.until("webapp during") == ["2026-11-25T10:00:02 webapp during\n"]
    deployed.values["POSTGRES_PASSWORD"] = ROTATED
    deployed.write(tag="2.0.0", colour="blue")
    deployed.deployed()
    follower.until(f"{old} is gone")
    new = pods(deployed)[0]
    assert new != old
    write(deployed, 3, f"anew with {ROTATED}")
    seen = follower.until("anew")
    assert seen[-1] == f"2026-11-25T10:00:03 {new} anew with ***\n"
    follower.process.send_signal(signal.SIGINT)
    assert follower.process.wait(10) == 130


def test_following_goes_on_when_a_connection_was_lost_without_a_line_twice(deployed, follower):
    pod = pods(deployed)[0]
    write(deployed, 2, "second")
    follower.until("second")
    deployed.double.faults.drop_watches()
    deployed.double.faults.cut(3, path="/log$")
    deployed.double.faults.refuse(503, 6, path="/pods$")
    write(deployed, 2, "third, at the same time but for a nanosecond", pod=pod, nanosecond=2)
    seen = "".join(follower.until("third"))
    assert "webapp second" not in seen
    assert "waiting for the server: the server is currently unable to handle the request" in seen
