"""Words and charts in templates: `{% load pages %}`."""

from __future__ import annotations

from django import template
from django.conf import settings

from monitor.pages import charts, wording

register = template.Library()

for name in ("percent", "milliseconds", "duration", "day", "moment", "exact_moment", "clock", "span"):
    register.filter(name, getattr(wording, name))

for name in ("bars", "sparkline", "day_of_latencies"):
    register.simple_tag(getattr(charts, name), name=name)


@register.simple_tag
def site_name() -> str:
    """The product's name, on pages without a context too, such as that of an error 500."""
    return str(settings.SITE_NAME)
