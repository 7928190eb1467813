import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from monitor.models import Target
from tests.factories import TargetFactory

NEW: dict[str, Any] = {"name": "Shop", "url": "https://1.1.1.1/"}
BAD = [
    ("name", ""),
    ("name", "  "),
    ("name", "x" * 81),
    ("name", "a\0b"),
    ("name", "\ud800"),
    ("name", 5),
    ("name", None),
    ("name", ["Shop"]),
    ("url", "ftp://1.1.1.1/"),
    ("url", "javascript:alert(1)"),
    ("url", "1.1.1.1"),
    ("url", "https://"),
    ("url", "https://[::1"),
    ("url", "https://user:password@1.1.1.1/"),
    ("url", "https://1.1.1.1/#top"),
    ("url", "https://1.1.1.1:99999/"),
    ("url", "https://1.1.1.1/" + "a" * 500),
    ("url", "https://1.1.1.1/\0"),
    ("url", "https://1.1.1.1/\r\nHost: x"),
    ("url", "http://169.254.169.254/latest/meta-data/"),
    ("url", "http://127.0.0.1/"),
    ("url", "http://10.0.0.1/"),
    ("url", "http://[::ffff:169.254.169.254]/"),
    ("expected_status", 99),
    ("expected_status", 600),
    ("expected_status", "200"),
    ("expected_status", 200.5),
    ("expected_status", True),
    ("interval_seconds", 9),
    ("interval_seconds", 3601),
    ("interval_seconds", 10**30),
    ("interval_seconds", -1),
    ("timeout_seconds", 0),
    ("timeout_seconds", 21),
    ("timeout_seconds", {}),
    ("failure_threshold", 0),
    ("position", -1),
    ("position", 32768),
    ("enabled", "yes"),
    ("enabled", 1),
    ("enabled", None),
    ("state", "up"),
    ("id", 5),
    ("colour", "red"),
]


@pytest.mark.parametrize(("field", "value"), BAD, ids=lambda value: ascii(value)[:40])
def test_what_is_wrong_is_refused_with_its_name(staff: APIClient, field: str, value: object) -> None:
    answer = staff.post("/api/targets/", json.dumps({**NEW, field: value}), content_type="application/json")

    assert answer.status_code == 400
    assert list(answer.json()) == [field]
    assert all(isinstance(message, str) for message in answer.json()[field])
    assert not Target.objects.exists()


@pytest.mark.parametrize("body", [b"{}", b""])
def test_what_is_missing_is_named(staff: APIClient, body: bytes) -> None:
    assert sorted(staff.post("/api/targets/", body, content_type="application/json").json()) == ["name", "url"]


def test_a_name_that_is_taken(staff: APIClient, target: Target) -> None:
    assert list(staff.post("/api/targets/", {**NEW, "name": target.name}).json()) == ["name"]


@pytest.mark.parametrize(
    ("stored", "change"),
    [
        ({}, {"interval_seconds": 10}),
        ({"interval_seconds": 15}, {"timeout_seconds": 15}),
        ({}, {"interval_seconds": 12, "timeout_seconds": 12}),
    ],
)
def test_a_timeout_ends_before_the_next_probe(staff: APIClient, stored: dict[str, int], change: dict[str, int]) -> None:
    target = TargetFactory.create(**stored)

    answer = staff.patch(f"/api/targets/{target.pk}/", change)

    assert (answer.status_code, list(answer.json())) == (400, ["timeout_seconds"])


def test_an_address_that_stays_is_not_looked_up_again(staff: APIClient) -> None:
    target = TargetFactory.create(url="https://nowhere.invalid/")

    assert staff.put(f"/api/targets/{target.pk}/", {"name": "Shop", "url": target.url}).status_code == 200


def test_a_name_without_an_address_is_refused(staff: APIClient) -> None:
    assert list(staff.post("/api/targets/", {**NEW, "url": "https://nowhere.invalid/"}).json()) == ["url"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"{", "detail"),
        (b'{"name": NaN}', "detail"),
        (b"\xff\xfe", "detail"),
        ('{"name": "가"}'.encode("cp949"), "detail"),
        (b'{"position": ' + b"9" * 5000 + b"}", "detail"),
        (b"[" * 10_000, "detail"),
        (b"null", "non_field_errors"),
        (b"[]", "non_field_errors"),
        (b'"name"', "non_field_errors"),
        (b"5", "non_field_errors"),
    ],
)
def test_a_body_that_is_no_object(staff: APIClient, body: bytes, field: str) -> None:
    answer = staff.post("/api/targets/", body, content_type="application/json")

    assert (answer.status_code, list(answer.json())) == (400, [field])


@pytest.mark.parametrize("charset", ["latin-1", "zlib", "hex", "no-such-thing"])
def test_json_is_utf_8_whatever_the_header_says(staff: APIClient, charset: str) -> None:
    body = json.dumps({**NEW, "name": "가"}, ensure_ascii=False).encode()

    answer = staff.post("/api/targets/", body, content_type=f"application/json; charset={charset}")

    assert answer.json()["name"] == "가"


def test_the_longest_target_fits_and_a_larger_body_does_not(staff: APIClient) -> None:
    longest = {"name": "\U0001f600" * 80, "url": "https://1.1.1.1/" + "a" * 484}

    assert staff.post("/api/targets/", json.dumps(longest), content_type="application/json").status_code == 201
    answer = staff.post("/api/targets/", {**NEW, "name": "x" * 20_000})
    assert (answer.status_code, list(answer.json())) == (413, ["detail"])


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_only_json_is_read(staff: APIClient, kind: str) -> None:
    assert staff.post("/api/targets/", b"name=Shop", content_type=kind).status_code == 415


@pytest.mark.parametrize("name", ["\ud800", "x" * 5000, "\0", ""])
def test_odd_names_of_unknown_fields_can_be_told(staff: APIClient, name: str) -> None:
    answer = staff.post("/api/targets/", json.dumps({**NEW, name: 1}), content_type="application/json")

    assert answer.status_code == 400
    (told,) = answer.json()
    assert len(told) <= 80


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
fields = st.sampled_from([field for field in Target._meta.get_fields() if field.concrete]).map(lambda field: field.name)


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.dictionaries(fields, anything, min_size=1, max_size=4) | anything)
def test_no_body_breaks_the_api(staff: APIClient, body: object) -> None:
    answer = staff.patch("/api/targets/0/", json.dumps(body), content_type="application/json")
    created = staff.post("/api/targets/", json.dumps(body), content_type="application/json")

    assert (answer.status_code, created.status_code) == (404, 400)
