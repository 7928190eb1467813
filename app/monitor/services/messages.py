"""What the webhook is told, in the language of `LANGUAGE_CODE`."""

from django.conf import settings
from django.utils import formats, timezone, translation
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from monitor.models import Incident, Notification, Outcome

Body = dict[str, str | None]


def body(news: Notification) -> Body:
    """Return the JSON that is posted: facts for programs, and a sentence for people.

    Times are ISO 8601 in UTC. The sentence is there as `text`, which Slack's incoming webhooks show, and as
    `content`, which Discord's do. The target's address goes without its query, which may hold a key.
    """
    incident = news.incident
    with translation.override(settings.LANGUAGE_CODE):
        sentence = _sentence(incident, news.event)
    return {
        "event": news.event,
        "target": incident.target.name,
        "url": incident.target.url.partition("?")[0].partition("#")[0],
        "opened_at": incident.opened_at.isoformat(),
        "closed_at": incident.closed_at.isoformat() if incident.closed_at else None,
        "cause": incident.cause,
        "text": sentence,
        "content": sentence,
    }


def _sentence(incident: Incident, event: str) -> str:
    values = {
        "site": settings.SITE_NAME,
        "target": incident.target.name,
        "cause": Outcome(incident.cause).label,
        "opened": formats.date_format(timezone.localtime(incident.opened_at), "DATETIME_FORMAT"),
        "duration": timesince(incident.opened_at, incident.closed_at),
    }
    if event == Notification.Event.CLOSED:
        return _("[%(site)s] %(target)s is up again after %(duration)s.") % values
    return _("[%(site)s] %(target)s is down since %(opened)s: %(cause)s.") % values
