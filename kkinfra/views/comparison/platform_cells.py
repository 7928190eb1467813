"""What an environment has of its platform: the rows of the table that do not depend on what runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.proving.aws_prices import CREDITS
from kkinfra.proving.cost import estimate
from kkinfra.spec.architecture import AMD64
from kkinfra.spec.platforms import Certbot, CertResolver
from kkinfra.spec.stack import Nginx, PostgresqlRds
from kkinfra.views.comparison.row import Cell, Phrase

if TYPE_CHECKING:
    from kkinfra.spec.environment import Environment


def orchestration(environment: Environment) -> Cell:
    """What starts containers, and keeps them running."""
    return (Phrase.plain(environment.platform.title),)


def delivery(environment: Environment) -> Cell:
    """The way a release gets there."""
    found = environment.delivery
    return (Phrase(f"delivery.{found.service or found.by}", otherwise=found.title),)


def storage(environment: Environment) -> Cell:
    """What volumes are on."""
    return (_of_place(environment, "storage.nfs", "storage.ec2"),)


def ingress(environment: Environment) -> Cell:
    """What takes requests from outside, and on which ports."""
    cluster = environment.platform.cluster
    if cluster:
        return (Phrase(f"ingress.{cluster.ingress.kind}"),)
    if not environment.platform.nginx_is_entrance:
        return (Phrase("unknown"),)
    return (Phrase("ingress.nginx" if environment.part(Nginx) else "none"),)


def scalability(environment: Environment) -> Cell:
    """How more load is met."""
    return (_of_place(environment, "scalability.nodes", "scalability.vertical"),)


def cost(environment: Environment) -> Cell:
    """What a month costs at list prices, line by line, and how long AWS's credits for new accounts last."""
    found, own = estimate(environment), _own_cost(environment)
    if not found.lines:
        return own
    unpriced = found.unpriced
    if len(unpriced) == len(found.lines):
        return (*own, Phrase("cost.unknown", {"regions": ", ".join(found.regions)}))
    total = Phrase("cost.from" if unpriced else "cost.total", {"dollars": found.total})
    lines = (Phrase("cost.line", {"label": line.label, "dollars": line.dollars}) for line in found.lines if line.price)
    missing = (Phrase("cost.unpriced", {"items": ", ".join(unpriced)}),) if unpriced else ()
    credit = () if unpriced else (Phrase("cost.credits", {"dollars": CREDITS, "months": found.months(CREDITS)}),)
    return (*own, total, *lines, *missing, *credit)


def _own_cost(environment: Environment) -> Cell:
    """What is said of what AWS does not charge for."""
    platform = environment.platform
    if platform.is_own_hardware:
        return (Phrase("cost.hardware"), Phrase("cost.power"))
    return () if platform.instance else (Phrase("cost.other", {"name": platform.title}),)


def reliability(environment: Environment) -> Cell:
    """What availability rests on, with the service levels that AWS promises for a month.

    One EC2 instance: 99.5 % (Amazon Compute SLA, instance level; 99.99 % holds for instances in two zones at least,
    https://aws.amazon.com/compute/sla/). One RDS instance: 99.5 %, with a standby in another zone 99.95 % (https://aws.amazon.com/rds/sla/).
    """
    platform = environment.platform
    owned = "reliability.hardware" if platform.is_own_hardware else "unknown"
    host = Phrase("reliability.ec2" if platform.instance else owned)
    databases = (
        Phrase("reliability.zones" if database.multi_az else "reliability.rds")
        for _, database in environment.parts(PostgresqlRds)
    )
    return (host, *databases)


def access(environment: Environment) -> Cell:
    """Who reaches it."""
    networks = environment.access.vpn
    return (Phrase("access.vpn", {"networks": ", ".join(networks)}) if networks else Phrase("access.internet"),)


def hardware(environment: Environment) -> Cell:
    """What it runs on, with what that has."""
    platform = environment.platform
    processors = platform.architectures
    named = () if processors == (AMD64,) else (Phrase("hardware.architecture", {"names": ", ".join(processors)}),)
    if platform.instance:
        host = platform.instance
        swap = (Phrase("hardware.swap", {"swap": host.swap}),) if host.swap else ()
        instance = Phrase("hardware.ec2", {"type": host.instance_type, "region": host.region})
        return (instance, *named, Phrase("hardware.disk", {"disk": host.disk}), *swap)
    if not platform.cluster:
        return (Phrase.plain(platform.title), *named)
    nodes = platform.cluster.nodes
    pools = (("control-plane", nodes.control_plane), ("workers", nodes.workers))
    has = (
        Phrase(f"hardware.{name}", {"count": pool.count, "cpu": pool.cpu, "memory": pool.memory})
        for name, pool in pools
    )
    return (*has, *named)


def ports(environment: Environment) -> Cell:
    """The ports that are open to outside; those of a cluster's ingress are not of the specification."""
    instance = environment.platform.instance
    if instance:
        return (Phrase.plain(", ".join(str(int(port)) for port in instance.ports)),)
    return (_of_place(environment, "ports.ingress", ""),)


def certificates(environment: Environment) -> Cell:
    """Where certificates come from."""
    match environment.tls:
        case None:
            return (Phrase("certificates.none"),)
        case Certbot(server=server):
            return (Phrase("certificates.server", {"server": server}) if server else Phrase("certificates.certbot"),)
        case CertResolver(resolver=resolver):
            return (Phrase("certificates.traefik", {"resolver": resolver}),)
        case secret:
            return (Phrase("certificates.secret", {"name": secret.name}),)


def logs(environment: Environment) -> Cell:
    """Log limits of each container.

    In a cluster the kubelet's: 10Mi and 5 files, where the nodes do not say otherwise
    (https://kubernetes.io/docs/concepts/cluster-administration/logging/#log-rotation).
    """
    limits = {"size": environment.logs.max_size, "files": environment.logs.max_files}
    found = _of_place(environment, "logs.kubelet", "logs.limits")
    return (Phrase(found.key, limits),)


def backups(environment: Environment) -> Cell:
    """What keeps the data where the database is lost."""
    found = environment.part(PostgresqlRds)
    return (Phrase("backups.rds", {"days": found[1].backup_days}) if found else Phrase("none"),)


def _of_place(environment: Environment, in_cluster: str, on_instance: str) -> Phrase:
    """One of two phrases, or that it is not known where the platform is neither."""
    if environment.platform.cluster:
        return Phrase(in_cluster)
    return Phrase(on_instance if environment.platform.instance else "unknown")
