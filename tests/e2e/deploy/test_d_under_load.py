"""One release after the other while visitors come and go: none of them notices, and the machine bears it."""

from __future__ import annotations

import os
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import pytest

import plain_compose
from deployer import outcome
from interruptions import assert_converged, other
from memory_watched import watched
from rehearsal.host import load
from rehearsal.memory import MB
from visit import PATH
from witness import out_of_turn, patient, switched, watching

if TYPE_CHECKING:
    from memory_watched import Watched
    from rehearsal.host.load import Counts
    from witness import Seen, Switch

DEPLOYS = int(os.environ.get("KKINFRA_TEST_DEPLOYS", "10"))
"""An even number: the release that served first serves last."""

GOOD = ("a", "b")
FAILED = ("--timeout", "15")
"""Seconds after which a part that is not healthy never will be."""
LIMIT = 2**30
SETTLED_SECONDS = 3


@dataclass(frozen=True)
class Storm:
    """What was done under load, and what was seen meanwhile; `first` served at the beginning."""

    first: str
    switches: list[Switch]
    seconds: list[float]
    unhealthy: str
    counts: Counts
    seen: list[Seen]
    long: list[Seen]
    failures: list[str]
    memory: Watched


@pytest.fixture(scope="module")
def host(deployer, acme):
    deployer.write("a")
    found = deployer.trusting(acme.root)
    found.serve_either(*GOOD)
    return found


@pytest.fixture(scope="module")
def scheme(host):
    return {"tls": "https", "http": "http"}[host.status()["details"]["release"]["stage"]]


@pytest.fixture(scope="module")
def storm(engine, host, machine, scheme, measured):
    """Deploys of two releases in turn, and in their middle one that fails."""
    first = release = host.serving()
    done, unhealthy, long = [], "", patient(machine, scheme)
    with watched(machine) as memory, watching(machine, scheme, *long) as witness:
        visitors = load.start(engine, machine, scheme=scheme, path=PATH)
        try:
            for number in range(DEPLOYS):
                release = other(release)
                done.append((release, deployed(host, release)))
                if number == DEPLOYS // 2:
                    unhealthy = host.deploy("unhealthy", *FAILED).stderr
        finally:
            time.sleep(SETTLED_SECONDS)
            counts = visitors.stop()
    storm = Storm(
        first, [switched(machine, end["run"], release) for release, end in done], [end["seconds"] for _, end in done],
        unhealthy, counts, witness.seen, [each for one in long for each in one.seen],
        [each for one in (witness, *long) for each in one.failures], memory,
    )  # fmt: skip
    measured("deploys", figures(storm), text(storm))
    return storm


def deployed(host, release):
    return outcome(host.deploy(release, "-o", "json"))


@pytest.fixture(scope="module")
def plain(storm, engine, host, machine, scheme):
    """The same change by `docker compose up` alone, and what visitors saw of it; kkinfra puts it right afterwards."""
    release = other(host.serving())
    visitors = load.start(engine, machine, scheme=scheme, path=PATH)
    try:
        time.sleep(SETTLED_SECONDS)
        plain_compose.up(host, release)
        assert host.comes_to_serve(release, 90)
        time.sleep(SETTLED_SECONDS)
    finally:
        counts = visitors.stop()
    host.serve(release)
    return counts


def test_no_request_fails_in_ten_deploys_and_one_that_fails(storm):
    assert storm.counts.failures == 0, str(storm.counts)
    assert storm.failures == []
    assert min(len(each.releases) for each in (storm.counts.kept, storm.counts.fresh, storm.counts.long)) == len(GOOD)


def test_requests_that_last_are_answered_by_the_release_that_took_them(storm):
    for switch in storm.switches:
        under_way = [each for each in storm.long if each.asked < switch.began < each.answered]
        assert under_way, "nobody waited for an answer at the switch"
        assert {each.release for each in under_way} == {other(switch.release)}


def test_every_answer_is_of_a_release_that_may_serve_at_that_time(storm):
    assert [switch.release for switch in storm.switches] == [other(storm.first), storm.first] * (DEPLOYS // 2)
    assert out_of_turn([*storm.seen, *storm.long], storm.first, storm.switches) == []
    assert len(storm.seen) > DEPLOYS


def test_a_release_that_fails_meanwhile_answers_nobody(storm):
    assert "the flux capacitor is not charged" in storm.unhealthy
    for count in (storm.counts.kept, storm.counts.fresh, storm.counts.long):
        assert set(count.releases) == set(GOOD)
    assert {each.release for each in (*storm.seen, *storm.long)} == set(GOOD)


def test_the_machine_has_memory_enough_for_two_releases_at_a_time(storm, machine):
    assert machine.container.attrs["HostConfig"]["Memory"] == LIMIT
    assert (storm.memory.killed, storm.memory.kills) == ([], 0)
    assert 0 < storm.memory.resident < LIMIT


def test_the_same_by_plain_compose_fails_visitors(storm, plain, host, measured):
    beside = {"docker compose up, once": asdict(plain)}
    told = f"{text(storm)}\nthe same change, once, by `docker compose up`\n{plain}"
    measured("deploys", figures(storm) | beside, told)
    assert plain.failures > 0
    assert set(plain.fresh.releases) == set(GOOD)
    assert_converged(host, host.serving())


def figures(storm):
    memory = {"resident": storm.memory.resident, "with page cache": storm.memory.highest, "limit": LIMIT}
    return {"seconds of each deploy": storm.seconds, "kkinfra": asdict(storm.counts), "bytes": memory}


def text(storm):
    each = " ".join(f"{seconds:.0f}" for seconds in storm.seconds)
    resident, highest = (f"{size / MB:.0f}" for size in (storm.memory.resident, storm.memory.highest))
    return (
        f"{len(storm.seconds)} deploys, and one that failed; seconds of each: {each}\n{storm.counts}\n"
        f"memory of the host: {resident} MB resident at most, {highest} with page cache, of {LIMIT / MB:.0f}"
    )
