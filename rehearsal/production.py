"""The first start of production, step by step as docs/compose.md tells it."""

from __future__ import annotations

import secrets
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import docker.errors

from rehearsal import base_images, certificates, database, networks, tree
from rehearsal.compose import ComposeDirectory
from rehearsal.engine import remove_container
from rehearsal.errors import RehearsalError

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

    from kkinfra.spec.environment import Environment

HOME = Path("build", "rehearsal")
PROFILES = ("--profile", "release", "--profile", "blue", "--profile", "green", "--profile", "tools")
APP_UID = 10001

_HEALTHY_SECONDS = 180
SWITCH = "cd /run/app && ln -sf {colour}.sock .next && mv -T .next current.sock"
_CERTIFICATE = (
    "mkdir -p /etc/letsencrypt/live/{domain} && cp /issued/*.pem /etc/letsencrypt/live/{domain}/ "
    "&& chmod 0600 /etc/letsencrypt/live/{domain}/privkey.pem"
)
_OWN = "chown -R {uid}:{uid} /secrets && chmod 0500 /secrets && chmod 0400 /secrets/*"


@dataclass(frozen=True)
class Production:
    """A rehearsal's parts: where its files are, how it is reached, and what its secrets are."""

    engine: DockerClient
    environment: Environment
    home: Path
    compose: ComposeDirectory
    database: database.Database
    secrets: dict[str, str]

    @property
    def authority(self) -> Path:
        """The certificate of the authority that Nginx's certificate comes from."""
        return self.home / "certificate" / "ca.pem"

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"https://{self.environment.domain}/"

    def container(self, service: str) -> Container:
        """The container of a service; raises RehearsalError where there is none."""
        filters: dict[str, str | list[str] | bool] = {
            "label": [
                f"com.docker.compose.project={self.environment.namespace}",
                f"com.docker.compose.service={service}",
            ]
        }
        found = self.engine.containers.list(all=True, filters=filters)
        if len(found) != 1:
            raise RehearsalError(f"{len(found)} containers of {service}, where one is expected")
        return found[0]

    def running(self) -> dict[str, Container]:
        """The containers that run, by service."""
        filters: dict[str, str | list[str] | bool] = {
            "label": f"com.docker.compose.project={self.environment.namespace}"
        }
        found = self.engine.containers.list(filters=filters)
        return {each.labels["com.docker.compose.service"]: each for each in found}

    def manage(self, *arguments: str) -> str:
        """Standard output of `python manage.py ARGUMENTS` in the webapp's container."""
        return self.compose.run("--profile", "blue", "exec", "-T", "webapp-blue", "python", "manage.py", *arguments)

    def wait_healthy(self, *services: str, seconds: int = _HEALTHY_SECONDS) -> None:
        """Wait until services are healthy, all that run where none is named; raises RehearsalError with their logs."""
        deadline = time.monotonic() + seconds
        while unhealthy := self._unhealthy(services):
            if time.monotonic() > deadline:
                logs = "\n".join(f"{name}: {_why(self.container(name))}" for name in unhealthy)
                raise RehearsalError(f"not healthy after {seconds} s: {', '.join(unhealthy)}\n{logs}")
            time.sleep(0.5)

    def _unhealthy(self, services: tuple[str, ...]) -> list[str]:
        states = {name: each.attrs["State"].get("Health", {}).get("Status") for name, each in self.running().items()}
        return [name for name in services or states if states.get(name) != "healthy"]


def up(engine: DockerClient, home: Path = HOME, spec: Path = tree.SPEC) -> Production:
    """Start everything from nothing, and wait until it is healthy; raises RehearsalError, SpecError."""
    down(engine, home)
    for image, whence in base_images.ensure(engine).items():
        say(f"{image}: {whence}")
    say("building the product's image")
    build()
    stack = _prepare(engine, home.resolve(), spec)
    first_start(stack)
    return stack


