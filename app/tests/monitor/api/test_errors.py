from typing import Any, NoReturn

import pytest
from django.db import InterfaceError, OperationalError, connection
from rest_framework.test import APIClient

NEW = {"name": "Shop", "url": "https://1.1.1.1/"}


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
@pytest.mark.parametrize("path", ["/api/status", "/api/targets/", "/api/targets/1/", "/api/incidents/"])
def test_while_the_database_is_away_the_api_says_so(anyone: APIClient, path: str, error: type[Exception]) -> None:
    def away(*_query: Any) -> NoReturn:
        raise error("connection to server at 10.1.2.3 failed")

    with connection.execute_wrapper(away):
        answer = anyone.get(path, headers={"Accept-Language": "en"})

    assert answer.status_code == 503
    assert answer.json() == {"detail": "the database cannot be reached; try again"}
    assert int(answer["Retry-After"]) > 0
    assert "no-store" in answer["Cache-Control"]
    assert anyone.get("/api/status").status_code == 200


def test_a_token_cannot_be_checked_without_the_database(staff: APIClient) -> None:
    def away(*_query: Any) -> NoReturn:
        raise OperationalError

    with connection.execute_wrapper(away):
        assert staff.post("/api/targets/", NEW).status_code == 503


def test_a_method_that_an_address_does_not_have(staff: APIClient) -> None:
    assert staff.post("/api/incidents/").status_code == 405


def test_only_json_is_given(anyone: APIClient) -> None:
    assert anyone.get("/api/targets/", headers={"Accept": "text/html"}).status_code == 406
    assert anyone.get("/api/targets/?format=xml").status_code == 200
