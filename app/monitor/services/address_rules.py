"""Which addresses may be probed. Nothing is looked up here; see `address_guard` for names."""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def _networks(*texts: str) -> tuple[Network, ...]:
    return tuple(ip_network(text) for text in texts)


METADATA = _networks(
    "169.254.169.254/32",  # EC2 "Use IMDS", and Google, Azure, Oracle, OpenStack, DigitalOcean alike
    "169.254.170.2/32",  # Amazon ECS "Task IAM role"
    "fd00:ec2::/32",  # AWS whitepaper "IPv6 on AWS": metadata at ::254, resolver ::253, clock ::123
    "168.63.129.16/32",  # Azure "What is IP address 168.63.129.16?"; a public address by its number
    "100.100.100.200/32",  # Alibaba Cloud ECS "Instance metadata"
    "fd00:100::100:200/128",  # Alibaba Cloud, IPv6
    "fd20:ce::254/128",  # Google Compute Engine "Metadata server", IPv6-only instances
    "fd00:c1::a9fe:a9fe/128",  # Oracle Cloud, oci-python-sdk's signers
    "192.0.0.192/32",  # Oracle Cloud at Customer and Classic
    "fd00:42::42/128",  # Scaleway, cloud-init's data source
    "fd00:a9fe:a9fe::1/128",  # Akamai (Linode)
)
UNSPECIFIED = _networks("0.0.0.0/8", "::/128")  # RFC 1122, 3.2.1.3: "this host"; Linux connects to itself
SITE_LOCAL = _networks("fec0::/10")  # RFC 3879, deprecated; the library calls it global
OPAQUE = _networks(
    "64:ff9b:1::/48",  # RFC 8215, a network's own translation to IPv4: what lies behind cannot be told
    "::/96",  # RFC 4291, 2.5.5.1: IPv4-compatible, deprecated
)
SPECIAL = _networks(
    "100.64.0.0/10",  # RFC 6598, carrier-grade NAT
    "192.0.0.0/24",  # RFC 6890, IETF protocol assignments
    "192.88.99.0/24",  # RFC 7526, deprecated 6to4 relays
    "3fff::/20",  # RFC 9637, documentation
    "5f00::/16",  # RFC 9602, segment routing
)
NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052, 2.1


def refusal(address: Address, *, allow_private: bool) -> Promise | None:
    """Say why an address may not be probed, or `None` if it may.

    An IPv6 address that carries an IPv4 one (mapped, 6to4, NAT64, Teredo) is judged by both.
    `allow_private` admits private networks, loopback and whatever else is not global; never the rest.
    """
    for carried in _carried(address):
        if reason := refusal(carried, allow_private=allow_private):
            return reason
    if _translates(address):
        return None
    return _never(address) or (None if allow_private else _not_global(address))


def _carried(address: Address) -> Iterator[IPv4Address]:
    """Yield the IPv4 addresses that packets to this address may end at (RFC 4291, 3056, 6052, 4380)."""
    if isinstance(address, IPv4Address):
        return
    if address in NAT64:
        yield IPv4Address(int(address) & 0xFFFFFFFF)
    yield from (address.teredo or ())
    yield from (found for found in (address.ipv4_mapped, address.sixtofour) if found)


def _translates(address: Address) -> bool:
    """Tell if an address is nothing but another spelling of an IPv4 address."""
    return isinstance(address, IPv6Address) and (address.ipv4_mapped is not None or address in NAT64)


def _never(address: Address) -> Promise | None:
    """Say why an address is refused under any setting."""
    rules = (
        (_in(address, METADATA), _("a metadata service of a cloud")),
        (address.is_link_local or _in(address, SITE_LOCAL), _("a link-local address")),
        (address.is_multicast, _("a multicast address")),
        (_in(address, UNSPECIFIED), _("an unspecified address")),
        ((address.is_reserved or _in(address, OPAQUE)) and not address.is_loopback, _("a reserved address")),
    )
    return next((reason for applies, reason in rules if applies), None)


def _not_global(address: Address) -> Promise | None:
    """Say why an address is refused unless private networks are allowed."""
    if address.is_loopback:
        return _("an address of this machine")
    if not address.is_global or _in(address, SPECIAL):
        return _("an address of a private network")
    return None


def _in(address: Address, networks: tuple[Network, ...]) -> bool:
    return any(address in network for network in networks)
