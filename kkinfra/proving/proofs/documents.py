"""What rendered YAML says: the proofs judge what a deploy would bring, and not what a renderer believes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kkinfra.values.plain import is_mapping

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kkinfra.rendering.artifacts import ArtifactTree

Object = dict[str, Any]

COMPOSE_FILE = "compose.yaml"
CLOUDFORMATION_FILE = "cloudformation/stack.yaml"


def document(tree: ArtifactTree, path: str) -> Object:
    """A rendered file's document; empty where there is no such file."""
    found = next(tree[path].documents(), None) if path in tree else None
    return found if is_mapping(found) else {}


def objects(tree: ArtifactTree) -> Iterator[Object]:
    """All Kubernetes objects that are rendered, whichever renderer wrote them."""
    for artifact in tree:
        if artifact.path.endswith((".yaml", ".yml")) and (artifact.document or "apiVersion" in artifact.content):
            for found in artifact.documents():
                if is_mapping(found) and "apiVersion" in found and "kind" in found:
                    yield found
