"""A row of the report: what was measured, beside what, and whether the target is met."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Comparison:
    """`ours` and `theirs` are in `unit` (ms, MiB); the target is that their ratio is `most` at the most.

    Without a target, the ratio is told and nothing is asked of it.
    """

    what: str
    beside: str
    ours: float
    theirs: float
    most: float | None
    unit: str = "ms"

    @property
    def ratio(self) -> float:
        return self.ours / self.theirs

    @property
    def met(self) -> bool:
        return self.most is None or self.ratio <= self.most

    def as_json(self) -> dict[str, object]:
        return {
            "what": self.what, "beside": self.beside, "unit": self.unit, "ours": self.ours, "theirs": self.theirs,
            "ratio": self.ratio, "target": self.most, "met": self.met,
        }  # fmt: skip


@dataclass(frozen=True)
class Left:
    """A comparison that could not be made, and why."""

    what: str
    why: str

    def as_json(self) -> dict[str, object]:
        return {"what": self.what, "skipped": self.why}


Row = Comparison | Left


def table(rows: list[Row]) -> str:
    """The rows in columns, for people."""
    made = [row for row in rows if isinstance(row, Comparison)]
    cells = [["what", "kkinfra", "peer", "beside", "ratio", "target", "met"], *map(_cells, made)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
    return "\n".join([*lines, *(f"left out: {row.what}: {row.why}" for row in rows if isinstance(row, Left))])


def _cells(row: Comparison) -> list[str]:
    return [
        row.what, f"{row.ours:,.1f} {row.unit}", f"{row.theirs:,.1f} {row.unit}", row.beside,
        f"{row.ratio:.3f}", *_target(row),
    ]  # fmt: skip


def _target(row: Comparison) -> tuple[str, str]:
    return ("", "") if row.most is None else (f"<= {row.most:g}", "yes" if row.met else "NO")
