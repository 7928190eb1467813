"""Which copy of a page is shown."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from monitor.pages import serving, store
from monitor.pages.store import Copy

if TYPE_CHECKING:
    from pytest_django import Settings

Keep = Callable[..., Copy]


@pytest.fixture
def rendered() -> list[datetime]:
    return []


@pytest.fixture
def render(rendered: list[datetime]) -> Callable[[datetime], str]:
    def html(now: datetime) -> str:
        rendered.append(now)
        return f"page {len(rendered)}"

    return html


@pytest.fixture
def keep() -> Keep:
    def kept(**age: float) -> Copy:
        copy = Copy.of("kept", datetime.now(UTC) - timedelta(**age))
        store.write("page", copy)
        return copy

    return kept


def shown(render: Callable[[datetime], str | None]) -> str | None:
    found = serving.shown("page", render)
    return found.copy.html if found else None


def test_a_page_is_made_once_while_it_is_fresh(render: Callable[[datetime], str]) -> None:
    assert [shown(render) for _ in range(3)] == ["page 1"] * 3


def test_pages_are_kept_apart(render: Callable[[datetime], str]) -> None:
    assert shown(render) == "page 1"
    assert serving.shown("other", render).copy.html == "page 2"  # type: ignore[union-attr]


def test_a_release_does_not_show_the_pages_of_another(
    render: Callable[[datetime], str], keep: Keep, settings: Settings
) -> None:
    keep(seconds=0)
    settings.RELEASE = "another"
    assert shown(render) == "page 1"


def test_an_older_page_is_made_anew(render: Callable[[datetime], str], keep: Keep) -> None:
    keep(seconds=11)
    assert [shown(render), shown(render)] == ["page 1", "page 1"]


def test_while_one_makes_it_others_are_shown_the_older_one(render: Callable[[datetime], str], keep: Keep) -> None:
    keep(seconds=11)
    others: list[str | None] = []

    def slow(now: datetime) -> str:
        others.extend([shown(render), shown(render)])
        return "new"

    assert shown(slow) == "new"
    assert others == ["kept", "kept"]


def test_who_finds_a_much_older_page_waits_a_moment_for_the_one_who_makes_it(
    render: Callable[[datetime], str], keep: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(hours=3)
    assert store.claim("page")
    monkeypatch.setattr(serving, "sleep", lambda _seconds: store.write("page", Copy.of("newer", datetime.now(UTC))))
    assert shown(render) == "newer"


def test_a_much_older_page_is_shown_with_a_notice_if_the_newer_one_does_not_come(
    render: Callable[[datetime], str], keep: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(hours=3)
    assert store.claim("page")
    waits: list[float] = []
    monkeypatch.setattr(serving, "sleep", waits.append)
    found = serving.shown("page", render)
    assert found
    assert (found.copy.html, found.database_away) == ("kept", True)
    assert sum(waits) <= 0.5


def test_with_nothing_kept_the_page_is_made_by_all_who_waited_in_vain(
    render: Callable[[datetime], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert store.claim("page")
    monkeypatch.setattr(serving, "sleep", lambda _seconds: None)
    assert shown(render) == "page 1"
    assert not store.claim("page"), "the claim is another's"


def test_a_claim_ends_even_if_making_the_page_failed(keep: Keep) -> None:
    keep(seconds=11)

    def broken(now: datetime) -> str:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        shown(broken)
    assert store.claim("page")


def test_a_page_that_is_gone_is_not_shown_from_its_copy(keep: Keep) -> None:
    keep(seconds=11)
    assert shown(lambda now: None) is None


def test_a_copy_stands_for_its_text() -> None:
    now = datetime.now(UTC)
    one, same, other = Copy.of("텍스트", now), Copy.of("텍스트", now + timedelta(1)), Copy.of("text", now)
    assert one.html == "텍스트"
    assert one.etag == same.etag != other.etag
    assert one.compressed == same.compressed
