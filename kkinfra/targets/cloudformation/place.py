"""Where the cloud resources of an environment are: account, region and stack."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """The account's twelve digits, the region, and the name of the stack."""

    environment: str
    account: str
    region: str
    stack: str

    def __str__(self) -> str:
        return f"stack {self.stack} in {self.region}, account {self.account}"
