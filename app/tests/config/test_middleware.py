"""Ids, log lines and policies of requests."""

from __future__ import annotations

import asyncio
import logging
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest
from django.core.handlers.asgi import ASGIRequest
from django.test import AsyncClient, Client, RequestFactory

from config import trace
from config.middleware import exchange_middleware

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.http import HttpRequest

NGINX_ID = "0123456789abcdef0123456789abcdef"


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [record.__dict__["fields"] for record in caplog.records if record.name == "config.request"]


def test_the_id_of_nginx_goes_along(client: Client) -> None:
    assert client.get("/nowhere/", headers={"X-Request-ID": NGINX_ID}).headers["X-Request-ID"] == NGINX_ID
    assert not trace.request_id.get()


@pytest.mark.parametrize("offered", ["", "short", "x" * 65, '"}\n{"level": "forged"', "서울서울서울서울"])
def test_an_id_that_is_none_is_replaced(offered: str) -> None:
    made = trace.sane_id(offered)
    assert made != offered
    assert trace.SANE.fullmatch(made)


def test_each_request_has_its_line_without_the_query(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    client.get("/nowhere/?token=open-sesame")
    (line,) = lines(caplog)
    assert line.pop("duration_ms") > 0
    assert line == {"method": "GET", "path": "/nowhere/", "status": 404}
    assert "open-sesame" not in caplog.text
    assert [record.name for record in caplog.records] == ["config.request"], "and only one"


def test_probes_leave_no_lines(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    client.get("/healthz/live")
    assert lines(caplog) == []


def test_both_kinds_of_handlers_answer_alike(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    answer = asyncio.run(AsyncClient().get("/nowhere/", headers={"X-Request-ID": NGINX_ID}))
    assert answer.headers["X-Request-ID"] == NGINX_ID
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'self'")
    assert [line["status"] for line in lines(caplog)] == [404]


def test_a_client_that_went_away_has_its_line(caplog: pytest.LogCaptureFixture) -> None:
    async def rest(_request: HttpRequest) -> None:
        await asyncio.sleep(60)

    async def leave() -> None:
        task = asyncio.ensure_future(exchange_middleware(rest)(ASGIRequest(scope, None)))  # type: ignore[arg-type]
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    scope = {"type": "http", "method": "GET", "path": "/slow/", "query_string": b"", "headers": []}
    caplog.set_level(logging.INFO)
    asyncio.run(leave())
    assert [line["status"] for line in lines(caplog)] == [499]


def test_a_crash_of_the_error_page_itself_has_its_line(caplog: pytest.LogCaptureFixture) -> None:
    def rest(_request: HttpRequest) -> None:
        raise LookupError

    caplog.set_level(logging.INFO)
    with pytest.raises(LookupError):
        exchange_middleware(rest)(RequestFactory().get("/broken/"))
    assert [line["status"] for line in lines(caplog)] == [500]


class Inline(HTMLParser):
    """Collects what a policy without 'unsafe-inline' makes browsers ignore."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        script = tag == "script" and "src" not in named and named.get("type") != "application/json"
        handlers = [name for name in named if name == "style" or name.startswith("on")]
        if script or tag == "style" or handlers:
            self.found.append(self.get_starttag_text() or tag)
        address = str(named.get("src") or (named.get("href") if tag == "link" else "") or "")
        if address.startswith(("http:", "https:", "//")):
            self.found.append(address)


@pytest.mark.parametrize(
    "path",
    [
        "/admin/",
        "/admin/monitor/target/",
        "/admin/monitor/target/add/",
        "/admin/auth/user/add/",
        "/admin/password_change/",
    ],
)
def test_the_admin_works_under_the_policy(admin_client: Client, admin_user: User, path: str) -> None:
    answer = admin_client.get(path)
    assert answer.status_code == 200
    parser = Inline()
    parser.feed(answer.text)
    assert parser.found == []
