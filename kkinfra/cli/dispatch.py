"""Which target carries out a verb, by how an environment is delivered."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable

_TARGETS = {
    "deploy": {"ssh": "compose", "apply": "kubernetes", "gitops": "gitops"},
    "rollback": {"ssh": "compose", "apply": "kubernetes", "gitops": "gitops"},
    "resume": {"gitops": "gitops"},
    "bootstrap": {"apply": "kubernetes", "gitops": "kubernetes"},
    "secrets_seal": {"apply": "kubernetes", "gitops": "kubernetes"},
    "secrets_push": {"apply": "kubernetes", "gitops": "kubernetes"},
    "diff": {"ssh": "compose", "apply": "kubernetes", "gitops": "gitops"},
    "status": {"ssh": "compose", "apply": "kubernetes", "gitops": "gitops"},
    "history": {"ssh": "compose", "apply": "kubernetes", "gitops": "gitops"},
    "logs": {"ssh": "compose", "apply": "kubernetes", "gitops": "kubernetes"},
    "lock": {"ssh": "compose", "apply": "kubernetes", "gitops": "kubernetes"},
}
"""By verb: the folder of `targets` whose file of that name carries it out, for each `delivery.by`."""

_FLAGS = {
    "deploy": {
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

_PROVEN = frozenset({"deploy"})
"""Verbs that begin something new; going back, and looking, must work whatever the proofs say."""

_BY_APPLY = "apply"
_PREPARED = frozenset({"deploy", "diff"})
"""Verbs that take, for what is applied to a cluster, what was rendered, so that it can be remembered.

All others, and those for other deliveries, take the environment.
"""


def by_delivery(name: str) -> Callable[[argparse.Namespace], int]:
    """A verb, as the command line calls it; raises DeployError where the environment's delivery does not know it."""

    def run(options: argparse.Namespace) -> int:
        if name in _PREPARED:
            return _run_prepared(name, options)
        from kkinfra.rendering.pipeline import open_spec, resolve

        environment = resolve(open_spec(options.spec), options.environment)
        return _verb(name, _delivered_by(name, options, environment.name, environment.delivery.by))(
            options, environment
        )

    return run


def _run_prepared(name: str, options: argparse.Namespace) -> int:
    """Run a verb that is given what was rendered, where that is for a cluster; remembered from before, or made now."""
    from kkinfra.console.output import warn
    from kkinfra.targets.kubernetes.plan.prepared import recall, today

    is_proven, image = name in _PROVEN, getattr(options, "image", None) or ""
    day = today() if is_proven else ""
    prepared = None if image else recall(options.spec, options.environment, day)
    if prepared is None or _delivered_by(name, options, prepared.name, prepared.by) != _BY_APPLY:
        from kkinfra.rendering.pipeline import resolve
        from kkinfra.targets.kubernetes.plan.preparing import opened

        made = opened(options.spec)
        environment = resolve(made.spec, options.environment)
        by = _delivered_by(name, options, environment.name, environment.delivery.by)
        if by != _BY_APPLY:
            for warning in made.warnings(environment, day) if is_proven else ():
                warn(options, warning)
            return _verb(name, by)(options, environment)
        prepared = made.prepare(environment, image, is_proven=is_proven)
    for warning in prepared.warnings if is_proven else ():
        warn(options, warning)
    return _verb(name, _BY_APPLY)(options, prepared)


def _verb(name: str, by: str) -> Callable[[argparse.Namespace, Any], int]:
    verb: Callable[[argparse.Namespace, Any], int] = import_module(f"kkinfra.targets.{_TARGETS[name][by]}.{name}").run
    return verb


def _delivered_by(name: str, options: argparse.Namespace, environment: str, by: str) -> str:
    """How a verb treats an environment; raises DeployError where it cannot, or a flag would do nothing."""
    from kkinfra.errors import DeployError

    _refuse_flags(name, options, ("bootstrap",), by)
    if getattr(options, "bootstrap", False):
        by = _BY_APPLY
    if by not in _TARGETS[name]:
        known = ", ".join(_TARGETS[name])
        raise DeployError(f"{environment} is delivered by {by}; this verb is for what is delivered by {known}")
    _refuse_flags(name, options, _FLAGS.get(name, {}).keys() | _FLAGS_OF_ALL.keys(), by)
    return by


def _refuse_flags(name: str, options: argparse.Namespace, flags: Iterable[str], by: str) -> None:
    """Raise DeployError for the first flag that is given and does nothing for what is delivered by `by`."""
    from kkinfra.errors import DeployError

    meant = {**_FLAGS_OF_ALL, **_FLAGS.get(name, {})}
    for flag in sorted(flags):
        if getattr(options, flag, None) and by not in meant.get(flag, (by,)):
            known = " or ".join(meant[flag])
            raise DeployError(f"--{flag.replace('_', '-')} is for what is delivered by {known}, and this is by {by}")
