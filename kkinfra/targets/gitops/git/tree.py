"""The rendered tree in a clone: compared, written, and read as it was at an earlier commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.difference.change import Action, Change
from kkinfra.errors import DeployError, OutputError
from kkinfra.rendering.artifacts import Artifact, ArtifactTree
from kkinfra.rendering.writing import INVENTORY, compare, read_inventory, write
from kkinfra.targets.kubernetes.client.objects import objects

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kkinfra.rendering.writing import Comparison
    from kkinfra.targets.kubernetes.client.objects import JSON

GIT = "git"
"""The target that changes of files in Git are told of."""


def compared(tree: ArtifactTree, directory: Path) -> Comparison:
    """What committing the tree would change; raises DeployError where files of others are in its way."""
    try:
        found = compare(tree, directory)
    except OutputError as error:
        raise DeployError(f"in the GitOps repository: {_below(error, directory)}") from error
    if found.in_the_way:
        files = ", ".join(found.in_the_way)
        raise DeployError(
            f"in the GitOps repository, {directory.name} holds files that kkinfra did not write, where its own belong: "
            f"{files}; remove them there in a commit, or name another delivery.path; nothing was changed"
        )
    return found


def write_tree(tree: ArtifactTree, directory: Path) -> Comparison:
    """Bring the directory in line with the tree; files that kkinfra did not write stay. Raises DeployError."""
    found = compared(tree, directory)
    try:
        write(tree, directory)
    except OutputError as error:
        raise DeployError(f"in the GitOps repository: {_below(error, directory)}") from error
    return found


def touched(change: Comparison) -> tuple[str, ...]:
    """The files that writing has changed, the inventory among them; none where it changed nothing."""
    return (*change.added, *change.changed, *change.obsolete, INVENTORY)


def tree_at(directory: Path, commit: str) -> ArtifactTree:
    """The tree that kkinfra wrote there; raises DeployError where it wrote none."""
    try:
        found = [_artifact(directory, path) for path in read_inventory(directory)]
    except (OutputError, OSError, ValueError) as error:
        raise DeployError(f"what kkinfra rendered at {commit[:12]} cannot be read; name another commit") from error
    if not found:
        raise DeployError(f"{commit[:12]} holds nothing that kkinfra rendered; name another commit")
    return ArtifactTree(found)


def objects_in(tree: ArtifactTree) -> tuple[JSON, ...]:
    """The objects of a tree from Git, which somebody may have edited; raises DeployError where one cannot be read."""
    import yaml

    try:
        return objects(tree)
    except yaml.YAMLError as error:
        raise DeployError(f"a rendered file in Git is no YAML any more: {str(error).splitlines()[0]}") from error


def _artifact(directory: Path, path: str) -> Artifact:
    found = directory / path
    return Artifact(path, found.read_bytes().decode(), 0o755 if found.stat().st_mode & 0o100 else 0o644)


def _below(error: OutputError, directory: Path) -> str:
    """The message, without where the clone happens to be."""
    return str(error).replace(str(directory), directory.name)


def is_written(directory: Path) -> bool:
    """Whether kkinfra has written there before."""
    return (directory / INVENTORY).exists()


def file_changes(found: Comparison) -> Iterator[Change]:
    """A change for each file."""
    actions: tuple[tuple[Action, tuple[str, ...]], ...] = (
        ("add", found.added), ("change", found.changed), ("remove", found.obsolete),
    )  # fmt: skip
    return (Change(GIT, path, action) for action, paths in actions for path in paths)
