"""How OpenSSH is called, and what is made of what it says."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from kkinfra.spec.platforms import Ssh
from kkinfra.targets.compose.client.ssh import Connection, connection

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
NASTY = ("", " ", "a b", "'", '"', "$HOME", "`id`", "\\", "a\nb", "*", "한글", "-n", "--", "!", "#x", "a'b\"c$(id)d")


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    monkeypatch.delenv("KKINFRA_SSH_COMMAND", raising=False)


@pytest.fixture
def reach(tmp_path):
    """A connection to a host, as the spec's `delivery` says."""

    def make(user=None, **fields):
        ssh = Ssh.model_validate({"by": "ssh", "host": "web.example.org", **fields})
        return Connection(ssh, user or ssh.user, str(tmp_path))

    return make


def test_it_never_asks_nor_accepts_a_key_unseen_nor_waits_for_ever(reach):
    options = reach().options
    assert {"BatchMode=yes", "StrictHostKeyChecking=yes", "ConnectTimeout=10"} <= set(options)
    assert {"ServerAliveInterval=5", "ServerAliveCountMax=3"} <= set(options)
    assert options[-5:] == ("-p", "22", "-l", "deploy", "-T")


@pytest.mark.needs("ssh")
def test_openssh_takes_the_options_as_they_are_meant(reach):
    connection = reach(port=2222, host_keys=[KEY])
    argv = ["ssh", "-F", "/dev/null", *connection.options, "-G", "web.example.org"]
    told = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=True).stdout.splitlines()
    found = dict(line.split(" ", 1) for line in told if " " in line)
    assert (found["user"], found["port"], found["hostname"]) == ("deploy", "2222", "web.example.org")
    assert (found["batchmode"], found["stricthostkeychecking"]) == ("yes", "true")
    assert (found["controlmaster"], found["controlpath"]) == ("auto", f"{connection.home}/c")
    assert (found["userknownhostsfile"], found["globalknownhostsfile"]) == (
        f"{connection.home}/known_hosts", "/dev/null",
    )  # fmt: skip
    assert found["requesttty"] == "false"


def test_what_the_host_runs_arrives_as_it_was_meant(reach):
    code = "import json, sys; print(json.dumps(sys.argv[1:]))"
    command = reach(user="root").remote(sys.executable, "-c", code, *NASTY)
    done = subprocess.run(["sh", "-c", command.argv[-1]], capture_output=True, text=True, timeout=60, check=True)
    assert tuple(json.loads(done.stdout)) == NASTY


def test_root_needs_no_sudo_and_everybody_else_does_without_being_asked_for_a_password(reach):
    assert reach(user="root").remote("python3", "-V").argv[-2:] == ("web.example.org", "python3 -V")
    assert reach().remote("python3", "-V").argv[-1] == "sudo -n -- python3 -V"
    assert reach(user="admin").options[-2] == "admin"


def test_another_command_may_take_the_place_of_ssh(reach, monkeypatch):
    assert reach().remote("true").argv[0] == "ssh"
    monkeypatch.setenv("KKINFRA_SSH_COMMAND", "ssh -F 'my config'")
    assert reach().remote("true").argv[:4] == ("ssh", "-F", "my config", "-o")


@pytest.mark.parametrize(("port", "name"), [(22, "web.example.org"), (2222, "[web.example.org]:2222")])
def test_the_keys_of_the_spec_are_the_only_ones_that_are_known(reach, port, name):
    connection = reach(port=port, host_keys=[KEY, KEY.replace("AAAA", "AAAB")])
    options = connection.options
    file = Path(connection.home, "known_hosts")
    assert f"UserKnownHostsFile={file}" in options
    assert "GlobalKnownHostsFile=/dev/null" in options
    assert f"HostKeyAlias={name}" in options
    assert file.read_text().splitlines() == [f"{name} {key}" for key in connection.ssh.host_keys]


@pytest.mark.needs("ssh-keygen")
def test_openssh_finds_the_key_by_name_and_port(reach):
    connection = reach(port=2222, host_keys=[KEY])
    assert connection.options
    argv = ["ssh-keygen", "-F", "[web.example.org]:2222", "-f", f"{connection.home}/known_hosts"]
    assert KEY.split()[1] in subprocess.run(argv, capture_output=True, text=True, timeout=60, check=True).stdout


