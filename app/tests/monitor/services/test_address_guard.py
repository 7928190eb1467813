import asyncio
import threading
import time

import pytest
from django.conf import LazySettings

from monitor.services import address_guard
from monitor.services.address_guard import AddressRefused, DnsFailure, check_url, resolve
from tests.monitor.services.conftest import Names

THIS_MACHINE = [
    *("2130706433", "0x7f000001", "0x7f.1", "127.1", "017700000001", "127.0.0.1", "0177.0.0.1"),
    *("localhost", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "\uff11\uff12\uff17.0.0.1"),
]


@pytest.mark.parametrize("host", THIS_MACHINE)
def test_odd_spellings_of_this_machine_are_seen_through(host: str) -> None:
    with pytest.raises(AddressRefused):
        check_url(f"http://{host}:8000/")


@pytest.mark.parametrize("host", ["2852039166", "0xa9fea9fe", "169.16689662", "[::ffff:169.254.169.254]"])
def test_odd_spellings_of_a_metadata_service_are_seen_through(host: str, loopback: None) -> None:
    with pytest.raises(AddressRefused, match="metadata"):
        check_url(f"http://{host}/latest/meta-data/")


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://example.com/", "Only http"),
        ("file:///etc/passwd", "Only http"),
        ("http://", "Only http"),
        ("//example.com", "Only http"),
        ("http://user@8.8.8.8/", "user name"),
        ("http://user:secret@8.8.8.8/", "user name"),
        ("http://8.8.8.8:0/", "from 1 to 65535"),
        ("http://8.8.8.8:65536/", "from 1 to 65535"),
        ("http://8.8.8.8:port/", "not a valid address"),
        ("http://[::1/", "not a valid address"),
        ("http://a\nb/", "not a valid address"),
        ("http://xn--\u00ad/", "not a valid address"),
    ],
)
def test_what_is_no_plain_web_address_is_refused(url: str, reason: str) -> None:
    with pytest.raises(AddressRefused, match=reason) as caught:
        check_url(url)
    assert "secret" not in str(caught.value)


def test_a_public_address_passes() -> None:
    check_url("https://8.8.8.8/")
    check_url("http://[2606:4700::1111]:8080/path?query")


def test_one_private_address_refuses_the_name(names: Names) -> None:
    names["both.example"] = ["8.8.8.8", "10.0.0.1"]
    with pytest.raises(AddressRefused, match=r"both\.example is at 10\.0\.0\.1"):
        asyncio.run(resolve("both.example", 80))


def test_addresses_come_in_the_resolvers_order_and_once(names: Names) -> None:
    names["two.example"] = ["8.8.8.8", "1.1.1.1", "8.8.8.8"]
    assert [str(address) for address in asyncio.run(resolve("two.example", 80))] == ["8.8.8.8", "1.1.1.1"]


@pytest.mark.parametrize("host", ["no-such-name.invalid", "a" * 64 + ".example", "a..b"])
def test_a_name_without_address_is_a_failure_with_the_name(host: str) -> None:
    with pytest.raises(DnsFailure, match="No address"):
        asyncio.run(resolve(host, 80))


def test_private_networks_are_allowed_by_setting(settings: LazySettings) -> None:
    settings.PROBE_ALLOW_PRIVATE = True
    check_url("http://127.0.0.1:8000/")


def test_a_stuck_resolver_does_not_hold_up_a_check(monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()
    monkeypatch.setattr(address_guard, "_addresses", lambda _host, _port: released.wait(10) and [])
    monkeypatch.setattr(address_guard, "LOOK_UP_SECONDS", 0.1)
    began = time.monotonic()
    try:
        with pytest.raises(DnsFailure):
            check_url("http://stuck.example/")
        assert time.monotonic() - began < 1
    finally:
        released.set()
