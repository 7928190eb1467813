"""What a picture shows: nodes in nested groups, and edges that say what they carry."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class NodeKind(StrEnum):
    """What a node is, which decides its shape."""

    PEOPLE = "people"
    PROXY = "proxy"
    PROCESS = "process"
    JOB = "job"
    STORE = "store"
    VOLUME = "volume"
    DELIVERY = "delivery"
    OUTSIDE = "outside"


class GroupKind(StrEnum):
    """What a boundary separates: who may come in changes at each of them."""

    NETWORK = "network"
    SERVICE = "service"
    CLOUD = "cloud"
    HOST = "host"
    CLUSTER = "cluster"
    NAMESPACE = "namespace"


class EdgeKind(StrEnum):
    """What travels along an edge: requests of users, the product's own data, or releases."""

    TRAFFIC = "traffic"
    DATA = "data"
    DELIVERY = "delivery"


@dataclass(frozen=True, slots=True)
class Group:
    """A trust boundary; `parent` is the group around it, or empty; `details` are short lines below its label."""

    id: str
    label: str
    kind: GroupKind
    parent: str = ""
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Node:
    """Something that runs, keeps data, or is somebody; `details` are short lines below its title."""

    id: str
    title: str
    kind: NodeKind
    group: str = ""
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Edge:
    """Who turns to whom, and with what; `target` may be a group, not around the source, which is addressed as a whole.

    `is_back` is an edge against the direction in which the picture is read: from users, and from the build, to data.
    """

    source: str
    target: str
    label: str
    kind: EdgeKind
    is_back: bool = False


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a picture, which may name groups and nodes of another one."""

    groups: tuple[Group, ...] = ()
    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()


@dataclass(frozen=True, slots=True)
class Diagram(Piece):
    """A whole picture. Ids are unique over groups and nodes; the order is that of the spec."""

    title: str = ""
    description: str = ""

    def groups_in(self, parent: str) -> Iterator[Group]:
        """The groups directly in another, or in none."""
        return (group for group in self.groups if group.parent == parent)

    def nodes_in(self, group: str) -> Iterator[Node]:
        """The nodes directly in a group, or in none."""
        return (node for node in self.nodes if node.group == group)


def joined(title: str, description: str, pieces: Iterable[Piece]) -> Diagram:
    """One picture of several pieces; what two have in common is there once, an empty group and its edges not at all."""
    groups: dict[str, Group] = {}
    nodes: dict[str, Node] = {}
    edges: dict[Edge, None] = {}
    for piece in pieces:
        for group in piece.groups:
            groups.setdefault(group.id, group)
        for node in piece.nodes:
            nodes.setdefault(node.id, node)
        edges |= dict.fromkeys(piece.edges)
    inhabited: set[str] = set()
    for node in nodes.values():
        around = node.group
        while around and around not in inhabited:
            inhabited.add(around)
            around = groups[around].parent
    kept = tuple(group for group in groups.values() if group.id in inhabited)
    there = inhabited | nodes.keys()
    drawn = tuple(edge for edge in edges if edge.source in there and edge.target in there)
    return Diagram(kept, tuple(nodes.values()), drawn, title, description)
