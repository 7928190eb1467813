from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.services.address_rules import refusal

NEVER = [
    *("169.254.169.254", "169.254.170.2", "169.254.0.1", "168.63.129.16", "100.100.100.200", "192.0.0.192"),
    *("0.0.0.0", "0.1.2.3", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"),
    *("::", "fe80::1", "fe80::a9fe:a9fe", "fe80::1%1", "febf::1", "fec0::1", "ff02::1", "ff0e::1"),
    *("fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254", "fd00:c1::a9fe:a9fe", "fd00:42::42", "fd00:100::100:200"),
    *("::169.254.169.254", "::8.8.8.8", "64:ff9b:1::a9fe:a9fe", "4000::1", "fe00::1"),
]
PRIVATE = [
    *("10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "127.0.0.1", "127.255.0.9", "100.64.0.1"),
    *("192.0.0.8", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.51.100.1", "203.0.113.1"),
    *("::1", "fc00::1", "fd12:3456::1", "2001:db8::1", "3fff::1"),
]
PUBLIC = ["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::1", "64:ff9b::808:808"]

v4 = st.ip_addresses(v=4)
SPELLINGS: dict[str, Callable[[IPv4Address], IPv6Address]] = {
    "mapped": lambda a: IPv6Address(f"::ffff:{a}"),
    "NAT64": lambda a: IPv6Address(f"64:ff9b::{a}"),
    "6to4": lambda a: IPv6Address((0x2002 << 112) | (int(a) << 80) | 1),
    "Teredo client": lambda a: IPv6Address((0x20010000 << 96) | (0x08080808 << 64) | (int(a) ^ 0xFFFFFFFF)),
    "Teredo server": lambda a: IPv6Address((0x20010000 << 96) | (int(a) << 64) | 0xF7F7F7F7),
}


@pytest.mark.parametrize("text", NEVER)
@pytest.mark.parametrize("allow_private", [True, False])
def test_is_refused_under_any_setting(text: str, *, allow_private: bool) -> None:
    assert refusal(ip_address(text), allow_private=allow_private)


@pytest.mark.parametrize("text", PRIVATE)
def test_is_refused_unless_private_networks_are_allowed(text: str) -> None:
    assert refusal(ip_address(text), allow_private=False)
    assert not refusal(ip_address(text), allow_private=True)


@pytest.mark.parametrize("text", PUBLIC)
def test_may_be_probed(text: str) -> None:
    assert not refusal(ip_address(text), allow_private=False)


@pytest.mark.parametrize("spelling", SPELLINGS)
@given(address=v4, allowed=st.booleans())
def test_an_address_within_another_does_not_get_through(spelling: str, address: IPv4Address, *, allowed: bool) -> None:
    if refusal(address, allow_private=allowed):
        assert refusal(SPELLINGS[spelling](address), allow_private=allowed)


@pytest.mark.parametrize("spelling", ["mapped", "NAT64"])
@given(address=v4, allowed=st.booleans())
def test_another_spelling_of_an_address_is_that_address(spelling: str, address: IPv4Address, *, allowed: bool) -> None:
    refused, refused_within = (refusal(a, allow_private=allowed) for a in (address, SPELLINGS[spelling](address)))
    assert bool(refused) == bool(refused_within)


@given(st.ip_addresses())
def test_what_is_allowed_is_global_by_the_standard_library_too(address: IPv4Address | IPv6Address) -> None:
    if not refusal(address, allow_private=False):
        assert address.is_global
        assert not any((address.is_multicast, address.is_link_local, address.is_loopback, address.is_unspecified))


@given(st.ip_addresses())
def test_allowing_private_networks_refuses_nothing_more(address: IPv4Address | IPv6Address) -> None:
    if refusal(address, allow_private=True):
        assert refusal(address, allow_private=False)
