"""Everything that a deploy decides before anything is changed: one look at the host, and what follows from it."""

from __future__ import annotations

import hmac
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kkinfra.errors import DeployError, HostError
from kkinfra.host.lock import describe
from kkinfra.image_reference import ImageReference
from kkinfra.pipeline import render
from kkinfra.stack import PostgresqlRds
from kkinfra.targets.compose.plan import Plan, make_plan
from kkinfra.targets.compose.plan_text import check_lines
from kkinfra.targets.compose.preflight import Check, checks
from kkinfra.targets.compose.release import Release, make_release

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kkinfra.environment import Environment
    from kkinfra.secret import SecretText
    from kkinfra.targets.compose.host import Host

LOGIN = "login"
_TREE, _SECRET = "tree/", "secret/"


@dataclass(frozen=True, slots=True)
class Prepared:
    """The environment with its image by digest, its release, and what deploying it would change."""

    environment: Environment
    release: Release
    plan: Plan
    facts: dict[str, Any]
    checks: tuple[Check, ...]

    @property
    def stage(self) -> str:
        """What Nginx serves now: `http` or `tls`."""
        return str(self.facts["release"].get("stage", "http"))

    def refuse(self) -> None:
        """Raise HostError where somebody is at work, which the checks would see, and DeployError where one failed."""
        lock = self.facts["lock"]
        if lock["held"]:
            remedy = "wait for it (--lock-wait SECONDS), or end it with `kkinfra lock release ENV`"
            held = f"the host is locked by {describe(lock['holder'])}"
            raise HostError(f"{held}; nothing was changed; {remedy}", "locked")
        failed = [check for check in self.checks if check.problem]
        if failed:
            lines = "\n".join(check_lines(failed))
            raise DeployError(f"the host is not ready, and nothing was changed:\n{lines}")


def prepare(
    environment: Environment, values: Mapping[str, SecretText], host: Host, *, insist: bool = False
) -> Prepared:
    """Look at the host, in one round trip, and plan; the image is known by its digest from there on."""
    key = secrets.token_hex(16)
    facts = host.call("observe", _questions(environment, key), login(environment, values))
    pinned = _pinned(environment, facts["digest"].get("digest", ""))
    release = make_release(pinned, render(pinned))
    marks = {name: hmac.new(key.encode(), value.bytes(), "sha256").hexdigest() for name, value in values.items()}
    found = checks(environment, facts, release.manifest, time.time())
    return Prepared(pinned, release, make_plan(release, facts, marks, insist=insist), facts, tuple(found))


def login(environment: Environment, values: Mapping[str, SecretText]) -> dict[str, bytes]:
    """The registry's login, as a file to send along."""
    if environment.registry is None:
        return {}
    return {LOGIN: values[environment.registry.pull_secret].bytes()}


def sent_files(release: Release, values: Mapping[str, SecretText]) -> dict[str, bytes]:
    """The release's files and the secrets that it reads, by the names under which the host takes them."""
    return {
        **{f"{_TREE}{path}": text.encode() for path, text in release.files.items()},
        **{f"{_SECRET}{name}": values[name].bytes() for name in release.manifest.secrets},
    }


def _questions(environment: Environment, key: str) -> dict[str, Any]:
    database = environment.part(PostgresqlRds)
    where = {"host": database[1].endpoint, "port": int(database[1].port)} if database else None
    return {"image": str(environment.image), "key": key, "database": where}


def _pinned(environment: Environment, digest: str) -> Environment:
    if not digest:
        return environment
    return environment.model_copy(update={"image": ImageReference(environment.image.repository, "", digest)})
