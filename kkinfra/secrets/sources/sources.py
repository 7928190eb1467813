"""The kinds of source, under the names that the specification has for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from kkinfra.secrets.needs import place_of
from kkinfra.secrets.sources.aws_parameter import AwsParameters
from kkinfra.secrets.sources.aws_secret import AwsSecrets
from kkinfra.secrets.sources.env import read_variable
from kkinfra.secrets.sources.file import read_file
from kkinfra.secrets.sources.sops import SopsFiles

if TYPE_CHECKING:
    from kkinfra.secrets.needs import Place, SecretNeeds
    from kkinfra.spec.platforms import Secret


class Read(Protocol):
    """How the secrets of one kind of source are read."""

    def __call__(self, place: str, entry: str, /) -> bytes:
        """What is at a place, or an entry of it; raises Problem."""
        ...


class Sources:
    """All sources of one environment; what holds several secrets is asked once."""

    def __init__(self, needs: SecretNeeds, directory: str) -> None:
        region = needs.region or None
        self._kinds: dict[str, Read] = {
            "env": lambda place, _: read_variable(place),
            "file": lambda place, _: read_file(directory, place),
            "sops": SopsFiles(directory).read,
            "aws_parameter": AwsParameters(region).read,
            "aws_secret": AwsSecrets(region).read,
        }

    def read(self, place: Place) -> bytes:
        """What is at the place of a secret; raises Problem."""
        return self._kinds[place.kind](place.place, place.entry)


def source_of(name: str, secret: Secret) -> tuple[str, str]:
    """The kind of source and the place, as people write it: `("sops", "secrets/alpha.sops.yaml#DJANGO_SECRET_KEY")`."""
    found = place_of(name, secret)
    entry = found.entry if found.kind in ("sops", "aws_secret") else ""
    return found.kind, f"{found.place}#{entry}" if entry else found.place
