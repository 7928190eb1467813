"""Whether images are for the processors that a cluster has, before anything of a deploy is done there."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from kkinfra.errors import DeployError
from kkinfra.host.platforms import runs
from kkinfra.images import registry
from kkinfra.spec.image_reference import ImageReference

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def refuse_foreign(
    name: str, images: Sequence[str], architectures: Iterable[str], logins: Sequence[bytes] = ()
) -> None:
    """Raise DeployError where the registry of an image has it for other architectures than an environment needs.

    Where a registry cannot be asked from here, nothing is known, and the kubelet finds it out.
    """
    wanted = [f"linux/{each}" for each in architectures]

    def one(image: str) -> list[str]:
        return registry.platforms(ImageReference.parse(image), logins)

    with ThreadPoolExecutor(max(1, len(images))) as pool:
        found = dict(zip(images, pool.map(one, images), strict=True))
    foreign = {image: there for image, there in found.items() if not all(runs(each, there) for each in wanted)}
    if foreign:
        lines = "".join(f"\n  {image} is for {' and '.join(there)}" for image, there in foreign.items())
        raise DeployError(
            f"{name} needs images for {' and '.join(wanted)} (platform.architecture; amd64 where it is not written):"
            f"{lines}\nnothing was changed; `kkinfra build {name} --push` builds the product's own for that; of "
            "another, choose one that is"
        )
