"""The description is sound, and the API does as it describes."""

import socket
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
import schemathesis
from django.conf import LazySettings
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, settings
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient
from schemathesis.specs.openapi.checks import positive_data_acceptance

from monitor.api.schema import document
from tests.factories import NOON, HourlyFiguresFactory, IncidentFactory, ProbeFactory, TargetFactory, UserFactory


def test_the_description_is_valid_and_complete() -> None:
    call_command("spectacular", validate=True, fail_on_warn=True, stdout=StringIO())


def test_the_description_is_served_in_english_whoever_asks(anyone: APIClient) -> None:
    described = anyone.get("/api/schema/", headers={"Accept-Language": "ko"})

    assert described.json()["openapi"].startswith("3.1")
    assert described.text.isascii()


def test_what_staff_alone_sees_is_described_as_optional(anyone: APIClient) -> None:
    shapes = anyone.get("/api/schema/").json()["components"]["schemas"]

    for shape, field in (("Target", "url"), ("Probe", "error"), ("Incident", "detail")):
        assert set(shapes[shape]["properties"]) - set(shapes[shape]["required"]) == {field}
        assert "Only in answers to staff" in shapes[shape]["properties"][field]["description"]
    assert shapes["TargetRequest"]["required"] == ["name", "url"]
    assert shapes["TargetRequest"]["additionalProperties"] is False


def test_errors_are_described_where_they_happen(anyone: APIClient) -> None:
    paths = anyone.get("/api/schema/").json()["paths"]

    assert set(paths["/api/targets/"]["post"]["responses"]) == {"201", "400", "401", "403", "413", "415", "503"}
    assert set(paths["/api/targets/{id}/"]["delete"]["responses"]) == {"204", "401", "403", "404", "503"}
    assert set(paths["/api/targets/{id}/figures/"]["get"]["responses"]) == {"200", "400", "401", "404", "503"}
    assert set(paths["/api/status"]["get"]["responses"]) == {"200", "401", "503"}


@pytest.fixture
def rows(db: None, settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A few rows, and a resolver that knows every name, so that no test leaves this machine."""
    answer = [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("1.1.1.1", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_kinds: answer)
    settings.ALLOWED_HOSTS = ["*"]
    target = TargetFactory.create(id=1)
    for number in range(3):
        ProbeFactory.create(target=target, slot=NOON + timedelta(minutes=number), latency_ms=None)
        HourlyFiguresFactory.create(target=target, start=NOON + timedelta(hours=number))
    IncidentFactory.create(target=target)


api = schemathesis.openapi.from_dict(document())
api.app = WSGIHandler()


@pytest.fixture
def token(db: None) -> str:
    return str(Token.objects.create(user=UserFactory.create(is_staff=True)))


@pytest.fixture
def one_connection() -> Iterator[None]:
    """Keep the connection, and so the test's transaction, from request to request, as Django's own test client does."""
    for moment in (request_started, request_finished):
        moment.disconnect(close_old_connections)
    yield
    for moment in (request_started, request_finished):
        moment.connect(close_old_connections)


@pytest.mark.usefixtures("rows", "one_connection")
@api.parametrize()
@settings(max_examples=12, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
def test_the_api_does_as_it_describes(case: schemathesis.Case[Any], token: str) -> None:
    """All that Schemathesis checks but for one: no schema can say that a timeout is less than an interval."""
    case.call_and_validate(headers={"Authorization": f"Token {token}"}, excluded_checks=[positive_data_acceptance])
