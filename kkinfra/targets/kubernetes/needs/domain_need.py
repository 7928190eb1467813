"""Whether the domain leads to where the ingress controller is served."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from typing import TYPE_CHECKING

from kkinfra.targets.protocol.needs import Need

if TYPE_CHECKING:
    from collections.abc import Collection

_RESOLVE_SECONDS = 10


def address_need(domain: str, served_at: Collection[str]) -> Need:
    """Whether the domain has an address, as this machine sees it, and one of those that the ingress is served at.

    A router may forward a public address to a private one; where that is so, nobody here can see it.
    """
    name = f"address of {domain}"
    found, problem = _addresses(domain)
    if problem:
        there = f" at {', '.join(served_at)}" if served_at else ""
        return Need(name, problem, f"write a DNS record that leads to the ingress controller{there}")
    told = ", ".join(found)
    if not served_at or set(found) & set(served_at):
        return Need(name, told)
    where = ", ".join(served_at)
    if all(_is_private(each) for each in served_at):
        return Need(
            name, told, unseen=f"{told}; the ingress is served at {where}: see that what comes in there gets here"
        )
    return Need(name, told, f"the ingress is served at {where}: let the DNS record lead there")


def _addresses(domain: str) -> tuple[list[str], str]:
    pool = ThreadPoolExecutor(1)
    try:
        asked = pool.submit(socket.getaddrinfo, domain, None, type=socket.SOCK_STREAM)
        return sorted({str(each[4][0]) for each in asked.result(_RESOLVE_SECONDS)}), ""
    except (OSError, TimeoutError) as error:
        return [], getattr(error, "strerror", None) or "no answer"
    finally:
        pool.shutdown(wait=False)


def _is_private(address: str) -> bool:
    try:
        return ip_address(address).is_private
    except ValueError:
        return False
