"""The connection: one for each command, told as what it is where it fails, and lost without losing what goes on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest

from deployer import ENVIRONMENT, Deployer
from interruptions import DIRECTORY, assert_converged, other, wait_for, watch
from kkinfra.errors import ConnectionFailedError, HostError
from kkinfra.host import call, files, journal, process
from kkinfra.host.follow import is_alive
from kkinfra.host.journal import Journal
from kkinfra.host.layout import Layout
from kkinfra.host.runs import Run
from kkinfra.targets.compose import following
from kkinfra.targets.compose.code import PROGRAM, packed
from kkinfra.targets.compose.following import Asked, Following, follow
from kkinfra.targets.compose.host import Host, LostError
from onlooker import answered_throughout
from rehearsal.host import keys, ports

@pytest.fixture(scope="module")
def host(deployer, machine):
    machine.root("docker tag nginx:1.22 certbot/certbot:v5.8.0")
    deployer.write("a", {"tls": None})
    deployer.serve("a")
    return deployer


@pytest.fixture
def visitor(host, tmp_path):
    """Another deployer to the same host, whose SSH can be broken."""
    found = Deployer(tmp_path, host.machine, host.registry, host.database, host.releases, host.values)
    found.write("a", {"tls": None})
    return found


def delivery(visitor, **changes):
    """Let the specification say something else of how the host is reached."""
    visitor.write("a", {"tls": None, "delivery": changes})


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
    told = done.stderr.strip()
    assert told.startswith("error: ")
    assert not any(word in told.lower() for word in ("docker", "locked", "lock "))
    return told


@pytest.mark.parametrize("verb", [("status", ENVIRONMENT), ("deploy", ENVIRONMENT, "--yes"), ("lock", "status", ENVIRONMENT)])
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
    assert json.loads(done.stdout)["round_trips"] == 2
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
        run = watched.run()
        machine.root("kill -9 $(pgrep --full '^sshd: deploy')")
        output, errors = deploying.communicate(timeout=300)
    assert deploying.returncode == 0, errors
    assert "the connection was lost" in errors
    told = json.loads(output)
    assert (told["run"], told["result"]) == (run.name, "deployed")
    assert told["steps"].keys() >= {"migration", "switch", "drain"}
    assert errors.count("\nswitch: ") == 1
    assert_converged(host, wanted)


def test_a_host_that_is_not_reached_for_twenty_seconds_is_reached_again(host, machine):
    wanted = other(host.serving())
    with answered_throughout(machine):
        watched = watch(machine, "migration")
        deploying = host.start(*host.deploying(wanted))
        watched.run()
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


# The deployer's end, without a host


class Lost:
    """A host whose connection is lost at each call; `calls` are the verbs, `closed` counts what was closed."""

    def __init__(self, error=None):
        self.calls, self.closed, self.connection = [], 0, self
        self.error = error or LostError("Connection reset by peer")

    def close(self):
        self.closed += 1

    def call(self, verb, _arguments, _files=None, *, heard=None):
        self.calls.append(verb)
        if verb == "deploy":
            heard({"journal": {"kind": "begin", "step": "migration", "text": ""}})
            raise LostError("Connection reset by peer")
        raise self.error


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(following, "_RECONNECT_SECONDS", 0.2)
    monkeypatch.setattr(following, "_PAUSE_SECONDS", 0.05)


def test_a_host_that_never_comes_back_goes_on_by_itself(impatient):
    host, told = Lost(), []
    heard = Following(told.append, told.append)
    with pytest.raises(ConnectionFailedError) as error:
        follow(host, Asked("deploy", {}), heard)
    assert str(error.value) == (
        "Connection reset by peer\nthe host was lost in step migration, and finishes or undoes it by itself; "
        "see `kkinfra status ENV`, and deploy again to be sure"
    )
    assert host.calls[0] == "deploy"
    assert set(host.calls[1:]) == {"resume"}
    assert host.closed == len(host.calls) - 1 > 1
    assert "connecting again" in told[-1]


def test_what_the_host_says_once_it_is_back_counts(impatient):
    with pytest.raises(HostError, match="nothing was begun"):
        follow(Lost(HostError("nothing was begun")), Asked("deploy", {}), Following(str, str))


class Connection:
    """A connection to a program on this machine in the place of a host's."""

    user = "deploy"

    def __init__(self, *argv):
        self.argv = argv

    def remote(self, *_argv):
        from kkinfra.command import Command

        return Command(self.argv)


@pytest.mark.parametrize(
    "printed",
    [
        "",
        "Welcome to the host",
        "[]",
        json.dumps({call.MARK: "another", "answer": {}}),
        json.dumps({"answer": {}}),
        json.dumps({call.MARK: "", "answer": {}}),
    ],
)
@pytest.mark.parametrize("code", [0, 1])
def test_an_answer_without_its_mark_is_none(printed, code):
    program = f"import sys; sys.stdin.buffer.read(); print({printed!r}); sys.exit({code})"
    host = Host(Connection(sys.executable, "-c", program), "/srv/x", "x")
    with pytest.raises(LostError, match=f"did not answer `history` to its end \\(exit code {code}\\)"):
        host.call("history", {})


