"""Which targets are due, and what of that goes to the workers in one message."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Q

from monitor.models import Target

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# All targets of a batch are probed at the same time, so that a batch takes as long as the longest timeout that a
# target may have (20 s), well within the tasks' time limits; its size bounds the connections open at a time.
BATCH_SIZE = 20


@dataclass(frozen=True)
class Batch:
    """Targets of one interval that are due at the same slot; of no use any more when the next slot comes."""

    slot: datetime
    interval_seconds: int
    target_ids: tuple[int, ...]

    @property
    def expires_at(self) -> datetime:
        """Return when the next slot of these targets begins."""
        return self.slot + timedelta(seconds=self.interval_seconds)


def slot_of(now: datetime, interval_seconds: int) -> datetime:
    """Return the latest multiple of the interval, counted from 1970 in UTC, that is not after `now`."""
    interval = timedelta(seconds=interval_seconds)
    return EPOCH + (now - EPOCH) // interval * interval


def batches(now: datetime) -> Iterator[Batch]:
    """Yield the targets whose present slot was not queued yet, `BATCH_SIZE` at most at a time. One query."""
    by_interval: defaultdict[int, list[int]] = defaultdict(list)
    known = Target.objects.filter(enabled=True).values_list("pk", "interval_seconds", "scheduled_slot").order_by("pk")
    for pk, interval, queued in known:
        if queued is None or queued < slot_of(now, interval):
            by_interval[interval].append(pk)
    for interval, target_ids in by_interval.items():
        for start in range(0, len(target_ids), BATCH_SIZE):
            yield Batch(slot_of(now, interval), interval, tuple(target_ids[start : start + BATCH_SIZE]))


def mark_queued(batch: Batch) -> None:
    """Note that a batch is on its way, so that it is not queued again while it waits for a worker.

    Call it after the queue took the batch: had the queue failed, the slot would still be due. A message lost later
    is one probe lost, as the next slot is due by itself.
    """
    earlier = Q(scheduled_slot=None) | Q(scheduled_slot__lt=batch.slot)
    Target.objects.filter(earlier, pk__in=batch.target_ids).update(scheduled_slot=batch.slot)
