"""Rows as tests need them; every field not named is a likely one."""

from datetime import UTC, datetime, timedelta
from functools import cache

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.utils import timezone
from factory.declarations import LazyFunction, SelfAttribute, Sequence, SubFactory, Transformer
from factory.django import DjangoModelFactory

from monitor.models import DailyFigures, HourlyFigures, Incident, Notification, Outcome, Probe, Target

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@cache
def hashed(password: str | None) -> str:
    """Hash a password as slowly as the product does, but each once for all tests; `None` is none that fits."""
    return make_password(password)


class UserFactory(DjangoModelFactory[User]):
    """A user; `is_staff=True` makes one that may change targets. The password is `"password"`."""

    class Meta:
        model = User

    username = Sequence(lambda number: f"user{number}")
    password = Transformer("password", transform=hashed)


class TargetFactory(DjangoModelFactory[Target]):
    """A target that was never probed."""

    class Meta:
        model = Target

    name = Sequence(lambda number: f"Target {number}")
    url = Sequence(lambda number: f"https://target{number}.example/")


class ProbeFactory(DjangoModelFactory[Probe]):
    """A probe that went well; slots follow each other minute by minute from `NOON`."""

    class Meta:
        model = Probe

    target = SubFactory(TargetFactory)
    slot = Sequence(lambda number: NOON + timedelta(minutes=number))
    at = SelfAttribute("slot")
    outcome = Outcome.OK
    latency_ms = 120
    status_code = 200


class HourlyFiguresFactory(DjangoModelFactory[HourlyFigures]):
    """An hour of probes every minute; hours follow each other from `NOON`."""

    class Meta:
        model = HourlyFigures

    target = SubFactory(TargetFactory)
    start = Sequence(lambda number: NOON + timedelta(hours=number))
    probes = 60
    failures = 0
    latency_mean_ms = 120
    latency_p95_ms = 180


class DailyFiguresFactory(DjangoModelFactory[DailyFigures]):
    """A day of probes every minute; days follow each other from the day of `NOON`."""

    class Meta:
        model = DailyFigures

    target = SubFactory(TargetFactory)
    day = Sequence(lambda number: NOON.date() + timedelta(days=number))
    probes = 1440
    failures = 0
    latency_mean_ms = 120
    latency_p95_ms = 180


class IncidentFactory(DjangoModelFactory[Incident]):
    """An incident that is still open."""

    class Meta:
        model = Incident

    target = SubFactory(TargetFactory)
    opened_at = LazyFunction(timezone.now)
    cause = Outcome.TIMEOUT
    detail = "no answer within 10 s"


class NotificationFactory(DjangoModelFactory[Notification]):
    """The news of an opened incident, not yet delivered."""

    class Meta:
        model = Notification

    incident = SubFactory(IncidentFactory)
    event = Notification.Event.OPENED
