"""What a renderer is: a pure function from an environment to files, and what it does not honour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from kkinfra.rendering.artifacts import Artifact
    from kkinfra.spec.environment import Environment


@dataclass(frozen=True, slots=True)
class Refused:
    """The platform cannot honour the field: writing it is an error. `why` ends with what to do instead.

    >>> kkinfra.Refused("the cluster shares processors; leave it out").why
    'the cluster shares processors; leave it out'
    """

    why: str


@dataclass(frozen=True, slots=True)
class Emulated:
    """The platform has no such thing; `how` says what is done in its place.

    >>> kkinfra.Emulated("a note in the job").how
    'a note in the job'
    """

    how: str


Fidelity = Refused | Emulated
"""What becomes of a field that is not simply rendered."""


@runtime_checkable
class Renderer(Protocol):
    """Registered under the entry point group `kkinfra.renderers`; the class is called without arguments.

    `platforms` are the kinds of platform that it renders for (`kubernetes`, `compose`).
    `fidelity` maps fields (`webapp.replicas`, `redis.*`, `platform[compose].network`, as
    `kkinfra.spec.structure.fields` lists them) to what becomes of them; every other field is rendered.
    """

    platforms: frozenset[str]
    fidelity: Mapping[str, Fidelity]

    def render(self, environment: Environment) -> Iterable[Artifact]:
        """All files for one environment. No clock, no random, no files, no environment variables."""
        ...


@runtime_checkable
class Indexes(Protocol):
    """A renderer that also lists what all renderers made of an environment."""

    def index(self, environment: Environment, rendered: Sequence[Artifact]) -> Iterable[Artifact]:
        """Files about `rendered`, which is everything that `render` of each renderer gave, in their order."""
        ...
