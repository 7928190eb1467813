"""Everything that a deploy decides before anything is changed: one look at the host, and what follows from it."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kkinfra.errors import HostError
from kkinfra.host.lock import describe
from kkinfra.host.masking import mark
from kkinfra.host.plain import mapping
from kkinfra.rendering.pipeline import render
from kkinfra.spec.image_reference import ImageReference
from kkinfra.spec.stack import PostgresqlRds
from kkinfra.targets.compose.plan.plan import HostPlan, make_plan
from kkinfra.targets.compose.plan.preflight import checks
from kkinfra.targets.compose.plan.release import RenderedRelease, make_release

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kkinfra.spec.environment import Environment
    from kkinfra.targets.compose.client.host import Host
    from kkinfra.targets.protocol.plan import Check
    from kkinfra.values.secret import SecretText

LOGIN = "login"
_TREE, _SECRET = "tree/", "secret/"


@dataclass(frozen=True, slots=True)
class PreparedRelease:
    """The environment with its image by digest, its release, and what deploying it would change."""

    environment: Environment
    release: RenderedRelease
    plan: HostPlan
    facts: dict[str, Any]
    checks: tuple[Check, ...]
    marks: Mapping[str, str]

    @property
    def key(self) -> str:
        """Under which the host's secrets and variables are compared with those that are here."""
        return str(self.facts["key"])

    @property
    def stage(self) -> str:
        """What Nginx serves now: `http` or `tls`."""
        return str(self.facts["release"].get("stage", "http"))

    def problem(self) -> HostError | None:
        """That somebody is at work, which the checks would see; None where nobody is."""
        lock = self.facts["lock"]
        if not lock["held"]:
            return None
        remedy = "wait for it (--lock-wait SECONDS), or end it with `kkinfra lock release ENV`"
        held = f"the host is locked by {describe(lock['holder'])}"
        return HostError(f"{held}; nothing was changed; {remedy}", "locked")


def prepare(
    environment: Environment, values: Mapping[str, SecretText], host: Host, *, insist: bool = False
) -> PreparedRelease:
    """Look at the host, in one round trip, and plan; the image is known by its digest from there on."""
    facts = _look(host, _questions(environment), login(environment, values))
    return _prepared(environment, values, facts, facts["digest"].get("digest", ""), insist=insist)


def prepare_comparison(
    environment: Environment, values: Mapping[str, SecretText], host: Host, *, ask_registry: bool
) -> PreparedRelease:
    """The same for comparing only, with all that containers run with; `values` may lack some.

    Where the image's digest is not known, it is taken to be the one that runs.
    """
    unasked: dict[str, Any] = {} if ask_registry else {"image": "", "images": []}
    asked = {**_questions(environment), **unasked, "fields": True}
    facts = _look(host, asked, login(environment, values) if ask_registry else {})
    digest = facts["digest"].get("digest", "") or _running_digest(environment, facts)
    return _prepared(environment, values, facts, digest, insist=False)


def _look(host: Host, questions: dict[str, Any], files: dict[str, bytes]) -> dict[str, Any]:
    """What the host says, and the key under which it compares."""
    key = secrets.token_hex(16)
    return {**host.call("observe", {**questions, "key": key}, files), "key": key}


def _prepared(
    environment: Environment, values: Mapping[str, SecretText], facts: dict[str, Any], digest: str, *, insist: bool
) -> PreparedRelease:
    pinned, key = _pinned(environment, digest), str(facts["key"])
    release = make_release(pinned, render(pinned))
    marks = {name: mark(value.bytes(), key.encode()) for name, value in values.items()}
    found = tuple(checks(environment, facts, release.manifest, time.time()))
    return PreparedRelease(pinned, release, make_plan(release, facts, marks, insist=insist), facts, found, marks)


def _running_digest(environment: Environment, facts: dict[str, Any]) -> str:
    repository, _, digest = str(mapping(facts["release"].get("current")).get("image", "")).partition("@")
    return digest if repository == str(environment.image.repository) else ""


def login(environment: Environment, values: Mapping[str, SecretText]) -> dict[str, bytes]:
    """The registry's login, as a file to send along; nothing where none is needed, or nobody has it."""
    if environment.registry is None or environment.registry.pull_secret not in values:
        return {}
    return {LOGIN: values[environment.registry.pull_secret].bytes()}


def sent_files(release: RenderedRelease, values: Mapping[str, SecretText]) -> dict[str, bytes]:
    """The release's files and the secrets that it reads, by the names under which the host takes them."""
    return {
        **{f"{_TREE}{path}": text.encode() for path, text in release.files.items()},
        **{f"{_SECRET}{name}": values[name].bytes() for name in release.manifest.secrets},
    }


def _questions(environment: Environment) -> dict[str, Any]:
    database = environment.part(PostgresqlRds)
    where = {"host": database[1].endpoint, "port": int(database[1].port)} if database else None
    images = dict.fromkeys(str(environment.image_of(part)) for part in environment.stack.values())
    own = str(environment.image)
    return {"image": own, "images": [each for each in images if each != own], "database": where}


def _pinned(environment: Environment, digest: str) -> Environment:
    if not digest:
        return environment
    return environment.model_copy(update={"image": ImageReference(environment.image.repository, "", digest)})
