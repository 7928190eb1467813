"""What may run at a time fits what it runs on, in every phase of a deploy."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as some

from kkinfra.proving.proofs.amounts import cpu, memory
from kkinfra.proving.proofs.packing import Size, unplaced
from kkinfra.spec.cpu import Cpu
from kkinfra.spec.memory import Memory
from proven import figures, found, line_of, proven
from real_spec import SOURCE, changed

INSTANCE, SWAP = "instance_type: t2.micro", ", swap: 1GiB"
WEBAPP = "workers: 2, memory: 256MB"
WORKERS = 'workers:       {count: 2, cpu: "4", memory: 8GiB}'


def of(text, name="production"):
    return found(text, "capacity", name)


def larger(text=SOURCE):
    return text.replace(INSTANCE, "instance_type: t3.medium")


def test_the_real_cluster_and_a_larger_host_hold():
    assert of(SOURCE, "alpha") == []
    assert of(larger()) == []


def test_one_gib_swaps_while_it_serves():
    (line,) = of(SOURCE)
    assert line.startswith(f"warning capacity/steady {line_of(SOURCE, INSTANCE)} environments.production.platform.host")
    assert "limits add up to 1,184 MB; t2.micro has 761 MB for them, and 1,074 MB swap" in line


def test_one_gib_without_swap_does_not_hold_a_deploy():
    text = changed(SWAP, "")
    (line,) = of(text)
    assert line.startswith(
        f"error capacity/peak {line_of(text, INSTANCE)} environments.production.platform.host.instance_type"
    )
    assert "limits add up to 1,696 MB; t2.micro has 761 MB for them, and no swap" in line
    assert "write swap: 1GiB" in line


def test_every_figure_has_its_line():
    (result,) = [each for each in proven(SOURCE, "production") if each.rule == "capacity/steady"]
    lines = {figure.label: figure.place.line for figure in result.figures if figure.place}
    assert lines["redis"] == line_of(SOURCE, "redis:         {version")
    assert lines["+ swap"] == line_of(SOURCE, SWAP)
    amounts = {figure.label: int(re.sub(r"\D", "", figure.amount)) for figure in result.figures}
    serving = ("webapp", "celery-worker", "celery-beat", "flower", "redis", "nginx")
    assert amounts["while it serves"] == sum(amounts[name] for name in serving)
    more = sum(amount for label, amount in amounts.items() if label.startswith("+ ") and label != "+ swap")
    assert amounts["at a deploy's peak"] == amounts["while it serves"] + more


def test_a_job_that_takes_more_than_the_other_colour_is_the_peak():
    text = larger(changed("--noinput], memory: 256MB", "--noinput], memory: 900MB"))
    told = figures(proven(text, "production"), "capacity/fits")
    assert "+ migration, once a release" in told
    assert not any("colour" in label for label in told)


def test_what_a_timer_starts_may_run_during_a_deploy():
    cron = "  clean: {kind: cron, command: [clean], schedule: '@daily', memory: 100MB}\n  flower:        {app"
    told = figures(proven(larger(changed("  flower:        {app", cron)), "production"), "capacity/fits")
    assert told["+ clean, by a timer"] == "100 MB"


def test_an_instance_that_nobody_knows():
    text = changed(INSTANCE, "instance_type: x9.huge")
    (line,) = of(text)
    assert line.startswith(f"warning capacity/unknown {line_of(text, 'x9.huge')} environments.production.platform.host")


def test_docker_starts_nothing_with_more_processors_than_there_are():
    text = changed(WEBAPP, f"{WEBAPP}, cpu_limit: 2")
    lines = of(text)
    assert lines[-1].startswith(
        f"error capacity/processors {line_of(text, 'cpu_limit: 2')} stack.webapp.cpu_limit: 2 is"
    )
    assert of(larger(text)) == []


def test_more_processors_are_reserved_than_there_are():
    text = changed(WEBAPP, f"{WEBAPP}, cpu: 600m")
    assert [line.split()[1] for line in of(text)] == ["capacity/steady", "capacity/processors"]
    assert "1,100m are reserved, and there are 1,000m" in of(text)[-1]


def test_what_a_burstable_instance_earns():
    (told,) = [each for each in proven(SOURCE, "production") if each.rule == "capacity/credits"]
    assert told.severity == "note"
    assert "enough for 100m of a processor all the time; 600m, which are reserved, use all that is kept in 288 min" in (
        told.message
    )


@pytest.mark.parametrize(
    ("text", "severity"),
    [("memory: 384MB", None), ("memory: 383MB", "warning"), ("memory: 319MB", "error")],
)
def test_room_beside_the_data_of_redis(text, severity):
    spec = larger(changed("maxmemory: 256MB, memory: 384MB", f"maxmemory: 256MB, {text}"))
    lines = of(spec)
    assert [line.split()[:2] for line in lines] == ([[severity, "capacity/redis"]] if severity else [])
    assert all(f" {line_of(spec, text)} stack.redis.memory: Redis full of 256MB needs 384 MB" in line for line in lines)


def test_what_is_in_memory_only_copies_nothing():
    kept = "maxmemory: 256MB, memory: 320MB, persistent: false"
    assert of(larger(changed("maxmemory: 256MB, memory: 384MB", kept))) == []


@pytest.mark.parametrize(
    ("old", "new", "rule", "at", "problem"),
    [
        (WEBAPP, "workers: 2, memory: 7GB", "error capacity/pod", "memory: 7GB", "asks for 7,000 MB, 100m, and"),
        (WORKERS, WORKERS.replace("count: 2", "count: 1"), "warning capacity/node-lost", 'count: 1, cpu: "4"',
         "with one of 1 worker lost, 7 pods (celery-beat, celery-worker, flower, nginx, postgresql, redis, webapp)"),
        (WORKERS, WORKERS.replace("8GiB", "2GiB"), "warning capacity/node-lost", "memory: 2GiB",
         "with one of 2 workers lost,"),
        (WORKERS, WORKERS.replace("8GiB", "1GiB"), "error capacity/peak", "memory: 1GiB", "while a release is"),
        (WORKERS, WORKERS.replace('"4"', "500m"), "error capacity/peak", "cpu: 500m", "while a release"),
    ],
)  # fmt: skip
def test_pods_that_find_no_place(old, new, rule, at, problem):
    text = changed(old, new)
    (line,) = of(text, "alpha")
    assert line.startswith(f"{rule} {line_of(text, at)} ")
    assert problem in line


def test_as_many_replicas_as_an_autoscaler_may_want():
    scaled = changed(
        "      flower:     {expose: true}",
        "      flower:     {expose: true}\n      webapp: {autoscale: {min: 2, max: 60}}",
    )
    (line,) = of(scaled, "alpha")
    assert line.startswith("error capacity/peak")
    assert figures(proven(scaled, "alpha"), "capacity/peak")["webapp"] == "60 + 1 in a rollout x 256 MB, 100m"


def test_a_node_keeps_something_for_itself():
    told = figures(proven(SOURCE, "alpha"), "capacity/fits")
    assert told["of that for pods"] == "6,552 MB, 3,920m", "8 GiB less 1.8 GiB and 100 MiB; 4 less 80m"


SIZES = some.builds(Size, some.integers(1, 100), some.integers(1, 100))


@given(
    some.lists(SIZES, max_size=20), some.integers(0, 8), some.builds(Size, some.integers(1, 200), some.integers(1, 200))
)
def test_what_is_placed_fits(sizes, nodes, node):
    absent = unplaced([(str(index), size) for index, size in enumerate(sizes)], nodes, node)
    placed = [size for index, size in enumerate(sizes) if str(index) not in absent]
    assert sum(size.memory for size in placed) <= nodes * node.memory
    assert sum(size.cpu for size in placed) <= nodes * node.cpu
    assert all(size.fits(node) for size in placed)


@given(some.lists(SIZES, max_size=20))
def test_a_node_for_each_is_enough(sizes):
    assert unplaced([("pod", size) for size in sizes], len(sizes), Size(100, 100)) == []


@given(some.integers(1, 10**9), some.sampled_from(["B", "kB", "MB", "GB", "KiB", "MiB", "GiB"]))
def test_quantities_of_memory_are_read_as_they_are_written(amount, unit):
    assert memory(Memory(amount, unit).kubernetes) == Memory(amount, unit).bytes


@given(some.integers(1, 10**6))
def test_quantities_of_processors_are_read_as_they_are_written(share):
    assert cpu(Cpu(share).kubernetes) == share


def test_of_many_pods_a_few_are_named():
    one = "{kind: celery-worker, app: config, concurrency: 1, queues: [celery], memory: 128MB}"
    more = "".join(f"  more-{number}: {one}\n" for number in range(9))
    text = changed(WORKERS, WORKERS.replace("count: 2", "count: 1")).replace("stack:\n", f"stack:\n{more}", 1)
    (line,) = of(text, "alpha")
    assert (
        "with one of 1 worker lost, 16 pods (celery-beat, celery-worker, flower, more-0, more-1, more-2, more-3,"
        in line
    )
    assert "more-4 and 8 more) find no place on the others" in line
