"""Which copy of a page is shown: the kept one, or one that is made now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from time import sleep
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import Error as DatabaseError
from django.utils import timezone

from monitor.pages import store
from monitor.pages.breaker import Away, Breaker
from monitor.pages.store import Copy

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

TOLERATED = timedelta(seconds=60)
"""A copy that was fresh within this time is good enough for those who come while one of them makes the next."""

GLANCE_SECONDS = 0.05
GLANCES = 10
"""How often, and how many times, who needs a newer copy looks whether the one who makes it is done."""

breaker = Breaker("The database", DatabaseError)


@dataclass(frozen=True, slots=True)
class Shown:
    """A copy, and whether it is shown because the database is away."""

    copy: Copy
    database_away: bool = False


def shown(name: str, render: Callable[[datetime], str | None]) -> Shown | None:
    """The page of this name, which is kept in the cache; `render` makes it anew, and gives None if there is none.

    Raises:
        Away: The database cannot be reached, and no copy is kept.
    """
    copy = store.read(name)
    if copy and copy.age() < _fresh():
        return Shown(copy)
    claimed = store.claim(name)
    if not claimed and (found := _made_by_another(name, copy)):
        return found
    try:
        made = _make(name, render)
    except Away:
        if copy is None:
            raise
        return Shown(copy, database_away=True)
    finally:
        if claimed:
            store.release(name)
    return Shown(made) if made else None


def _fresh() -> timedelta:
    return timedelta(seconds=settings.PAGE_FRESH_SECONDS)


def _made_by_another(name: str, copy: Copy | None) -> Shown | None:
    """What is shown while another makes the page: the copy, or a newer one that is waited for if it is too old."""
    if copy and copy.age() < _fresh() + TOLERATED:
        return Shown(copy, breaker.away)
    for _ in range(0 if breaker.away else GLANCES):
        sleep(GLANCE_SECONDS)
        newer = store.read(name)
        if newer and newer != copy:
            return Shown(newer)
    return Shown(copy, database_away=True) if copy else None


def _make(name: str, render: Callable[[datetime], str | None]) -> Copy | None:
    now = timezone.now()
    with breaker.trying():
        html = render(now)
    if html is None:
        return None
    copy = Copy.of(html, now)
    store.write(name, copy)
    return copy
