"""Which distribution it is, of those that are known here."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from kkinfra.host.errors import HostError

SUPPORTED = {
    ("debian", "12"): "apt",
    ("debian", "13"): "apt",
    ("ubuntu", "22.04"): "apt",
    ("ubuntu", "24.04"): "apt",
    ("amzn", "2023"): "dnf",
}
"""ID and VERSION_ID of os-release(5), and the package manager."""


@dataclass(frozen=True)
class Distribution:
    """A distribution: `id` and `version` as os-release(5) has them, and what people call it."""

    id: str
    version: str
    name: str

    @property
    def manager(self) -> str:
        """Its package manager: `apt` or `dnf`."""
        return SUPPORTED[self.id, self.version]


def recognised(os_release: str) -> Distribution:
    """The distribution that a file os-release(5) is of; raises HostError where it is none that is known."""
    fields = parsed(os_release)
    found = fields.get("ID", "linux"), fields.get("VERSION_ID", "")
    name = fields.get("PRETTY_NAME") or " ".join(found).strip()
    if found not in SUPPORTED:
        known = "Debian 12 and 13, Ubuntu 22.04 and 24.04, Amazon Linux 2023"
        raise HostError(f"the host runs {name}; kkinfra prepares {known}")
    return Distribution(*found, name)


def parsed(os_release: str) -> dict[str, str]:
    """The assignments of such a file, whose values are quoted as in a shell."""
    fields: dict[str, str] = {}
    for line in os_release.splitlines():
        name, equals, value = line.strip().partition("=")
        if equals and not name.startswith("#"):
            fields[name] = _unquoted(value)
    return fields


def _unquoted(value: str) -> str:
    try:
        return "".join(shlex.split(value))
    except ValueError:
        return value
