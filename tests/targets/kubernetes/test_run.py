"""A command in a cluster: in a pod of its own of the release that serves, or in one that runs already."""

from __future__ import annotations

import base64
import fcntl
import hashlib
import os
import pty
import random
import signal
import ssl
import struct
import subprocess
import sys
import termios
import threading
import time
from contextlib import contextmanager
from unittest.mock import patch

import pytest
import trustme
import yaml

import kkinfra
import quick_yaml
from cluster_double import Rule
from cluster_user import PASSWORD
from kkinfra.errors import ClusterError
from kkinfra.targets.kubernetes import run as verb
from kkinfra.targets.kubernetes.apply import left_runs
from kkinfra.targets.kubernetes.client.objects import labels
from kkinfra.targets.protocol.command import Streams

pytestmark = pytest.mark.double_only
LABEL = "kkinfra/run"
COMMAND = [sys.executable, "-m", "kkinfra"]
PYTHON = sys.executable


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    monkeypatch.setattr(verb, "_POLL_SECONDS", 0.03)


def ran(user, *words, stdin=b"", seconds=60, **variables):
    """The command, as a process of its own."""
    return subprocess.run(
        [*COMMAND, "run", "test", *words], input=stdin, capture_output=True, timeout=seconds, check=False,
        env=user.variables(**variables), cwd=user.home,
    )  # fmt: skip


def runs(user):
    return user.names("Pod", LABEL)


def in_history(user):
    return [each for each in user.history() if each["action"] == "run"]


