"""How a release gets to where it runs: from the build to the registry, and on by SSH, Argo CD or an apply."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.views.diagrams.graph import Edge, EdgeKind, Group, GroupKind, Node, NodeKind, Piece
from kkinfra.views.diagrams.parts import namespace, place_id

if TYPE_CHECKING:
    from kkinfra.spec.delivery_model import GitSource
    from kkinfra.spec.environment import Environment

_GITHUB = Group("github", "GitHub", GroupKind.SERVICE)
_ACTIONS = Node("actions", "GitHub Actions", NodeKind.DELIVERY, _GITHUB.id, ("builds and deploys",))
_OPERATOR = Node("operator", "kkinfra", NodeKind.DELIVERY, "", ("run by an operator",))


def delivery_piece(environment: Environment, where: str, cluster: str = "") -> Piece:
    """From the build to `where`, a group; Argo CD is drawn in the group `cluster`."""
    registry = _registry(environment)
    edges = [Edge(registry.id, where, "pulls image", EdgeKind.DELIVERY)]
    delivery = environment.delivery
    actor = _ACTIONS if delivery.service else _OPERATOR
    nodes = [actor, registry]
    if environment.build:
        edges.append(Edge(actor.id, registry.id, "pushes image", EdgeKind.DELIVERY))
    if delivery.git:
        agent = _agent(environment, delivery.git, registry.id, where, cluster)
        nodes = [registry, *agent.nodes, *([actor] if environment.build else [])]
        return Piece((_GITHUB, *agent.groups), tuple(nodes), (*agent.edges, *edges))
    edges.insert(0, Edge(actor.id, where, delivery.title, EdgeKind.DELIVERY))
    return Piece((_GITHUB,), tuple(nodes), tuple(edges))


def _registry(environment: Environment) -> Node:
    repository = environment.image.repository
    is_githubs = environment.image.registry == "ghcr.io"
    title = "GHCR" if is_githubs else environment.image.registry
    own = repository.removeprefix(f"{environment.image.registry}/")
    return Node(f"registry {repository}", title, NodeKind.DELIVERY, _GITHUB.id if is_githubs else "", (own,))


def _agent(environment: Environment, git: GitSource, registry: str, where: str, cluster: str) -> Piece:
    """What reads from Git and applies, such as Argo CD."""
    space = namespace(place_id(environment, "argocd"), git.namespace, cluster)
    repository, delivery = _repository(git), environment.delivery
    server, details = place_id(environment, "argocd server"), ("applies what Git has",)
    agent = Node(server, delivery.title, NodeKind.DELIVERY, space.id, details)
    nodes = [repository, agent]
    edges = [
        Edge(repository.id, agent.id, "reads manifests", EdgeKind.DELIVERY),
        Edge(agent.id, where, "applies", EdgeKind.DELIVERY),
    ]
    if delivery.updater:
        chooses = (delivery.updater.strategy,)
        updater = Node(place_id(environment, "image updater"), "Image Updater", NodeKind.DELIVERY, space.id, chooses)
        nodes.append(updater)
        edges.append(Edge(registry, updater.id, "new tags", EdgeKind.DELIVERY))
        edges.append(Edge(updater.id, repository.id, "commits tag", EdgeKind.DELIVERY, is_back=True))
    return Piece((space,), tuple(nodes), tuple(edges))


def _repository(git: GitSource) -> Node:
    address = git.repository
    group = _GITHUB.id if "github.com" in address else ""
    name = address.rpartition("/")[2].removesuffix(".git")
    details = ("Git repository", f"{git.branch}, {git.path}/")
    return Node(f"git {address}", name, NodeKind.DELIVERY, group, details)
