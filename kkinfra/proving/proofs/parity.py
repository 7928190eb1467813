"""Parity: an environment is the same product as the first one, but for differences that somebody gave a reason for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.proving.parity import ABSENT, differences, image_at
from kkinfra.proving.proof import Finding, Row
from kkinfra.values.document import dotted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kkinfra.proving.parity import Disparity
    from kkinfra.spec.environment import Environment
    from kkinfra.values.document import Steps


class ParityProof:
    """Compares what must be the same; a difference is not wrong by itself, so it warns, until it is declared."""

    rules: Mapping[str, str] = {
        "image": "Another image runs, or another one chooses it.",
        "processes": "Other processes run, or a process is set up differently.",
        "commands": "A process runs another command.",
        "variables": "Names of variables differ.",
        "secrets": "Names of secrets, or who reads them, differ.",
        "versions": "A program is of another series.",
        "limits": "A process may take more, or less.",
        "health": "Another path tells that a process works.",
        "logs": "Logs are kept longer, or shorter.",
        "static": "Static files are served from elsewhere, or kept longer.",
    }

    def compare(self, first: Environment, environment: Environment) -> Iterator[Finding]:
        """A finding for each difference, at the field of `environment`."""
        for difference in differences(first, environment):
            yield _finding(first, environment, difference)


def _finding(first: Environment, environment: Environment, difference: Disparity) -> Finding:
    field = dotted(difference.path)
    rows = (
        Row(first.name, difference.left, _at(first, difference), environment=first.name),
        Row(environment.name, difference.right, _at(environment, difference)),
    )
    message = f"{_said(difference.right, environment)}, {_said(difference.left, first)}"
    remedy = f"make them the same, or say why: accepted: {{parity/{difference.aspect}: {{{field}: {{reason: ...}}}}}}"
    return Finding(difference.aspect, "warning", difference.path, message, remedy, rows)


def _said(value: str, environment: Environment) -> str:
    return f"{environment.name} has {value if value != ABSENT else 'none'}"


def _at(environment: Environment, difference: Disparity) -> Steps:
    return image_at(environment) if difference.aspect == "image" else difference.path
