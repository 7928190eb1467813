"""Exposure: only what should be reachable is, computed from what is rendered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.proving.proof import Finding, Row
from kkinfra.proving.proofs.cluster_exposure import cluster_exposure
from kkinfra.proving.proofs.documents import COMPOSE_FILE
from kkinfra.proving.proofs.host_exposure import host_exposure, unanswered
from kkinfra.proving.proofs.reach import CLUSTER, INTERNET, SOURCES
from kkinfra.proving.proofs.security_groups import EVERYBODY, opened
from kkinfra.spec.stack import Flower, PostgresqlRds, PostgresqlStatefulSet, Redis
from kkinfra.spec.wiring import set_at, text, variables

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kkinfra.proving.proofs.reach import Reach
    from kkinfra.rendering.artifacts import ArtifactTree
    from kkinfra.spec.environment import Environment
    from kkinfra.spec.platforms import Ec2
    from kkinfra.values.document import Steps

_GUARDED = (Redis, PostgresqlStatefulSet, PostgresqlRds, Flower)
_DEBUG = "DEBUG"
"""Django's setting: error pages with settings and variables (https://docs.djangoproject.com/en/5.2/ref/settings/#debug)."""


class ExposureProof:
    """Follows every way to every listener: security group, Nginx routes, ingress, services, network policies."""

    rules: Mapping[str, str] = {
        "public": "Redis, PostgreSQL, Flower or Nginx's identity is reached from the internet.",
        "cluster": "Redis, PostgreSQL or Flower is reached by any pod of the cluster.",
        "debug": "A product in debug mode is reached from the internet.",
        "ssh": "SSH is open to the whole internet.",
        "unanswered": "The security group opens a port that nothing listens on.",
        "reach": "Who reaches what.",
    }

    def prove(self, environment: Environment, tree: ArtifactTree) -> Iterator[Finding]:
        """Findings, then the whole table as a note."""
        table = exposure(environment, tree)
        for row in table:
            yield from _guarded(environment, row)
        yield from _debug(environment, table)
        instance = environment.platform.instance
        if instance and COMPOSE_FILE in tree:
            yield from _security_group(environment, instance, tree)
        rows = tuple(Row(row.name, _told(row), row.at) for row in table)
        known = f"{len(table)} listeners" if table else f"who reaches what on {environment.platform.title} is not known"
        yield Finding("reach", "note", ("platform",), known, "", rows)


def exposure(environment: Environment, tree: ArtifactTree) -> list[Reach]:
    """Who reaches what, as a table: a row for each listener, the columns are `reach.SOURCES`; empty where unknown."""
    instance = environment.platform.instance
    if instance and COMPOSE_FILE in tree:
        return host_exposure(environment, instance, tree)
    return cluster_exposure(environment, tree) if environment.platform.cluster else []


def _guarded(environment: Environment, row: Reach) -> Iterator[Finding]:
    part = environment.stack.get(row.part)
    if not (isinstance(part, _GUARDED) or row.at[-1] == "identity_port"):
        return
    rows = (Row(row.listener, _told(row), row.at),)
    if INTERNET in row.ways:
        message = f"{row.listener} is reached from the internet, by {', '.join(row.ways[INTERNET])}"
        yield Finding("public", "error", row.at, message, "close that way, or let in access.vpn only", rows)
    if CLUSTER in row.ways:
        message = f"{row.listener} is reached by any pod of the cluster: {', '.join(row.ways[CLUSTER])}"
        yield Finding("cluster", "error", row.at, message, "render a network policy that selects its pods", rows)


def _debug(environment: Environment, table: list[Reach]) -> Iterator[Finding]:
    public = {row.part: row for row in table if INTERNET in row.ways}
    for name, _ in environment.app_parts():
        said = variables(environment, name).get(_DEBUG, "")
        if name in public and said.lower() in ("1", "true", "yes", "on"):
            at = set_at(environment, name, _DEBUG)
            ways = ", ".join(public[name].ways[INTERNET])
            message = f"{name} shows settings and variables on its error pages to the internet, by {ways}"
            rows = (Row(_DEBUG, text(said), at), Row(public[name].listener, _told(public[name]), ("stack", name)))
            yield Finding("debug", "error", at, message, f"take {_DEBUG} out", rows)


def _security_group(environment: Environment, host: Ec2, tree: ArtifactTree) -> Iterator[Finding]:
    groups, port = opened(environment, host, tree), environment.delivery.ssh_port
    if port and EVERYBODY in groups.get(port, ()):
        rows = (
            Row("SSH", f"port {int(port)}", ("delivery", "port")),
            Row("open to", ", ".join(groups[port]), ("platform", "host", "ssh_from")),
        )
        message = f"port {int(port)} is open to {EVERYBODY}"
        remedy = "write ssh_from: [NETWORK/BITS], or accept it where a CI service without fixed addresses deploys"
        yield Finding("ssh", "warning", ("platform", "host", "ssh_from"), message, remedy, rows)
    for vain in unanswered(environment, host, tree):
        where = [index for index, each in enumerate(host.ports) if int(each) == vain]
        at: Steps = ("platform", "host", "ports", *where[:1])
        message = f"{vain} is opened, and nothing listens on it"
        yield Finding("unanswered", "warning", at, message, "take it out", (Row("opened", f"port {vain}", at),))


def _told(row: Reach) -> str:
    """The ways of a row, by where they come from."""
    return "; ".join(f"{source}: {', '.join(row.ways[source])}" for source in SOURCES if source in row.ways)
