"""What pages say."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.contrib.staticfiles import finders
from django.utils import timezone

from monitor.models import Outcome, State
from tests.factories import (
    DailyFiguresFactory,
    HourlyFiguresFactory,
    IncidentFactory,
    ProbeFactory,
    TargetFactory,
    UserFactory,
)
from tests.monitor.pages.reading import Page, page_of

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db

DETAIL = "ReadTimeout at 10.0.0.7"


@pytest.fixture
def numbers() -> list[int]:
    """A target that is up with a history, one that is down with an open incident, and one that was never probed."""
    now = timezone.now()
    up = TargetFactory(name="<Shop> & more", state=State.UP, last_probed_at=now)
    down = TargetFactory(name="Mail", state=State.DOWN, last_probed_at=now, state_since=now - timedelta(minutes=10))
    ProbeFactory(target=up, slot=now - timedelta(minutes=2), latency_ms=1234)
    ProbeFactory(target=down, slot=now - timedelta(minutes=2), latency_ms=None, outcome=Outcome.DNS)
    DailyFiguresFactory(target=up, day=timezone.localdate(now), probes=1000, failures=3)
    HourlyFiguresFactory(target=up, start=now.replace(minute=0, second=0, microsecond=0), latency_mean_ms=87)
    IncidentFactory(target=down, opened_at=now - timedelta(minutes=10), cause=Outcome.DNS, detail=DETAIL)
    ended = now - timedelta(days=2)
    IncidentFactory(target=up, opened_at=ended - timedelta(minutes=33), closed_at=ended, cause=Outcome.TLS)
    return [up.pk, down.pk, TargetFactory(name="New").pk]


def page(client: Client, address: str = "/", language: str = "en") -> Page:
    return page_of(client.get(f"{address}?lang={language}"))


def words(page: Page) -> str:
    return " ".join("".join(element.text for element in page.elements if element.tag != "title").split())


def test_the_headline_says_how_all_are(client: Client, numbers: list[int]) -> None:
    (headline,) = page(client).all("h1")
    assert headline.text == "1 of 3 services is down"
    assert page(client, language="ko").all("h1")[0].text == "서비스 3개 중 1개 장애"


def test_each_target_has_its_state_uptime_and_last_hour(client: Client, numbers: list[int]) -> None:
    seen = page(client)
    assert [name.text for name in seen.all("a") if name["href"].startswith("/targets/")][1:4] == [
        "<Shop> & more",
        "Mail",
        "New",
    ]
    said = words(seen)
    for text in ("99.70% up over 90 days", "1,234 ms", "95% within 1,234 ms", "failed", "Not yet probed", "no probes"):
        assert text in said
    assert len([bar for bar in seen.all("rect") if bar["height"] and bar["x"]]) == 3 * 90


def test_incidents_have_cause_time_and_duration(client: Client, numbers: list[int]) -> None:
    said = words(page(client))
    assert "Name not found" in said
    assert "10 min so far" in said
    assert "Invalid certificate" in said
    assert ", 33 min" in said


def test_details_of_errors_are_for_staff_alone(client: Client, numbers: list[int]) -> None:
    addresses = ["/", *(f"/targets/{number}/" for number in numbers)]
    assert not any(DETAIL in page(client, address).html for address in addresses)
    client.force_login(UserFactory(is_staff=True))
    assert DETAIL in page(client).html
    assert DETAIL in page(client, f"/targets/{numbers[1]}/").html


def test_a_target_has_its_days_and_hours_as_tables(client: Client, numbers: list[int]) -> None:
    seen = page(client, f"/targets/{numbers[0]}/")
    assert len(seen.all("th", scope="row")) == 90 + 24
    assert len(seen.all("th")) == len(seen.all("th", scope="row")) + len(seen.all("th", scope="col"))
    said = words(seen)
    for text in ("99.70%", "87 ms", "Invalid certificate"):
        assert text in said


def test_old_figures_are_not_passed_off_as_new(client: Client) -> None:
    TargetFactory(state=State.UP, last_probed_at=timezone.now() - timedelta(hours=1))
    seen = page(client)
    assert seen.all("h1")[0].text == "The figures are out of date"
    assert "Last known: up" in words(seen)
    assert not seen.all("p", kind="pill up")


def test_a_page_without_targets_says_so(client: Client) -> None:
    assert page(client).all("h1")[0].text == "No services are watched yet"


@pytest.mark.parametrize("language", ["ko", "en"])
def test_pages_are_built_as_accessibility_asks(client: Client, numbers: list[int], language: str) -> None:
    for address in ("/", *(f"/targets/{number}/" for number in numbers)):
        seen = page(client, address, language)
        levels = [int(element.tag[1]) for element in seen.elements if element.tag in {"h1", "h2", "h3", "h4"}]
        assert levels.count(1) == 1
        assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
        assert [len(seen.all(tag)) for tag in ("header", "main", "footer")] == [1, 1, 1]
        assert all(one["aria-label"] if one["role"] == "img" else one["aria-hidden"] for one in seen.all("svg"))
        names = [element["id"] for element in seen.elements if element["id"]]
        assert len(names) == len(set(names))
        shapes = {element["href"].lstrip("#") for element in seen.all("use")}
        labels = {element["aria-labelledby"] for element in seen.all("section")} - {""}
        assert shapes | labels <= set(names)


def test_links_keep_the_language_and_switch_it(client: Client, numbers: list[int]) -> None:
    seen = page(client, language="en")
    inside = [link["href"] for link in seen.all("a") if link["href"].startswith("/") and "api" not in link["href"]]
    assert inside
    assert all(address.endswith("?lang=en") for address in inside)
    switches = {link["href"]: link for link in seen.all("a") if link["hreflang"]}
    assert {address: link["lang"] for address, link in switches.items()} == {"?lang=ko": "ko", "?lang=en": "en"}
    assert switches["?lang=en"]["aria-current"]


def test_what_a_page_loads_is_there(client: Client) -> None:
    loaded = [link["href"] for link in page(client).all("link") if link["href"].startswith("/static/")]
    assert len(loaded) == 2
    assert all(finders.find(address.removeprefix("/static/")) for address in loaded)
