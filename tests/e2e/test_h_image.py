"""The product's image: small, without a compiler, for anybody's builder."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from programs import need

if TYPE_CHECKING:
    from docker import DockerClient

    from rehearsal.production import Production

LARGEST_MB = 250
"""What the product may add to its base image."""


def test_it_has_no_compiler_and_no_root(engine: DockerClient, stack: Production) -> None:
    image = engine.images.get(str(stack.environment.image))
    assert image.attrs["Config"]["User"] == "10001:10001"
    ask = "for each in gcc cc g++ make ld as rustc cargo; do ! command -v $each || exit 1; done"
    engine.containers.run(image, ["sh", "-c", ask], remove=True, read_only=True, network_mode="none", cap_drop=["ALL"])


def test_it_adds_little_to_its_base(engine: DockerClient, stack: Production) -> None:
    ours = engine.images.get(str(stack.environment.image)).attrs["Size"]
    base = engine.images.get("python:3.11-slim-bookworm").attrs["Size"]
    assert (ours - base) / 1e6 < LARGEST_MB


def test_it_says_what_it_is(engine: DockerClient, stack: Production) -> None:
    labels = engine.images.get(str(stack.environment.image)).labels
    commit = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()
    assert labels["org.opencontainers.image.revision"] == commit
    assert labels["org.opencontainers.image.title"] == "kkambbaki"
    assert {"version", "created"} <= {name.rpartition(".")[2] for name in labels}


def test_a_missing_secret_stops_the_start_with_its_name(engine: DockerClient, stack: Production) -> None:
    container = engine.containers.run(str(stack.environment.image), detach=True, network_mode="none")
    try:
        container.wait(timeout=60)
        said = container.logs().decode()
        assert "DJANGO_SECRET_KEY" in said
        assert "Traceback" not in said
    finally:
        container.remove(force=True)


def test_buildkit_builds_it_too() -> None:
    """`kkinfra build` uses the classic builder, which every engine has; the tests above are of its image."""
    docker = need("/usr/bin/docker", "docker")
    command = [docker, "build", "--quiet", "--tag", "kkinfra-rehearsal-buildkit", "app"]
    done = subprocess.run(
        command, env={**os.environ, "DOCKER_BUILDKIT": "1"}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    subprocess.run([docker, "rmi", "kkinfra-rehearsal-buildkit"], capture_output=True, check=True)
