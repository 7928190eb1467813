"""What a spec says of Nomad."""

from typing import Annotated, Literal

from pydantic import Field

from kkinfra.plugins import DeliveryModel, DnsLabel, PlatformModel, items, value


class Nomad(PlatformModel):
    """A Nomad cluster."""

    kind: Literal["nomad"]
    datacenters: tuple[DnsLabel, ...] = items("Datacenters that it may run in.", ["dc1"], ["fra1"], default=("dc1",))


class Api(DeliveryModel):
    """By Nomad's HTTP API."""

    platforms = frozenset({"nomad"})

    by: Literal["nomad"]
    address: Annotated[str, Field(pattern=r"^https?://[^/\s]+$")] = value(
        "Address of a server.", "https://nomad.example.org:4646", "http://127.0.0.1:4646"
    )
