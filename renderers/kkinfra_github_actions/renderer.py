"""The github-actions renderer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.rendering.artifacts import Artifact
from kkinfra.spec.platforms import Ssh
from kkinfra_github_actions.check import check_workflow
from kkinfra_github_actions.deploy import deploy_workflow
from kkinfra_github_actions.workflow import CHECK, DEPLOY, path, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kkinfra.rendering.renderer import Fidelity
    from kkinfra.spec.environment import Environment


class GithubActionsRenderer:
    """Renders workflows for environments that GitHub Actions delivers to."""

    platforms: frozenset[str] = frozenset({"compose"})
    fidelity: Mapping[str, Fidelity] = {}

    def render(self, environment: Environment) -> Iterable[Artifact]:
        """`.github/workflows/check-NAME.yaml` and `deploy-NAME.yaml`, or nothing."""
        delivery = environment.delivery
        if isinstance(delivery, Ssh) and delivery.ci == "github-actions":
            yield Artifact(path(environment, CHECK), text(check_workflow(environment)))
            yield Artifact(path(environment, DEPLOY), text(deploy_workflow(environment, delivery)))
