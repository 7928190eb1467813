"""When browsers are told to use TLS alone."""

import pytest

from config import security


@pytest.mark.parametrize(
    ("origins", "debug", "tls"),
    [
        (["https://status.example"], False, True),
        (["http://localhost", "https://status.example"], False, True),
        (["http://status.example"], False, False),
        ([], False, True),
        ([], True, False),
    ],
)
def test_tls_is_off_only_where_plain_http_is_asked_for(origins: list[str], debug: bool, tls: bool) -> None:  # noqa: FBT001
    assert security.speaks_tls(origins, debug=debug) is tls


def test_with_tls_no_other_host_can_set_the_cookies() -> None:
    assert security.cookie_name("session", tls=True) == "__Host-session"
    assert security.cookie_name("session", tls=False) == "session"
