"""The verb `deploy` where Argo CD delivers: render, compare with Git, show, ask, commit, push, follow."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from kkinfra.console.agreement import require_agreement
from kkinfra.console.output import emit_or_say, paint, say
from kkinfra.console.telling import telling_for
from kkinfra.errors import DeployError
from kkinfra.images.platforms import refuse_foreign
from kkinfra.rendering.pipeline import render, with_image
from kkinfra.spec.platforms import GitOps
from kkinfra.system.deployer import from_revision, who
from kkinfra.system.project import project_directory
from kkinfra.targets.gitops.argocd.serving import Serving
from kkinfra.targets.gitops.git.compare_url import compare_url
from kkinfra.targets.gitops.git.image_override import Override, override_in
from kkinfra.targets.gitops.git.landing import Landed, Written, land, propose
from kkinfra.targets.gitops.git.message import About, counted, message, plan_lines
from kkinfra.targets.gitops.git.repository import cloned
from kkinfra.targets.gitops.git.rolled_back import refuse_rolled_back
from kkinfra.targets.gitops.git.tree import compared, is_written, touched, write_tree
from kkinfra.targets.kubernetes.client.objects import objects

if TYPE_CHECKING:
    import argparse

    from kkinfra.console.telling import Telling
    from kkinfra.rendering.artifacts import ArtifactTree
    from kkinfra.rendering.writing import Comparison
    from kkinfra.spec.environment import Environment
    from kkinfra.targets.gitops.git.repository import Checkout

_MARKS = {"+": "green", "~": "yellow", "-": "red"}


def run(options: argparse.Namespace, environment: Environment) -> int:
    """Commit the rendered tree and follow it until it serves; returns the exit code."""
    if options.image:
        environment = with_image(environment, options.image, "--image")
    tree = render(environment)
    delivery = delivery_of(environment)
    with telling_for(options) as telling:
        telling(f"fetching {delivery.branch} of {delivery.repository}")
        with cloned(delivery) as checkout:
            return _deploy(options, environment, tree, checkout, telling)


def delivery_of(environment: Environment) -> GitOps:
    """How it is delivered; raises DeployError where Argo CD does not."""
    if isinstance(environment.delivery, GitOps):
        return environment.delivery
    raise DeployError(f"{environment.name} is delivered by {environment.delivery.by}, and not by gitops")


def _deploy(
    options: argparse.Namespace, environment: Environment, tree: ArtifactTree, checkout: Checkout, telling: Telling
) -> int:
    refuse_rolled_back(checkout.directory, environment.name)
    override = override_in(checkout.directory, environment.namespace)
    _refuse_overridden(options, environment, override)
    change = compared(tree, checkout.directory)
    if not change.in_sync and environment.image.repository not in override.images:
        telling(f"asking for {environment.image}")
        refuse_foreign(environment.name, [str(environment.image)], environment.platform.architectures)
    telling.pause()
    show(options, environment, checkout, change, override.images.get(environment.image.repository, ""))
    if options.dry_run:
        tell_landed(options, Landed(checkout.tip, is_new=False, change=change))
        return 0
    if not (change.in_sync and is_written(checkout.directory)):
        require_agreement(options, f"commit this to {checkout.delivery.branch} of {checkout.delivery.repository}?")
    about = about_of(options, environment, "deploy", str(environment.image))
    if options.pull_request:
        return _propose(options, environment, checkout, _written(checkout, tree, about))

    def write(checkout: Checkout) -> Written:
        refuse_rolled_back(checkout.directory, environment.name)
        return _written(checkout, tree, about)

    landed = land(checkout, write, telling)
    serving_of(options, environment, telling).follow(checkout, landed.commit, objects(tree))
    telling.pause()
    tell_landed(options, landed)
    return 0


def _refuse_overridden(options: argparse.Namespace, environment: Environment, override: Override) -> None:
    """Whoever names an image wants it to run, and Argo CD would run another."""
    there = override.images.get(environment.image.repository)
    if options.image and there not in (None, str(environment.image)):
        raise DeployError(
            f"--image: Image Updater has chosen {there}, which Argo CD runs whatever is rendered; push a tag that it "
            f"takes, or go back with `kkinfra rollback {environment.name}`; nothing was changed"
        )


def _written(checkout: Checkout, tree: ArtifactTree, about: About) -> Written:
    change = write_tree(tree, checkout.directory)
    return Written(change, touched(change), message(about, change))


def _propose(options: argparse.Namespace, environment: Environment, checkout: Checkout, written: Written) -> int:
    branch, landed = propose(checkout, written, environment.name)
    address = compare_url(str(checkout.delivery.repository), checkout.delivery.branch, branch) if branch else ""
    told = ["  nothing is to be proposed"]
    if branch:
        pushed = "pushed" if landed.is_new else "was pushed before"
        where = address or landed.said or f"  from {branch} to {checkout.delivery.branch}"
        told = [f"{pushed}: {branch}; open a pull request, and merge it", where]
    emit_or_say(options, {**_landed_facts(landed), "branch": branch, "compare": address}, *told)
    return 0


def show(
    options: argparse.Namespace, environment: Environment, checkout: Checkout, change: Comparison, chosen: str
) -> None:
    """What a commit would change, a line a file; `chosen` is the image that Argo CD runs in place of the rendered."""
    delivery = checkout.delivery
    say(options, f"{environment.name}: {delivery.path}/ on {delivery.branch} of {delivery.repository}")
    say(options, *(paint(f"  {line}", _MARKS.get(line[0], "dim"), sys.stdout) for line in plan_lines(change)))
    say(options, f"  {counted(change)}")
    if chosen and chosen != str(environment.image):
        say(options, f"  runs {chosen}, which Image Updater has chosen, in place of {environment.image}")


def serving_of(options: argparse.Namespace, environment: Environment, telling: Telling) -> Serving:
    """How a commit is followed."""
    return Serving(environment, project_directory(options.spec), options.context, options.timeout, telling)


def about_of(options: argparse.Namespace, environment: Environment, action: str, image: str, to: str = "") -> About:
    """A commit as it is told of."""
    told, revision = who(), from_revision(options.spec)
    return About(environment.project, environment.name, action, image, told["who"], told.get("ci", ""), revision, to)


def tell_landed(options: argparse.Namespace, landed: Landed) -> None:
    """What was done, at the end."""
    what = "committed" if landed.is_new else "nothing was to be committed;"
    told = "  nothing was changed" if options.dry_run else f"{what} {landed.commit[:12]}, synced and healthy"
    emit_or_say(options, _landed_facts(landed), told)


def _landed_facts(landed: Landed) -> dict[str, object]:
    change = landed.change
    files = {"added": change.added, "changed": change.changed, "removed": change.obsolete, "kept": change.edited}
    return {"commit": landed.commit, "pushed": landed.is_new, "files": files}
