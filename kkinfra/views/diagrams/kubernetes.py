"""The picture of a Kubernetes cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.spec.platforms import CertResolver
from kkinfra.spec.stack import Nginx, PostgresqlRds, PostgresqlStatefulSet, Redis, StaticFiles
from kkinfra.views.diagrams.access import access_piece
from kkinfra.views.diagrams.delivery import delivery_piece
from kkinfra.views.diagrams.flows import routes
from kkinfra.views.diagrams.graph import Edge, EdgeKind, Group, GroupKind, Node, NodeKind, Piece
from kkinfra.views.diagrams.parts import data_edges, databases_outside, namespace, node_id, part_node, place_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kkinfra.spec.environment import Environment
    from kkinfra.spec.platform_model import ClusterParts
    from kkinfra.spec.platforms import Nfs, NodePool, Nodes


def kubernetes_pieces(environment: Environment, parts: ClusterParts) -> Iterator[Piece]:
    """Access, delivery, the cluster with its namespaces, and the storage beside it."""
    cluster = Group(
        place_id(environment, "cluster"), environment.platform.title, GroupKind.CLUSTER, "", _nodes_of(parts.nodes)
    )
    traefik = namespace(place_id(environment, "ingress"), str(parts.ingress.namespace), cluster.id)
    space = namespace(place_id(environment, "namespace"), environment.namespace, cluster.id)
    resolver = f"TLS by {environment.tls.resolver}" if isinstance(environment.tls, CertResolver) else ""
    details = ("ingress controller", resolver) if resolver else ("ingress controller",)
    entry = Node(place_id(environment, "ingress controller"), "Traefik", NodeKind.PROXY, traefik.id, details)
    yield access_piece(environment, entry.id)
    yield Piece((cluster, traefik, space), (entry,), tuple(_routed(environment, entry.id)))
    yield Piece(nodes=tuple(_nodes(environment, space.id)), edges=tuple(data_edges(environment)))
    yield from databases_outside(environment)
    yield _storage(environment, parts.storage)
    yield delivery_piece(environment, space.id, cluster.id)


def _nodes_of(nodes: Nodes) -> tuple[str, ...]:
    return _pool("control plane", nodes.control_plane), _pool("worker", nodes.workers)


def _pool(role: str, pool: NodePool) -> str:
    plural = "s" if pool.count > 1 else ""
    return f"{pool.count} {role}{plural} with {pool.cpu} CPU, {pool.memory}"


def _nodes(environment: Environment, space: str) -> Iterator[Node]:
    """Static files are on the volume of Nginx, and Nginx is there for them alone."""
    static = environment.part(StaticFiles) is not None
    for name, part in environment.stack.items():
        if isinstance(part, StaticFiles | PostgresqlRds) or (isinstance(part, Nginx) and not static):
            continue
        yield part_node(environment, name, space)


def _routed(environment: Environment, entry: str) -> Iterator[Edge]:
    for route in routes(environment):
        yield Edge(entry, node_id(environment, route.part), f"{route.path} {route.protocol}", EdgeKind.TRAFFIC)


def _storage(environment: Environment, storage: Nfs) -> Piece:
    """Volumes are directories of one export; who has one is whoever keeps data, and Nginx for static files."""
    details = (f"NFS {storage.version}", str(storage.path))
    nfs = Node(place_id(environment, "nfs"), str(storage.server), NodeKind.STORE, "", details)
    owners = [
        *(name for name, redis in environment.parts(Redis) if redis.persistent),
        *(name for name, _ in environment.parts(PostgresqlStatefulSet)),
        *(name for name, _ in environment.parts(Nginx) if environment.part(StaticFiles)),
    ]
    edges = (Edge(node_id(environment, name), nfs.id, "NFS volumes", EdgeKind.DATA) for name in owners)
    return Piece(nodes=(nfs,) if owners else (), edges=tuple(edges))
