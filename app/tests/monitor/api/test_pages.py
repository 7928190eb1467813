from base64 import b64encode
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from monitor.api import pages
from monitor.models import Target
from tests.factories import (
    NOON,
    DailyFiguresFactory,
    HourlyFiguresFactory,
    IncidentFactory,
    ProbeFactory,
    TargetFactory,
)


@pytest.fixture(autouse=True)
def _pages_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages.NewestFirst, "page_size", 2)
    monkeypatch.setattr(pages.NumberedPages, "page_size", 2)


def walked(client: APIClient, path: str, direction: str = "next") -> Iterator[dict[str, object]]:
    while path:
        page = client.get(path).json()
        yield from page["results"]
        path = page[direction]


def test_probes_are_walked_once_each_though_new_ones_come_in(anyone: APIClient, target: Target) -> None:
    for minute in range(5):
        ProbeFactory.create(target=target, slot=NOON + timedelta(minutes=minute))
    walk = walked(anyone, f"/api/targets/{target.pk}/probes/")

    seen = [next(walk)["slot"]]
    ProbeFactory.create(target=target, slot=NOON + timedelta(minutes=9))
    seen += [probe["slot"] for probe in walk]

    assert seen == [f"2026-03-02T12:0{minute}:00Z" for minute in (4, 3, 2, 1, 0)]


def test_the_way_back_leads_to_the_newest(anyone: APIClient, target: Target) -> None:
    for minute in range(4):
        ProbeFactory.create(target=target, slot=NOON + timedelta(minutes=minute))
    path = f"/api/targets/{target.pk}/probes/"

    back = anyone.get(anyone.get(path).json()["next"]).json()["previous"]

    assert anyone.get(back).json()["results"] == anyone.get(path).json()["results"]


@pytest.mark.parametrize("span", ["hour", "day"])
def test_figures_are_walked_by_hours_and_by_days(anyone: APIClient, target: Target, span: str) -> None:
    for number in range(5):
        HourlyFiguresFactory.create(target=target, start=NOON + timedelta(hours=number), failures=number)
        DailyFiguresFactory.create(target=target, day=NOON.date() + timedelta(days=number), failures=number)

    walk = walked(anyone, f"/api/targets/{target.pk}/figures/?span={span}")

    assert [figures["failures"] for figures in walk] == [4, 3, 2, 1, 0]


def test_incidents_that_opened_at_once_are_all_walked(anyone: APIClient) -> None:
    ids = [IncidentFactory.create(opened_at=NOON).pk for _ in range(5)]

    assert sorted(str(incident["id"]) for incident in walked(anyone, "/api/incidents/")) == sorted(map(str, ids))


def test_targets_have_pages_with_numbers(anyone: APIClient) -> None:
    TargetFactory.create_batch(3)

    assert len(list(walked(anyone, "/api/targets/"))) == 3
    for page in ("3", "0", "-1", "x", "9" * 50, "9" * 5000, "\0", "", "last"):
        assert anyone.get("/api/targets/", {"page": page}).status_code == 404


ODD_POSITIONS = [
    "",
    "\0",
    "x",
    "2026-03-02",
    "2026-03-02T12:00",
    "9999-12-31T23:59:59-14:00",
    "0001-01-01T00:00:00+14:00",
]


@pytest.mark.parametrize("path", ["/api/targets/{}/probes/", "/api/targets/{}/figures/?span=hour", "/api/incidents/"])
@pytest.mark.parametrize("position", ODD_POSITIONS)
def test_a_cursor_that_was_not_made_here_leads_nowhere(
    anyone: APIClient, target: Target, path: str, position: str
) -> None:
    cursor = b64encode(urlencode({"p": position}).encode()).decode()
    separator = "&" if "?" in path else "?"

    answer = anyone.get(path.format(target.pk) + separator + urlencode({"cursor": cursor}))

    assert (answer.status_code, list(answer.json())) == (404, ["detail"])


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tokens=st.dictionaries(st.sampled_from("opr"), st.text(max_size=20)), raw=st.text(max_size=20))
def test_no_cursor_breaks_the_api(anyone: APIClient, target: Target, tokens: dict[str, str], raw: str) -> None:
    made = b64encode(urlencode(tokens).encode()).decode()
    for cursor in (made, raw):
        for span in ("hour", "day"):
            answer = anyone.get(f"/api/targets/{target.pk}/figures/", {"span": span, "cursor": cursor})
            assert answer.status_code in (200, 404)
