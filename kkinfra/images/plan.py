"""Everything that a build decides before an engine is asked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kkinfra.errors import BuildError, RevisionError
from kkinfra.images.tags import TAG, is_version, pushes_spec_tag, revision_tag, spec_tag
from kkinfra.spec.build import GIVEN_ARGUMENTS
from kkinfra.values.suggestions import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from kkinfra.spec.architecture import Architecture
    from kkinfra.spec.environment import Environment
    from kkinfra.spec.issues import Fault
    from kkinfra.system.revision import Revision

_MOST_NAMED = 3
_RENDERED = "build/"


@dataclass(frozen=True, slots=True)
class BuildPlan:
    """What is built from what, and what it is called.

    `directory` is the project's, `context` an absolute path in it, `dockerfile` a path below the context. The image
    gets all `tags` here; `pushed` are those that go to the registry. `release` is one of them, or empty: a version,
    which is never put over another image in the registry. `needed` has the environments that need the image, by
    architecture.
    """

    repository: str
    registry: str
    directory: str
    context: str
    dockerfile: str
    arguments: dict[str, str]
    labels: dict[str, str]
    revision: Revision
    tags: tuple[str, ...]
    pushed: tuple[str, ...]
    release: str
    needed: Mapping[Architecture, tuple[str, ...]]

    @property
    def platforms(self) -> tuple[str, ...]:
        """What it is built for, as Docker writes it: `linux/amd64`."""
        return tuple(each.platform for each in self.needed)

    @property
    def is_several(self) -> bool:
        """Whether it is one image of several platforms, which only BuildKit makes and only a registry keeps."""
        return len(self.needed) > 1

    def reference(self, tag: str) -> str:
        """The image's whole name with one of its tags."""
        return f"{self.repository}:{tag}"


def plan_build(
    environment: Environment,
    directory: str,
    revision: Revision,
    tags: Sequence[str] = (),
    shared_by: Iterable[Environment] = (),
) -> BuildPlan:
    """Plan the build of an environment's image; raises BuildError where something is missing.

    `directory` is the project's; `tags` are further ones, which are pushed as they are. `shared_by` are environments
    that take an image of the same repository by the same tags, so that it is built for what they need, too.
    """
    build = environment.build
    for _, problem in problems(environment, directory):
        raise BuildError(problem)
    for tag in tags:
        if not TAG.fullmatch(tag):
            raise BuildError(f"{shown(tag)} is no tag; write letters, digits and ._-, at most 128, and no . or - first")
    assert build is not None  # noqa: S101 - else that is the problem
    own, called = revision_tag(revision), spec_tag(environment)
    goes_out = called if pushes_spec_tag(environment, revision) else ""
    given = zip(GIVEN_ARGUMENTS, (own, revision.commit, revision.created), strict=True)
    return BuildPlan(
        repository=environment.image.repository,
        registry=environment.image.registry,
        directory=directory,
        context=str(Path(directory, build.context)),
        dockerfile=build.dockerfile,
        arguments={**dict(given), **build.args},
        labels=_labels(environment.project, own, revision),
        revision=revision,
        tags=_once(own, called, *tags),
        pushed=_once(own, goes_out, *tags),
        release=goes_out if is_version(goes_out) and goes_out not in tags else "",
        needed=_needed([environment, *shared_by]),
    )


def _needed(environments: Iterable[Environment]) -> dict[Architecture, tuple[str, ...]]:
    """The environments by architecture; those of another repository than the first take another image."""
    first, *others = environments
    sharing = [first, *(each for each in others if each.image.repository == first.image.repository)]
    names: dict[Architecture, dict[str, None]] = {}
    for environment in sharing:
        for architecture in environment.platform.architectures:
            names.setdefault(architecture, {})[environment.name] = None
    return {architecture: tuple(names[architecture]) for architecture in sorted(names)}


def refuse_dirty(environment: Environment, revision: Revision, *, allow: bool = False) -> None:
    """Raise RevisionError where the tree is dirty and neither the environment nor the caller allows that."""
    build = environment.build
    if not revision.is_dirty or allow or (build and build.dirty_tree == "allow"):
        return
    count = len(revision.changes)
    named = ", ".join(revision.changes[:_MOST_NAMED]) + (", ..." if count > _MOST_NAMED else "")
    what = f"{count} path{'s differ' if count > 1 else ' differs'} from the commit ({named})"
    rendered = "write /build/ into .gitignore, since `kkinfra render` makes it; " * (_RENDERED in revision.changes)
    raise RevisionError(
        f"{what}, and {environment.name} is built of what is committed; {rendered}commit, `git stash -u`, or add "
        "--allow-dirty"
    )


def problems(environment: Environment, directory: str) -> Iterator[Fault]:
    """Path in the specification and problem, of what a build lacks on disk."""
    build = environment.build
    if build is None:
        yield ("build",), "is missing, so there is nothing to build; write build: {context: app}, or where it is"
        return
    top, context = Path(directory).resolve(), Path(directory, build.context).resolve()
    if not context.is_relative_to(top):
        yield ("build", "context"), f"{build.context} leads out of {top}; move it in, or write another directory"
    elif not context.is_dir():
        yield ("build", "context"), f"there is no directory {build.context} in {top}; make it, or write another one"
    elif not (context / build.dockerfile).is_file():
        problem = f"there is no {build.dockerfile} in {context}; write one, or say where it is"
        yield ("build", "dockerfile"), problem


def _once(*tags: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tag for tag in tags if tag))


def _labels(title: str, version: str, revision: Revision) -> dict[str, str]:
    """Annotations that OCI defines (https://github.com/opencontainers/image-spec/blob/v1.1.0/annotations.md)."""
    labels = {
        "title": title,
        "version": version,
        "revision": revision.commit,
        "created": revision.created,
        "source": revision.source,
    }
    return {f"org.opencontainers.image.{name}": value for name, value in labels.items() if value}
