"""What a proof is: a pure function from one or two environments to findings, each with its figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kkinfra.rendering.artifacts import ArtifactTree
    from kkinfra.spec.environment import Environment
    from kkinfra.values.document import Steps

Severity = Literal["error", "warning", "note"]
"""An error stops a deploy, a warning is told, and a note is what was computed where all is well."""


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of a computation: `amount` has its unit; `at` is the field that says it, or `source` who does.

    `environment` names the one that the field is of, where a finding compares two.
    """

    label: str
    amount: str
    at: Steps = ()
    source: str = ""
    environment: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a proof found, at a field of its environment.

    `rule` is one of the proof's own. `message` says what is wrong, in figures; `remedy` what to write, and
    is empty in a note. `rows` are what was computed, in the order of the computation.
    """

    rule: str
    severity: Severity
    at: Steps
    message: str
    remedy: str = ""
    rows: tuple[Row, ...] = ()


@runtime_checkable
class Proof(Protocol):
    """Registered under the entry point group `kkinfra.proofs`; the class is called without arguments.

    `rules` maps what it can find (`peak`) to a sentence on what that means. A finding is told, and accepted, as
    `PROOF/RULE`, where PROOF is the name of the entry point.
    """

    rules: Mapping[str, str]

    def prove(self, environment: Environment, tree: ArtifactTree) -> Iterable[Finding]:
        """Findings on an environment and what is rendered from it. No clock, no files, no environment variables."""
        ...


@runtime_checkable
class ComparisonProof(Protocol):
    """A proof of two environments, registered as the others are.

    Each environment is compared with the first one of the specification, and findings are about the former.
    """

    rules: Mapping[str, str]

    def compare(self, first: Environment, environment: Environment) -> Iterable[Finding]:
        """Findings on `environment`, beside the first one."""
        ...


AnyProof = Proof | ComparisonProof
