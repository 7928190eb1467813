# pyright: reportUnnecessaryTypeIgnoreComment=true
"""A program that uses the library: type checkers take it as it is, and refuse what each `ignore` here names."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import kkinfra

if TYPE_CHECKING:
    from pathlib import Path


def deploy(spec: Path) -> str:
    """Everything that the library promises, with the types that it has."""
    project = kkinfra.open(spec)
    production: kkinfra.ProjectEnvironment = project["production"]
    warnings: list[str] = [str(result.message) for result in production.prove(dt.date(2027, 3, 1))]
    plan: kkinfra.Plan = production.plan(image="registry.example.org/shop:2", timeout=90)
    outcome: kkinfra.Outcome = production.apply(plan, on_event=print)
    difference: kkinfra.Difference = production.diff(without=["registry"])
    status: kkinfra.Status = production.status()
    history: kkinfra.History = production.history()
    lock: kkinfra.LockStatus = production.lock()
    code: int = production.run(["python", "manage.py", "check"])
    known: list[object] = [plan.as_json(), outcome.as_json(), status.as_json(), history.as_json(), lock.as_json()]
    return f"{outcome.run.release} {len(difference.changes)} {code} {len(known)} {len(warnings)}"


def mistaken(spec: Path) -> None:
    """What a caller may get wrong."""
    production = kkinfra.open(spec)["production"]
    production.plann()  # type: ignore[attr-defined]
    kkinfra.opeen(spec)  # type: ignore[attr-defined]
    production.apply("plan.json")  # type: ignore[arg-type]
    production.prove("2027-03-01")  # type: ignore[arg-type]
