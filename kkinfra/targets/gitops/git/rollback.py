"""Going back in Git, and going on: what is written into the clone. History is never rewritten."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kkinfra.rendering.writing import Comparison
from kkinfra.spec.image_reference import ImageReference
from kkinfra.targets.gitops.git.image_override import Override, override_in, override_name, override_text
from kkinfra.targets.gitops.git.landing import Written
from kkinfra.targets.gitops.git.message import About, message
from kkinfra.targets.gitops.git.rolled_back import MARK, RolledBack, mark_in
from kkinfra.targets.gitops.git.tree import objects_in, touched, tree_at, write_tree
from kkinfra.targets.kubernetes.client.objects import images_of

if TYPE_CHECKING:
    from pathlib import Path

    from kkinfra.rendering.artifacts import ArtifactTree
    from kkinfra.spec.environment import Environment
    from kkinfra.targets.gitops.git.repository import Checkout


@dataclass(frozen=True, slots=True)
class CommittedRelease:
    """What was in Git at a commit; `image` is the product's as it ran, None where the release had none or several."""

    commit: str
    tree: ArtifactTree
    image: ImageReference | None

    @classmethod
    def at(cls, checkout: Checkout, commit: str, environment: Environment) -> CommittedRelease:
        """Read it; raises DeployError where kkinfra rendered nothing there."""
        with checkout.at(commit) as directory:
            tree = tree_at(directory, commit)
            override = override_in(directory, environment.namespace)
        return cls(commit, tree, _ran(tree, override, environment.image.repository))


def _ran(tree: ArtifactTree, override: Override, repository: str) -> ImageReference | None:
    if repository in override.images:
        return ImageReference.parse(override.images[repository])
    references = (ImageReference.parse(each) for each in images_of(objects_in(tree)))
    found = {each for each in references if each.repository == repository}
    return found.pop() if len(found) == 1 else None


@dataclass(frozen=True, slots=True)
class Rollback:
    """A release that serves once more, `at` a Unix time; its image is pinned over what Image Updater wrote."""

    environment: Environment
    release: CommittedRelease
    about: About
    at: float

    def write(self, checkout: Checkout) -> Written:
        """Tree, pin and mark; raises DeployError."""
        directory = checkout.directory
        change = write_tree(self.release.tree, directory)
        there = override_text(directory, self.environment.namespace)
        paths = [*touched(change), MARK]
        self._mark(directory, there)
        is_overridden = checkout.delivery.image_updater is not None or there is not None
        if self.release.image and is_overridden:
            name = override_name(self.environment.namespace)
            pinned = Override.read(there or "").pinned(self.release.image)
            (directory / name).write_text(pinned, encoding="utf-8")
            paths.append(name)
        return Written(change, tuple(paths), message(self.about, change))

    def _mark(self, directory: Path, there: str | None) -> None:
        """One that goes back further keeps what was there before the first."""
        before = mark_in(directory)
        if before and before.to == self.release.commit:
            return
        override = before.override if before else there
        mark = RolledBack(self.release.commit, self.about.image, self.about.who, self.at, override)
        (directory / MARK).write_text(mark.text, encoding="utf-8")

    def holds(self, checkout: Checkout) -> bool:
        """Whether the branch still has the image that was pinned."""
        there = override_text(checkout.directory, self.environment.namespace)
        if self.release.image is None or there is None:
            return True
        return Override.read(there).images.get(self.release.image.repository) == str(self.release.image)


@dataclass(frozen=True, slots=True)
class Resumption:
    """The mark is taken away; the pin too, where no Image Updater moves it on."""

    environment: Environment
    about: About

    def write(self, checkout: Checkout) -> Written:
        """Raises DeployError."""
        directory = checkout.directory
        mark = mark_in(directory)
        if mark is None:
            return Written(Comparison(), (), "")
        (directory / MARK).unlink()
        paths = [MARK]
        name = override_name(self.environment.namespace)
        if checkout.delivery.image_updater is None and (directory / name).exists():
            _restore(directory / name, mark.override)
            paths.append(name)
        return Written(Comparison(), tuple(paths), message(replace(self.about, image=mark.image), Comparison()))


def _restore(path: Path, content: str | None) -> None:
    if content is None:
        path.unlink()
    else:
        path.write_text(content, encoding="utf-8")
