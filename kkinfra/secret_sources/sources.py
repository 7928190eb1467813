"""The four kinds of source, under the names that the specification has for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from kkinfra.secret_sources.aws_parameter import AwsParameters
from kkinfra.secret_sources.env import read_variable
from kkinfra.secret_sources.file import read_file
from kkinfra.secret_sources.sops import SopsFiles

if TYPE_CHECKING:
    from kkinfra.environment import Environment
    from kkinfra.platforms import Secret


class Read(Protocol):
    """How the secrets of one kind of source are read."""

    def __call__(self, place: str, entry: str, /) -> bytes:
        """What is at a place (an entry of it, for SOPS); raises Problem."""
        ...


class Sources:
    """All sources of one environment; what holds several secrets is asked once."""

    def __init__(self, environment: Environment, directory: str) -> None:
        self._kinds: dict[str, Read] = {
            "env": lambda place, _: read_variable(place),
            "file": lambda place, _: read_file(directory, place),
            "sops": SopsFiles(directory).read,
            "aws_parameter": AwsParameters(environment).read,
        }

    def read(self, name: str, secret: Secret) -> bytes:
        """What the source of a secret holds; raises Problem."""
        ((kind, place),) = secret.sources().items()
        return self._kinds[kind](place, secret.key or name)


def source_of(name: str, secret: Secret) -> tuple[str, str]:
    """The kind of source and the place, as people write it: `("sops", "secrets/alpha.sops.yaml#DJANGO_SECRET_KEY")`."""
    ((kind, place),) = secret.sources().items()
    return kind, f"{place}#{secret.key or name}" if kind == "sops" else place
