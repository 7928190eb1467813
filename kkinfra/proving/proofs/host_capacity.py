"""One host: the sums of the containers' limits, phase by phase of a deploy, against an instance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.proving.proof import Finding, Row
from kkinfra.proving.proofs.amounts import megabytes, millicores
from kkinfra.proving.proofs.compose_services import COLOURS, RELEASE, containers
from kkinfra.proving.proofs.instance_types import CREDITS_SOURCE, SOURCE, instance_type
from kkinfra.spec.stack import Nginx, Process

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kkinfra.proving.proofs.compose_services import ComposeService
    from kkinfra.proving.proofs.instance_types import InstanceType
    from kkinfra.rendering.artifacts import ArtifactTree
    from kkinfra.spec.environment import Environment
    from kkinfra.spec.platforms import Ec2
    from kkinfra.values.document import Steps

    Load = tuple[str, ComposeService]

DOCKER = 183_000_000
"""Resident memory of Docker's own processes beside this stack (docs/rehearsal.md)."""

SYSTEM = 130_000_000
"""Kernel and what every host runs: systemd, journald, sshd, a clock; an estimate for Debian 12.

Of 1 GiB, the kernel keeps some 60 MB to itself; the others take some 70.
"""

_AT: Steps = ("platform", "host", "instance_type")


def host_capacity(environment: Environment, host: Ec2, tree: ArtifactTree) -> Iterator[Finding]:
    """Memory while serving and at the peak, processors, credits."""
    instance = instance_type(host.instance_type)
    if instance is None:
        message = f"what a {host.instance_type} has is not known to kkinfra, so whether all of it fits is not, either"
        yield Finding("unknown", "warning", _AT, message, "compare docs/proofs.md, and accept this with your figures")
        return
    found = containers(environment, tree)
    yield from _memory(environment, host, instance, found)
    yield from _processors(environment, instance, found)


def _memory(
    environment: Environment, host: Ec2, instance: InstanceType, found: Sequence[ComposeService]
) -> Iterator[Finding]:
    serving, peak = _serving(found), _peak(environment, found)
    needed = sum(each.memory for _, each in serving)
    most = needed + sum(each.memory for _, each in peak)
    swap, room = host.swap.bytes if host.swap else 0, instance.memory - DOCKER - SYSTEM
    rows = (*_rows(serving), Row("while it serves", megabytes(needed)), *_rows(peak),
            Row("at a deploy's peak", megabytes(most)), *_room(instance, swap))  # fmt: skip
    left = f"{host.instance_type} has {megabytes(room)} for them, and {megabytes(swap) if swap else 'no'} swap"
    if most > room + swap:
        message = f"at a deploy's peak, limits add up to {megabytes(most)}; {left}"
        remedy = f"lower limits, write swap: {-(-(most - room) // 2**30)}GiB, or choose a larger instance_type"
        yield Finding("peak", "error", _AT, message, remedy, rows)
    elif needed > room:
        message = f"while it serves, limits add up to {megabytes(needed)}; {left}"
        remedy = "lower limits, choose a larger instance_type, or accept that it swaps where all of it is used"
        yield Finding("steady", "warning", _AT, message, remedy, rows)
    else:
        message = f"limits add up to {megabytes(needed)}, and to {megabytes(most)} at a deploy's peak; {left}"
        yield Finding("fits", "note", _AT, message, "", rows)


def _room(instance: InstanceType, swap: int) -> tuple[Row, ...]:
    return (
        Row("instance", megabytes(instance.memory), _AT),
        Row("- Docker", megabytes(DOCKER), source="measured: docs/rehearsal.md"),
        Row("- kernel and system", megabytes(SYSTEM), source="estimated: Debian 12 on 1 GiB"),
        Row("room, without swap", megabytes(instance.memory - DOCKER - SYSTEM), source=SOURCE),
        Row("+ swap", megabytes(swap), ("platform", "host", "swap")),
    )


def _rows(loads: Sequence[Load]) -> tuple[Row, ...]:
    return tuple(_row(label, each) for label, each in loads)


