"""The public images that the stack is made of: present, else pulled, else made from Debian's packages.

The last is for machines that reach Debian's mirrors but no image registry. Such a stand-in has the
same programs of the same major version under the same name, and a label that says what it is.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import docker.errors

from rehearsal.errors import RehearsalError

if TYPE_CHECKING:
    from docker import DockerClient

STAND_INS = Path(__file__).parent / "stand_ins"
DEBIAN = "debian:bookworm-slim"
NEEDED = ("python:3.11-slim-bookworm", "redis:7.4", "nginx:1.22", "postgres:15")
"""What the product's Dockerfile and the rendered production ask for, and the database beside it."""

_CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
_DEBOOTSTRAP_SECONDS = 600


def ensure(engine: DockerClient, names: tuple[str, ...] = NEEDED) -> dict[str, str]:
    """By image, whence it came: "present", "pulled" or "made here"; raises RehearsalError."""
    return {name: _ensure_one(engine, name) for name in names}


def _ensure_one(engine: DockerClient, name: str) -> str:
    if _is_present(engine, name):
        return "present"
    try:
        engine.images.pull(name)
    except docker.errors.APIError as error:
        recipe = STAND_INS / name.partition(":")[0]
        if name == DEBIAN:
            _make_debian(engine)
        elif recipe.is_dir():
            _make(engine, name, recipe)
        else:
            raise RehearsalError(f"{name} cannot be pulled, and there is no stand-in for it: {error}") from error
        return "made here"
    return "pulled"


def _is_present(engine: DockerClient, name: str) -> bool:
    try:
        engine.images.get(name)
    except docker.errors.ImageNotFound:
        return False
    return True


def _make(engine: DockerClient, name: str, recipe: Path) -> None:
    if not _is_present(engine, DEBIAN):
        _make_debian(engine)
    labels = {"kkinfra.stand-in": f"made from Debian's packages, in place of {name}"}
    try:
        engine.images.build(path=str(recipe), tag=name, rm=True, forcerm=True, labels=labels, network_mode="host")
    except docker.errors.BuildError as error:
        lines = [line.get("stream", "") for line in error.build_log]
        raise RehearsalError(f"the stand-in for {name} cannot be made: {error}\n{''.join(lines[-20:])}") from error


def _make_debian(engine: DockerClient) -> None:
    program = shutil.which("mmdebstrap")
    if program is None:
        raise RehearsalError(f"{DEBIAN} cannot be pulled; to make it here, install mmdebstrap (Debian, Ubuntu)")
    command = (
        program, "--quiet", "--variant=minbase", "--components=main", "--include=ca-certificates",
        "--dpkgopt=path-exclude=/usr/share/doc/*", "--dpkgopt=path-exclude=/usr/share/man/*",
        "--dpkgopt=path-exclude=/usr/share/locale/*",
        # the machine's own authorities, for networks that look into TLS
        f"--customize-hook=copy-in {_CERTIFICATES} {Path(_CERTIFICATES).parent}",
        "bookworm", "-",
    )  # fmt: skip
    made = subprocess.run(command, capture_output=True, timeout=_DEBOOTSTRAP_SECONDS, check=False)
    if made.returncode:
        raise RehearsalError(f"{program} failed: {made.stderr.decode(errors='replace')[-2000:]}")
    engine.api.import_image_from_data(
        made.stdout, repository=DEBIAN.partition(":")[0], tag=DEBIAN.partition(":")[2], changes=['CMD ["bash"]']
    )
