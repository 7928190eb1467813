"""What the API takes and gives."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from monitor.api import examples
from monitor.api.strictness import StrictSerializer, UtcTime
from monitor.models import DailyFigures, HourlyFigures, Incident, Outcome, Probe, State, Target
from monitor.selectors.status import Overall
from monitor.services.address_guard import AddressRefused, DnsFailure, check_url

if TYPE_CHECKING:
    from collections.abc import Mapping

STAFF_ONLY = "Only in answers to staff."
UNPROBED = "Null until the first probe."
POSITION_LIMIT = 32_767
"""https://docs.djangoproject.com/en/5.2/ref/models/fields/#positivesmallintegerfield."""


class LastOutcome(serializers.ChoiceField):
    """An outcome that may not be known yet; the database holds an empty text then."""

    def to_representation(self, value: str) -> Any:
        """Give null for what is not known."""
        return super().to_representation(value) or None


@extend_schema_serializer(examples=[examples.answer(examples.TARGET), examples.body(examples.NEW_TARGET)])
class TargetSerializer(StrictSerializer):
    """An address that is probed at an interval, and its present state."""

    last_outcome = LastOutcome(Outcome.choices, read_only=True, allow_null=True, help_text=UNPROBED)

    class Meta:
        model = Target
        times = ("interval_seconds", "timeout_seconds")
        settings = ("expected_status", *times, "failure_threshold", "enabled", "position")
        seen = ("state", "state_since", "last_probed_at", "last_latency_ms", "last_outcome")
        fields = ("id", "name", "url", *settings, "created_at", *seen)
        read_only_fields = ("id", "created_at", *seen)
        staff_only = ("url",)
        extra_kwargs = {  # noqa: RUF012 - Django REST framework reads it, nobody changes it
            "name": {"help_text": "Shown on the page; no two targets share one."},
            "url": {"help_text": f"http or https, without user name and fragment. {STAFF_ONLY}"},
            "timeout_seconds": {"help_text": "Less than the interval."},
            "failure_threshold": {"help_text": "An incident opens after so many failures in a row."},
            "enabled": {"help_text": "Only staff sees targets that are not."},
            "position": {"help_text": "The page and the list are sorted by it.", "max_value": POSITION_LIMIT},
            "state_since": {"help_text": UNPROBED},
        }

    def validate_url(self, url: str) -> str:
        """Refuse an address that could not be probed; one that is kept is not looked up again."""
        if isinstance(self.instance, Target) and url == self.instance.url:
            return url
        if "#" in url:
            raise serializers.ValidationError(_("An address must not hold a fragment (#)."))
        try:
            check_url(url)
        except (AddressRefused, DnsFailure) as error:
            raise serializers.ValidationError(str(error)) from error
        return url

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a timeout that reaches into the next probe."""
        stored = self.instance if isinstance(self.instance, Target) else Target()
        interval, timeout = (attrs.get(name, getattr(stored, name)) for name in self.Meta.times)
        if timeout >= interval:
            raise serializers.ValidationError({"timeout_seconds": _("The timeout must be less than the interval.")})
        return attrs

    def update(self, instance: Target, validated_data: Mapping[str, Any]) -> Target:
        """Write the named fields alone: a worker may be writing the target's state at this very moment."""
        for name, value in validated_data.items():
            setattr(instance, name, value)
        instance.save(update_fields=validated_data.keys())
        return instance


@extend_schema_serializer(examples=[examples.answer(examples.PROBE)])
class ProbeSerializer(StrictSerializer):
    """One look at a target."""

    class Meta:
        model = Probe
        fields = read_only_fields = ("slot", "at", "outcome", "latency_ms", "status_code", "error")
        staff_only = ("error",)
        extra_kwargs = {  # noqa: RUF012 - as above
            "slot": {"help_text": "When the probe was due."},
            "at": {"help_text": "When it began."},
            "latency_ms": {"help_text": "Null if no answer came."},
            "status_code": {"help_text": "Null if no answer came."},
            "error": {"help_text": STAFF_ONLY},
        }


@extend_schema_serializer(examples=[examples.answer(examples.INCIDENT)])
class IncidentSerializer(StrictSerializer):
    """A time in which a target was down."""

    target_name = serializers.CharField(source="target.name", read_only=True)

    class Meta:
        model = Incident
        fields = ("id", "target", "target_name", "opened_at", "closed_at", "cause", "detail")
        read_only_fields = fields
        staff_only = ("detail",)
        extra_kwargs = {  # noqa: RUF012 - as above
            "target": {"help_text": "The target's id."},
            "closed_at": {"help_text": "Null while the incident is open."},
            "detail": {"help_text": STAFF_ONLY},
        }


@extend_schema_serializer(examples=[examples.answer(examples.FIGURES)])
class FiguresSerializer(serializers.Serializer[HourlyFigures | DailyFigures]):
    """Figures of an hour, or of a day of the product's time zone."""

    start = serializers.SerializerMethodField(help_text="When the hour or the day began.")
    probes = serializers.IntegerField(min_value=0)
    failures = serializers.IntegerField(min_value=0)
    latency_mean_ms = serializers.IntegerField(min_value=0, allow_null=True, help_text="Of probes that went well.")
    latency_p95_ms = serializers.IntegerField(
        min_value=0, allow_null=True, help_text="Of probes that went well; a day's is its worst hour's."
    )

    def get_start(self, figures: HourlyFigures | DailyFigures) -> datetime:
        """Give the beginning in UTC."""
        if isinstance(figures, HourlyFigures):
            return figures.start.astimezone(UTC)
        return beginning(figures.day)


class FiguresQuery(serializers.Serializer[Any]):
    """Which figures are wanted."""

    span = serializers.ChoiceField(("hour", "day"), default="day", help_text="What each of the figures spans.")


class IncidentQuery(serializers.Serializer[Any]):
    """Which incidents are wanted."""

    open = serializers.ChoiceField(("true", "false"), required=False, help_text="Only those that are open, or closed.")


class TargetStateSerializer(serializers.Serializer[Any]):
    """A target's present state."""

    id = serializers.IntegerField(source="target.pk")
    name = serializers.CharField(source="target.name")
    state = serializers.ChoiceField(State.choices, source="target.state")
    since = UtcTime(source="target.state_since", allow_null=True, help_text=UNPROBED)
    last_latency_ms = serializers.IntegerField(
        source="target.last_latency_ms", allow_null=True, help_text="Null if the last probe got no answer."
    )
    uptime_90d = serializers.FloatField(
        source="uptime",
        allow_null=True,
        min_value=0,
        max_value=1,
        help_text="The share of probes in 90 days that went well; null if there were none.",
    )


@extend_schema_serializer(examples=[examples.answer(examples.STATUS)])
class StatusSerializer(serializers.Serializer[Any]):
    """The present state of all that is watched."""

    state = serializers.ChoiceField(
        [(overall.value, overall.value) for overall in Overall],
        source="overall",
        help_text="`stale`: no probes came in lately, so the states below are old. `empty`: nothing is watched.",
    )
    at = UtcTime(source="now", help_text="When this was true.")
    stale_since = UtcTime(allow_null=True, help_text="When the newest probe was; null unless `state` is `stale`.")
    targets = TargetStateSerializer(many=True)


class LinksSerializer(serializers.Serializer[Any]):
    """Where things are."""

    status = serializers.URLField()
    targets = serializers.URLField()
    incidents = serializers.URLField()
    schema = serializers.URLField()


def beginning(day: date) -> datetime:
    """Give the time when a day of the product's time zone begins, in UTC."""
    return datetime.combine(day, time.min, timezone.get_default_timezone()).astimezone(UTC)
