from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, transaction

from tests.factories import (
    NOON,
    DailyFiguresFactory,
    HourlyFiguresFactory,
    IncidentFactory,
    NotificationFactory,
    ProbeFactory,
    TargetFactory,
)

pytestmark = pytest.mark.django_db
HOUR_AGO = NOON - timedelta(hours=1)


def test_the_migrations_make_the_models_as_they_are() -> None:
    call_command("makemigrations", "monitor", "--check", "--dry-run", verbosity=0)


@pytest.mark.parametrize(
    ("factory", "values"),
    [
        (TargetFactory, {"interval_seconds": 9}),
        (TargetFactory, {"interval_seconds": 3601}),
        (TargetFactory, {"timeout_seconds": 0}),
        (TargetFactory, {"timeout_seconds": 21}),
        (HourlyFiguresFactory, {"probes": 1, "failures": 2}),
        (DailyFiguresFactory, {"probes": 1, "failures": 2}),
        (IncidentFactory, {"opened_at": NOON, "closed_at": HOUR_AGO}),
    ],
)
def test_the_database_refuses_what_cannot_be(factory: type[TargetFactory], values: dict[str, object]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        factory.create(**values)


@pytest.mark.parametrize(
    ("factory", "same"),
    [
        (TargetFactory, ("name",)),
        (ProbeFactory, ("target", "slot")),
        (HourlyFiguresFactory, ("target", "start")),
        (DailyFiguresFactory, ("target", "day")),
        (NotificationFactory, ("incident", "event")),
        (IncidentFactory, ("target",)),
    ],
)
def test_the_database_keeps_one_of_each(factory: type[TargetFactory], same: tuple[str, ...]) -> None:
    first = factory.create()
    with pytest.raises(IntegrityError), transaction.atomic():
        factory.create(**{name: getattr(first, name) for name in same})


def test_a_target_may_have_many_incidents_that_are_closed() -> None:
    first = IncidentFactory.create(opened_at=HOUR_AGO, closed_at=NOON)
    IncidentFactory.create(target=first.target, opened_at=HOUR_AGO, closed_at=NOON)
    IncidentFactory.create(target=first.target)
    assert first.target.incidents.count() == 3


@pytest.mark.parametrize("url", ["ftp://example.com/", "example.com", "javascript:alert(1)", "http://", "https://a b/"])
def test_an_address_is_a_web_address(url: str) -> None:
    with pytest.raises(ValidationError) as caught:
        TargetFactory.build(url=url).full_clean()
    assert list(caught.value.message_dict) == ["url"]


def test_deleting_a_target_takes_all_of_it_along() -> None:
    target = TargetFactory.create()
    NotificationFactory.create(incident=IncidentFactory.create(target=target))
    for factory in (ProbeFactory, HourlyFiguresFactory, DailyFiguresFactory):
        factory.create(target=target)
    total, _ = target.delete()
    assert total == 6
