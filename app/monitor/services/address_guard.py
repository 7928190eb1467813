"""The guard before every connection to an address that somebody typed: names are resolved, then judged.

Odd spellings (`2130706433`, `0x7f.1`, octal numbers) need no rules of their own: what is judged is what the
resolver made of them, and the same addresses are then connected to.
"""

import asyncio
import socket
from concurrent.futures import Future, ThreadPoolExecutor
from ipaddress import ip_address

import httpx
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from monitor.services.address_rules import Address, refusal

LOOK_UP_SECONDS = 5.0
LARGEST_PORT = 65535
# A look-up cannot be interrupted. Threads of its own, few and reused, keep a stuck resolver from holding up an
# event loop's end; glibc gives up by itself (resolv.conf(5): 5 s, twice for each server).
_look_ups = ThreadPoolExecutor(max_workers=32, thread_name_prefix="look-up")


class AddressRefused(Exception):  # noqa: N818 - the name says what happened
    """An address that is not probed: `host` as written, `address` it resolved to (if so far), and `reason`."""

    def __init__(self, host: str, address: Address | None, reason: Promise | str) -> None:
        super().__init__(host, address, reason)
        self.host, self.address, self.reason = host, address, reason

    def __str__(self) -> str:
        if self.address is None:
            return str(self.reason)
        values = {"host": self.host, "address": self.address, "reason": self.reason}
        return _("%(host)s is at %(address)s, %(reason)s; such addresses are not probed.") % values


class DnsFailure(Exception):  # noqa: N818 - the name says what happened
    """A name that has no address, or whose look-up took too long."""

    def __init__(self, host: str) -> None:
        super().__init__(host)
        self.host = host

    def __str__(self) -> str:
        return _("No address was found for %(host)s.") % {"host": self.host}


def check_address(address: Address, host: str = "") -> None:
    """Raise `AddressRefused` if an address may not be probed (see `address_rules`)."""
    if reason := refusal(address, allow_private=settings.PROBE_ALLOW_PRIVATE):
        raise AddressRefused(host or str(address), address, reason)


async def resolve(host: str, port: int) -> list[Address]:
    """Return a name's addresses, in the resolver's order, each of them checked.

    One that is refused refuses the name: a name with a public and a private address is what attacks by
    rebinding use, and its probes would succeed or fail by the luck of the order.
    """
    try:
        addresses = await asyncio.wrap_future(_look_up(host, port))
    except (OSError, UnicodeError) as error:
        raise DnsFailure(host) from error
    return _checked(host, addresses)


def check_url(url: str) -> None:
    """Raise `AddressRefused` or `DnsFailure` if a URL could not be probed now; takes `LOOK_UP_SECONDS` at most."""
    host, port = split(httpx_url(url))
    try:
        addresses = _look_up(host, port).result(LOOK_UP_SECONDS)
    except (OSError, UnicodeError, TimeoutError) as error:
        raise DnsFailure(host) from error
    _checked(host, addresses)


def httpx_url(url: str) -> httpx.URL:
    """Parse a URL as the client that will connect does; two parsers could read two different hosts."""
    try:
        return httpx.URL(url)
    except httpx.InvalidURL as error:
        raise AddressRefused("", None, gettext_lazy("This is not a valid address.")) from error


def split(url: httpx.URL) -> tuple[str, int]:
    """Return host and port of a URL that is plain HTTP or HTTPS, without a user name; else `AddressRefused`."""
    host = url.raw_host.decode("ascii")
    if url.scheme not in {"http", "https"} or not host:
        raise AddressRefused(host, None, gettext_lazy("Only http:// and https:// addresses are probed."))
    if url.userinfo:
        raise AddressRefused(host, None, gettext_lazy("An address must not hold a user name or a password."))
    if url.port is not None and not 0 < url.port <= LARGEST_PORT:
        raise AddressRefused(host, None, gettext_lazy("A port is a number from 1 to 65535."))
    return host, url.port or {"http": 80, "https": 443}[url.scheme]


def _look_up(host: str, port: int) -> Future[list[Address]]:
    return _look_ups.submit(_addresses, host, port)


def _addresses(host: str, port: int) -> list[Address]:
    found = socket.getaddrinfo(host.encode("ascii"), port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return list(dict.fromkeys(ip_address(sockaddr[0]) for *_rest, sockaddr in found))


def _checked(host: str, addresses: list[Address]) -> list[Address]:
    for address in addresses:
        check_address(address, host)
    return addresses
