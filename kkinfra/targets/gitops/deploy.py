"""The verb `deploy` where Argo CD delivers: render, compare with Git; then commit, push, follow."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from kkinfra.errors import DeployError, KkinfraError
from kkinfra.images.platforms import refuse_foreign
from kkinfra.system.deployer import from_revision, who
from kkinfra.targets.gitops.argocd.serving import Serving
from kkinfra.targets.gitops.git.compare_url import compare_url
from kkinfra.targets.gitops.git.image_override import override_in
from kkinfra.targets.gitops.git.landing import Written, land, propose
from kkinfra.targets.gitops.git.message import About, counted, kept_notes, message
from kkinfra.targets.gitops.git.rolled_back import refuse_rolled_back
from kkinfra.targets.gitops.git.tree import compared, file_changes, is_written, touched, write_tree
from kkinfra.targets.kubernetes.client.objects import objects
from kkinfra.targets.protocol.history import Run
from kkinfra.targets.protocol.outcome import Outcome
from kkinfra.targets.protocol.plan import Plan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kkinfra.rendering.writing import Comparison
    from kkinfra.spec.environment import Environment
    from kkinfra.targets.gitops.git.landing import Landed
    from kkinfra.targets.gitops.git.repository import Checkout
    from kkinfra.targets.gitops.session import GitOpsSession


def plan(session: GitOpsSession) -> Plan:
    """What a deploy would commit; where that is nothing, it still waits until Argo CD has brought what is there."""
    environment, tree, delivery = session.environment, session.wanted.tree, session.delivery
    session.telling(f"fetching {delivery.branch} of {delivery.repository}")
    checkout = session.clone()
    refuse_rolled_back(checkout.directory, environment.name)
    chosen = override_in(checkout.directory, environment.namespace).images.get(environment.image.repository, "")
    _refuse_overridden(session, chosen)
    change = compared(tree, checkout.directory)
    is_settled = change.in_sync and is_written(checkout.directory)
    return Plan(
        str(environment.name), "deploy", place_of(checkout), str(environment.image), before=checkout.tip,
        changes=tuple(file_changes(change)), notes=tuple(change_notes(environment, change, chosen)),
        problem=None if change.in_sync or chosen else _foreign(session), tree=tree.digest(), fingerprint=checkout.tree,
        question="" if is_settled else f"commit this to {delivery.branch} of {delivery.repository}?",
    )  # fmt: skip


def _refuse_overridden(session: GitOpsSession, chosen: str) -> None:
    """Whoever names an image wants it to run, and Argo CD would run another."""
    environment = session.environment
    if session.wanted.image and chosen not in ("", str(environment.image)):
        raise DeployError(
            f"--image: Image Updater has chosen {chosen}, which Argo CD runs whatever is rendered; push a tag that it "
            f"takes, or go back with `kkinfra rollback {environment.name}`; nothing was changed"
        )


def _foreign(session: GitOpsSession) -> KkinfraError | None:
    """Why the product's image cannot run there; None where it can."""
    environment = session.environment
    session.telling(f"asking for {environment.image}")
    try:
        refuse_foreign(environment.name, [str(environment.image)], environment.platform.architectures)
    except KkinfraError as error:
        return error
    return None


def place_of(checkout: Checkout) -> str:
    """What was looked at."""
    delivery = checkout.delivery
    return f"{delivery.path}/ on {delivery.branch} of {delivery.repository}"


def change_notes(environment: Environment, change: Comparison, chosen: str) -> Iterator[str]:
    """What else is to be known; `chosen` is the image that Argo CD runs in place of the rendered."""
    yield from kept_notes(change)
    yield counted(change)
    if chosen and chosen != str(environment.image):
        yield f"runs {chosen}, which Image Updater has chosen, in place of {environment.image}"


def apply(session: GitOpsSession, plan: Plan) -> Outcome:
    """Commit what is rendered, on top of what others pushed meanwhile, and follow it until it serves."""
    environment, tree, began = session.environment, session.wanted.tree, time.time()
    if tree.digest() != plan.tree:
        raise DeployError("what is rendered has changed since the plan was made; nothing was changed; plan again")
    about = about_of(session, "deploy", str(environment.image))

    def write(checkout: Checkout) -> Written:
        refuse_rolled_back(checkout.directory, environment.name)
        change = write_tree(tree, checkout.directory)
        return Written(change, touched(change), message(about, change))

    checkout = session.clone()
    if session.options.pull_request:
        return _proposed(checkout, write(checkout), about, began)
    landed = land(checkout, write, session.telling)
    Serving(session).follow(checkout, landed.commit, objects(tree))
    return outcome(landed, about, "deployed", began)


def _proposed(checkout: Checkout, written: Written, about: About, began: float) -> Outcome:
    branch, landed = propose(checkout, written, about.environment)
    address = compare_url(str(checkout.delivery.repository), checkout.delivery.branch, branch) if branch else ""
    told: tuple[str, ...] = ("nothing is to be proposed",)
    if branch:
        pushed = "pushed" if landed.is_new else "was pushed before"
        where = address or landed.said or f"  from {branch} to {checkout.delivery.branch}"
        told = (f"{pushed}: {branch}; open a pull request, and merge it", where)
    run = _run(landed, about, "proposed", began, serves=False)
    return Outcome(run, told=told, details={**_details(landed), "branch": branch, "compare": address})


def about_of(session: GitOpsSession, action: str, image: str, to: str = "") -> About:
    """A commit as it is told of."""
    environment, told, revision = session.environment, who(), from_revision(session.wanted.spec_file)
    return About(environment.project, environment.name, action, image, told["who"], told.get("ci", ""), revision, to)


def outcome(landed: Landed, about: About, result: str, began: float, *told: str) -> Outcome:
    """How it ended: a commit that serves."""
    said = f"{'committed' if landed.is_new else 'nothing was to be committed'}, synced and healthy"
    return Outcome(_run(landed, about, result, began), said, told, details=_details(landed))


def _run(landed: Landed, about: About, result: str, began: float, *, serves: bool = True) -> Run:
    return Run(
        landed.commit, about.action, result, began, time.time() - began, about.image, about.revision, about.who,
        about.ci, of=about.to, serves=serves,
    )  # fmt: skip


def _details(landed: Landed) -> dict[str, object]:
    change = landed.change
    files = {"added": change.added, "changed": change.changed, "removed": change.obsolete, "kept": change.edited}
    return {"pushed": landed.is_new, "files": {name: list(paths) for name, paths in files.items()}}
