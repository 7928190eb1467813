"""What must hold before a host is changed, judged from what the host said. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kkinfra.host.platforms import runs
from kkinfra.host.provision import versions
from kkinfra.spec.platforms import Compose
from kkinfra.spec.stack import PostgresqlRds
from kkinfra.targets.protocol.plan import Check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kkinfra.host.manifest import Manifest
    from kkinfra.spec.environment import Environment

LEAST_DISK = 500_000_000
"""Bytes: an image of the product takes 400 MB unpacked, of which most is shared with the one before."""

MOST_SKEW = 60
"""Seconds; certificates and signed cookies are judged by the clock."""

_MB = 1_000_000


def checks(environment: Environment, facts: dict[str, Any], release: Manifest | None, now: float) -> Iterator[Check]:
    """Everything, in the order in which it would fail; `now` is this machine's clock."""
    yield _engine(facts)
    yield _compose(facts)
    yield _disk(facts["host"])
    yield _memory(facts, release)
    yield _clock(facts["host"]["clock"] - now)
    yield _image(environment, facts)
    yield from _other_images(facts)
    yield from _database(environment, facts["database"])
    yield from _ports(facts, release)
    if problem := facts["release"].get("problem", ""):
        yield Check("release", "", problem)


def _engine(facts: dict[str, Any]) -> Check:
    version = str(facts["engine"]["version"])
    if not version:
        return Check("docker", "none", str(facts["engine"]["problem"]))
    if not versions.is_at_least(version, versions.ENGINE):
        return Check("docker", version, "is too old; 20.10 or later is needed: `kkinfra provision ENV --host`")
    return Check("docker", version)


def _compose(facts: dict[str, Any]) -> Check:
    version = str(facts["compose"])
    remedy = "`kkinfra provision ENV --host` installs one"
    if not version:
        return Check("compose", "none", f"the host has no Docker Compose; {remedy}")
    if not versions.is_at_least(version, versions.COMPOSE):
        return Check("compose", version, f"is too old; 2.20 or later is needed: {remedy}")
    return Check("compose", version)


def _disk(host: dict[str, Any]) -> Check:
    free = int(host["disk_free"])
    found = f"{free / _MB:.0f} MB free"
    if free < LEAST_DISK:
        free_some = "`docker image prune -a` and `journalctl --vacuum-size=50M` free some"
        problem = f"{LEAST_DISK / _MB:.0f} MB are needed; {free_some}"
        return Check("disk", found, problem)
    return Check("disk", found)


def _memory(facts: dict[str, Any], release: Manifest | None) -> Check:
    """What an interrupted run left beside the webapp that serves ends before the next one starts."""
    host = facts["host"]
    free = int(host["memory_free"]) + int(host["swap_free"])
    found = f"{free / _MB:.0f} MB free, swap included"
    if release is None or release.webapp is None:
        return Check("memory", found)
    needed = release.webapp.blue.memory
    both = {service.name for service in (release.webapp.blue, release.webapp.green)}
    is_beside = both <= {each["service"] for each in _containers(facts) if each["running"]}
    if free < needed and not is_beside:
        problem = (
            f"a second webapp needs {needed / _MB:.0f} MB beside the one that serves; add swap (platform.host.swap, "
            "then `kkinfra provision ENV --host`), or lower limits"
        )
        return Check("memory", found, problem)
    return Check("memory", found)


def _clock(skew: float) -> Check:
    found = f"{skew:+.0f} s against this machine"
    if abs(skew) > MOST_SKEW:
        return Check("clock", found, "one of both is wrong; `timedatectl set-ntp true` there, or here")
    return Check("clock", found)


def _image(environment: Environment, facts: dict[str, Any]) -> Check:
    said, reference = facts["digest"], str(environment.image)
    digest, platforms, host = said.get("digest", ""), said.get("platforms", ()), _platform(facts)
    if not digest:
        problem, remedy = said.get("problem", "was not asked for"), said.get("remedy", "")
        return Check("image", reference, f"the host finds no digest of {reference}: {problem}; {remedy}")
    if runs(host, platforms):
        return Check("image", digest)
    problem = f"{reference} is for {' and '.join(platforms)}, and the host is {host}"
    return Check("image", digest, f"{problem}; {_built_for(environment, host)}")


def _built_for(environment: Environment, host: str) -> str:
    """How an image comes to be for the host: the spec may be wrong about the host's processor."""
    name, wanted = environment.name, [each.platform for each in environment.platform.architectures]
    again = f"`kkinfra build {name} --push` builds it for the host" if environment.build else "push one that is"
    if runs(host, wanted):
        return again
    is_derived = isinstance(environment.platform, Compose) and environment.platform.architecture is None
    field = "platform.host.instance_type" if is_derived else "platform.architecture"
    return f"{field} says {', '.join(wanted)}: correct it, and {again}"


def _other_images(facts: dict[str, Any]) -> Iterator[Check]:
    """Images that are not the product's."""
    host = _platform(facts)
    for reference, about in facts.get("images", {}).items():
        found = " and ".join(about["platforms"])
        if runs(host, about["platforms"]):
            continue
        if about["here"]:
            remedy = f"remove it there (`docker image rm {reference}`), so that the right one is pulled, or load that"
        else:
            remedy = f"choose one that its registry has for {host}"
        yield Check(f"image {reference}", found, f"the host is {host}, and cannot run it; {remedy}")


def _platform(facts: dict[str, Any]) -> str:
    return str(facts["engine"].get("platform", ""))


def _database(environment: Environment, said: dict[str, str]) -> Iterator[Check]:
    for _, database in environment.parts(PostgresqlRds):
        where = f"{database.endpoint}:{int(database.port)}"
        if problem := said.get("problem"):
            remedy = "see the database's security group, and `endpoint` in the spec"
            yield Check("database", where, f"not reached from the host: {problem}; {remedy}")
        else:
            yield Check("database", where)


def _ports(facts: dict[str, Any], release: Manifest | None) -> Iterator[Check]:
    """Ports of Nginx that somebody else has, where no Nginx of ours runs."""
    if release is None or release.nginx is None:
        return
    ours = any(each["service"] == release.nginx.service.name and each["running"] for each in _containers(facts))
    ports = (release.nginx.http_port, *([release.nginx.https_port] if release.certificate else []))
    for port in () if ours else ports:
        holder = facts["ports"].get(str(port))
        if holder:
            program = holder.partition(" ")[0]
            yield Check(f"port {port}", holder, f"is taken on the host; stop {program}, or choose another")


def _containers(facts: dict[str, Any]) -> list[dict[str, Any]]:
    return list(facts["release"].get("containers", ()))
