"""News of incidents, from the outbox to the webhook: each at least once, in order, and never by two at a time."""

import asyncio
import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from monitor.models import Notification
from monitor.services import address_guard, guarded_client
from monitor.services.failures import explain
from monitor.services.messages import Body, body

logger = logging.getLogger(__name__)

AT_ONCE = 20
TIMEOUT_SECONDS = 10
MAX_ATTEMPTS = 10
FIRST_PAUSE = timedelta(seconds=30)  # longer than an attempt takes, so that it also keeps others away meanwhile
LONGEST_PAUSE = timedelta(hours=1)


def deliver(now: datetime) -> int:
    """Post what is due, all at the same time, and return how many the webhook took.

    What it did not take (any answer but a 2xx, or none within `TIMEOUT_SECONDS`) is due again after a pause that
    doubles; after `MAX_ATTEMPTS`, in about three hours, it is given up. A worker that dies after posting leads to a
    second delivery, which the Idempotency-Key header tells from a first one.
    """
    if not settings.INCIDENT_WEBHOOK_URL:
        return 0
    claimed = [news for news in _due(now) if _claim(news, now)]
    failures = asyncio.run(_post_all({news.pk: body(news) for news in claimed}))
    for news, failure in zip(claimed, failures, strict=True):
        _note(news, failure)
    return failures.count("")


def _due(now: datetime) -> Iterable[Notification]:
    """Return what is due; the end of an incident not before its beginning was told, or given up."""
    waiting = Q(delivered_at=None, attempts__lt=MAX_ATTEMPTS)
    earlier = Notification.objects.filter(waiting, incident=OuterRef("incident"), pk__lt=OuterRef("pk"))
    due = Notification.objects.filter(waiting, ~Exists(earlier), due_at__lte=now)
    return due.select_related("incident__target").order_by("pk")[:AT_ONCE]


def _claim(news: Notification, now: datetime) -> bool:
    """Take one for this worker: of several that try at once, the database lets one change the row."""
    pause = min(FIRST_PAUSE * 2**news.attempts, LONGEST_PAUSE)
    mine = Notification.objects.filter(pk=news.pk, attempts=news.attempts, delivered_at=None)
    news.attempts += 1
    return mine.update(attempts=news.attempts, due_at=now + pause) == 1


async def _post_all(bodies: dict[int, Body]) -> list[str]:
    return await asyncio.gather(*(_post(pk, content) for pk, content in bodies.items()))


async def _post(pk: int, content: Body) -> str:
    """Post one and return what went wrong, "" if nothing did. The address is a secret and stays out of it."""
    headers = {"Idempotency-Key": f'"notification-{pk}"'}  # draft-ietf-httpapi-idempotency-key-header: a string
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS), guarded_client.client(TIMEOUT_SECONDS) as client:
            url = address_guard.httpx_url(settings.INCIDENT_WEBHOOK_URL)
            request = client.build_request("POST", url, json=content, headers=headers)
            response = await client.send(request, stream=True)
    except Exception as error:  # noqa: BLE001 - whatever the webhook does, the other news go out
        return explain(error)[0].value
    return "" if response.is_success else f"status {response.status_code}"


def _note(news: Notification, failure: str) -> None:
    done = None if failure else timezone.now()
    Notification.objects.filter(pk=news.pk).update(delivered_at=done, error=failure)
    if failure:
        given_up = news.attempts >= MAX_ATTEMPTS
        words = (news.incident.target, news.event, news.attempts, failure, "given up" if given_up else "tried again")
        logger.log(
            logging.ERROR if given_up else logging.WARNING,
            "the webhook was not told that an incident of %s was %s, attempt %d: %s; it is %s",
            *words,
        )
