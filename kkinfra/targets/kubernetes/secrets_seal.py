"""The verb `secrets seal` on a cluster: the values of secrets become ciphertexts that are committed and rendered."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path
from typing import TYPE_CHECKING

from kkinfra.difference.change import Change
from kkinfra.errors import DeployError
from kkinfra.secrets.needs import needed_secrets, secret_needs
from kkinfra.secrets.sources import read_needed
from kkinfra.spec.sealed_file import sealed_path, write_sealed
from kkinfra.spec.secret_delivery import SealedSecrets
from kkinfra.system.deployer import who
from kkinfra.targets.kubernetes.client.sealing import SealingCertificate, certificate, certificate_of
from kkinfra.targets.kubernetes.plan.secret_values import REGISTRY
from kkinfra.targets.protocol.history import Run
from kkinfra.targets.protocol.outcome import Outcome
from kkinfra.targets.protocol.plan import Plan
from kkinfra.values.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kkinfra.spec.environment import Environment
    from kkinfra.targets.kubernetes.session import ClusterSession
    from kkinfra.values.secret import SecretText

SEALED = "sealed"
"""The target of changes in the file beside the specification."""


def plan(session: ClusterSession, wanted: Iterable[str], file: str) -> Plan:
    """The ciphertexts of the secrets that are named, or of all: only the cluster's controller can read them.

    Raises SecretError where some are missing at whoever seals; DeployError where Sealed Secrets does not fill the
    environment's Secrets, or the certificate is not to be had; ClusterError where the cluster is not reached.
    """
    environment = session.environment
    said = environment.secret_delivery
    if not isinstance(said, SealedSecrets):
        raise DeployError(
            f"{environment.name} does not say that Sealed Secrets fills its Secrets; "
            "write platform.secrets: {kind: sealed-secrets}"
        )
    names = _names(environment, wanted)
    values = read_needed(secret_needs(environment), session.wanted.directory, names)
    pem, place = _certificate(session, said, file)
    sealing = certificate(pem, place)
    path = str(sealed_path(session.wanted.spec_file, environment.name))
    there = environment.sealed
    return Plan(
        str(environment.name), "seal", f"{path}, for the controller of {place}",
        changes=tuple(Change(SEALED, name, "change" if name in there else "add") for name in names),
        fingerprint=hashlib.sha256("\0".join([path, *names, str(pem)]).encode()).hexdigest(),
        made={name: _sealed(environment, sealing, name, value) for name, value in values.items()},
    )  # fmt: skip


def apply(session: ClusterSession, plan: Plan) -> Outcome:
    """Write them beside the specification, with those that are there and still needed."""
    environment, told = session.environment, who()
    path = sealed_path(session.wanted.spec_file, environment.name)
    kept = {name: text for name, text in environment.sealed.items() if name in needed_secrets(environment)}
    write_sealed(path, {**kept, **plan.made})
    said = f"wrote {path}; commit it, and deploy: `kkinfra deploy {environment.name}`"
    run = Run("", "seal", "sealed", time.time(), who=told["who"], ci=told.get("ci", ""))
    return Outcome(run, said, details={"sealed": sorted(plan.made), "file": str(path)})


def _names(environment: Environment, wanted: Iterable[str]) -> list[str]:
    needed = needed_secrets(environment)
    for name in wanted:
        if name not in needed:
            raise DeployError(f"{name} is no secret that {environment.name} needs{did_you_mean(name, needed)}")
    return sorted(set(wanted)) or needed


def _certificate(session: ClusterSession, said: SealedSecrets, file: str) -> tuple[bytes, str]:
    """That of the file, or of the controller, which its service gives to whoever asks through the API server."""
    if file:
        try:
            return Path(file).read_bytes(), file
        except OSError as error:
            raise DeployError(f"{file} cannot be read: {error.strerror or error}") from error
    place = f"{said.namespace}/{said.controller} on {session.api.server}"
    return certificate_of(session.api, said).encode(), place


def _sealed(environment: Environment, sealing: SealingCertificate, name: str, value: SecretText) -> str:
    is_pull = environment.registry is not None and name == environment.registry.pull_secret
    return sealing.seal(value, environment.namespace, REGISTRY if is_pull else environment.project)
