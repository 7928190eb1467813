"""The verb `secrets seal` on a cluster: the values of secrets become ciphertexts that are committed and rendered."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from kkinfra.console.output import emit_or_say
from kkinfra.errors import DeployError
from kkinfra.secrets.needs import needed_secrets
from kkinfra.secrets.sources import read_secrets
from kkinfra.spec.sealed_file import sealed_path, write_sealed
from kkinfra.spec.secret_delivery import SealedSecrets
from kkinfra.system.project import project_directory
from kkinfra.targets.kubernetes.client.sealing import SealingCertificate, certificate, certificate_of
from kkinfra.values.suggestions import did_you_mean

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

    from kkinfra.spec.environment import Environment
    from kkinfra.values.secret import SecretText


def run(options: argparse.Namespace, environment: Environment) -> int:
    """Seal the secrets that are named, all where none is, into the file beside the specification.

    Raises SecretError where some are missing at whoever seals; DeployError where Sealed Secrets does not fill the
    environment's Secrets, or the certificate is not to be had; ClusterError where the cluster is not reached.
    """
    said = environment.secret_delivery
    if not isinstance(said, SealedSecrets):
        raise DeployError(
            f"{environment.name} does not say that Sealed Secrets fills its Secrets; "
            "write platform.secrets: {kind: sealed-secrets}"
        )
    names = _names(environment, options.names)
    values = read_secrets(environment, project_directory(options.spec), names)
    sealing = _certificate(options, said)
    path = sealed_path(options.spec, environment.name)
    sealed = {name: _sealed(environment, sealing, name, value) for name, value in values.items()}
    kept = {name: text for name, text in environment.sealed.items() if name in needed_secrets(environment)}
    told = [f"  {'would seal' if options.dry_run else 'sealed'} {name}" for name in names]
    if not options.dry_run:
        write_sealed(path, {**kept, **sealed})
        told.append(f"wrote {path}; commit it, and deploy: `kkinfra deploy {environment.name}`")
    emit_or_say(options, {"sealed": names, "file": str(path), "written": not options.dry_run}, *told)
    return 0


def _names(environment: Environment, wanted: Iterable[str]) -> list[str]:
    needed = needed_secrets(environment)
    for name in wanted:
        if name not in needed:
            raise DeployError(f"{name} is no secret that {environment.name} needs{did_you_mean(name, needed)}")
    return sorted(set(wanted)) or needed


def _certificate(options: argparse.Namespace, said: SealedSecrets) -> SealingCertificate:
    """That of the file, or of the controller, which its service gives to whoever asks through the API server."""
    if options.certificate:
        try:
            return certificate(Path(options.certificate).read_bytes(), options.certificate)
        except OSError as error:
            raise DeployError(f"{options.certificate} cannot be read: {error.strerror or error}") from error
    from kkinfra.targets.kubernetes.client.api import connect_cluster

    with connect_cluster(options.context) as api:
        pem = certificate_of(api, said)
        return certificate(pem.encode(), f"{said.namespace}/{said.controller} on {api.server}")


def _sealed(environment: Environment, sealing: SealingCertificate, name: str, value: SecretText) -> str:
    from kkinfra.targets.kubernetes.plan.secret_values import REGISTRY

    is_pull = environment.registry is not None and name == environment.registry.pull_secret
    return sealing.seal(value, environment.namespace, REGISTRY if is_pull else environment.project)
