"""Which line runs above which between two rows, so that they cross little and none runs on another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.views.diagrams.sizes import LANE

if TYPE_CHECKING:
    from kkinfra.views.diagrams.routes import LineRoute

_STRAIGHT = 0.5
_ON_ANOTHER = 100  # worse than any number of crossings


def lanes(routes: list[LineRoute]) -> None:
    """Give each route its lane; those that run straight down need none."""
    bent = [route for route in routes if any(abs(upper - route.lower) > _STRAIGHT for upper in route.uppers.values())]
    order = _sorted(bent)
    for index, route in enumerate(order):
        above = [other.lane for other in order[:index] if _meet(other, route)]
        route.lane = max(above, default=-1) + 1


def _sorted(routes: list[LineRoute]) -> list[LineRoute]:
    """Swap neighbours until no swap is better."""
    order = sorted(routes, key=lambda route: (route.lower, min(route.uppers.values())))
    for _ in order:
        swapped = False
        for index in range(len(order) - 1):
            one, other = order[index : index + 2]
            if _cost(other, one) < _cost(one, other):
                order[index], order[index + 1] = other, one
                swapped = True
        if not swapped:
            break
    return order


def _cost(above: LineRoute, below: LineRoute) -> int:
    """How badly two routes go together, where one runs above the other."""
    start, end = _extent(above)
    crossed = sum(start < upper < end for upper in below.uppers.values())
    start, end = _extent(below)
    crossed += start < above.lower < end
    covered = any(abs(above.lower - upper) < LANE / 2 for upper in below.uppers.values())
    return crossed + _ON_ANOTHER * covered


def _meet(one: LineRoute, other: LineRoute) -> bool:
    """Whether two routes cannot be on one lane."""
    (start, end), (begin, finish) = _extent(one), _extent(other)
    return start < finish + LANE and begin < end + LANE


def _extent(route: LineRoute) -> tuple[float, float]:
    ends = (*route.uppers.values(), route.lower)
    return min(ends), max(ends)
