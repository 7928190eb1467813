"""Staff's view: targets are edited here, the rest is looked at."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import F, Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from monitor.models import Incident, Probe, Target
from monitor.services.address_guard import AddressRefused, DnsFailure, check_url
from monitor.services.targets import delete


class TargetForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs alone
    """A target whose address, when it changes, must be one that may be probed."""

    class Meta:
        model = Target
        fields = (
            "name",
            "url",
            "expected_status",
            "enabled",
            "position",
            "interval_seconds",
            "timeout_seconds",
            "failure_threshold",
        )

    def clean_url(self) -> str:
        """Refuse an address that the probes would refuse."""
        url: str = self.cleaned_data["url"]
        if "#" in url:
            raise ValidationError(_("An address must not hold a fragment (#)."), code="fragment")
        if "url" in self.changed_data:
            try:
                check_url(url)
            except (AddressRefused, DnsFailure) as error:
                raise ValidationError(str(error), code="address") from error
        return url

    def clean(self) -> dict[str, Any]:
        """Refuse a timeout that reaches into the next probe."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        interval, timeout = cleaned.get("interval_seconds"), cleaned.get("timeout_seconds")
        if interval and timeout and timeout >= interval:
            self.add_error("timeout_seconds", _("The timeout must be less than the interval."))
        return cleaned


@admin.register(Target)
class TargetAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Targets, with what is known of them at present."""

    form = TargetForm
    list_display = ("name", "url", "state", "last_outcome", "last_latency_ms", "last_probed_at", "enabled")
    list_filter = ("enabled", "state")
    search_fields = ("name", "url")
    readonly_fields = ("state", "state_since", "last_outcome", "last_latency_ms", "last_probed_at")
    fieldsets = (
        (None, {"fields": ("name", "url", "expected_status", "enabled", "position")}),
        (_("Rhythm"), {"fields": ("interval_seconds", "timeout_seconds", "failure_threshold")}),
        (_("At present"), {"fields": readonly_fields}),
    )

    def save_model(self, _request: HttpRequest, obj: Target, form: TargetForm, change: bool) -> None:  # noqa: FBT001
        """Write what was changed here and no more, since workers write the target's state meanwhile."""
        obj.save(update_fields=form.changed_data if change else None)

    def delete_model(self, _request: HttpRequest, obj: Target) -> None:
        """Delete a target, with results that are being stored at this very moment."""
        delete(obj)

    def delete_queryset(self, _request: HttpRequest, queryset: QuerySet[Target]) -> None:
        """Delete targets, one after another."""
        for target in queryset:
            delete(target)

    def get_deleted_objects(
        self, objs: QuerySet[Target] | Sequence[Target], _request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """List the targets alone before they are deleted; each has thousands of probes, which go along."""
        names = [str(target) for target in objs]
        return names, {str(_("targets")): len(names)}, set(), []


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows that the monitor alone writes."""

    list_select_related = ("target",)
    show_full_result_count = False

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """Nothing is added by hand."""
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Model | None = None) -> bool:
        """Nothing is changed by hand."""
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Model | None = None) -> bool:
        """Nothing is deleted by hand; time does that."""
        return False


@admin.register(Incident)
class IncidentAdmin(ReadOnlyAdmin):
    """Incidents, open ones first."""

    list_display = ("target", "cause", "opened_at", "closed_at", "detail")
    list_filter = ("cause", "target")
    ordering = (F("closed_at").desc(nulls_first=True), "-opened_at")


@admin.register(Probe)
class ProbeAdmin(ReadOnlyAdmin):
    """Probes as long as they are kept."""

    list_display = ("target", "slot", "outcome", "status_code", "latency_ms", "error")
    list_filter = ("outcome", "target")
    date_hierarchy = "slot"
