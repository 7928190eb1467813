"""kkinfra: one typed description of a product's environments, and everything that runs them.

    import kkinfra
    production = kkinfra.open("spec/environments.yaml")["production"]
    plan = production.plan()
    outcome = production.apply(plan, on_event=print)

Names are imported when they are used, so that `import kkinfra` costs nothing. What is promised of them says
docs/api-stability.md.
"""

from __future__ import annotations

__version__ = "0.1.0"

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kkinfra.console.events import Begin, ImageLayer, Output, Step
    from kkinfra.difference.change import Change, FieldChange
    from kkinfra.difference.report import Difference
    from kkinfra.errors import (
        ConnectionFailedError,
        DeployError,
        InterruptedRunError,
        Issue,
        KkinfraError,
        Location,
        SpecError,
        UnknownEnvironmentError,
        UnprovenError,
    )
    from kkinfra.project import Project, ProjectEnvironment, open  # noqa: A004 - as shelve.open
    from kkinfra.proving.proof import Finding, Row
    from kkinfra.proving.prove import Figure, Result, prove
    from kkinfra.rendering.artifacts import Artifact, ArtifactTree
    from kkinfra.rendering.pipeline import open_spec, render
    from kkinfra.rendering.renderer import Emulated, Refused, Renderer
    from kkinfra.spec.environment import Environment
    from kkinfra.spec.loading import Spec, load_spec, resolve
    from kkinfra.targets.protocol.command import Streams
    from kkinfra.targets.protocol.history import History, Run
    from kkinfra.targets.protocol.lock import LockHolder, LockStatus
    from kkinfra.targets.protocol.logs import LogLine
    from kkinfra.targets.protocol.outcome import Outcome
    from kkinfra.targets.protocol.plan import Check, Plan
    from kkinfra.targets.protocol.status import CertificateStatus, DriftStatus, PartStatus, Status

_HOMES = {
    "console.events": ("Begin", "ImageLayer", "Output", "Step"),
    "difference.change": ("Change", "FieldChange"),
    "difference.report": ("Difference",),
    "errors": (
        "ConnectionFailedError", "DeployError", "InterruptedRunError",
        "Issue", "KkinfraError", "Location", "SpecError", "UnknownEnvironmentError", "UnprovenError",
    ),
    "project": ("Project", "ProjectEnvironment", "open"),
    "proving.proof": ("Finding", "Row"),
    "proving.prove": ("Figure", "Result", "prove"),
    "rendering.artifacts": ("Artifact", "ArtifactTree"),
    "rendering.pipeline": ("open_spec", "render"),
    "rendering.renderer": ("Emulated", "Refused", "Renderer"),
    "spec.environment": ("Environment",),
    "spec.loading": ("Spec", "load_spec", "resolve"),
    "targets.protocol.command": ("Streams",),
    "targets.protocol.history": ("History", "Run"),
    "targets.protocol.lock": ("LockHolder", "LockStatus"),
    "targets.protocol.logs": ("LogLine",),
    "targets.protocol.outcome": ("Outcome",),
    "targets.protocol.plan": ("Check", "Plan"),
    "targets.protocol.status": ("CertificateStatus", "DriftStatus", "PartStatus", "Status"),
}  # fmt: skip
"""By module: the names that the package has from it."""

__all__ = [
    "Artifact",
    "ArtifactTree",
    "Begin",
    "CertificateStatus",
    "Change",
    "Check",
    "ConnectionFailedError",
    "DeployError",
    "Difference",
    "DriftStatus",
    "Emulated",
    "Environment",
    "FieldChange",
    "Figure",
    "Finding",
    "History",
    "ImageLayer",
    "InterruptedRunError",
    "Issue",
    "KkinfraError",
    "Location",
    "LockHolder",
    "LockStatus",
    "LogLine",
    "Outcome",
    "Output",
    "PartStatus",
    "Plan",
    "Project",
    "ProjectEnvironment",
    "Refused",
    "Renderer",
    "Result",
    "Row",
    "Run",
    "Spec",
    "SpecError",
    "Status",
    "Step",
    "Streams",
    "UnknownEnvironmentError",
    "UnprovenError",
    "__version__",
    "load_spec",
    "open",
    "open_spec",
    "prove",
    "render",
    "resolve",
]  # fmt: skip


if not TYPE_CHECKING:  # which would let checkers take any name

    def __getattr__(name: str) -> object:
        for module, names in _HOMES.items():
            if name in names:
                from importlib import import_module

                return getattr(import_module(f"kkinfra.{module}"), name)
        raise AttributeError(f"module 'kkinfra' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
