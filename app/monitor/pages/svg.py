"""Pieces of SVG.

Geometry is in attributes and colours are in classes: the pages' Content-Security-Policy refuses inline styles.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, TypeAlias

from django.utils.safestring import SafeString, mark_safe

if TYPE_CHECKING:
    from collections.abc import Sequence

Point: TypeAlias = tuple[float, float]


def image(kind: str, size: tuple[int, int], label: str, shapes: str, *, stretched: bool = False) -> SafeString:
    """An image with its label for those who do not see it.

    Args:
        kind: The class of the element.
        size: Width and height in units of its own.
        label: Plain text; escaped here.
        shapes: Markup; whoever made it has escaped the text in it.
        stretched: Whether it fills its box and gives up its proportions.
    """
    aspect = ' preserveAspectRatio="none"' if stretched else ""
    box = f'viewBox="0 0 {size[0]} {size[1]}"{aspect}'
    return mark_safe(f'<svg class="{kind}" {box} role="img" aria-label="{escape(label)}">{shapes}</svg>')  # noqa: S308 - see Args


def line(points: Sequence[Point]) -> str:
    """A path through the points; of a single one, a dot (with round caps)."""
    moves = " ".join(f"{x:g} {y:g}" for x, y in points)
    return f"M{moves}h0" if len(points) == 1 else f"M{moves}"


def area(points: Sequence[Point], floor: float) -> str:
    """A closed path from the line through the points down to the floor."""
    return f"{line(points)}V{floor:g}H{points[0][0]:g}Z"


def titled(shape: str, title: str) -> str:
    """A shape (its element's name and attributes) with a tooltip."""
    return f"<{shape}><title>{escape(title)}</title></{shape.partition(' ')[0]}>"
