"""A release, made from a rendered tree: what goes to the host, and what the host must understand of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from json import dumps
from typing import TYPE_CHECKING, Any

import yaml

from kkinfra.errors import DeployError
from kkinfra.host.manifest import Manifest, ReleaseCertificate, ReleaseNginx, ReleaseService, ReleaseWebapp, SecretFile
from kkinfra.host.plain import mapping
from kkinfra.spec.platforms import Compose, Ssh
from kkinfra.spec.stack import Cron, Job, Migration, Nginx, Redis, StaticFiles, Webapp

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kkinfra.rendering.artifacts import ArtifactTree
    from kkinfra.spec.environment import Environment

_COMPOSE = "compose.yaml"
_DRAIN_SECONDS = 4
"""Nginx uses a connection to the webapp for 2 s (kkinfra_nginx.upstream.REUSED_SECONDS); twice that is enough."""

_NOT_FOR_THE_HOST = (".", "cloudformation/")
_VOLUMES, _CERTBOT = "volumes", "certbot"
_SOCKETS, _LETSENCRYPT = "sockets", "letsencrypt"


@dataclass(frozen=True, slots=True)
class RenderedRelease:
    """What is deployed: the manifest and the files by path. Secrets are not part of it."""

    manifest: Manifest
    files: Mapping[str, str]

    def named(self, name: str, revision: str, created: str) -> RenderedRelease:
        """The same, called for the time at which it is deployed and the revision it was made from."""
        return replace(self, manifest=replace(self.manifest, id=name, revision=revision, created=created))


def make_release(environment: Environment, tree: ArtifactTree) -> RenderedRelease:
    """Make a release of an environment's tree; raises DeployError where it is no Compose project of ours.

    Hidden files (workflows, an example) are for people and other machines, and what is around the host is not in it.
    """
    files = {artifact.path: artifact.content for artifact in tree if not artifact.path.startswith(_NOT_FOR_THE_HOST)}
    if _COMPOSE not in files:
        raise DeployError(f"{environment.name} renders no {_COMPOSE}, so there is nothing to deploy to a host")
    (document,) = map(mapping, tree[_COMPOSE].documents())
    services = _Services(environment, document["services"])
    extension = document.get("x-kkinfra", {})
    platform, delivery = environment.platform, environment.delivery
    manifest = Manifest(
        id="", namespace=environment.namespace, environment=environment.name, domain=environment.domain,
        directory=platform.directory if isinstance(platform, Compose) else "", image=str(environment.image),
        tree=_sha256(dumps(sorted(files.items()))), webapp=services.webapp(), nginx=services.nginx(extension),
        certificate=services.certificate(), stateful=tuple(services.stateful()), services=tuple(services.others()),
        once=tuple(services.once()), timed=tuple(services.timed()),
        files={path: _sha256(content) for path, content in sorted(files.items())},
        secrets={
            name: SecretFile(about["owner"], int(about["mode"], 8))
            for name, about in extension.get("secrets", {}).items()
        },
        django=_runs_django(environment), keep=delivery.keep_releases if isinstance(delivery, Ssh) else 0,
    )  # fmt: skip
    return RenderedRelease(manifest, files)


def variables(text: str, service: str) -> Mapping[str, Any]:
    """The variables of a service, as a Compose project says them; none where somebody made it unreadable."""
    return mapping(mapping(services_of(text).get(service)).get("environment"))


@cache
def services_of(text: str) -> dict[str, Any]:
    """The services of a Compose project by name; none where somebody made it unreadable."""
    try:
        document = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - a safe one
    except yaml.YAMLError:
        return {}
    return mapping(mapping(document).get("services"))


def _sha256(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _runs_django(environment: Environment) -> bool:
    """Whether the migration is Django's own, which can be asked for its plan."""
    found = environment.part(Migration)
    return found is not None and "manage.py" in found[1].command and "migrate" in found[1].command


class _Services:
    """The services of the Compose project, by what they are for."""

    def __init__(self, environment: Environment, written: Mapping[str, Any]) -> None:
        self.environment, self.written = environment, written

    def webapp(self) -> ReleaseWebapp | None:
        found = self.environment.part(Webapp)
        if found is None:
            return None
        name, part = found
        blue, green = (self.service(f"{name}-{colour}", part.kind) for colour in ("blue", "green"))
        return ReleaseWebapp(blue, green, _SOCKETS, (part.health.live, part.health.ready), _DRAIN_SECONDS)

    def nginx(self, extension: Mapping[str, Any]) -> ReleaseNginx | None:
        found = self.environment.part(Nginx)
        if found is None:
            return None
        name, part = found
        ports = {key: int(getattr(part, key)) for key in ("identity_port", "http_port", "https_port")}
        restricted = bool(self.environment.access.vpn)
        return ReleaseNginx(
            self.service(name, part.kind), dict(extension["identities"]), restricted=restricted, **ports
        )

    def certificate(self) -> ReleaseCertificate | None:
        return ReleaseCertificate(self.service(_CERTBOT, _CERTBOT), _LETSENCRYPT) if _CERTBOT in self.written else None

    def stateful(self) -> Iterator[ReleaseService]:
        for name, part in self.environment.parts(Redis):
            yield self.service(name, part.kind)

    def once(self) -> Iterator[ReleaseService]:
        """In the order in which they run: the volumes' owners, static files, and jobs around the migration."""
        if _VOLUMES in self.written:
            yield self.service(_VOLUMES, _VOLUMES)
        for name, part in self.environment.parts(StaticFiles):
            yield self.service(name, part.kind)
        first = _before_redis(self.environment)
        for name in _in_order(self.environment):
            job = self.environment.stack[name]
            if isinstance(job, Job | Migration):
                yield self.service(name, f"first-{job.kind}" if name in first else job.kind, job.deadline.seconds)

    def timed(self) -> Iterator[ReleaseService]:
        for name, cron in self.environment.parts(Cron):
            yield self.service(name, cron.kind, cron.deadline.seconds)

    def others(self) -> Iterator[ReleaseService]:
        for name, part in self.environment.stack.items():
            is_written = name in self.written and not isinstance(part, Redis | Nginx)
            if is_written and self.written[name].get("restart") == "unless-stopped":
                yield self.service(name, part.kind)

    def service(self, name: str, kind: str, deadline: int = 600) -> ReleaseService:
        written = self.written[name]
        labels = written["labels"]
        return ReleaseService(
            name, kind, labels["kkinfra.content-hash"], written["image"], written["mem_limit"], float(written["cpus"]),
            int(str(written.get("stop_grace_period", "10s")).rstrip("s")), deadline,
            tuple(written.get("secrets", ())), tuple(written.get("environment", ())),
            labels.get("kkinfra.restart-hash", ""),
        )  # fmt: skip


def _before_redis(environment: Environment) -> set[str]:
    """The jobs that Redis waits for, and those that these wait for."""
    waiting = {name for name, _ in environment.parts(Redis)}
    found: set[str] = set()
    while waiting:
        waiting = {name for name, job in environment.parts(Job) if waiting & {*job.before}}
        found |= waiting
    return found


def _in_order(environment: Environment) -> list[str]:
    """Migration and jobs, each before those that it is `before`; else the migration first, then as they are written."""
    jobs = dict(environment.parts(Job))
    ordered: dict[str, None] = {}

    def add(name: str, waiting: tuple[str, ...]) -> None:
        for each, job in jobs.items():
            if name in job.before and each not in waiting:
                add(each, (*waiting, each))
        ordered.setdefault(name)

    for name in (*(name for name, _ in environment.parts(Migration)), *jobs):
        add(name, (name,))
    return list(ordered)
