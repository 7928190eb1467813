"""The container engine, by way of the Docker SDK: what it is asked, and its errors as this project's own."""

from __future__ import annotations

import errno
import os
import tempfile
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol, cast

from kkinfra.errors import EngineError
from kkinfra.host import platforms
from kkinfra.images.engine_words import ABSENT
from kkinfra.system import extras

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping

    from kkinfra.images.plan import BuildPlan

_CONNECT_SECONDS = 10
_START = "start one (`sudo systemctl start docker`)"
_GONE = "the engine went away in the middle; see its log (`journalctl -u docker`), then try again"


class Daemon(Protocol):
    """What is used of the SDK's low-level client, whose own types leave much open."""

    def build(self, *, path: str, decode: bool, **options: object) -> Iterator[dict[str, Any]]:
        """Pack the context, send it, and return the engine's messages."""
        ...

    def tag(self, image: str, repository: str, tag: str) -> bool:
        """Give an image a name."""
        ...

    def push(self, repository: str, tag: str, *, stream: bool, decode: bool) -> Iterator[dict[str, Any]]:
        """Push a tag and return the engine's messages."""
        ...

    def inspect_image(self, image: str) -> dict[str, Any]:
        """What the engine knows of an image."""
        ...

    def inspect_distribution(self, image: str) -> dict[str, Any]:
        """What the registry knows of an image."""
        ...

    def version(self) -> dict[str, Any]:
        """What the engine says of itself."""
        ...


@dataclass(frozen=True, slots=True)
class Engine:
    """A container engine that answers. Every method raises EngineError where it refuses."""

    daemon: Daemon

    def build(self, plan: BuildPlan, *, use_cache: bool, network: str | None) -> Iterator[Mapping[str, Any]]:
        """Build what is planned, by the classic builder; once this returns, the context has been read and sent.

        It builds for one platform, and may ignore which: it takes a base image or a cached step of another one.
        """
        with translated():
            messages = self.daemon.build(
                path=plan.context, dockerfile=plan.dockerfile, buildargs=plan.arguments, labels=plan.labels,
                network_mode=network, nocache=not use_cache, rm=True, forcerm=True, pull=False, decode=True,
                platform=plan.platforms[0],
            )  # fmt: skip
        return _messages(messages)

    def tag(self, image: str, repository: str, tag: str) -> None:
        """Give an image a name."""
        with translated():
            self.daemon.tag(image, repository, tag)

    def push(self, repository: str, tag: str) -> Iterator[Mapping[str, Any]]:
        """Push a tag, with the credentials of Docker's own configuration."""
        with translated():
            messages = self.daemon.push(repository, tag, stream=True, decode=True)
        return _messages(messages)

    def inspect(self, image: str) -> Mapping[str, Any]:
        """What the engine knows of an image."""
        with translated():
            return self.daemon.inspect_image(image)

    def platform(self) -> str:
        """The platform that it runs on, as in `linux/amd64`."""
        with translated():
            return platforms.of_engine(self.daemon.version())

    def digest_of(self, reference: str) -> str | None:
        """The digest that the registry has for a tag, by asking it; None where it has no such tag."""
        found = self._distribution(reference)
        return None if found is None else str(found["Descriptor"]["digest"])

    def platforms_of(self, reference: str) -> list[str]:
        """The platforms that the registry has an image for, as in `linux/arm64`; none where it has no such tag."""
        found = self._distribution(reference) or {}
        return [f"{each['os']}/{each['architecture']}" for each in found.get("Platforms") or ()]

    def _distribution(self, reference: str) -> Mapping[str, Any] | None:
        try:
            with translated():
                return self.daemon.inspect_distribution(reference)
        except EngineError as error:
            if ABSENT.search(str(error)):
                return None
            raise


def packed(plan: BuildPlan) -> IO[bytes]:
    """The context of a build as an archive, without what `.dockerignore` names; the caller closes it.

    It is compressed, since buildx takes the extended headers that Python's tar begins with for a Dockerfile.
    """
    from docker.api.build import process_dockerfile
    from docker.utils.build import tar

    listed = Path(plan.context, ".dockerignore")
    lines = listed.read_text(encoding="utf-8").splitlines() if listed.is_file() else []
    ignored = [line.strip() for line in lines if line.strip() and not line.strip().startswith("#")]
    with translated():
        dockerfile = process_dockerfile(plan.dockerfile, plan.context)
        return cast("IO[bytes]", tar(Path(plan.context), ignored, dockerfile, gzip=True))


@contextmanager
def connect_engine(*, seconds: int) -> Generator[Engine]:
    """The engine that DOCKER_HOST or Docker's context names; raises EngineError where none answers within 10 s.

    `seconds` is how long an answer may take afterwards. The connections are closed in the end.
    """
    try:
        import docker
    except ImportError as error:
        raise EngineError(f"the Docker SDK is not installed ({error}); {extras.remedy('docker')}") from error
    try:
        with closing(docker.from_env(version="auto", timeout=_CONNECT_SECONDS)) as first:
            version = first.api.api_version
        client = docker.from_env(version=version, timeout=seconds)
    except Exception as error:
        raise EngineError(_no_answer(error)) from error
    with closing(client):
        yield Engine(cast("Daemon", client.api))


def _no_answer(error: BaseException) -> str:
    where = os.environ.get("DOCKER_HOST")
    told = f"at {where} (DOCKER_HOST)" if where else "on this machine"
    cause = _system_error(error)
    if isinstance(cause, PermissionError):
        remedy = "join the group docker (`sudo usermod -aG docker $USER`) and log in anew, or ask as root"
        return f"you may not talk to the Docker engine {told}; {remedy}"
    start = extras.install_command("paramiko") + " lets the SDK use SSH" if "paramiko" in str(error) else _START
    remedy = f"{start}, or set DOCKER_HOST to where it is"
    if isinstance(cause, FileNotFoundError):
        return f"there is no Docker engine {told}; {remedy}"
    reason = cause.strerror if cause and cause.strerror else str(error)
    return f"no Docker engine answers {told}: {reason}; {remedy}"


def _messages(messages: Iterator[dict[str, Any]]) -> Iterator[Mapping[str, Any]]:
    with translated():
        yield from messages


@contextmanager
def translated() -> Generator[None]:
    """Turn the errors of the SDK, and of what it is made of, into EngineError."""
    from docker.errors import DockerException
    from urllib3.exceptions import HTTPError

    try:
        yield
    except HTTPError as error:
        raise EngineError(f"{error}; {_GONE}") from error
    except (DockerException, OSError) as error:
        raise EngineError(_said(error)) from error


def _said(error: Exception) -> str:
    explanation = getattr(error, "explanation", None)  # of an APIError: the engine's own words
    if explanation:
        return str(explanation)
    cause = _system_error(error)
    if cause is not None and cause.errno == errno.ENOSPC:
        return f"no space left in {tempfile.gettempdir()} to pack the context; free some, or set TMPDIR"
    if isinstance(cause, ConnectionError):
        return f"{cause.strerror or cause}; {_GONE}"
    return str(error) if cause is None else f"{error} ({cause.strerror})"


def _system_error(error: BaseException) -> OSError | None:
    """The error of the operating system that is behind another one."""
    seen: list[BaseException] = []
    here: BaseException | None = error
    found: OSError | None = None
    while here is not None and here not in seen:
        seen.append(here)
        if isinstance(here, OSError) and here.errno is not None:
            found = here
        here = here.__cause__ or here.__context__
    return found
