from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from monitor.models import Outcome, State, Target
from tests.factories import (
    NOON,
    DailyFiguresFactory,
    HourlyFiguresFactory,
    IncidentFactory,
    ProbeFactory,
    TargetFactory,
)

NOON_WRITTEN = "2026-03-02T12:00:00Z"


def test_the_root_links_to_what_answers(anyone: APIClient) -> None:
    links = anyone.get("/api/").json()

    assert set(links) == {"status", "targets", "incidents", "schema"}
    assert [anyone.get(link).status_code for link in links.values()] == [200] * 4


def test_status_tells_each_target_and_all_together(anyone: APIClient) -> None:
    now = timezone.now()
    up = TargetFactory.create(name="Shop", state=State.UP, state_since=NOON, last_latency_ms=87, last_probed_at=now)
    DailyFiguresFactory.create(target=up, day=timezone.localdate() - timedelta(days=1), probes=1000, failures=1)
    TargetFactory.create(name="Mail", state=State.DOWN, last_probed_at=now, position=200)

    status = anyone.get("/api/status").json()

    assert (status["state"], status["stale_since"]) == ("some_down", None)
    assert status["targets"][0] == {
        "id": up.pk,
        "name": "Shop",
        "state": "up",
        "since": NOON_WRITTEN,
        "last_latency_ms": 87,
        "uptime_90d": 0.999,
    }
    assert status["targets"][1]["uptime_90d"] is None


def test_status_without_targets(anyone: APIClient) -> None:
    status = anyone.get("/api/status").json()

    assert (status["state"], status["targets"]) == ("empty", [])


def test_targets_come_in_the_order_of_the_page(anyone: APIClient) -> None:
    for name, position in (("c", 1), ("b", 2), ("a", 2)):
        TargetFactory.create(name=name, position=position)

    assert [target["name"] for target in anyone.get("/api/targets/").json()["results"]] == ["c", "a", "b"]


def test_times_are_in_utc(anyone: APIClient, target: Target) -> None:
    Target.objects.update(state_since=datetime(2026, 3, 2, 21, tzinfo=timezone.get_default_timezone()))

    assert anyone.get(f"/api/targets/{target.pk}/").json()["state_since"] == NOON_WRITTEN


@pytest.mark.parametrize("who", ["anyone", "user"])
def test_addresses_and_errors_are_for_staff_alone(
    request: pytest.FixtureRequest, who: str, staff: APIClient, target: Target
) -> None:
    ProbeFactory.create(target=target, outcome=Outcome.DNS, error="10.0.0.1 said no")
    IncidentFactory.create(target=target, detail="10.0.0.1 said no")
    asking = request.getfixturevalue(who)

    for path, secret in (
        ("/api/targets/", "url"),
        (f"/api/targets/{target.pk}/", "url"),
        (f"/api/targets/{target.pk}/probes/", "error"),
        ("/api/incidents/", "detail"),
    ):
        answer = asking.get(path)
        assert f'"{secret}"' not in answer.text
        assert target.url not in answer.text
        assert "10.0.0.1" not in answer.text
        assert f'"{secret}"' in staff.get(path).text


def test_a_disabled_target_is_for_staff_alone(anyone: APIClient, staff: APIClient) -> None:
    target = TargetFactory.create(enabled=False)
    IncidentFactory.create(target=target)
    single = [f"/api/targets/{target.pk}/{more}" for more in ("", "probes/", "figures/")]

    assert [anyone.get(path).status_code for path in single] == [404] * 3
    assert [staff.get(path).status_code for path in single] == [200] * 3
    for path in ("/api/targets/", "/api/incidents/"):
        assert anyone.get(path).json()["results"] == []
        assert len(staff.get(path).json()["results"]) == 1


def test_probes_are_those_of_the_target_the_newest_first(anyone: APIClient, target: Target) -> None:
    ProbeFactory.create()
    ProbeFactory.create(target=target, slot=NOON, at=NOON + timedelta(seconds=1), latency_ms=87)
    ProbeFactory.create(target=target, slot=NOON + timedelta(minutes=1), outcome=Outcome.TIMEOUT, latency_ms=None)

    newest, oldest = anyone.get(f"/api/targets/{target.pk}/probes/").json()["results"]

    assert (newest["outcome"], newest["latency_ms"]) == ("timeout", None)
    assert oldest == {
        "slot": NOON_WRITTEN,
        "at": "2026-03-02T12:00:01Z",
        "outcome": "ok",
        "latency_ms": 87,
        "status_code": 200,
    }


def test_hours_begin_when_they_do(anyone: APIClient, target: Target) -> None:
    HourlyFiguresFactory.create(target=target, start=NOON, failures=2)

    (hour,) = anyone.get(f"/api/targets/{target.pk}/figures/", {"span": "hour"}).json()["results"]

    assert (hour["start"], hour["probes"], hour["failures"]) == (NOON_WRITTEN, 60, 2)


def test_days_begin_at_the_midnight_of_the_products_time_zone(anyone: APIClient, target: Target) -> None:
    DailyFiguresFactory.create(target=target, day=date(2026, 3, 2))

    (day,) = anyone.get(f"/api/targets/{target.pk}/figures/").json()["results"]

    midnight = datetime(2026, 3, 2, tzinfo=timezone.get_default_timezone()).astimezone(UTC)
    assert day["start"] == midnight.isoformat().replace("+00:00", "Z")


@pytest.mark.parametrize(("query", "causes"), [("", ["dns", "tls"]), ("true", ["dns"]), ("false", ["tls"])])
def test_incidents_that_are_open_or_closed_or_both(
    anyone: APIClient, target: Target, query: str, causes: list[str]
) -> None:
    IncidentFactory.create(target=target, opened_at=NOON, closed_at=NOON + timedelta(hours=1), cause=Outcome.TLS)
    IncidentFactory.create(target=target, opened_at=NOON + timedelta(days=1), cause=Outcome.DNS)

    answer = anyone.get("/api/incidents/", {"open": query} if query else {})

    assert [incident["cause"] for incident in answer.json()["results"]] == causes


@pytest.mark.parametrize(
    ("path", "field"), [("incidents/?open=maybe", "open"), ("targets/1/figures/?span=week", "span")]
)
def test_a_bad_parameter_is_named(anyone: APIClient, path: str, field: str) -> None:
    answer = anyone.get(f"/api/{path}")

    assert (answer.status_code, list(answer.json())) == (400, [field])


@pytest.mark.parametrize(
    "path", ["nothing/", "targets/abc/", "targets/999/", f"targets/{'9' * 5000}/", "targets/1/x/", "targets/%0A/"]
)
def test_what_is_not_there_is_told_in_json(anyone: APIClient, path: str) -> None:
    answer = anyone.get(f"/api/{path}")

    assert (answer.status_code, list(answer.json())) == (404, ["detail"])


def test_a_forgotten_slash_is_added(anyone: APIClient) -> None:
    assert anyone.get("/api/targets")["Location"] == "/api/targets/"
