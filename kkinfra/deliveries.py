"""Which module carries out a verb, by how an environment is delivered."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable

_MODULES = {
    "deploy_environment": {"ssh": "deploying", "apply": "cluster_deploying", "gitops": "gitops_deploying"},
    "rollback_environment": {"ssh": "rolling_back", "apply": "cluster_operating", "gitops": "gitops_operating"},
    "resume_environment": {"gitops": "gitops_operating"},
    "tell_needs": {"apply": "cluster_bootstrapping", "gitops": "cluster_bootstrapping"},
    "seal_secrets": {"apply": "secret_sealing", "gitops": "secret_sealing"},
    "push_secrets": {"apply": "secret_pushing", "gitops": "secret_pushing"},
    "tell_difference": {"ssh": "host_comparing", "apply": "cluster_comparing", "gitops": "gitops_comparing"},
    "tell_status": {"ssh": "operating", "apply": "cluster_status", "gitops": "cluster_status"},
    "tell_history": {"ssh": "operating", "apply": "cluster_operating", "gitops": "gitops_operating"},
    "tell_logs": {"ssh": "operating", "apply": "cluster_logs", "gitops": "cluster_logs"},
    "lock": {"ssh": "operating", "apply": "cluster_operating", "gitops": "cluster_operating"},
}
"""By the verb's function, which takes the options and the environment: the module of each `delivery.by`."""

_FLAGS = {
    "deploy_environment": {
        "save_plan": ("ssh",),
        "plan": ("ssh",),
        "allow_unsafe_migrations": ("ssh",),
        "staging_first": ("ssh",),
        "retry_certificate": ("ssh",),
        "bootstrap": ("gitops", "apply"),
        "pull_request": ("gitops",),
        "force_conflicts": ("apply",),
        "prune": ("apply",),
    }
}
_FLAGS_OF_ALL = {"context": ("apply", "gitops"), "lock_wait": ("ssh", "apply")}
"""Flags that do something for these deliveries only; where they would do nothing, they are refused."""

_PROVEN = frozenset({"deploy_environment"})
"""Verbs that begin something new; going back, and looking, must work whatever the proofs say."""


def by_delivery(name: str) -> Callable[[argparse.Namespace], int]:
    """A verb, as the command line calls it; raises DeployError where the environment's delivery does not know it."""
    modules = _MODULES[name]

    def run(options: argparse.Namespace) -> int:
        from kkinfra.errors import DeployError
        from kkinfra.pipeline import open_spec, resolve

        spec = open_spec(options.spec)
        environment = resolve(spec, options.environment)
        by = environment.delivery.by
        _refuse_flags(name, options, ("bootstrap",), by)
        if getattr(options, "bootstrap", False):
            by = "apply"
        if by not in modules:
            known = ", ".join(modules)
            raise DeployError(f"{environment.name} is delivered by {by}; this verb is for what is delivered by {known}")
        _refuse_flags(name, options, _FLAGS.get(name, {}).keys() | _FLAGS_OF_ALL.keys(), by)
        if name in _PROVEN:
            from kkinfra.proof_gate import require_proofs

            require_proofs(options, spec, environment.name)
        code: int = getattr(import_module(f"kkinfra.{modules[by]}"), name)(options, environment)
        return code

    return run


def _refuse_flags(name: str, options: argparse.Namespace, flags: Iterable[str], by: str) -> None:
    """Raise DeployError for the first flag that is given and does nothing for what is delivered by `by`."""
    from kkinfra.errors import DeployError

    meant = {**_FLAGS_OF_ALL, **_FLAGS.get(name, {})}
    for flag in sorted(flags):
        if getattr(options, flag, None) and by not in meant.get(flag, (by,)):
            known = " or ".join(meant[flag])
            raise DeployError(f"--{flag.replace('_', '-')} is for what is delivered by {known}, and this is by {by}")