def test_without_keys_in_the_spec_the_users_own_file_decides(reach):
    assert not any("KnownHosts" in option for option in reach().options)


def test_a_socket_has_a_short_path_of_its_own_that_is_gone_afterwards():
    ssh = Ssh.model_validate({"by": "ssh", "host": "web.example.org"})
    with connection(ssh) as one, connection(ssh, "admin") as two:
        homes = Path(one.home), Path(two.home)
        assert homes[0] != homes[1]
        assert all(home.is_dir() and home.stat().st_mode & 0o777 == 0o700 for home in homes)
        assert all(len(f"{home}/c.0123456789abcdef") < 104 for home in homes)
        assert (one.user, two.user) == ("deploy", "admin")
    assert not any(home.exists() for home in homes)


LOOSE = """\
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
@         WARNING: UNPROTECTED PRIVATE KEY FILE!          @
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
Permissions 0644 for 'id' are too open.
It is required that your private key files are NOT accessible by others.
This private key will be ignored.
Load key "id": bad permissions
deploy@web.example.org: Permission denied (publickey).
"""
CHANGED = """\
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
IT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!
Someone could be eavesdropping on you right now (man-in-the-middle attack)!
It is also possible that a host key has just been changed.
The fingerprint for the ED25519 key sent by the remote host is
SHA256:4jbESm1KftIDIkEcWPCWeczxCWCo267m30z/J2ldmuM.
Please contact your system administrator.
Add correct host key in /home/me/.ssh/known_hosts to get rid of this message.
Offending ED25519 key in /home/me/.ssh/known_hosts:1
  remove with:
  ssh-keygen -f "/home/me/.ssh/known_hosts" -R "[web.example.org]:2222"
Host key for [web.example.org]:2222 has changed and you have requested strict checking.
Host key verification failed.
"""
UNKNOWN = """\
No ED25519 host key is known for [web.example.org]:2222 and you have requested strict checking.
Host key verification failed.
"""
BUSY = """\
kex_exchange_identification: read: Connection reset by peer
Connection reset by 192.0.2.1 port 2222
"""
SLOW = """\
Connection timed out during banner exchange
Connection to 192.0.2.1 port 2222 timed out
"""


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        (CHANGED, "Compare with its console, then remove the old one: `ssh-keygen -R '[web.example.org]:2222'`"),
        (UNKNOWN, "write it under delivery.host_keys in the spec"),
        (LOOSE, "ssh refuses a key that others can read: `chmod 600` it"),
        ("deploy@web.example.org: Permission denied (publickey).\n", "the host does not let deploy in with the keys"),
        ("ssh: Could not resolve hostname web.example.org: Name or service not known\n", "correct delivery.host"),
        ("ssh: connect to host web.example.org port 2222: Connection refused\n", "nothing listens on port 2222 there"),
        ("ssh: connect to host web.example.org port 2222: Connection timed out\n", "let this machine reach port 2222"),
        ("ssh: connect to host web.example.org port 2222: No route to host\n", "no answer; is the host up"),
        ("ssh: connect to host web.example.org port 2222: Network is unreachable\n", "no answer; is the host up"),
        (SLOW, "no answer; is the host up"),
        (BUSY, "it may be starting up, or too busy"),
    ],
)
def test_what_openssh_says_comes_with_what_helps(reach, said, remedy):
    error = str(reach(port=2222).explain(said))
    assert error.startswith(f"SSH to deploy@web.example.org:2222 failed ({said.strip().splitlines()[-1]}): ")
    assert remedy in error
    assert "@@@" not in error


def test_a_key_of_the_spec_that_has_changed_is_corrected_there(reach):
    error = str(reach(port=2222, host_keys=[KEY]).explain(CHANGED))
    assert "then write the new one under delivery.host_keys. If not, somebody may be in between" in error
    assert "ssh-keygen" not in error


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Connection to 192.0.2.1 closed by remote host.\n", "Connection to 192.0.2.1 closed by remote host."),
        ("", "it ended without a word"),
    ],
)
def test_what_is_not_known_is_told_as_it_is_with_the_way_to_try(reach, said, told):
    error = str(reach().explain(said))
    assert error == f"SSH to deploy@web.example.org:22 failed: {told}; try it by hand: ssh deploy@web.example.org"
