"""The kinds of source, under the names that the specification has for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from kkinfra.secret_sources.aws_parameter import AwsParameters
from kkinfra.secret_sources.aws_secret import AwsSecrets
from kkinfra.secret_sources.env import read_variable
from kkinfra.secret_sources.file import read_file
from kkinfra.secret_sources.sops import SopsFiles

if TYPE_CHECKING:
    from kkinfra.environment import Environment
    from kkinfra.platforms import Secret


class Read(Protocol):
    """How the secrets of one kind of source are read."""

    def __call__(self, place: str, entry: str, /) -> bytes:
        """What is at a place, or an entry of it; raises Problem."""
        ...


class Sources:
    """All sources of one environment; what holds several secrets is asked once."""

    def __init__(self, environment: Environment, directory: str) -> None:
        self._kinds: dict[str, Read] = {
            "env": lambda place, _: read_variable(place),
            "file": lambda place, _: read_file(directory, place),
            "sops": SopsFiles(directory).read,
            "aws_parameter": AwsParameters(environment).read,
            "aws_secret": AwsSecrets(environment).read,
        }

    def read(self, name: str, secret: Secret) -> bytes:
        """What the source of a secret holds; raises Problem."""
        ((kind, place),) = secret.sources().items()
        return self._kinds[kind](place, _entry(name, secret))


def _entry(name: str, secret: Secret) -> str:
    """The entry that is read: a SOPS file has one for each secret, a secret of AWS may be a text of its own."""
    return secret.key or ("" if secret.aws_secret else name)


def source_of(name: str, secret: Secret) -> tuple[str, str]:
    """The kind of source and the place, as people write it: `("sops", "secrets/alpha.sops.yaml#DJANGO_SECRET_KEY")`."""
    ((kind, place),) = secret.sources().items()
    entry = _entry(name, secret) if kind in ("sops", "aws_secret") else ""
    return kind, f"{place}#{entry}" if entry else place
