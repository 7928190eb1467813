"""How pages are answered."""

from __future__ import annotations

import gzip
import re
from typing import TYPE_CHECKING

import pytest
from django.test import Client

from tests.factories import TargetFactory, UserFactory
from tests.monitor.pages.reading import page_of

if TYPE_CHECKING:
    from django.http import HttpResponse
    from pytest_django import DjangoAssertNumQueries, Settings

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("address", ["/", "/targets/{}/", "/robots.txt"])
def test_pages_are_read_and_nothing_else(client: Client, address: str) -> None:
    address = address.format(TargetFactory().pk)
    assert client.get(address).status_code == 200
    head = client.head(address)
    assert (head.status_code, head.content) == (200, b"")
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        refused = client.generic(method, address)
        assert (refused.status_code, refused.headers["Allow"]) == (405, "GET, HEAD")


def test_a_public_page_may_be_kept_by_all_and_sets_no_cookie(client: Client, settings: Settings) -> None:
    settings.PAGE_FRESH_SECONDS = 7
    response = client.get("/")
    assert response.headers["Cache-Control"] == "public, max-age=7"
    assert response.headers["Vary"] == "Accept-Encoding, Accept-Language, Cookie"
    assert not response.cookies
    assert "csrf" not in response.content.decode()


def test_a_page_is_compressed_for_those_who_accept_it(client: Client) -> None:
    TargetFactory()
    plain = client.get("/")
    small = client.get("/", headers={"Accept-Encoding": "br, gzip;q=0.5"})
    assert "Content-Encoding" not in plain.headers
    assert small.headers["Content-Encoding"] == "gzip"
    assert int(small.headers["Content-Length"]) == len(small.content) < len(plain.content) / 3
    assert gzip.decompress(small.content) == plain.content
    assert small.headers["ETag"] == plain.headers["ETag"]


@pytest.mark.parametrize("accepted", ["gzip;q=0", "gzip; q=0.0, br", "br", "identity", ""])
def test_a_page_is_plain_for_those_who_do_not_accept_gzip(client: Client, accepted: str) -> None:
    assert "Content-Encoding" not in client.get("/", headers={"Accept-Encoding": accepted}).headers


def test_who_has_the_page_is_told_so(client: Client) -> None:
    first = client.get("/")
    assert first.headers["ETag"].startswith('W/"'), "bytes differ by encoding"
    again = client.get("/", headers={"If-None-Match": first.headers["ETag"], "Accept-Encoding": "gzip"})
    assert (again.status_code, again.content) == (304, b"")
    for name in ("Cache-Control", "ETag", "Vary"):
        assert again.headers[name] == first.headers[name]
    assert client.get("/", headers={"If-None-Match": 'W/"other"'}).status_code == 200


@pytest.mark.parametrize(
    ("address", "accepted", "language"),
    [
        ("/", "en-GB,en;q=0.9,ko;q=0.5", "en"),
        ("/", "ko-KR,en;q=0.5", "ko"),
        ("/", "fr", "ko"),
        ("/", "", "ko"),
        ("/?lang=en", "ko", "en"),
        ("/?lang=ko", "en", "ko"),
        ("/?lang=xx", "en", "en"),
    ],
)
def test_the_language_is_the_addresss_or_the_browsers(
    client: Client, address: str, accepted: str, language: str
) -> None:
    response = client.get(address, headers={"Accept-Language": accepted})
    assert response.headers["Content-Language"] == language
    (html,) = page_of(response).all("html")
    assert html["lang"] == language


def test_no_target_is_404_in_the_readers_language(client: Client) -> None:
    disabled = TargetFactory(enabled=False)
    for address in (f"/targets/{disabled.pk}/?lang=en", "/targets/99999999999999999999/?lang=en"):
        response = client.get(address)
        assert response.status_code == 404
        assert "Page not found" in response.content.decode()


def test_a_page_that_broke_says_so_without_a_trace(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("monitor.pages.rendering.overview")
    client.raise_request_exception = False
    response = client.get("/", headers={"Accept-Language": "en"})
    assert response.status_code == 500
    assert "Something went wrong here" in response.content.decode()
    assert "NameError" not in response.content.decode()


def test_staff_see_a_page_of_their_own_that_nobody_keeps(client: Client) -> None:
    target = TargetFactory(url="https://internal.example/health")
    client.force_login(UserFactory(is_staff=True))
    for address in ("/", f"/targets/{target.pk}/"):
        staff = client.get(address)
        public = Client().get(address)
        assert staff.headers["Cache-Control"] == "private, no-store"
        assert "internal.example" in staff.content.decode()
        assert "internal.example" not in public.content.decode()
        assert "internal.example" not in Client().get(address).content.decode()


def test_users_who_are_not_staff_see_the_public_page_which_proxies_do_not_keep(client: Client) -> None:
    TargetFactory(url="https://internal.example/health")
    client.force_login(UserFactory())
    response = client.get("/")
    assert "internal.example" not in response.content.decode()
    assert response.headers["Cache-Control"].startswith("private, max-age=")


def test_a_stale_session_is_no_obstacle(client: Client, settings: Settings) -> None:
    client.cookies[settings.SESSION_COOKIE_NAME] = "gone"
    response = client.get("/")
    assert response.status_code == 200
    assert response.headers["Cache-Control"].startswith("private")


def test_visitors_without_a_session_need_no_query(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.get("/")
    with django_assert_num_queries(0):
        client.get("/")


def test_what_is_not_found_is_asked_in_one_query(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        client.get("/targets/1/")


def test_pages_hold_nothing_that_their_policy_refuses(client: Client) -> None:
    target = TargetFactory()
    for address in ("/", f"/targets/{target.pk}/", "/nowhere/"):
        response = client.get(address)
        assert "script-src" not in (policy := response.headers["Content-Security-Policy"])
        assert "default-src 'self'" in policy
        assert not inline(response)


def inline(response: HttpResponse) -> list[str]:
    text = response.content.decode()
    return re.findall(r"<script|<style|\sstyle=|\son\w+=|javascript:", text)


def test_crawlers_are_told_what_to_leave_alone(client: Client) -> None:
    response = client.get("/robots.txt")
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert "Disallow: /admin/" in response.content.decode().splitlines()