# The host's end, without a host


@pytest.fixture
def request_(tmp_path):
    """A request that reads the history of an empty directory, and brings a file along."""
    (tmp_path / "history.jsonl").write_text("")
    about = {"verb": "history", "arguments": {}, "directory": str(tmp_path), "namespace": "x", "mark": "the-mark"}
    body, file = json.dumps(about).encode(), b"s" * 500
    head = json.dumps({"request": len(body), "files": [["secret/A", len(file)]]}).encode()
    return packed() + head + b"\n" + body + file


def answered(given):
    """Exit code, and whether the request was carried out."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", PROGRAM], input=given, capture_output=True, timeout=60, check=False
    )
    return done.returncode, b"the-mark" in done.stdout


def test_a_whole_request_is_carried_out(request_):
    assert answered(request_) == (0, True)


@pytest.mark.parametrize("missing", [1, 250, 500, 501, 600, 700, 5000, 20000, "all but a line", "all"])
def test_a_request_that_does_not_arrive_whole_is_not_carried_out(request_, missing):
    kept = {"all": 0, "all but a line": request_.index(b"\n") + 1}.get(missing)
    code, carried_out = answered(request_[: len(request_) - missing if kept is None else kept])
    assert code != 0
    assert not carried_out


@pytest.mark.parametrize("place", [5, 100, 1000, 20000])
def test_code_that_arrives_garbled_is_not_run(request_, place):
    garbled = bytearray(request_)
    garbled[place] ^= 1
    code, carried_out = answered(bytes(garbled))
    assert code != 0
    assert not carried_out


@pytest.mark.parametrize("started", ["1", None])
def test_a_run_is_not_taken_for_another_process_of_its_number(tmp_path, started):
    """As after a restart of the host; a process that is gone is not alive either."""
    run = Run(Layout(tmp_path, "x"), "20260101T000000Z-abcdef", {})
    run.directory.mkdir(parents=True)
    with subprocess.Popen(["sleep", "60"]) as alien:
        Journal(run.journal).write("begun", pid=alien.pid, started=started or process.started(alien.pid))
        assert is_alive(run) is (started is None)
        alien.kill()
    assert not is_alive(run)


WRITERS = {
    "journal": (
        "from pathlib import Path; from kkinfra.host.journal import Journal; at = Journal(Path(sys.argv[1]))",
        "at.write('note', number=number)",
    ),
    "history": (
        "from pathlib import Path; from kkinfra.host.layout import Layout; from kkinfra.host.journal import Journal; "
        "from kkinfra.host.runs import append_history; place = Path(sys.argv[1]); "
        "layout = Layout(place.parent, 'x'); said = Journal(place.with_name('unused'))",
        "append_history(layout, {'number': number}, said)",
    ),
}


@pytest.mark.parametrize("what", WRITERS)
def test_no_line_is_lost_when_its_writer_is_killed(tmp_path, what):
    file, acknowledged = tmp_path / "history.jsonl", []
    before, each = WRITERS[what]
    program = f"import sys; {before}\nnumber = int(sys.argv[2])\nwhile True:\n {each}; print(number, flush=True); number += 1"
    for _ in range(8):
        first = acknowledged[-1] + 1000 if acknowledged else 0
        writer = subprocess.Popen(
            [sys.executable, "-c", program, str(file), str(first)], stdout=subprocess.PIPE, text=True
        )
        wait_for(lambda: file.exists() and f'"number": {first}' in file.read_text())
        time.sleep(0.01)
        writer.kill()
        output, _ = writer.communicate(timeout=20)
        acknowledged += [int(line) for line in output.splitlines()]
        numbers = [line["number"] for line in journal.read(file)]
        assert set(acknowledged) <= set(numbers)
        assert len(acknowledged) > 0
        assert numbers == sorted(set(numbers))


@pytest.mark.parametrize("what", WRITERS)
def test_a_line_that_a_power_cut_left_half_takes_no_other_with_it(tmp_path, what):
    file = tmp_path / "history.jsonl"
    file.write_text('{"number": 1}\n{"numb')
    before, each = WRITERS[what]
    program = f"import sys; {before}\nnumber = 3\n{each}"
    subprocess.run([sys.executable, "-c", program, str(file)], check=True, timeout=60)
    assert [line["number"] for line in journal.read(file)] == [1, 3]


def test_a_file_is_the_old_one_or_the_new_one_when_its_writer_is_killed(tmp_path):
    file = tmp_path / "state.json"
    files.write_json(file, {"letters": "a" * 100_000})
    program = (
        "import itertools, sys; from pathlib import Path; from kkinfra.host import files\n"
        "for letter in itertools.cycle('abc'): files.write_json(Path(sys.argv[1]), {'letters': letter * 100000})"
    )
    for _ in range(8):
        inode = file.stat().st_ino
        writer = subprocess.Popen([sys.executable, "-c", program, str(file)])
        wait_for(lambda: file.stat().st_ino != inode)
        time.sleep(0.01)
        os.kill(writer.pid, signal.SIGKILL)
        writer.wait(timeout=20)
        letters = files.read_json(file)["letters"]
        assert len(letters) == 100_000
        assert len(set(letters)) == 1
