"""Pages while the database, the cache, or both are away: really away, and back."""

from __future__ import annotations

import socket
import threading
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from django.test import Client

from config.cache import connection_options
from monitor.pages import breaker, serving, store
from tests.factories import TargetFactory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django import Settings

    from tests.monitor.pages.conftest import FileDatabase

NOTICE = "the database does not answer at present"


@pytest.fixture
def at_once(settings: Settings) -> None:
    """Copies are never fresh: each request asks the database."""
    settings.PAGE_FRESH_SECONDS = 0


def unused_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port: int = server.getsockname()[1]
        return port


def use_redis(settings: Settings, port: int, **options: float) -> None:
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": f"redis://127.0.0.1:{port}/0",
            "OPTIONS": connection_options() | options,
        }
    }


def get(address: str = "/") -> tuple[int, str]:
    response = Client().get(address, headers={"Accept-Language": "en"})
    return response.status_code, response.content.decode()


def news(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == breaker.__name__]


@pytest.mark.usefixtures("at_once", "no_pause")
def test_without_the_database_the_last_copy_is_shown_with_a_notice(database: FileDatabase) -> None:
    target = TargetFactory(name="Shop")
    addresses = ("/", f"/targets/{target.pk}/")
    before = [get(address)[1] for address in addresses]
    with database.away():
        for address, html in zip(addresses, before, strict=True):
            status, said = get(address)
            assert status == 200
            assert NOTICE in said
            assert "Shop" in said
            assert NOTICE not in html
    assert all(NOTICE not in get(address)[1] for address in addresses)


@pytest.mark.usefixtures("at_once")
def test_a_page_with_a_notice_is_kept_by_nobody(database: FileDatabase) -> None:
    get()
    with database.away():
        headers = Client().get("/", headers={"Accept-Encoding": "gzip"}).headers
    assert headers["Cache-Control"] == "private, no-store"
    assert "ETag" not in headers
    assert "Content-Encoding" not in headers


@pytest.mark.usefixtures("no_pause")
def test_without_the_database_and_a_copy_it_is_said_what_is_missing(database: FileDatabase) -> None:
    with database.away():
        response = Client().get("/", headers={"Accept-Language": "en"})
    assert (response.status_code, response.headers["Retry-After"]) == (503, "10")
    assert "The database cannot be reached." in response.content.decode()
    assert "No copy of this page is kept in the cache." in response.content.decode()
    assert get()[0] == 200


@pytest.mark.usefixtures("no_pause")
def test_tables_that_are_missing_are_a_database_that_is_away(database: FileDatabase) -> None:
    with database.connection.cursor() as cursor:
        cursor.execute("ALTER TABLE monitor_target RENAME TO elsewhere")
    assert get()[0] == 503


@pytest.mark.usefixtures("at_once")
def test_the_database_is_not_asked_again_at_once(database: FileDatabase, caplog: pytest.LogCaptureFixture) -> None:
    get()
    with database.away():
        assert NOTICE in get()[1]
    assert NOTICE in get()[1], "it is back, and will be asked when the pause is over"
    assert serving.breaker.away
    assert news(caplog) == ["The database is away: unable to open database file"]


@pytest.mark.usefixtures("at_once", "no_pause")
def test_the_database_is_back_when_it_was_asked_and_not_before(
    database: FileDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", breaker.__name__)
    get()
    with database.away():
        assert [NOTICE in get()[1] for _ in range(3)] == [True] * 3
    assert news(caplog) == ["The database is away: unable to open database file"]
    get()
    assert news(caplog)[1:] == ["The database is back"]


@pytest.mark.usefixtures("at_once", "no_pause")
def test_without_the_database_a_session_is_no_obstacle(database: FileDatabase, settings: Settings) -> None:
    get()
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = "x" * 32
    with database.away():
        response = client.get("/", headers={"Accept-Language": "en"})
    assert (response.status_code, NOTICE in response.content.decode()) == (200, True)


@pytest.mark.usefixtures("no_pause")
def test_without_the_cache_pages_come_from_the_database(database: FileDatabase, settings: Settings) -> None:
    use_redis(settings, unused_port())
    target = TargetFactory(name="Shop")
    assert get()[0] == get(f"/targets/{target.pk}/")[0] == 200
    TargetFactory(name="Mail")
    status, said = get()
    assert status == 200
    assert "Mail" in said


@pytest.mark.usefixtures("no_pause")
def test_without_both_it_is_said_that_both_are_missing(database: FileDatabase, settings: Settings) -> None:
    use_redis(settings, unused_port())
    with database.away():
        status, said = get()
    assert status == 503
    assert "The database cannot be reached." in said
    assert "The cache, which keeps copies of this page, cannot be reached either." in said
    assert get()[0] == 200


@pytest.fixture
def silent_server() -> Iterator[tuple[int, list[socket.socket]]]:
    """A server that takes connections and never answers; its port, and what it took."""
    taken: list[socket.socket] = []

    def take(server: socket.socket) -> None:
        while True:
            try:
                taken.append(server.accept()[0])
            except OSError:
                return

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=take, args=(server,))
        thread.start()
        yield server.getsockname()[1], taken
        server.shutdown(socket.SHUT_RDWR)
        thread.join()
    for connection in taken:
        connection.close()


def test_a_silent_cache_is_waited_for_once(
    database: FileDatabase, settings: Settings, silent_server: tuple[int, list[socket.socket]]
) -> None:
    port, taken = silent_server
    use_redis(settings, port, socket_timeout=0.1)
    assert get()[0] == 200
    assert store.breaker.away
    asked = len(taken)
    assert asked
    assert [get()[0] for _ in range(5)] == [200] * 5
    assert len(taken) == asked


@pytest.mark.redis
@pytest.mark.usefixtures("no_pause")
def test_a_real_cache_keeps_the_last_copy(database: FileDatabase, settings: Settings) -> None:
    assert "redis" in settings.CACHES["default"]["BACKEND"]
    settings.PAGE_FRESH_SECONDS = 0
    TargetFactory(name="Shop")
    assert get()[0] == 200
    assert store.claim("status:en"), "the claim was given up"
    assert not store.claim("status:en")
    store.release("status:en")
    with database.away():
        status, said = get()
    assert (status, NOTICE in said, "Shop" in said) == (200, True, True)
