import pytest
from django.conf import LazySettings
from django.test import Client
from rest_framework.test import APIClient

from monitor.models import Target
from tests.factories import TargetFactory, UserFactory

PATHS = ["/api/", "/api/status", "/api/targets/", "/api/incidents/", "/api/schema/"]


@pytest.mark.parametrize("path", PATHS)
def test_what_everyone_may_read_may_be_kept_for_a_moment(anyone: APIClient, settings: LazySettings, path: str) -> None:
    settings.PAGE_FRESH_SECONDS = 7

    answer = anyone.get(path)

    assert answer["Cache-Control"] == "public, max-age=7"
    assert {"Authorization", "Cookie"} <= {name.strip() for name in answer["Vary"].split(",")}
    assert not answer.cookies


@pytest.mark.parametrize("path", ["/api/targets/", "/api/incidents/", "/api/schema/"])
def test_what_was_not_changed_is_not_sent_again(anyone: APIClient, path: str) -> None:
    tag = anyone.get(path)["ETag"]

    again = anyone.get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")


def test_what_was_changed_is_sent(anyone: APIClient, target: Target) -> None:
    tag = anyone.get("/api/targets/")["ETag"]
    TargetFactory.create()

    assert anyone.get("/api/targets/", headers={"If-None-Match": tag}).status_code == 200


def test_what_touches_a_cookie_is_kept_by_its_browser_alone(anyone: APIClient, settings: LazySettings) -> None:
    anyone.cookies[settings.SESSION_COOKIE_NAME] = "stale"

    answer = anyone.get("/api/targets/")

    assert answer.cookies[settings.SESSION_COOKIE_NAME].value == ""
    assert "private" in answer["Cache-Control"]


def test_nobody_keeps_what_is_for_staff(staff: APIClient, target: Target) -> None:
    session = Client()
    session.force_login(UserFactory.create(is_staff=True))

    for client in (staff, session):
        answer = client.get("/api/targets/")
        assert {"private", "no-store"} <= {part.strip() for part in answer["Cache-Control"].split(",")}
        assert "ETag" not in answer


def test_nobody_keeps_errors(anyone: APIClient) -> None:
    assert "no-store" in anyone.get("/api/targets/1/")["Cache-Control"]
