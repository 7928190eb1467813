"""The verb `provision ENV --policy` on a stack: the least policy of IAM that the deployer needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.console.output import emit, print_warning
from kkinfra.rendering.pipeline import open_spec, render, resolve
from kkinfra.targets.cloudformation.plan.policy import LONGEST_MANAGED, least_policy, length
from kkinfra.targets.cloudformation.stack.place import host_of, place_of
from kkinfra.targets.cloudformation.stack.template import template_of

if TYPE_CHECKING:
    import argparse


def run(options: argparse.Namespace) -> int:
    """Print the policy as IAM takes it; AWS is not asked."""
    environment = resolve(open_spec(options.spec), options.environment, provisioned=False)
    template = template_of(render(environment))
    policy = least_policy(place_of(environment), template, host_of(environment).image_parameter)
    emit(policy)
    if length(policy) > LONGEST_MANAGED:
        what = f"this has {length(policy)} characters, and a managed policy may have {LONGEST_MANAGED}"
        print_warning(f"{what}; write it into a role, or shorten stack_name")
    return 0
