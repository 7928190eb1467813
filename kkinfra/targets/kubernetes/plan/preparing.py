"""Rendering and proving an environment for the verbs of a cluster, from a specification that was opened for that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kkinfra.proving.gate import unaccepted_warnings
from kkinfra.proving.installed import load_proofs
from kkinfra.proving.prove import prove
from kkinfra.rendering.pipeline import load_renderers, open_spec, render, with_image
from kkinfra.secrets.needs import secret_needs
from kkinfra.spec.date import Date
from kkinfra.system import cache
from kkinfra.system.entry_points import code_of
from kkinfra.targets.kubernetes.plan.desired import desired_objects
from kkinfra.targets.kubernetes.plan.prepared import Prepared, keep, today

if TYPE_CHECKING:
    from kkinfra.proving.proof import AnyProof
    from kkinfra.rendering.artifacts import ArtifactTree
    from kkinfra.rendering.renderer import Renderer
    from kkinfra.spec.environment import Environment
    from kkinfra.spec.loading import Spec


@dataclass(frozen=True, slots=True)
class Opened:
    """A specification, and a digest of all that goes into rendering it, which was taken before it was read."""

    path: str
    spec: Spec
    renderers: dict[str, Renderer]
    proofs: dict[str, AnyProof]
    packages: list[str]
    rendered_from: str

    def prepare(self, environment: Environment, image: str = "", *, is_proven: bool) -> Prepared:
        """Render an environment, with another image where one is given, and prove it where that is asked.

        It is remembered unless it has another image. Raises UnprovenError with all errors of the proofs.
        """
        chosen = with_image(environment, image, "--image") if image else environment
        tree = render(chosen, self.renderers)
        day = today() if is_proven else ""
        prepared = Prepared(
            str(chosen.name), chosen.delivery.by, str(chosen.image), desired_objects(chosen, tree),
            secret_needs(chosen), day, self.warnings(environment, day, None if image else tree) if day else (),
            tuple(map(str, chosen.platform.architectures)),
        )  # fmt: skip
        if not image:
            keep(self.path, prepared, self.rendered_from, self.packages)
        return prepared

    def warnings(self, environment: Environment, day: str, tree: ArtifactTree | None = None) -> tuple[str, ...]:
        """What the proofs warn of on a day, of what was rendered already where that is given; raises UnprovenError."""

        def rendered(proven: Environment) -> ArtifactTree:
            return tree or render(proven, self.renderers)

        return unaccepted_warnings(
            prove(self.spec, [environment.name], Date(day), self.proofs, rendered), environment.name
        )


def opened(path: str) -> Opened:
    """Open a specification so that what is prepared from it can be remembered; raises SpecError."""
    renderers, proofs = load_renderers(), load_proofs()
    packages = code_of([*renderers.values(), *proofs.values()])
    rendered_from = cache.inputs(path, packages)
    return Opened(path, open_spec(path, renderers), renderers, proofs, packages, rendered_from)
