"""An engine that is not there, or not for us."""

from __future__ import annotations

import gc
import hashlib
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import docker
import pytest

from kkinfra.errors import EngineError, KkinfraError
from kkinfra.images.engine import connect_engine
from kkinfra.system import extras

NOBODY = 65534

pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")  # the SDK's, where it cannot connect


def told():
    said = "it answers"
    try:
        with connect_engine(seconds=5):
            pass
    except KkinfraError as error:
        said = str(error)
    gc.collect()
    return said


@pytest.fixture
def unanswered():
    """A port at which nobody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        yield listener.getsockname()[1]


def test_one_that_answers(engine):
    assert told() == "it answers"


def test_no_socket(monkeypatch, tmp_path):
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nosuch")
    assert told() == (
        f"there is no Docker engine at unix://{tmp_path}/nosuch (DOCKER_HOST); "
        "start one (`sudo systemctl start docker`), or set DOCKER_HOST to where it is"
    )


def test_nobody_listens(monkeypatch, unanswered):
    monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{unanswered}")
    assert f"no Docker engine answers at tcp://127.0.0.1:{unanswered} (DOCKER_HOST): Connection refused; " in told()


@pytest.mark.parametrize(
    ("host", "reason"),
    [
        ("foo://x", "Invalid bind address protocol: foo://x"),
        ("garbage here", "Invalid bind address format"),
        ("ssh://x", "Install paramiko package"),
        ("tcp://nosuch.invalid:2375", ""),
    ],
)
def test_a_host_that_is_none(monkeypatch, host, reason):
    monkeypatch.setenv("DOCKER_HOST", host)
    message = told()
    assert message.startswith(f"no Docker engine answers at {host} (DOCKER_HOST): {reason}")
    assert message.endswith("or set DOCKER_HOST to where it is")
    assert (f"{extras.install_command('paramiko')} lets the SDK use SSH" in message) == host.startswith("ssh:")


def test_something_else_that_answers(monkeypatch, engine):
    monkeypatch.setenv("DOCKER_HOST", f"{engine.url}/elsewhere")
    assert "no Docker engine answers" in told()


def test_dockers_context_counts_where_no_host_is_named(monkeypatch, engine):
    if tuple(map(int, docker.__version__.split(".")[:2])) < (7, 2):
        pytest.skip(f"needs version 7.2 of the Docker SDK, to read contexts; {docker.__version__} is installed")
    meta = Path(os.environ["DOCKER_CONFIG"], "contexts/meta", hashlib.sha256(b"lab").hexdigest(), "meta.json")
    meta.parent.mkdir(parents=True)
    endpoint = {"Host": engine.url, "SkipTLSVerify": False}
    meta.write_text(json.dumps({"Name": "lab", "Metadata": {}, "Endpoints": {"docker": endpoint}}))
    (meta.parents[3] / "config.json").write_text("{}")
    monkeypatch.delenv("DOCKER_HOST")
    monkeypatch.setenv("DOCKER_CONTEXT", "lab")
    with connect_engine(seconds=5) as found:
        found.digest_of("example.org/x:1")
    assert engine.asked == ["/distribution/example.org/x:1/json"]


def test_a_socket_that_is_not_for_us(monkeypatch, tmp_path):
    path = tmp_path / "docker.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        path.chmod(0)
        monkeypatch.setenv("DOCKER_HOST", f"unix://{path}")
        message = told() if os.geteuid() else _told_to_nobody()
    assert message.startswith(f"you may not talk to the Docker engine at unix://{path} (DOCKER_HOST); join the group")


def _told_to_nobody():
    """What somebody without rights is told: root may talk to every socket."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.seteuid(NOBODY)
        os.write(writer, told().encode())
        os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    message = os.read(reader, 65536).decode()
    os.close(reader)
    return message


def test_what_the_registry_says_is_an_error_unless_the_tag_is_not_there(engine):
    with connect_engine(seconds=5) as found:
        assert found.digest_of("example.org/x:1") is None
        engine.distribution = (500, "received unexpected HTTP status: 500 Internal Server Error")
        with pytest.raises(EngineError, match="unexpected HTTP status"):
            found.digest_of("example.org/x:1")


def test_without_the_sdk_it_is_told_how_to_get_it(repository):
    code = (
        "import sys; sys.modules['docker'] = None\n"
        "from kkinfra.cli.main import main; sys.exit(main(['build', 'alpha']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "the Docker SDK is not installed" in done.stderr
    assert extras.remedy("docker") in done.stderr
    assert "Traceback" not in done.stderr
