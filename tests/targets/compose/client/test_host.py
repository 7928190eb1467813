"""One request to a host over what stands in for ssh: its answer, or what stopped it."""

from __future__ import annotations

import json

import pytest

from kkinfra.errors import ConnectionFailedError, HostError, ProcessError
from local_ssh import RUN, fails, stand_in

UNKNOWN = """\
No ED25519 host key is known for web.example.org and you have requested strict checking.
Host key verification failed.
"""
REFUSED = "ssh: connect to host web.example.org port 22: Connection refused\n"


@pytest.fixture
def ssh(tmp_path, monkeypatch):
    return stand_in(tmp_path, monkeypatch)


@pytest.fixture
def lost():
    """The error that says that what was asked for may go on at the host."""
    from kkinfra.targets.compose.client.host import LostError

    return LostError


def asked_before(host):
    """As one that answered already."""
    host.trips = 1
    return host


def test_the_host_answers(ssh):
    host = ssh.host()
    assert host.call("lock", {}) == {"held": False}
    assert (host.trips, host.seconds > 0) == (1, True)


def test_what_it_says_on_the_way_is_heard_and_banners_are_not(ssh):
    said = json.dumps({"text": "on the way"})
    ssh.does(f"echo 'Welcome!'; echo '[1, 2]'; echo '{said}'; {RUN}")
    heard = []
    assert ssh.host().call("lock", {}, heard=heard.append) == {"held": False}
    assert heard == [{"text": "on the way"}]


def test_an_error_of_the_host_has_its_kind(ssh):
    with pytest.raises(HostError, match="there is no release before this one on the host") as raised:
        ssh.host().call("rollback", {"request": {}, "run": "x"})
    assert (raised.value.kind, raised.value.where) == ("failed", ())


def test_an_error_of_the_code_is_told_as_what_it_is(ssh):
    with pytest.raises(HostError, match=r"^internal error on the host: KeyError: 'run'; please report it$") as raised:
        ssh.host().call("resume", {})
    assert raised.value.kind == "internal"
    assert any("resume" in line for line in raised.value.where)


def test_secrets_are_given_and_never_an_argument(ssh):
    ssh.host().call("lock", {"hidden": "s3cret argument"}, {"secret/KEY": b"s3cret file"})
    assert len(ssh.calls) == 1
    assert not any("s3cret" in call for call in ssh.calls)


@pytest.mark.parametrize(
    "script",
    [
        "cat > /dev/null",
        'cat > /dev/null; echo \'{"text": "half"}\'',
        'cat > /dev/null; echo \'{"kkinfra-answer": "of another request", "answer": 1}\'',
        "cat > /dev/null; echo '{\"kkinfra-answer\"'",
        "exec < /dev/null",
    ],
)
def test_an_answer_without_the_mark_of_the_request_is_none(ssh, lost, script):
    ssh.does(script)
    with pytest.raises(lost, match=r"the host did not answer `lock` to its end \(exit code 0\): it says nothing"):
        ssh.host().call("lock", {})


def test_a_program_that_dies_says_its_last_line(ssh, lost):
    ssh.does(fails("Traceback\nMemoryError\n", 1))
    with pytest.raises(lost, match=r"\(exit code 1\): MemoryError"):
        ssh.host().call("lock", {})


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        (REFUSED, "nothing listens on port 22 there"),
        ("root@web.example.org: Permission denied (publickey).\n", "the host does not let root in"),
        (UNKNOWN, "the host's key is not known"),
    ],
)
def test_a_host_that_is_not_reached_was_asked_for_nothing(ssh, lost, said, remedy):
    ssh.does(fails(said))
    with pytest.raises(ConnectionFailedError, match=remedy) as raised:
        ssh.host().call("lock", {})
    assert not isinstance(raised.value, lost)


def test_a_host_that_was_reached_before_and_is_not_any_more_is_lost(ssh, lost):
    ssh.does(fails(REFUSED))
    with pytest.raises(lost, match="nothing listens on port 22 there"):
        asked_before(ssh.host()).call("lock", {})


def test_a_connection_that_ends_in_the_middle_is_lost(ssh, lost):
    ssh.does(fails("Connection to 192.0.2.1 closed by remote host.\n"))
    with pytest.raises(lost, match="closed by remote host"):
        ssh.host().call("lock", {})


def test_a_shared_connection_that_ends_in_the_middle_is_lost(ssh, lost):
    ssh.does(fails("mux_client_request_session: read from master failed: Broken pipe\n", 1))
    with pytest.raises(lost, match="read from master failed"):
        ssh.host().call("lock", {})


@pytest.mark.parametrize(
    "said",
    [
        "sudo: a password is required\n",
        "deploy is not in the sudoers file.\n",
        "bash: line 1: sudo: command not found\n",
        "sh: 1: sudo: not found\n",
    ],
)
def test_who_may_not_become_root_is_told_how_to_prepare_the_host(ssh, said):
    ssh.does(fails(said, 127 if "not found" in said else 1))
    with pytest.raises(HostError, match="deploy may not become root on the host without a password; prepare the host"):
        ssh.host("deploy").call("lock", {})


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("bash: line 1: python3: command not found\n", 127),
        ("sh: 1: python3: not found\n", 127),
        ("sudo: python3: command not found\n", 1),
    ],
)
def test_a_host_without_python_is_told_to_get_it(ssh, said, code):
    ssh.does(fails(said, code))
    with pytest.raises(HostError, match="the host has no python3; install it"):
        ssh.host("deploy").call("lock", {})


def test_silence_has_an_end(ssh):
    ssh.does("sleep 60")
    with pytest.raises(ProcessError, match=r"said nothing for 0.3 s"):
        ssh.host().call("lock", {}, seconds=0.3)


def test_a_host_that_falls_silent_later_is_lost(ssh, lost):
    ssh.does("sleep 60")
    with pytest.raises(lost, match=r"said nothing for 0.3 s"):
        asked_before(ssh.host()).call("lock", {}, seconds=0.3)


def test_a_host_that_says_that_it_is_alive_is_waited_for(ssh):
    ssh.does(f"for i in $(seq 60); do echo '{{\"alive\": true}}'; sleep 0.1; done; {RUN}")
    heard = []
    assert ssh.host().call("lock", {}, seconds=5.0, heard=heard.append) == {"held": False}
    assert len(heard) == 60


def test_without_ssh_it_is_told_to_install_it(ssh, monkeypatch):
    monkeypatch.setenv("KKINFRA_SSH_COMMAND", "nosuch-ssh")
    with pytest.raises(ProcessError, match="nosuch-ssh cannot be started"):
        ssh.host().call("lock", {})
