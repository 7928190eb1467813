"""Whoever deploys through Git: a session with an environment, which may differ from the specification's."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from kkinfra.cli.carrying_out import carry_out
from kkinfra.cli.main import main
from kkinfra.console.difference_report import report
from kkinfra.console.reporting import tell
from kkinfra.console.telling import telling_for
from kkinfra.rendering.pipeline import render, with_image
from kkinfra.targets.gitops.target import GitOpsOptions, GitOpsTarget
from kkinfra.targets.protocol.wanted import Wanted

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from kkinfra.console.telling import Telling
    from kkinfra.spec.environment import Environment
    from kkinfra.targets.gitops.session import GitOpsSession


@contextmanager
def session(options: argparse.Namespace, environment: Environment) -> Iterator[tuple[GitOpsSession, Telling]]:
    """A session with what is wanted, as the command has one."""
    if options.image:
        environment = with_image(environment, options.image, "--image")
    wanted = Wanted(options.spec, environment.name, options.image or "")
    vars(wanted).update(environment=environment, tree=render(environment))
    asked = GitOpsOptions(timeout=options.timeout, pull_request=options.pull_request)
    with telling_for(options) as telling, GitOpsTarget().open(wanted, asked, telling) as made:
        yield made, telling


def deploy_environment(options: argparse.Namespace, environment: Environment) -> int:
    with session(options, environment) as (made, telling):
        return carry_out(options, made, telling, made.plan)


def rollback_environment(options: argparse.Namespace, environment: Environment) -> int:
    with session(options, environment) as (made, telling):
        return carry_out(options, made, telling, partial(made.plan_rollback, options.release or ""))


def resume_environment(options: argparse.Namespace, environment: Environment) -> int:
    with session(options, environment) as (made, telling):
        return carry_out(options, made, telling, made.plan_resume)


def tell_difference(options: argparse.Namespace, environment: Environment) -> int:
    without = frozenset(getattr(options, "without", ()))
    with session(options, environment) as (made, telling):

        def look():
            found = made.difference(without)
            telling.pause()
            return report(options, found)

        return tell(options, look)


def told(verb: str, options: argparse.Namespace) -> int:
    """A verb that only looks, as it is called at the command line."""
    sys.stdout.flush()
    return main([verb, options.environment, "--spec", options.spec, "-o", options.format])
