"""The images that Argo CD puts in place of those that are rendered, from the file that Image Updater writes.

https://argo-cd.readthedocs.io/en/stable/user-guide/parameters/#store-overrides-in-git: `.argocd-source-<app>.yaml`
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kkinfra.errors import DeployError
from kkinfra.targets.kubernetes.client.objects import CONTAINERS, part
from kkinfra.values.plain import is_list, is_mapping
from kkinfra.values.yaml_text import document

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from kkinfra.spec.image_reference import ImageReference
    from kkinfra.targets.kubernetes.client.objects import JSON

_ENTRY = re.compile(r"(?:(?P<old>[^=]+)=)?(?P<repository>[^@]+?)(?P<rest>(?::[^:/@]+)?(?:@[^@]+)?)")


def override_name(application: str) -> str:
    """What the file is called."""
    return f".argocd-source-{application}.yaml"


@dataclass(frozen=True, slots=True)
class Override:
    """What the file says, and which images by the repository that they take the place of."""

    written: JSON
    images: dict[str, str]

    @classmethod
    def read(cls, text: str) -> Override:
        """Raises DeployError where it is no YAML mapping."""
        import yaml

        found: Any = None
        with suppress(yaml.YAMLError):
            found = yaml.safe_load(text) if text.strip() else {}
        if not is_mapping(found):
            raise DeployError(
                "the .argocd-source file in Git, which Image Updater writes, is no YAML mapping; correct it"
            )
        listed = part(found, "kustomize").get("images")
        return cls(found, dict(_entry(str(each)) for each in listed) if is_list(listed) else {})

    def pinned(self, image: ImageReference) -> str:
        """The file with this image in place of whichever tag of it is rendered; all else stays."""
        listed = part(self.written, "kustomize").get("images")
        others = [str(each) for each in listed if _entry(str(each))[0] != image.repository] if is_list(listed) else []
        kustomize = {**part(self.written, "kustomize"), "images": [*others, str(image)]}
        return document({**self.written, "kustomize": kustomize})

    def applied(self, objects: Iterable[JSON]) -> list[JSON]:
        """The objects as Argo CD has them: kustomize replaces an image by its name, in every container."""
        return [self._applied(each, "") for each in objects]

    def _applied(self, value: Any, key: str) -> Any:
        if is_mapping(value):
            return {name: self._applied(each, name) for name, each in value.items()}
        if not is_list(value):
            return value
        if key in CONTAINERS:
            return [self._container(each) for each in value]
        return [self._applied(each, "") for each in value]

    def _container(self, container: Any) -> Any:
        if not is_mapping(container) or "image" not in container:
            return container
        instead = self.images.get(_entry(str(container["image"]))[0])
        return {**container, "image": instead} if instead else container


def _entry(written: str) -> tuple[str, str]:
    """The repository that is replaced, and the image that replaces it: `[OLD=]NEW[:TAG][@DIGEST]`."""
    match = _ENTRY.fullmatch(written)
    if match is None:
        return written, written
    return match["old"] or match["repository"], f"{match['repository']}{match['rest']}"


def override_text(directory: Path, application: str) -> str | None:
    """The file in the directory of the tree, None where there is none; raises DeployError where it cannot be read."""
    try:
        return (directory / override_name(application)).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise DeployError(f"{override_name(application)} in Git cannot be read: {error}") from error


def override_in(directory: Path, application: str) -> Override:
    """What that file says; nothing where there is none."""
    return Override.read(override_text(directory, application) or "")
