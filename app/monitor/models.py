"""What is watched, what was seen, and what became of it."""

from django.core.validators import MaxValueValidator, MinValueValidator, URLValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Outcome(models.TextChoices):
    """How a probe ended; every kind but `OK` is a failure."""

    OK = "ok", _("as expected")
    WRONG_STATUS = "wrong_status", _("unexpected status")
    TIMEOUT = "timeout", _("no answer in time")
    DNS = "dns", _("name not found")
    CONNECTION = "connection", _("no connection")
    TLS = "tls", _("invalid certificate")
    TOO_LARGE = "too_large", _("answer too large")
    REDIRECTS = "redirects", _("too many redirects")
    MALFORMED = "malformed", _("not an HTTP answer")
    REFUSED = "refused", _("address not allowed")


class State(models.TextChoices):
    """What is known of a target at present."""

    UNKNOWN = "unknown", _("not yet probed")
    UP = "up", _("up")
    DOWN = "down", _("down")


class Target(models.Model):
    """An address that is probed at an interval, and the present state of it.

    The fields from `state` on are written by `services.results` alone, `scheduled_slot` by `services.scheduling`.
    """

    name = models.CharField(_("name"), max_length=80, unique=True)
    url = models.CharField(_("address"), max_length=500, validators=[URLValidator(["http", "https"])])
    expected_status = models.PositiveSmallIntegerField(
        _("expected status"), default=200, validators=[MinValueValidator(100), MaxValueValidator(599)]
    )
    interval_seconds = models.PositiveIntegerField(
        _("interval in seconds"), default=60, validators=[MinValueValidator(10), MaxValueValidator(3600)]
    )
    timeout_seconds = models.PositiveSmallIntegerField(
        _("timeout in seconds"), default=10, validators=[MinValueValidator(1), MaxValueValidator(20)]
    )
    failure_threshold = models.PositiveSmallIntegerField(
        _("failures before an incident"), default=3, validators=[MinValueValidator(1), MaxValueValidator(20)]
    )
    enabled = models.BooleanField(_("enabled"), default=True)
    position = models.PositiveSmallIntegerField(_("position on the page"), default=100)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    state = models.CharField(_("state"), max_length=10, choices=State, default=State.UNKNOWN, editable=False)
    state_since = models.DateTimeField(_("in this state since"), null=True, editable=False)
    consecutive_failures = models.PositiveIntegerField(_("failures in a row"), default=0, editable=False)
    last_slot = models.DateTimeField(_("last probe was due"), null=True, editable=False)
    last_probed_at = models.DateTimeField(_("last probed"), null=True, editable=False)
    last_latency_ms = models.PositiveIntegerField(_("last latency in ms"), null=True, editable=False)
    last_outcome = models.CharField(_("last outcome"), max_length=20, choices=Outcome, blank=True, editable=False)
    scheduled_slot = models.DateTimeField(_("last slot that was queued"), null=True, editable=False)

    class Meta:
        ordering = ("position", "name")
        constraints = (
            models.CheckConstraint(condition=Q(interval_seconds__range=(10, 3600)), name="target_interval_in_range"),
            models.CheckConstraint(condition=Q(timeout_seconds__range=(1, 20)), name="target_timeout_in_range"),
        )
        verbose_name = _("target")
        verbose_name_plural = _("targets")

    def __str__(self) -> str:
        return self.name


class Probe(models.Model):
    """One look at a target. `slot` is when it was due: a task that runs twice still leaves one row."""

    target = models.ForeignKey(Target, models.CASCADE, related_name="probes", verbose_name=_("target"))
    slot = models.DateTimeField(_("due"))
    at = models.DateTimeField(_("started"))
    outcome = models.CharField(_("outcome"), max_length=20, choices=Outcome)
    latency_ms = models.PositiveIntegerField(_("latency in ms"), null=True)
    status_code = models.PositiveSmallIntegerField(_("status"), null=True)
    error = models.CharField(_("error"), max_length=300, blank=True)

    class Meta:
        ordering = ("-slot",)
        constraints = (models.UniqueConstraint(fields=("target", "slot"), name="probe_once_a_slot"),)
        indexes = (models.Index(fields=("slot",), name="probe_by_slot"),)
        verbose_name = _("probe")
        verbose_name_plural = _("probes")

    def __str__(self) -> str:
        return f"{self.target_id} {self.slot:%Y-%m-%d %H:%M:%S} {self.outcome}"


