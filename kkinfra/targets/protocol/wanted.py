"""An environment as a verb wants it: loaded, rendered and proven once that is asked for, or remembered from before."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from kkinfra.system import cache
from kkinfra.system.project import project_directory
from kkinfra.values.plain import is_mapping

if TYPE_CHECKING:
    from collections.abc import Callable

    from kkinfra.proving.proof import AnyProof
    from kkinfra.rendering.artifacts import ArtifactTree
    from kkinfra.rendering.renderer import Renderer
    from kkinfra.spec.environment import Environment
    from kkinfra.spec.loading import Spec
    from kkinfra.values.secret import SecretText


@dataclass(frozen=True, slots=True)
class Opened:
    """A specification, and a digest of all that goes into rendering it, which was taken before it was read."""

    path: str
    spec: Spec
    renderers: dict[str, Renderer]
    proofs: dict[str, AnyProof]
    packages: list[str]
    rendered_from: str


def opened(path: str) -> Opened:
    """Open a specification with what renders and proves it; raises SpecError."""
    from kkinfra.proving.installed import load_proofs
    from kkinfra.rendering.pipeline import load_renderers, open_spec
    from kkinfra.spec.installed_models import foreign_models
    from kkinfra.system.entry_points import code_of

    renderers, proofs = load_renderers(), load_proofs()
    packages = code_of([*renderers.values(), *proofs.values(), *foreign_models()])
    rendered_from = cache.inputs(path, packages)
    return Opened(path, open_spec(path, renderers), renderers, proofs, packages, rendered_from)


@dataclass
class Wanted:
    """One environment of a specification, with another `image` of the product where one is given.

    What a target makes of an environment and its rendered files may be remembered, as plain values, for as long as
    nothing changes that goes into it; then nothing has to be loaded. `image_from` is the flag that names the image,
    `given` the specification where it is open already. Where it is not `provisioned`, a field that is left to an output
    of a stack, which is not known, is a name that leads nowhere, and else an error.
    """

    spec_file: str
    name: str
    image: str = ""
    image_from: str = "--image"
    given: Opened | None = field(default=None, repr=False)
    provisioned: bool = True
    _known: dict[str, Any] = field(default_factory=dict[str, Any], init=False, repr=False)

    def __post_init__(self) -> None:
        """Recall what is remembered."""
        self._known = {} if self.image or self.given else self._recalled()

    @property
    def by(self) -> str:
        """How it is delivered."""
        return str(self._known.get("by") or self.environment.delivery.by)

    @property
    def directory(self) -> str:
        """The directory of its project, below which files of secrets are."""
        return project_directory(self.spec_file)

    @cached_property
    def opened(self) -> Opened:
        """The specification, opened now unless it was `given`; raises SpecError."""
        return self.given or opened(self.spec_file)

    @cached_property
    def environment(self) -> Environment:
        """The resolved environment; raises SpecError, and DeployError where the image is none."""
        from kkinfra.rendering.pipeline import resolve, with_image

        found = resolve(self.opened.spec, self.name, provisioned=self.provisioned)
        return with_image(found, self.image, self.image_from) if self.image else found

    @cached_property
    def unprovisioned(self) -> Wanted:
        """The environment as it is wanted before anything of what it runs on was made."""
        return Wanted(self.spec_file, self.name, self.image, self.image_from, self.opened, provisioned=False)

    @cached_property
    def tree(self) -> ArtifactTree:
        """Its rendered files."""
        from kkinfra.rendering.pipeline import render

        return render(self.environment, self.opened.renderers)

    def secrets(self) -> dict[str, SecretText]:
        """The secrets that its containers read, by name; raises SecretError with all that are missing."""
        from kkinfra.secrets.sources import read_secrets

        return read_secrets(self.environment, self.directory)

    def warnings(self) -> tuple[str, ...]:
        """What the proofs warn of today; raises UnprovenError with all errors that nobody accepted."""
        day = time.strftime("%Y-%m-%d", time.gmtime())
        if self._known.get("proven_on") != day:
            self._remember(proven_on=day, warnings=list(self._proven(day)))
        return tuple(self._known["warnings"])

    def prepared(self, make: Callable[[Environment, ArtifactTree], dict[str, Any]]) -> dict[str, Any]:
        """What `make` makes of the environment and its files: plain values, remembered where they are JSON."""
        if "prepared" not in self._known:
            self._remember(prepared=make(self.environment, self.tree))
        found: dict[str, Any] = self._known["prepared"]
        return found

    def _proven(self, day: str) -> tuple[str, ...]:
        from kkinfra.proving.gate import unaccepted_warnings
        from kkinfra.proving.prove import prove
        from kkinfra.rendering.pipeline import render
        from kkinfra.spec.date import Date

        def rendered(proven: Environment) -> ArtifactTree:
            own = proven.name == self.name and not self.image
            return self.tree if own else render(proven, self.opened.renderers)

        results = prove(self.opened.spec, [self.name], Date(day), self.opened.proofs, rendered)
        return unaccepted_warnings(results, self.name)

    def _recalled(self) -> dict[str, Any]:
        text = cache.remembered(self.spec_file, self._about)
        try:
            found: Any = json.loads(text) if text else None
        except ValueError:  # a damaged file
            return {}
        return found if is_mapping(found) and {"by", "prepared"} <= found.keys() else {}

    def _remember(self, **facts: Any) -> None:
        """Know more, and keep it for the next time, once a target has made something of it.

        What is no JSON, as a strange renderer's file may hold it, is not kept.
        """
        self._known = {**self._known, **facts, "by": self.by}
        if self.image or "prepared" not in self._known:
            return
        try:
            text = json.dumps(self._known)
        except (TypeError, ValueError):
            return
        if json.loads(text) == self._known:
            cache.remember(self.spec_file, self._about, self.opened.rendered_from, self.opened.packages, text)

    @property
    def _about(self) -> str:
        return f"wanted {self.name}"
