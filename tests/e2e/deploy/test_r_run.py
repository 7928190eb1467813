"""A command that is run beside what serves: piped, at a terminal, attached, and left by whoever asked for it."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import time
from contextlib import contextmanager

import pytest

from deployer import ENVIRONMENT
from interruptions import NAMESPACE, assert_converged, containers, kept, kill_deployer, other, wait_for
from kkinfra.errors import HostError
from kkinfra.project import open as open_project
from kkinfra.system.deployer import who
from kkinfra.targets.protocol.command import Streams
from onlooker import answered_throughout
from rehearsal.host.spec import SENTINEL
from typing_at import terminal

GONE_SECONDS = 60
"""Within which nothing is left of a command whose connection was lost."""


@pytest.fixture(scope="module")
def host(deployer):
    return kept(deployer)


@pytest.fixture(autouse=True)
def nothing_left(host, machine):
    """Whatever was run, its container and its processes are gone."""
    yield
    wait_for(lambda: not left(machine), GONE_SECONDS)


def left(machine):
    """What is there of commands: containers, processes that tend them, and what these keep in memory."""
    return [
        *(name for name in containers(machine) if "-run-" in name),
        *machine.root("pgrep --full --list-full '^[^ ]*python3 -I .* command ' || true").splitlines(),
        *machine.root(f"ls /run/kkinfra-{NAMESPACE} 2>/dev/null || true").split(),
        *machine.root("pgrep --full --list-full '^sleep 3[0-9]{2}$' || true").splitlines(),
    ]


def ran(host, *command, given=b"", flags=()):
    """How a command ended, and what it printed."""
    call = host.call("run", ENVIRONMENT, *flags, "--", *command)
    call.pop("stdin")
    return subprocess.run(**call, input=given, capture_output=True, timeout=120, check=False)


@contextmanager
def running(host, *command, flags=()):
    """A command that is under way, once it has said so."""
    call = host.call("run", ENVIRONMENT, *flags, "--", *command)
    started = subprocess.Popen(**{**call, "stdin": subprocess.PIPE}, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        assert started.stdout.readline() == b"begun\n"
        yield started
    finally:
        started.kill()
        started.communicate()


def last(host):
    return host.history()[-1]


@pytest.mark.parametrize("flags", [(), ("--attach",)])
def test_what_is_piped_in_comes_out_byte_by_byte(host, flags):
    content = os.urandom(1 << 20)
    done = ran(host, "cat", given=content, flags=flags)
    assert (done.returncode, hashlib.sha256(done.stdout).digest()) == (0, hashlib.sha256(content).digest()), done.stderr


@pytest.mark.parametrize("flags", [(), ("--attach",)])
@pytest.mark.parametrize(
    ("command", "code"),
    [(("true",), 0), (("sh", "-c", "exit 3"), 3), (("no-such-command",), 127), (("/etc/passwd",), 126)],
)
def test_its_exit_code_is_the_commands_own(host, flags, command, code):
    assert ran(host, *command, flags=flags).returncode == code
    line = last(host)
    assert (line["action"], line["result"]) == ("run", "failed" if code else "ended")
    assert line["why"].startswith(f"exit code {code}") == bool(code)


def test_errors_are_apart_from_output(host):
    done = ran(host, "sh", "-c", "echo out; echo err >&2")
    assert (done.stdout, done.stderr) == (b"out\n", b"err\n")


def test_a_command_that_reads_nothing_ends_though_much_is_given(host):
    assert ran(host, "true", given=bytes(3 << 20)).returncode == 0


@pytest.mark.parametrize("flags", [(), ("--attach",)])
def test_a_command_whose_output_nobody_reads_any_more_ends_soon(host, machine, flags):
    call = host.call("run", ENVIRONMENT, *flags, "--", "yes")
    with subprocess.Popen(**call, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as started:
        assert started.stdout.read(2) == b"y\n"
        started.stdout.close()
        assert started.wait(60) == 128 + signal.SIGPIPE
        assert started.stderr.read() == b""
    wait_for(lambda: not left(machine), 20)
    assert "yes" not in machine.root("ps -eo comm").split()


def test_it_has_what_its_part_has(host, machine):
    script = "id -u; cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null; env"
    said = ran(host, "sh", "-c", script).stdout.decode()
    assert said.splitlines()[:1] == ["10001"]
    assert "DJANGO_SETTINGS_MODULE=config.settings" in said
    done = ran(host, "python", "manage.py", "shell", "-c", "from monitor.models import Target; Target.objects.count()")
    assert done.returncode == 0, done.stderr.decode()


def test_its_container_says_what_it_is_and_is_no_part_of_the_release(host, machine):
    with running(host, "sh", "-c", "echo begun; sleep 300"):
        (name,) = [each for each in containers(machine) if "-run-" in each]
        found = json.loads(machine.root(f"docker inspect {name}"))[0]
        status = host.run("status", ENVIRONMENT, "-o", "json")
        plan = json.loads(host.deploy(host.serving(), "--dry-run", "-o", "json").stdout)["plan"]
    labels, limits = found["Config"]["Labels"], found["HostConfig"]
    assert (labels["kkinfra.run-by"], labels["com.docker.compose.oneoff"]) == (who()["who"], "True")
    assert (limits["Memory"], limits["RestartPolicy"]["Name"], limits["PortBindings"]) == (256_000_000, "no", {})
    assert found["Config"]["Healthcheck"]["Test"] == ["NONE"]
    assert found["Config"]["Image"] == host.releases[host.serving()]
    assert plan["changes"] == []
    assert "-run-" not in status.stdout


def test_a_secret_is_masked_also_in_pieces(host):
    slowly = "for c in $(fold -w1 /run/secrets/POSTGRES_PASSWORD); do printf %s $c; sleep 0.03; done; echo"
    done = ran(host, "sh", "-c", f"cat /run/secrets/POSTGRES_PASSWORD; echo; {slowly}")
    assert done.stdout == b"***\n***\n"
    assert SENTINEL not in json.dumps(last(host))


def test_a_secret_in_the_command_is_masked_in_the_history(host):
    ran(host, "echo", host.values["POSTGRES_PASSWORD"])
    assert last(host)["command"] == "echo ***"


def test_an_unknown_part_is_told_with_those_that_are_there(host):
    done = ran(host, "ls", flags=("web",))
    assert done.returncode == 1
    said = done.stderr.decode().splitlines()[-1]
    assert "has no part web; there are: celery-beat, celery-worker, flower, migration, nginx, redis," in said


def test_it_attaches_to_the_colour_that_serves(host):
    asked = "tr '\\0' ' ' < /proc/1/cmdline"
    done = ran(host, "sh", "-c", asked, flags=("webapp", "--attach"))
    assert b"uvicorn" in done.stdout
    assert ran(host, "redis-cli", "ping", flags=("redis", "--attach")).stdout == b"PONG\n"


def test_at_a_terminal_it_has_one_of_that_size_and_sees_it_change(host):
    script = "sleep 1; stty size; read x; sleep 1; stty size; tty; exit 4"
    call = host.call("run", ENVIRONMENT, "--", "sh", "-c", script)
    with terminal(call, 33, 99) as typist:
        before = typist.mode()
        typist.sees("33 99")
        typist.resize(21, 77)
        typist.type("\r")
        typist.sees("21 77")
        typist.sees("/dev/pts/")
        assert typist.ends() == 4
        assert typist.mode() == before


@pytest.mark.parametrize("flags", [(), ("--attach",)])
def test_ctrl_c_is_for_the_command_and_a_prompt_is_seen(host, flags):
    with terminal(host.call("run", ENVIRONMENT, *flags, "--", "python")) as typist:
        before = typist.mode()
        typist.sees(">>> ")
        typist.type("import time; time.sleep(300)\r")
        typist.sees("300)")
        typist.type("\x03")
        typist.sees("KeyboardInterrupt")
        typist.sees(">>> ")
        typist.type("print(6 * 7)\r")
        typist.sees("42")
        typist.type("raise SystemExit(5)\r")
        assert typist.ends() == 5
        assert typist.mode() == before


def test_a_superuser_is_made_as_at_the_hosts_own_terminal(host):
    name = f"typist{int(time.time())}"
    with terminal(host.call("run", ENVIRONMENT, "--", "python", "manage.py", "createsuperuser")) as typist:
        for question, answer in (
            (":", name), (":", "typist@example.org"), (":", "fourteen-horses"), (":", "fourteen-horses"),
        ):  # fmt: skip
            typist.sees(question)
            time.sleep(0.5)
            typist.type(f"{answer}\r")
        assert typist.ends() == 0, typist.screen
    script = f"from django.contrib.auth.models import User; print(User.objects.get(username='{name}').is_superuser)"
    assert ran(host, "python", "manage.py", "shell", "-c", script).stdout.splitlines()[-1:] == [b"True"]


def test_ctrl_c_without_a_terminal_reaches_the_command(host):
    script = "trap 'echo caught; exit 9' INT; echo begun; while :; do sleep 0.1; done"
    with running(host, "sh", "-c", script) as started:
        started.send_signal(signal.SIGINT)
        output, errors = started.communicate(timeout=60)
    assert (started.returncode, output) == (9, b"caught\n"), errors


@pytest.mark.parametrize("flags", [(), ("--attach",)])
@pytest.mark.parametrize(
    ("reads", "kill"),
    [("cat; sleep 300", kill_deployer), ("sleep 300 & sleep 301", kill_deployer), ("sleep 300", subprocess.Popen.kill)],
)
def test_nothing_is_left_where_the_deployer_is_killed(host, machine, flags, reads, kill):
    with running(host, "sh", "-c", f"echo begun; {reads}", flags=flags) as started:
        assert left(machine)
        kill(started)
        wait_for(lambda: not left(machine), GONE_SECONDS)
    line = last(host)
    assert (line["result"], line["why"]) == ("failed", "the connection ended, so it was ended")


@pytest.mark.parametrize("flags", [(), ("--attach",)])
def test_nothing_is_left_where_the_network_is_gone(host, machine, flags):
    with running(host, "sh", "-c", "echo begun; sleep 300", flags=flags) as started:
        rule = "INPUT -p tcp --dport 22 -j DROP"
        machine.root(f"iptables -I {rule}")
        try:
            wait_for(lambda: not left(machine), GONE_SECONDS)
            _, errors = started.communicate(timeout=60)
        finally:
            machine.root(f"iptables -D {rule}")
    assert started.returncode == 1
    assert b"the connection was lost" in errors
    assert "the deployer said nothing for" in last(host)["why"]


@pytest.mark.parametrize("flags", [(), ("--attach",)])
def test_what_a_killed_process_of_the_host_left_is_removed_by_the_next_call(host, machine, flags):
    with running(host, "sh", "-c", "echo begun; sleep 300", flags=flags) as started:
        machine.root("pkill -9 --full '^[^ ]*python3 -I .* command '")
        started.communicate(timeout=60)
        assert started.returncode == 1
    assert left(machine)
    assert ran(host, "true").returncode == 0
    assert not left(machine)
    cut_off, _ = host.history()[-2:]
    assert (cut_off["result"], cut_off["why"]) == ("failed", "the process that tended it on the host was killed")


def test_a_deploy_beside_it_disturbs_it_not_and_removes_nothing_of_it(host, machine):
    before = host.serving()
    with answered_throughout(machine), running(host, "sh", "-c", "echo begun; cat; cat /run/secrets/*") as started:
        done = host.deploy(other(before))
        assert done.returncode == 0, done.stderr
        assert host.run("rollback", ENVIRONMENT, "--yes").returncode == 0
        output, errors = started.communicate(b"still here\n", timeout=60)
    assert (started.returncode, output.splitlines()[0]) == (0, b"still here"), errors
    assert [line["action"] for line in host.history()[-3:]] == ["deploy", "rollback", "run"]
    assert_converged(host, before)


def test_it_is_in_the_history_and_counts_as_no_release(host):
    ran(host, "sh", "-c", "exit 3")
    line = last(host)
    assert (line["action"], line["command"], line["who"]) == ("run", "sh -c 'exit 3'", who()["who"])
    assert (line["serves"], line["kept"]) == (False, False)
    shown = host.run("history", ENVIRONMENT).stdout.splitlines()[-1]
    assert shown.endswith("exit code 3")
    assert "`sh -c 'exit 3'`" in shown
    status = host.run("status", ENVIRONMENT)
    assert "the last run" not in status.stdout


def test_more_memory_than_is_free_is_refused(host, machine):
    machine.root("systemd-run --quiet --unit=hog sh -c 'head -c 250M /dev/zero | tail -c 250M | sleep 300'")
    free = "grep -h . /sys/fs/cgroup/memory.max"
    try:
        wait_for(lambda: free and ran(host, "true").returncode == 1, 60)
        done = ran(host, "true")
    finally:
        machine.root("systemctl stop hog")
    assert "a container of webapp-" in done.stderr.decode()
    assert "may take 256 MB, and " in done.stderr.decode()


def test_the_library_runs_it_too(host, monkeypatch):
    for name, value in host.call()["env"].items():
        monkeypatch.setenv(name, value)
    read, write = os.pipe()
    nothing = os.open(os.devnull, os.O_RDONLY)
    project = open_project(host.home / "spec" / "environments.yaml")
    code = project[ENVIRONMENT].run(["sh", "-c", "echo hello; exit 7"], streams=Streams(nothing, write, write))
    os.close(write)
    with os.fdopen(read, "rb") as stream:
        assert (code, stream.read()) == (7, b"hello\n")
    with pytest.raises(HostError, match="has no part nopart"):
        project[ENVIRONMENT].run(["true"], "nopart")
