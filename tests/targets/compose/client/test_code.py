"""The code that a request brings along: run by a Python of its own, whole or not at all."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import kkinfra
from kkinfra.host.call import MARK
from kkinfra.spec.platforms import Ssh
from kkinfra.targets.compose.client.code import PROGRAM, packed, sources
from kkinfra.targets.compose.client.host import Host, _request
from kkinfra.targets.compose.client.ssh import Connection
from old_python import ABSENT, oldest_python

PACKAGE = Path(kkinfra.__file__).parent
FILES = {"login": b"{}", "secret/KEY": b"a key that is long enough to be cut in two"}


@pytest.fixture
def host(tmp_path):
    """A host that would be asked; it keeps what it is told below a directory that is not there yet."""
    ssh = Ssh.model_validate({"by": "ssh", "host": "web.example.org"})
    return Host(Connection(ssh, "root", "/nowhere"), str(tmp_path / "srv"), "shop")


def request(host, verb="cancel", **arguments):
    """`cancel` leaves a mark on the disk, and changes nothing that runs."""
    return _request(host, verb, arguments or {"run": "20261125T010203Z-abc"}, FILES, "the mark")


def ask(given, python=sys.executable):
    return subprocess.run([python, "-I", "-c", PROGRAM], input=given, capture_output=True, timeout=60, check=False)


def was_done(host):
    return Path(host.directory).exists()


def test_a_whole_request_is_done_and_answered_with_its_mark(host):
    done = ask(request(host))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == {MARK: "the mark", "answer": {"asked": False}}
    assert was_done(host)


@pytest.mark.skipif(not oldest_python(), reason=ABSENT)
def test_the_oldest_python_answers_too(host):
    done = ask(request(host, "lock"), oldest_python())
    assert json.loads(done.stdout.splitlines()[-1]) == {MARK: "the mark", "answer": {"held": False}}, done.stderr


def test_nothing_stays_on_the_disk_of_a_host_that_is_only_looked_at(host):
    assert ask(request(host, "lock")).returncode == 0
    assert not was_done(host)


def test_an_error_of_the_host_is_an_answer_too(host):
    done = ask(request(host, "rollback", run="x", request={}, release="nosuch"))
    answer = json.loads(done.stdout.splitlines()[-1])
    assert done.returncode == 1
    assert (answer[MARK], answer["kind"]) == ("the mark", "failed")
    assert answer["error"].startswith("there is no release nosuch on the host")


def test_an_error_of_the_code_says_where(host):
    answer = json.loads(ask(request(host, "resume", seen=0)).stdout.splitlines()[-1])
    assert (answer["kind"], answer["error"]) == ("internal", "KeyError: 'run'")
    assert "in resume" in "".join(answer["where"])


CODE = len(packed())
HEAD = packed().index(b"\n") + 1


@pytest.mark.parametrize(
    "where",
    [
        pytest.param(lambda given: 0, id="nothing"),
        pytest.param(lambda given: HEAD - 2, id="in the digest"),
        pytest.param(lambda given: HEAD, id="before the code"),
        pytest.param(lambda given: CODE // 2, id="in the code"),
        pytest.param(lambda given: CODE - 1, id="the last byte of the code"),
        pytest.param(lambda given: CODE, id="before the request"),
        pytest.param(lambda given: CODE + 10, id="in the sizes"),
        pytest.param(lambda given: given.index(b'"verb"') + 5, id="in the request"),
        pytest.param(lambda given: len(given) - len(b"".join(FILES.values())), id="before the files"),
        pytest.param(lambda given: len(given) - len(FILES["secret/KEY"]), id="between the files"),
        pytest.param(lambda given: len(given) - 1, id="the last byte of all"),
    ],
)
def test_a_request_that_is_cut_off_is_not_done(host, where):
    given = request(host)
    done = ask(given[: where(given)])
    assert done.returncode != 0
    assert MARK.encode() not in done.stdout
    assert not was_done(host)


@pytest.mark.parametrize("at", [HEAD - 5, HEAD, CODE // 2, CODE - 1])
def test_code_that_was_changed_on_the_way_is_not_run(host, at):
    given = bytearray(request(host))
    given[at] ^= 1
    done = ask(bytes(given))
    assert done.returncode != 0
    assert b"the request did not arrive whole" in done.stderr
    assert not was_done(host)


def test_every_module_is_sent_and_nothing_else():
    files = [path.relative_to(PACKAGE.parent).with_suffix("") for path in (PACKAGE / "host").rglob("*.py")]
    names = {".".join(path.parts).removesuffix(".__init__") for path in files}
    assert set(sources()) == names | {"kkinfra"}
    assert sources()["kkinfra"] == "", "what runs at the deployer does not run on the host"
    assert sources()["kkinfra.host.call"] == (PACKAGE / "host/call.py").read_text()


def test_every_module_can_be_imported_as_it_is_sent():
    names = [name for name in sources() if name != "kkinfra.host.django_migrations"]
    code = f"import importlib\nfor n in {names!r}:importlib.import_module(n)"
    program = PROGRAM.partition("from kkinfra.host.call")[0] + code
    done = subprocess.run(
        [sys.executable, "-I", "-c", program], input=packed(), capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr


def test_a_command_line_can_carry_the_program():
    assert len(PROGRAM) < 2000
    assert "'" not in PROGRAM, "it is quoted once, by shlex"
