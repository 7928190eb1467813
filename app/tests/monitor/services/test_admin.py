from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.contrib import admin
from django.test import Client, RequestFactory

from monitor.admin import TargetAdmin, TargetForm
from monitor.models import Probe, Target
from tests.factories import NOON, IncidentFactory, ProbeFactory, TargetFactory, UserFactory
from tests.monitor.services.conftest import Names

pytestmark = pytest.mark.django_db
TARGET = {
    "name": "Shop",
    "url": "https://shop.example/",
    "expected_status": 200,
    "enabled": "on",
    "position": 1,
    "interval_seconds": 60,
    "timeout_seconds": 5,
    "failure_threshold": 3,
}


@pytest.fixture
def staff(client: Client, settings: LazySettings, names: Names) -> Client:
    settings.LANGUAGE_CODE = "en"
    names["shop.example"] = ["8.8.8.8"]
    client.force_login(UserFactory.create(is_staff=True, is_superuser=True))
    return client


def errors(staff: Client, **values: object) -> dict[str, list[str]]:
    response = staff.post("/admin/monitor/target/add/", TARGET | values)
    assert response.status_code == 200
    found: dict[str, list[str]] = response.context["adminform"].form.errors
    return found


def test_staff_adds_a_target(staff: Client) -> None:
    assert staff.post("/admin/monitor/target/add/", TARGET).status_code == 302
    assert Target.objects.get().url == "https://shop.example/"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://169.254.169.254/latest/meta-data/", "metadata service"),
        ("http://10.0.0.1/", "private network"),
        ("http://rebinding.example/", "private network"),
        ("http://localhost/", "this machine"),
        ("http://no-such-name.invalid/", "No address was found"),
        ("https://user:secret@shop.example/", "user name"),
        ("gopher://shop.example/", "Only http"),
        ("", "required"),
    ],
)
def test_an_address_that_may_not_be_probed_is_refused_at_its_field(
    staff: Client, names: Names, url: str, reason: str
) -> None:
    names["rebinding.example"] = ["8.8.8.8", "192.168.0.1"]
    found = errors(staff, url=url)
    assert list(found) == ["url"]
    assert reason in found["url"][0]
    assert not Target.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [("interval_seconds", 9), ("timeout_seconds", 21), ("failure_threshold", 0), ("expected_status", 99), ("name", "")],
)
def test_bad_values_are_named_at_their_field(staff: Client, field: str, value: object) -> None:
    assert list(errors(staff, **{field: value})) == [field]


def test_a_target_whose_name_does_not_resolve_at_present_can_still_be_changed(staff: Client) -> None:
    target = TargetFactory.create(url="https://no-such-name.invalid/")
    values = TARGET | {"url": target.url, "failure_threshold": 5}
    assert staff.post(f"/admin/monitor/target/{target.pk}/change/", values).status_code == 302
    target.refresh_from_db()
    assert target.failure_threshold == 5


def test_the_present_state_is_shown_and_cannot_be_set(staff: Client) -> None:
    target = TargetFactory.create(last_latency_ms=4321)
    assert b"4321" in staff.get("/admin/monitor/target/").content
    staff.post(f"/admin/monitor/target/{target.pk}/change/", TARGET | {"url": target.url, "state": "down"})
    target.refresh_from_db()
    assert (target.name, target.state) == ("Shop", "unknown")


def test_a_target_is_deleted_with_its_probes_but_without_a_list_of_them(staff: Client) -> None:
    target = TargetFactory.create()
    ProbeFactory.create_batch(20, target=target)
    IncidentFactory.create(target=target)
    page = staff.get(f"/admin/monitor/target/{target.pk}/delete/")
    assert page.status_code == 200
    assert len(page.context["deleted_objects"]) == 1
    assert staff.post(f"/admin/monitor/target/{target.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not Probe.objects.exists()


@pytest.mark.parametrize(("kind", "factory"), [("incident", IncidentFactory), ("probe", ProbeFactory)])
def test_what_the_monitor_writes_is_looked_at_alone(
    staff: Client, kind: str, factory: type[IncidentFactory | ProbeFactory]
) -> None:
    row = factory.create()
    assert staff.get(f"/admin/monitor/{kind}/").status_code == 200
    page = f"/admin/monitor/{kind}/{row.pk}"
    assert staff.get(f"{page}/change/").status_code == 200
    assert staff.post(f"{page}/change/", {}).status_code == 403
    assert staff.post(f"{page}/delete/", {"post": "yes"}).status_code == 403
    assert staff.post(f"/admin/monitor/{kind}/add/", {}).status_code == 403


def test_open_incidents_come_first(staff: Client) -> None:
    IncidentFactory.create(opened_at=NOON, closed_at=NOON)
    still_open = IncidentFactory.create(opened_at=NOON - timedelta(days=1))
    assert next(iter(staff.get("/admin/monitor/incident/").context["cl"].result_list)) == still_open


def test_who_is_not_staff_gets_no_page(client: Client) -> None:
    client.force_login(UserFactory.create())
    assert client.get("/admin/monitor/target/").status_code == 302


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("url", {"url": "https://shop.example/#part"}),
        ("timeout_seconds", {"interval_seconds": 10, "timeout_seconds": 10}),
    ],
)
def test_what_the_api_refuses_is_refused_at_its_field_here_too(
    staff: Client, field: str, values: dict[str, object]
) -> None:
    assert list(errors(staff, **values)) == [field]


def test_a_change_leaves_alone_what_a_worker_wrote_meanwhile(staff: Client) -> None:
    target = TargetFactory.create(**{**TARGET, "enabled": True})
    request = RequestFactory().post("/")
    form = TargetForm({**TARGET, "name": "Web shop"}, instance=target)
    assert form.is_valid(), form.errors
    Target.objects.update(consecutive_failures=2)
    TargetAdmin(Target, admin.site).save_model(request, form.save(commit=False), form, change=True)
    stored = Target.objects.get()
    assert (stored.name, stored.consecutive_failures) == ("Web shop", 2)


def test_targets_are_deleted_with_what_was_seen_of_them(staff: Client) -> None:
    chosen = [ProbeFactory.create().target.pk for _ in range(2)]
    staff.post("/admin/monitor/target/", {"action": "delete_selected", "_selected_action": chosen, "post": "yes"})
    assert (Target.objects.count(), Probe.objects.count()) == (0, 0)
