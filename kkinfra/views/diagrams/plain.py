"""The picture of a platform of which no more is known than what runs on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.spec.stack import Nginx, PostgresqlRds
from kkinfra.views.diagrams.access import access_piece
from kkinfra.views.diagrams.delivery import delivery_piece
from kkinfra.views.diagrams.graph import Group, GroupKind, Piece
from kkinfra.views.diagrams.parts import data_edges, databases_outside, node_id, part_node, place_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kkinfra.spec.environment import Environment


def plain_pieces(environment: Environment) -> Iterator[Piece]:
    """Access, delivery, and the platform as one group with all parts in it."""
    place = Group(place_id(environment, "platform"), environment.platform.title, GroupKind.HOST)
    nginx = environment.part(Nginx) if environment.platform.nginx_is_entrance else None
    nodes = [
        part_node(environment, name, place.id)
        for name, part in environment.stack.items()
        if not isinstance(part, PostgresqlRds)
    ]
    yield access_piece(environment, node_id(environment, nginx[0]) if nginx else place.id)
    yield Piece((place,), tuple(nodes), tuple(data_edges(environment)))
    yield from databases_outside(environment)
    yield delivery_piece(environment, place.id)