def _row(label: str, container: ComposeService) -> Row:
    if container.at is None:
        return Row(label, megabytes(container.memory), source="kkinfra's own, see compose.yaml")
    return Row(label, megabytes(container.memory), container.at)


def _serving(found: Sequence[ComposeService]) -> list[Load]:
    """What runs as long as the product serves: everything without a profile, and one colour."""
    return [(each.part, each) for each in found if not each.profiles or COLOURS[0] in each.profiles]


def _peak(environment: Environment, found: Sequence[ComposeService]) -> list[Load]:
    """What comes on top at a deploy's worst moment, which is one of two, and what a timer may start meanwhile.

    Jobs run one at a time, before the other colour starts; Nginx's new configuration is tested in a container of
    Nginx's own while both are up (kkinfra/host/rollout.py).
    """
    jobs = sorted((each for each in found if RELEASE in each.profiles), key=lambda each: each.memory)[-1:]
    job = [(f"+ {each.part}, once a release", each) for each in jobs]
    switch = [(f"+ {each.part}, the other colour", each) for each in found if COLOURS[1] in each.profiles]
    nginx = environment.part(Nginx)
    switch += [(f"+ {each.part}, tests its files", each) for each in found if nginx and each.name == nginx[0]]
    timers = [each for each in found if each.profiles and not {RELEASE, *COLOURS} & set(each.profiles)]
    worst = max(job, switch, key=lambda loads: sum(each.memory for _, each in loads))
    return [*worst, *((f"+ {each.part}, by a timer", each) for each in timers)]


def _processors(environment: Environment, instance: InstanceType, found: Sequence[ComposeService]) -> Iterator[Finding]:
    there = instance.processors * 1000
    has = Row("instance", millicores(there), _AT)
    for name, part in environment.parts(Process):
        if part.cpu_limit.millicores > there:
            # Docker refuses such a container: "range of CPUs is from 0.01 to 1.00".
            rows = (Row(name, millicores(part.cpu_limit.millicores), ("stack", name, "cpu_limit")), has)
            message = (
                f"{part.cpu_limit} is more than the {millicores(there)} there are, and Docker starts no such container"
            )
            remedy = f"write cpu_limit: {instance.processors}, or choose a larger instance_type"
            yield Finding("processors", "error", ("stack", name, "cpu_limit"), message, remedy, rows)
    yield from _reserved(environment, instance, {each.part for _, each in _serving(found)})


def _reserved(environment: Environment, instance: InstanceType, serving: set[str]) -> Iterator[Finding]:
    """On one host `cpu` is a weight: it decides who gets how much once all want more than there is."""
    parts = [(name, part) for name, part in environment.parts(Process) if name in serving]
    reserved, there = sum(part.cpu.millicores for _, part in parts), instance.processors * 1000
    rows = [Row(name, millicores(part.cpu.millicores), ("stack", name, "cpu")) for name, part in parts]
    rows += [Row("reserved together", millicores(reserved)), Row("instance", millicores(there), _AT)]
    if reserved > there:
        message = f"{millicores(reserved)} are reserved, and there are {millicores(there)}"
        remedy = "lower cpu of some parts, or choose a larger instance_type"
        yield Finding("processors", "warning", _AT, message, remedy, tuple(rows))
    if instance.baseline:
        yield _credits(instance, reserved, rows)


def _credits(instance: InstanceType, reserved: int, rows: Sequence[Row]) -> Finding:
    earned = Row("earned", f"{instance.credits_an_hour:g} credits an hour", source=CREDITS_SOURCE)
    kept = Row("kept at most", f"{instance.most_credits:g} credits", source=CREDITS_SOURCE)
    message = f"what it earns is enough for {millicores(instance.baseline)} of a processor all the time"
    if reserved > instance.baseline:
        minutes = round(instance.most_credits / (reserved - instance.baseline) * 1000)
        message += f"; {millicores(reserved)}, which are reserved, use all that is kept in {minutes} minutes"
    return Finding("credits", "note", _AT, message, "", (*rows, earned, kept))
