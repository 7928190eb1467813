import time
from threading import Event, Thread

import pytest
from django.db import connection, transaction
from django.http import Http404
from django.test import Client
from rest_framework.exceptions import ValidationError
from rest_framework.test import APIClient

from monitor.api.serializers import TargetSerializer
from monitor.api.writing import save
from monitor.models import Probe, State, Target
from tests.factories import ProbeFactory, TargetFactory, UserFactory

NEW = {"name": "Shop", "url": "https://1.1.1.1/healthz"}
WRITES = [("post", ""), ("put", "{pk}/"), ("patch", "{pk}/"), ("delete", "{pk}/")]


def test_staff_adds_a_target(staff: APIClient) -> None:
    answer = staff.post("/api/targets/", NEW)

    assert answer.status_code == 201
    stored = Target.objects.get(pk=answer.json()["id"])
    assert (stored.name, stored.url, stored.interval_seconds, stored.enabled) == (*NEW.values(), 60, True)
    assert answer.json()["state"] == "unknown"


def test_staff_replaces_and_changes_a_target(staff: APIClient, target: Target) -> None:
    path = f"/api/targets/{target.pk}/"

    assert staff.put(path, {**NEW, "name": "Shop 2"}).json()["name"] == "Shop 2"
    assert staff.patch(path, {"enabled": False, "interval_seconds": 30}).json()["enabled"] is False
    target.refresh_from_db()
    assert (target.name, target.enabled, target.interval_seconds) == ("Shop 2", False, 30)


def test_staff_deletes_a_target_and_what_was_seen_of_it(staff: APIClient, target: Target) -> None:
    ProbeFactory.create(target=target)

    assert staff.delete(f"/api/targets/{target.pk}/").status_code == 204
    assert not Target.objects.exists()
    assert not Probe.objects.exists()


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_others_write_nothing(anyone: APIClient, user: APIClient, target: Target, method: str, path: str) -> None:
    path = "/api/targets/" + path.format(pk=target.pk)
    stranger, member = getattr(anyone, method)(path, NEW), getattr(user, method)(path, NEW)

    assert (stranger.status_code, stranger["WWW-Authenticate"]) == (401, "Token")
    assert (member.status_code, list(member.json())) == (403, ["detail"])
    assert list(Target.objects.values_list("name", "url")) == [(target.name, target.url)]


def test_a_wrong_token_is_refused_even_for_reading(anyone: APIClient) -> None:
    answer = anyone.get("/api/targets/", headers={"Authorization": "Token none"})

    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Token")


def test_a_session_needs_its_csrf_token(db: None) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(UserFactory.create(is_staff=True))

    answer = client.post("/api/targets/", NEW, content_type="application/json")

    assert answer.status_code == 403
    assert "CSRF" in answer.json()["detail"]
    assert not Target.objects.exists()


def test_a_session_of_staff_may_write(db: None) -> None:
    client = Client()
    client.force_login(UserFactory.create(is_staff=True))

    assert client.post("/api/targets/", NEW, content_type="application/json").status_code == 201


def test_a_change_leaves_the_state_that_a_worker_wrote_meanwhile(target: Target) -> None:
    change = TargetSerializer(target, data={"position": 5}, partial=True)
    assert change.is_valid()
    Target.objects.update(state=State.DOWN, consecutive_failures=3)

    save(change)

    target.refresh_from_db()
    assert (target.position, target.state, target.consecutive_failures) == (5, State.DOWN, 3)


def test_a_target_that_is_deleted_meanwhile_cannot_be_changed(target: Target) -> None:
    change = TargetSerializer(target, data={"position": 5}, partial=True)
    assert change.is_valid()
    Target.objects.all().delete()

    with pytest.raises(Http404):
        save(change)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="writers of SQLite come one after another anyway")
@pytest.mark.django_db(transaction=True)
def test_a_target_is_deleted_with_a_result_that_is_being_stored(staff: APIClient, target: Target) -> None:
    stored = Event()

    def work() -> None:
        with transaction.atomic():
            ProbeFactory.create(target=Target.objects.select_for_update(no_key=True).get(pk=target.pk))
            stored.set()
            time.sleep(0.3)
        connection.close()

    worker = Thread(target=work)
    worker.start()
    stored.wait()
    answer = staff.delete(f"/api/targets/{target.pk}/")
    worker.join()

    assert answer.status_code == 204
    assert not Target.objects.exists()


def test_of_two_that_take_a_name_at_once_one_is_told(db: None) -> None:
    slower = TargetSerializer(data=NEW)
    assert slower.is_valid()
    TargetFactory.create(name=NEW["name"])

    with pytest.raises(ValidationError) as refused:
        save(slower)

    assert list(refused.value.detail) == ["name"]
    assert Target.objects.count() == 1
