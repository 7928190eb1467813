"""`kkinfra build` with a real engine, and a real registry that wants a password."""

from __future__ import annotations

import base64
import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

import repository as repositories
from programs import need
from recorded_buildx import RecordedBuildx
from rehearsal import base_images

BASE = "python:3.11-slim-bookworm"
LOGIN = "user:pass"
HASHED = "user:$2y$04$81tdxKNwuQLdLo5S1pddxuqmTe35ijs7Ek0mTgIjDHywwjbxapS3."
MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Registry:
    """Debian's docker-registry, on loopback, where an engine needs no TLS."""

    host: str
    logged_in: Path
    as_somebody_else: Path

    @property
    def repository(self):
        return f"{self.host}/example/kkambbaki"

    def digest(self, tag):
        """What the registry itself says of a tag; None where it has none."""
        kinds = "application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json"
        answer = httpx.head(
            f"http://{self.host}/v2/example/kkambbaki/manifests/{tag}",
            auth=tuple(LOGIN.split(":")),
            headers={"Accept": kinds},
        )
        return None if answer.status_code == httpx.codes.NOT_FOUND else answer.headers["Docker-Content-Digest"]


@pytest.fixture(scope="module")
def base(engine):
    base_images.ensure(engine, (BASE,))
    return BASE


@pytest.fixture(scope="module")
def registry(tmp_path_factory, engine):
    program = need("docker-registry")
    home = tmp_path_factory.mktemp("registry")
    host = f"127.0.0.1:{free_port()}"
    (home / "htpasswd").write_text(f"{HASHED}\n")
    configuration = {
        "version": 0.1,
        "storage": {"filesystem": {"rootdirectory": str(home / "data")}},
        "http": {"addr": host},
        "auth": {"htpasswd": {"realm": "test", "path": str(home / "htpasswd")}},
    }
    (home / "registry.yml").write_text(json.dumps(configuration))
    with (home / "log").open("wb") as log:
        process = subprocess.Popen([program, "serve", str(home / "registry.yml")], stdout=log, stderr=log)
    try:
        assert comes_true(lambda: listens(("127.0.0.1", int(host.partition(":")[2])))), (home / "log").read_text()
        yield Registry(host, logins(home / "us", host, LOGIN), logins(home / "other", host, "user:wrong"))
    finally:
        process.terminate()
        process.wait(timeout=10)
        remove_images(engine, host)


@pytest.fixture
def repository(tmp_path, registry, base):
    spec = repositories.REAL.replace("ghcr.io/example/kkambbaki", registry.repository)
    return repositories.make(tmp_path, spec, f"FROM {base}\nRUN echo hello\nCOPY . /app\n")


def logins(directory, host, login):
    directory.mkdir()
    auths = {"auths": {host: {"auth": base64.b64encode(login.encode()).decode()}}}
    (directory / "config.json").write_text(json.dumps(auths))
    return directory


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def comes_true(question, seconds=20):
    end = time.monotonic() + seconds
    while not (answer := question()) and time.monotonic() < end:
        time.sleep(0.1)
    return answer


def listens(address):
    """Whether somebody does, at a host and port or a path."""
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    with socket.socket(family) as caller:
        return caller.connect_ex(address) == 0


def remove_images(engine, host):
    for image in engine.images.list():
        if any(name.startswith(f"{host}/") for name in (*image.tags, *image.attrs["RepoDigests"])):
            engine.images.remove(image.id, force=True)


def command(repository, *arguments, **variables):
    environment = {**os.environ, **repositories.PLAIN, "DOCKER_CONFIG": str(repository.path), **variables}
    return {"args": [sys.executable, "-m", "kkinfra", "build", *arguments], "cwd": repository.path, "env": environment}


def build(repository, *arguments, **variables):
    call = command(repository, *arguments, **variables)
    done = subprocess.run(**call, capture_output=True, text=True, timeout=300, check=False)
    assert "Traceback" not in done.stderr
    return done