class Figures(models.Model):
    """Figures of a span of time: how many probes, how many failed, and how long the good ones took."""

    target: models.ForeignKey[Target, Target]
    probes = models.PositiveIntegerField(_("probes"))
    failures = models.PositiveIntegerField(_("failures"))
    latency_mean_ms = models.PositiveIntegerField(_("mean latency in ms"), null=True)
    latency_p95_ms = models.PositiveIntegerField(_("95th percentile of latency in ms"), null=True)

    class Meta:
        abstract = True
        constraints = (
            models.CheckConstraint(condition=Q(failures__lte=F("probes")), name="%(class)s_failures_are_probes"),
        )


class HourlyFigures(Figures):
    """One target, one hour (UTC). Rolled up from probes."""

    target = models.ForeignKey(Target, models.CASCADE, related_name="hours", verbose_name=_("target"))
    start = models.DateTimeField(_("hour"))

    class Meta:
        ordering = ("-start",)
        constraints = (
            *Figures.Meta.constraints,
            models.UniqueConstraint(fields=("target", "start"), name="figures_once_an_hour"),
        )
        indexes = (models.Index(fields=("start",), name="figures_by_hour"),)

    def __str__(self) -> str:
        return f"{self.target_id} {self.start:%Y-%m-%d %H:00}"


class DailyFigures(Figures):
    """One target, one day of the product's time zone. Rolled up from hours; its p95 is the worst hour's."""

    target = models.ForeignKey(Target, models.CASCADE, related_name="days", verbose_name=_("target"))
    day = models.DateField(_("day"))

    class Meta:
        ordering = ("-day",)
        constraints = (
            *Figures.Meta.constraints,
            models.UniqueConstraint(fields=("target", "day"), name="figures_once_a_day"),
        )
        indexes = (models.Index(fields=("day",), name="figures_by_day"),)

    def __str__(self) -> str:
        return f"{self.target_id} {self.day}"


class Incident(models.Model):
    """A time in which a target was down; one at most is open for each target."""

    target = models.ForeignKey(Target, models.CASCADE, related_name="incidents", verbose_name=_("target"))
    opened_at = models.DateTimeField(_("opened"))
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    cause = models.CharField(_("cause"), max_length=20, choices=Outcome)
    detail = models.CharField(_("detail"), max_length=300, blank=True)

    class Meta:
        ordering = ("-opened_at",)
        constraints = (
            models.UniqueConstraint(fields=("target",), condition=Q(closed_at=None), name="one_open_incident_a_target"),
            models.CheckConstraint(condition=Q(closed_at__gte=F("opened_at")), name="incident_closed_after_opened"),
        )
        indexes = (models.Index(fields=("-opened_at",), name="incident_by_opening"),)
        verbose_name = _("incident")
        verbose_name_plural = _("incidents")

    def __str__(self) -> str:
        return f"{self.target_id} {self.opened_at:%Y-%m-%d %H:%M} {self.cause}"


class Notification(models.Model):
    """What the webhook is to be told, kept until it took it: nothing is lost while it or the broker is away."""

    class Event(models.TextChoices):
        """What happened to the incident."""

        OPENED = "opened", _("opened")
        CLOSED = "closed", _("closed")

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="notifications", verbose_name=_("incident"))
    event = models.CharField(_("event"), max_length=10, choices=Event)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    due_at = models.DateTimeField(_("next attempt"), default=timezone.now)
    delivered_at = models.DateTimeField(_("delivered"), null=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    error = models.CharField(_("last error"), max_length=300, blank=True)

    class Meta:
        ordering = ("created_at",)
        constraints = (models.UniqueConstraint(fields=("incident", "event"), name="one_notification_an_event"),)

    def __str__(self) -> str:
        return f"{self.incident_id} {self.event}"
