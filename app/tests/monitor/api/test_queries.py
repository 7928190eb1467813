from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from monitor.models import Target
from tests.factories import (
    NOON,
    DailyFiguresFactory,
    HourlyFiguresFactory,
    IncidentFactory,
    ProbeFactory,
    TargetFactory,
)


def grow(target: Target, rows: int) -> None:
    for number in range(rows):
        ProbeFactory.create(target=target, slot=NOON + timedelta(minutes=number))
        HourlyFiguresFactory.create(target=target, start=NOON + timedelta(hours=number))
        DailyFiguresFactory.create(target=target, day=NOON.date() + timedelta(days=number))
        IncidentFactory.create(target=TargetFactory.create())


@pytest.mark.parametrize("who", ["anyone", "staff"])
@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/api/status", 5),
        ("/api/targets/", 3),
        ("/api/incidents/", 2),
        ("/api/targets/{}/probes/", 3),
        ("/api/targets/{}/figures/?span=hour", 3),
        ("/api/targets/{}/figures/?span=day", 3),
    ],
)
def test_the_number_of_queries_does_not_depend_on_the_number_of_rows(
    request: pytest.FixtureRequest, who: str, target: Target, path: str, most: int
) -> None:
    client = request.getfixturevalue(who)
    counts = []
    for rows in (1, 12):
        Target.objects.exclude(pk=target.pk).delete()
        for kept in (target.probes, target.hours, target.days):
            kept.all().delete()
        grow(target, rows)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(path.format(target.pk)).status_code == 200
        counts.append(len(queries))

    assert counts[0] == counts[1] <= most