def _prepare(engine: DockerClient, home: Path, spec: Path) -> Production:
    values = {name: secrets.token_urlsafe(48) for name in ("DJANGO_SECRET_KEY", "POSTGRES_PASSWORD")}
    values["FLOWER_BASIC_AUTH"] = f"flower:{secrets.token_urlsafe(16)}"
    rds = tree.rds(spec)
    networks.ensure(engine, database.NETWORK)
    server = database.start(
        engine, home / "postgresql", name=rds.database, user=rds.user, password=values["POSTGRES_PASSWORD"]
    )
    say(f"postgres:15 answers at {server.address}")
    environment = tree.rehearsed(server.address, spec)
    release = home / "production"
    tree.write_release(environment, release)
    stack = Production(engine, environment, home, ComposeDirectory(release), server, values)
    _write_secrets(stack)
    certificates.issue(home / "certificate", str(environment.domain))
    return stack


def build() -> None:
    """Build the product's image from what is checked out; raises RehearsalError."""
    command = (sys.executable, "-m", "kkinfra", "build", tree.ENVIRONMENT, "--allow-dirty", "--quiet")
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RehearsalError(f"the image cannot be built:\n{done.stderr[-4000:]}")


def _write_secrets(stack: Production) -> None:
    directory = stack.compose.directory / "secrets"
    directory.mkdir(mode=0o700, parents=True)
    for name, value in stack.secrets.items():
        (directory / name).write_text(value)
    _as_root(stack.engine, str(stack.environment.image), _OWN.format(uid=APP_UID), {str(directory): "/secrets"})


def first_start(stack: Production) -> None:
    """HTTP first, since Nginx has no certificate yet; then the certificate; then TLS."""
    say("starting, without TLS")
    stack.compose.run("--profile", "release", "--profile", "blue", "up", "-d", KKINFRA_NGINX_STAGE="http")
    stack.wait_healthy()
    switch(stack, "blue")
    say("the certificate, from the rehearsal's own authority in place of Let's Encrypt")
    volumes = {
        str(stack.home / "certificate"): "/issued",
        f"{stack.environment.namespace}_letsencrypt": "/etc/letsencrypt",
    }
    command = _CERTIFICATE.format(domain=stack.environment.domain)
    _as_root(stack.engine, str(stack.environment.image), command, volumes)
    say("starting Nginx again, with TLS")
    stack.compose.run("--profile", "blue", "up", "-d", "nginx")
    stack.wait_healthy()


def switch(stack: Production, colour: str) -> None:
    """Let Nginx ask the webapp of a colour, by one rename."""
    service = f"webapp-{colour}"
    command = ("exec", "-T", service, "sh", "-c", SWITCH.format(colour=colour))
    stack.compose.run("--profile", colour, *command)


def down(engine: DockerClient, home: Path = HOME) -> None:
    """Remove the containers, volumes and files of a rehearsal, if there are any; images stay."""
    release = home / "production"
    if (release / "compose.yaml").is_file():
        ComposeDirectory(release.resolve()).run(*PROFILES, "down", "--volumes", "--remove-orphans", "--timeout", "5")
    remove_container(engine, database.NAME)
    networks.remove(engine, database.NETWORK)
    if home.exists():
        shutil.rmtree(home)


def _as_root(engine: DockerClient, image: str, command: str, volumes: dict[str, str]) -> None:
    binds = {source: {"bind": target, "mode": "rw"} for source, target in volumes.items()}
    try:
        engine.containers.run(
            image, ["-c", command], entrypoint="sh", user="0:0", remove=True, volumes=binds, network_mode="none"
        )
    except docker.errors.ContainerError as error:
        raise RehearsalError(f"{command}: {error.stderr!s}") from error


def _why(container: Container) -> str:
    health = container.attrs["State"].get("Health", {}).get("Log") or [{}]
    log = container.logs(tail=15).decode(errors="replace")
    return f"{container.status}, last check: {health[-1].get('Output', '').strip() or 'none'}\n{log}"


def say(line: str) -> None:
    """A line of progress."""
    print(line, file=sys.stderr, flush=True)