@contextmanager
def in_terminal(user, *words, rows=33, columns=91):
    """The command in a terminal: its process, and the terminal's other end."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    process = subprocess.Popen(
        [*COMMAND, "run", "test", *words], stdin=slave, stdout=slave, stderr=subprocess.PIPE, env=user.variables(),
        cwd=user.home, start_new_session=True,
    )  # fmt: skip
    try:
        yield process, master, slave
    finally:
        process.kill()
        process.wait()
        process.stderr.close()
        os.close(master)
        os.close(slave)


def shown(master, text, seconds=30):
    """What the terminal shows, once that is in it."""
    found, until = b"", time.monotonic() + seconds
    os.set_blocking(master, False)
    while text not in found:
        assert time.monotonic() < until, found
        try:
            found += os.read(master, 65_536)
        except BlockingIOError:
            time.sleep(0.02)
    return found


def test_what_is_piped_comes_through_byte_for_byte(deployed):
    data = random.Random(1).randbytes(1 << 20)  # noqa: S311
    done = ran(deployed, "--", "cat", stdin=data)
    assert (done.returncode, done.stderr) == (0, b"")
    assert hashlib.sha256(done.stdout).digest() == hashlib.sha256(data).digest()
    assert runs(deployed) == []


def test_much_output_of_a_command_that_reads_nothing_is_complete(deployed):
    done = ran(deployed, "--", "sh", "-c", "seq 100000")
    assert done.stdout == b"".join(b"%d\n" % each for each in range(1, 100_001))


def test_the_streams_are_apart_and_the_exit_code_is_the_commands_own(deployed):
    done = ran(deployed, "--", "sh", "-c", "echo out; echo err >&2; exit 3")
    assert (done.returncode, done.stdout, done.stderr) == (3, b"out\n", b"err\n")
    (line,) = in_history(deployed)
    assert (line["result"], line["why"], line["release"]) == ("failed", "exit code 3", "1")
    assert line["command"] == "sh -c 'echo out; echo err >&2; exit 3'"
    assert "@" in line["who"]
    assert runs(deployed) == []


@pytest.mark.parametrize("attach", [(), ("--attach",)])
@pytest.mark.parametrize(("command", "code"), [("no-such-command", 127), ("/etc/passwd", 126)])
def test_a_command_that_is_not_there_is_127(deployed, attach, command, code):
    done = ran(deployed, *attach, "--", command)
    assert done.returncode == code
    assert command.encode() in done.stderr
    assert b"Traceback" not in done.stderr
    assert runs(deployed) == []


def test_arguments_arrive_as_they_were_written(deployed):
    words = ["$(HOME)", "$$", "$HOME", "a b", "'", '"', "*", "", "--help", "é"]
    done = ran(deployed, "--", "printf", "%s\\n", *words)
    assert done.stdout.decode().splitlines() == words


def test_it_has_the_settings_of_the_part(deployed):
    done = ran(deployed, "webapp", "--", "sh", "-c", "echo $COLOUR")
    assert done.stdout == b"red\n"


@pytest.mark.parametrize("attach", [(), ("--attach",)])
def test_a_secret_that_is_printed_is_masked_even_in_two_pieces(deployed, attach):
    half = len(PASSWORD) // 2
    one, other = PASSWORD[:half], PASSWORD[half:]
    script = f"printf 'a {one}'; printf '{other} b\\n'; printf '{one}{other}' >&2"
    done = ran(deployed, *attach, "--", "sh", "-c", script)
    assert (done.stdout, done.stderr) == (b"a *** b\n", b"***")
    done = ran(deployed, "--", "echo", PASSWORD)
    assert done.stdout == b"***\n"
    assert PASSWORD not in deployed.run("history").text
    assert in_history(deployed)[-1]["command"] == "echo ***"


def test_a_terminal_has_its_size_and_is_resized(deployed):
    script = (
        "stty size; trap 'stty size' WINCH; printf 'name? '; while ! read name; do :; done; echo hello $name; exit 4"
    )
    with in_terminal(deployed, "--", "sh", "-c", script) as (process, master, slave):
        found = shown(master, b"name? ")
        assert found.startswith(b"33 91\r\n"), found
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
        os.kill(process.pid, signal.SIGWINCH)
        shown(master, b"40 100\r\n")
        os.write(master, b"you\r")
        shown(master, b"hello you\r\n")
        assert process.wait(30) == 4
        assert termios.tcgetattr(slave)[3] & termios.ICANON
    assert runs(deployed) == []


def test_ctrl_c_in_a_terminal_goes_to_the_command(deployed):
    script = "trap 'echo caught; exit 5' INT; echo ready; while :; do sleep 0.05; done"
    with in_terminal(deployed, "--", "sh", "-c", script) as (process, master, _):
        shown(master, b"ready")
        os.write(master, b"\x03")
        shown(master, b"caught")
        assert process.wait(30) == 5


def test_without_a_terminal_the_flag_takes_it_away(deployed):
    with in_terminal(deployed, "--no-terminal", "--", "sh", "-c", "test -t 1; echo it is $?") as (process, master, _):
        shown(master, b"it is 1")
        assert process.wait(30) == 0


@contextmanager
def long_run(user, marker):
    """A command that lasts, in a process of its own, which is not in a terminal."""
    process = subprocess.Popen(
        [*COMMAND, "run", "test", "--", "sh", "-c", f"echo $$ >{marker}; echo ready; exec sleep 600"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=user.variables(), cwd=user.home,
    )  # fmt: skip
    try:
        assert process.stdout.readline() == b"ready\n", process.stderr.read()
        yield process, int(marker.read_text())
    finally:
        process.kill()
        process.communicate()


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 130), (signal.SIGHUP, 130)])
def test_a_client_that_is_asked_to_end_removes_the_pod(deployed, tmp_path, number, code):
    with long_run(deployed, tmp_path / "pid") as (process, command):
        process.send_signal(number)
        assert process.wait(30) == code
        deployed.until(lambda: not is_alive(command) and not runs(deployed))
    assert in_history(deployed)[-1]["why"] == "interrupted"


def test_what_a_killed_client_leaves_ends_and_is_removed_by_the_next_run_and_deploy(deployed, tmp_path, monkeypatch):
    with long_run(deployed, tmp_path / "pid") as (process, command):
        process.kill()
        deployed.until(lambda: not is_alive(command))
    deployed.until(lambda: deployed.there("Pod", runs(deployed)[0])["status"]["phase"] == "Failed")
    assert in_history(deployed)[-1]["result"] == "begun"
    monkeypatch.setattr(left_runs, "_LEFT_SECONDS", -5.0)
    deployed.write(colour="blue")
    deployed.deployed()
    deployed.until(lambda: not runs(deployed))


def test_a_deploy_beside_a_run_neither_prunes_it_nor_waits_for_it_nor_counts_it(deployed, tmp_path):
    with long_run(deployed, tmp_path / "pid") as (_, command):
        deployed.write(colour="blue")
        deployed.deployed()
        assert is_alive(command)
        (name,) = runs(deployed)
        assert name not in deployed.run("status").text
        assert name not in deployed.run("logs").text
        assert "in sync" in deployed.run("diff").text or deployed.run("diff").code == 0


def test_the_pod_is_the_parts_own_but_for_what_serves_and_no_selector_of_it_fits(deployed, tmp_path):
    with long_run(deployed, tmp_path / "pid") as (process, _):
        pod = deployed.there("Pod", runs(deployed)[0])
        workload = deployed.there("Deployment", "webapp")
        (policy,) = [each for each in deployed.names("NetworkPolicy") if each == pod["metadata"]["name"]]
        found = deployed.there("NetworkPolicy", policy)
        process.terminate()
        process.wait(30)
    template = workload["spec"]["template"]["spec"]
    (container,), (own,) = pod["spec"]["containers"], template["containers"]
    assert not workload["spec"]["selector"]["matchLabels"].items() <= labels(pod).items()
    assert "app.kubernetes.io/name" not in labels(pod)
    for key in ("image", "resources", "securityContext", "envFrom", "volumeMounts"):
        assert container[key] == own[key]
    for key in ("securityContext", "serviceAccountName", "imagePullSecrets", "volumes"):
        assert pod["spec"][key] == template[key]
    assert not container.keys() & {"livenessProbe", "readinessProbe", "startupProbe", "ports", "lifecycle"}
    assert (pod["spec"]["restartPolicy"], pod["spec"]["activeDeadlineSeconds"]) == ("Never", 86_400)
    assert found["spec"]["podSelector"] == {"matchLabels": {LABEL: "webapp"}}
    assert found["spec"]["egress"] == deployed.there("NetworkPolicy", "webapp")["spec"]["egress"]
    deployed.until(lambda: deployed.get("NetworkPolicy", policy) is None)


def test_attach_runs_it_in_the_container_that_is_there(deployed):
    done = ran(deployed, "webapp", "--attach", "--", "sh", "-c", "cat; echo err >&2; exit 6", stdin=b"in\n")
    assert (done.returncode, done.stdout, done.stderr) == (6, b"in\n", b"err\n")
    assert runs(deployed) == []
    assert in_history(deployed)[-1]["why"] == "exit code 6"


def test_it_is_the_release_that_serves_that_a_command_runs_in(twice_deployed):
    twice_deployed.write(tag="9.9.9")
    done = ran(twice_deployed, "--", "sh", "-c", "echo $COLOUR")
    assert done.stdout == b"blue\n"
    assert in_history(twice_deployed)[-1]["release"] == "2"


def test_an_unknown_part_is_told_with_those_there_are(deployed):
    done = ran(deployed, "webap", "--", "ls")
    assert done.returncode == 1
    assert b"no part called webap that a command could run in; there are: migration, webapp" in done.stderr


def test_without_a_release_it_is_told_what_brings_one(user):
    done = ran(user, "--", "ls")
    assert (done.returncode, b"`kkinfra deploy test` brings one" in done.stderr) == (1, True)


def test_nothing_that_is_ready_cannot_be_attached_to(deployed):
    deployed.double.behave("webapp", "NotReady")
    deployed.until(lambda: not deployed.there("Deployment", "webapp").get("status", {}).get("readyReplicas"))
    done = ran(deployed, "--attach", "--", "ls")
    assert (done.returncode, b"without --attach" in done.stderr) == (1, True)


def test_a_pod_that_does_not_start_is_told_with_its_cause_and_removed(deployed, monkeypatch):
    image = deployed.there("Deployment", "webapp")["spec"]["template"]["spec"]["containers"][0]["image"]
    deployed.double.behave(image, "Unschedulable")
    with opened(deployed) as environment, pytest.raises(ClusterError, match="did not start within 1 s: no node takes"):
        environment.run(["ls"], timeout=1)
    assert runs(deployed) == []
    assert in_history(deployed)[-1]["result"] == "failed"


@contextmanager
def opened(user):
    with patch.dict(os.environ, user.variables()):
        yield kkinfra.open(user.home / "environments.yaml")["test"]


@contextmanager
def closing_pipe():
    reader, writer = os.pipe()
    os.close(writer)
    yield reader
    os.close(reader)


def test_the_library_does_it_too_in_any_thread(deployed):
    reader, writer = os.pipe()
    found = []
    with opened(deployed) as environment, closing_pipe() as nothing:
        streams = Streams(nothing, writer, writer)

        def run():
            found.append(environment.run(["sh", "-c", "echo hello; exit 2"], "webapp", streams=streams))

        thread = threading.Thread(target=run)
        thread.start()
        thread.join(60)
    os.close(writer)
    with os.fdopen(reader, "rb") as stream:
        assert (found, stream.read()) == ([2], b"hello\n")


def test_where_git_delivers_it_is_what_runs_that_a_command_runs_in(deployed, monkeypatch):
    monkeypatch.setattr(verb, "kept_release", verb.live_release)
    for name in deployed.names("ConfigMap", "kkinfra/release"):
        deployed.delete("ConfigMap", name)
    reader, writer = os.pipe()
    with opened(deployed) as environment, closing_pipe() as nothing:
        code = environment.run(["sh", "-c", "echo $COLOUR"], streams=Streams(nothing, writer, writer))
    os.close(writer)
    with os.fdopen(reader, "rb") as stream:
        assert (code, stream.read()) == (0, b"red\n")


def test_it_comes_through_tls_as_the_kubeconfig_has_it(deployed):
    authority, server = trustme.CA(), deployed.double._server
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    config = quick_yaml.load(deployed.deployer.read_text())
    there = config["clusters"][0]["cluster"]
    there["server"] = there["server"].replace("http:", "https:")
    there["certificate-authority-data"] = base64.b64encode(authority.cert_pem.bytes()).decode()
    path = deployed.home / "over-tls"
    path.write_text(yaml.safe_dump(config))
    data = random.Random(2).randbytes(1 << 18)  # noqa: S311
    done = ran(deployed, "--", "cat", stdin=data, KUBECONFIG=str(path))
    assert (done.returncode, done.stdout == data, done.stderr) == (0, True, b"")
    done = ran(deployed, "--attach", "--", "cat", stdin=data, KUBECONFIG=str(path))
    assert (done.returncode, done.stdout == data, done.stderr) == (0, True, b"")


def test_an_older_cluster_is_told_to_keep_the_end_of_the_input_to_itself(deployed):
    deployed.double.protocols = ("v4.channel.k8s.io",)
    done = ran(deployed, "--", "echo", "hello")
    assert (done.returncode, done.stdout) == (0, b"hello\n")
    assert b"before 1.30" in done.stderr


def test_a_connection_that_is_lost_is_an_error_and_leaves_nothing(deployed, tmp_path):
    with long_run(deployed, tmp_path / "pid") as (process, command):
        deployed.double.cut_attached()
        assert process.wait(30) == 1
        assert b"was lost" in process.stderr.read()
        deployed.until(lambda: not is_alive(command) and not runs(deployed))


def test_who_may_not_is_told(deployed):
    config = deployed.other("bob", Rule(("get", "list"), ("*",), ("*",)), Rule(("create", "patch"), ("configmaps",)))
    done = ran(deployed, "--", "ls", KUBECONFIG=str(config))
    assert done.returncode == 1
    assert b'cannot create resource "pods"' in done.stderr


def test_the_last_fifty_are_kept(deployed, monkeypatch):
    from kkinfra.targets.kubernetes.plan.run_log import RunLog
    from kkinfra.targets.protocol.history import Run

    log = RunLog(deployed.api, deployed.namespace, "shop")
    for number in range(53):
        log.write(Run("1", "run", "ended", 1000.0 + number, 1.0, command=f"echo {number}"))
    assert [each.command for each in log.runs()] == [f"echo {number}" for number in range(3, 53)]