def document(repository, *arguments, **variables):
    done = build(repository, *arguments, "-q", "-o", "json", **variables)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_what_is_pushed_is_there_by_its_digest_and_says_what_it_is(repository, registry, engine):
    told = document(repository, "production", "--push", DOCKER_CONFIG=str(registry.logged_in))
    commit = repository.git("rev-parse", "HEAD")
    _, _, digest = told["digest"].partition("@")
    assert {registry.digest(tag) for tag in (f"main-{commit[:12]}", "1.0.0")} == {digest}
    for tag in told["tags"]:
        engine.images.remove(tag)
    image = engine.images.pull(
        told["digest"], auth_config=dict(zip(("username", "password"), LOGIN.split(":"), strict=True))
    )
    assert image.id == told["image"]
    assert told["platform"] == f"linux/{image.attrs['Architecture']}"
    assert image.labels == {
        **engine.images.get(BASE).labels,
        "org.opencontainers.image.title": "kkambbaki",
        "org.opencontainers.image.version": f"main-{commit[:12]}",
        "org.opencontainers.image.revision": commit,
        "org.opencontainers.image.created": "2026-11-23T16:02:03Z",
    }


@pytest.fixture
def other(repository, engine):
    """The architecture that the engine's machine does not have, which production's instance type has."""
    found, instance = ("arm64", "t4g.micro") if engine.version()["Arch"] == "amd64" else ("amd64", "t3.micro")
    spec = repository.path / "spec/environments.yaml"
    spec.write_text(spec.read_text().replace("instance_type: t2.micro", f"instance_type: {instance}"))
    repository.write("app/Dockerfile", "FROM scratch\nCOPY . /app\n")
    repository.commit()
    return found


@pytest.fixture
def without_buildx(tmp_path_factory):
    """A PATH on which Docker's command has no buildx."""
    found = RecordedBuildx(tmp_path_factory.mktemp("path"))
    found.is_missing()
    return f"{found.place}{os.pathsep}{os.environ['PATH']}"


def test_an_image_is_for_the_instance_types_processor(repository, engine, other, without_buildx):
    for told in (document(repository, "production", PATH=without_buildx), document(repository, "production")):
        assert told["platform"] == f"linux/{other}"
        assert {engine.images.get(tag).attrs["Architecture"] for tag in told["tags"]} == {other}


def test_a_base_image_that_is_here_for_another_processor_is_not_taken(repository, engine, base, other, without_buildx):
    own = engine.images.get(base).attrs["Architecture"]
    repository.write("app/Dockerfile", f"FROM {base}\nCOPY . /app\n")
    commit = repository.commit()
    done = build(repository, "production", PATH=without_buildx)
    assert done.returncode == 1
    assert f"built is for linux/{own}, and linux/{other} was asked for, so it got no tag" in done.stderr
    assert not [tag for image in engine.images.list() for tag in image.tags if commit[:12] in tag]


def test_a_cached_step_for_another_processor_is_not_taken(repository, engine, other, without_buildx):
    document(repository, "production", PATH=without_buildx)
    done = build(repository, "alpha", PATH=without_buildx)
    own = engine.version()["Arch"]
    assert (done.returncode, f"and linux/{own} was asked for, so it got no tag" in done.stderr) == (1, True)
    assert document(repository, "alpha", "--no-cache", PATH=without_buildx)["platform"] == f"linux/{own}"


def test_a_step_that_the_engine_cannot_run_is_told_of_emulation(repository, engine, other, without_buildx):
    """A program whose header says that it is for the other processor (ELF, e_machine)."""
    program = bytearray(Path(sys.executable).resolve().read_bytes()[:4096])
    program[18] = {"arm64": 183, "amd64": 62}[other]
    (repository.path / "app/sh").write_bytes(program)
    (repository.path / "app/sh").chmod(0o755)
    repository.write("app/Dockerfile", "FROM scratch\nCOPY sh /bin/sh\nRUN true\n")
    repository.commit()
    done = build(repository, "production", "-q", PATH=without_buildx)
    assert done.returncode == 1
    assert f"cannot run programs for linux/{other}: `docker run --privileged --rm tonistiigi/binfmt" in done.stderr


def test_one_image_for_both_is_refused_where_nothing_can_make_it(repository, registry, other, without_buildx):
    mine = {"DOCKER_CONFIG": str(registry.logged_in), "PATH": without_buildx}
    done = build(repository, "production", "--push", **mine)
    assert done.returncode == 1
    assert f"{registry.repository} is needed for linux/amd64 (" in done.stderr
    assert "and only `docker buildx` builds one image for both" in done.stderr
    assert registry.digest(f"main-{repository.git('rev-parse', 'HEAD')[:12]}") is None


def test_one_image_for_both_is_pushed_where_buildx_and_the_engine_can(repository, registry, engine, other):
    if subprocess.run(["docker", "buildx", "version"], capture_output=True, check=False).returncode:
        pytest.skip("needs docker buildx, to build one image for two platforms")
    if "containerd" not in str(engine.info().get("DriverStatus")):
        pytest.skip("needs the containerd image store: the classic one has no image for two platforms")
    config = json.loads((registry.logged_in / "config.json").read_text())
    told = document(repository, "production", "--push", DOCKER_CONFIG=str(registry.logged_in))
    assert told["platform"] == "linux/amd64, linux/arm64"
    found = engine.api.inspect_distribution(told["digest"], auth_config=dict(zip(
        ("username", "password"), base64.b64decode(config["auths"][registry.host]["auth"]).decode().split(":"),
        strict=True,
    )))  # fmt: skip
    assert [each["architecture"] for each in found["Platforms"]] == ["amd64", "arm64"]


def test_both_environments_and_every_rebuild_give_the_same_image(repository):
    images = [document(repository, name)["image"] for name in ("alpha", "production", "production")]
    assert len(set(images)) == 1


def test_a_version_that_is_out_stays_until_somebody_insists(repository, registry):
    mine = {"DOCKER_CONFIG": str(registry.logged_in)}
    document(repository, "production", "--push", "--tag", "1.0.0", **mine)
    out = registry.digest("1.0.0")
    repository.write("app/more")
    repository.commit()
    told = document(repository, "production", "--push", **mine)
    assert told["kept"] == {f"{registry.repository}:1.0.0": out}
    assert registry.digest("1.0.0") == out
    told = document(repository, "production", "--push", "--tag", "1.0.0", **mine)
    assert registry.digest("1.0.0") == told["digest"].partition("@")[2] != out


def test_without_a_login_nothing_is_built(repository, registry):
    done = build(repository, "production", "--push")
    assert done.returncode == 1
    assert f"`docker login {registry.host}` as somebody who may push to {registry.repository}" in done.stderr
    assert "step 1/" not in done.stderr


def test_with_the_wrong_login_nothing_is_pushed(repository, registry):
    repository.write("app/never-pushed")
    commit = repository.commit()
    done = build(repository, "production", "--push", DOCKER_CONFIG=str(registry.as_somebody_else))
    assert done.returncode == 1
    assert f"`docker login {registry.host}`" in done.stderr
    assert registry.digest(f"main-{commit[:12]}") is None


def test_a_registry_that_is_not_there(repository, registry):
    spec = repository.path / "spec/environments.yaml"
    spec.write_text(spec.read_text().replace(registry.host, f"127.0.0.1:{free_port()}"))
    repository.commit()
    done = build(repository, "production", "--push")
    assert done.returncode == 1
    assert "connection refused; the engine does not reach the registry" in done.stderr


def test_a_step_that_fails(repository, base):
    repository.write("app/Dockerfile", f"FROM {base}\nRUN echo so far && echo so bad >&2 && exit 3\n")
    repository.commit()
    done = build(repository, "production", "-q")
    assert done.returncode == 1
    first, *printed, last = done.stderr.splitlines()
    assert first == "error: step 2/6 failed: RUN echo so far && echo so bad >&2 && exit 3"
    assert sorted(printed) == ["  | so bad", "  | so far"]
    assert last.endswith("returned a non-zero code: 3; correct the step, or what it works on")


def test_a_base_image_that_is_nowhere(repository, registry):
    repository.write("app/Dockerfile", f"FROM {registry.host}/nosuch:1\n")
    repository.commit()
    done = build(repository, "production", DOCKER_CONFIG=str(registry.logged_in))
    assert done.returncode == 1
    assert f"step 1/5 failed: FROM {registry.host}/nosuch:1\nmanifest for " in done.stderr
    assert "; FROM names an image that is not there, or is not for you" in done.stderr


@pytest.mark.parametrize("how", ["interrupted", "late"])
def test_an_engine_stops_working_when_nobody_waits_any_more(repository, base, engine, how):
    mark = f"sleep 60{os.getpid()}"
    repository.write("app/Dockerfile", f"FROM {base}\nRUN echo begun && {mark}\n")
    repository.commit()
    call = command(repository, "production", "--timeout", "5" if how == "late" else "60")
    with subprocess.Popen(**call, stderr=subprocess.PIPE, text=True) as running:
        assert "  begun\n" in iter(running.stderr.readline, "")
        assert comes_true(lambda: works_on(engine, mark))
        if how == "interrupted":
            running.send_signal(signal.SIGINT)
        last = running.stderr.read()
    expected = (130, "interrupted") if how == "interrupted" else (1, "took longer than 5 s")
    assert (running.returncode, expected[1] in last) == (expected[0], True)
    assert comes_true(lambda: not works_on(engine, mark))


def works_on(engine, mark):
    return [each for each in engine.api.containers() if mark in each["Command"]]


@pytest.fixture
def small_disk(tmp_path_factory):
    """A directory with room for 24 MB."""
    place = tmp_path_factory.mktemp("small")
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(place)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip(f"needs a small disk, which cannot be made here: {done.stderr.strip()}")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.fixture
def small_engine(small_disk, tmp_path_factory):
    """An engine of its own on that disk, and in a network namespace of its own, so that no other one notices."""
    program = need("dockerd")
    home = tmp_path_factory.mktemp("engine")
    host = f"unix://{home}/s"
    files = ["--data-root", str(small_disk), "--exec-root", str(home / "exec"), "--pidfile", str(home / "pid")]
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            ["unshare", "--net", program, "--host", host, *files, "--bridge", "none", "--iptables=false"],
            stdout=log,
            stderr=log,
        )
    try:
        assert comes_true(lambda: listens(f"{home}/s"), 60), (home / "log").read_text()
        yield host
    finally:
        process.terminate()
        process.wait(timeout=30)


@pytest.mark.parametrize("size", [16 * MEGABYTE, 40 * MEGABYTE])
def test_an_engine_whose_disk_is_full(repository, small_engine, size):
    """Either the copy has no room, or the context itself."""
    repository.write("app/Dockerfile", "FROM scratch\nCOPY blob /\n")
    (repository.path / "app/blob").write_bytes(os.urandom(size))
    repository.commit()
    done = build(repository, "production", DOCKER_HOST=small_engine)
    assert done.returncode == 1
    assert "no space left on device; the engine's disk is full: `docker system df`" in done.stderr


def test_a_full_disk_here(repository, small_disk):
    (repository.path / "app/blob").write_bytes(os.urandom(40 * MEGABYTE))
    repository.commit()
    done = build(repository, "production", TMPDIR=str(small_disk))
    assert done.returncode == 1
    assert f"no space left in {small_disk} to pack the context; free some, or set TMPDIR" in done.stderr
