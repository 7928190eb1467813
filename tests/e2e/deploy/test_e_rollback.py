"""Going back to what served before: from what the host has, without a registry, and without losing a request."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import pytest

from deployer import ENVIRONMENT, outcome
from interruptions import DIRECTORY, assert_converged, containers
from rehearsal.host import load
from visit import PATH
from witness import out_of_turn, switched, watching

VARIANTS = ("a", "b", "c")


@dataclass(frozen=True)
class Released:
    """A release on the host, and the variant that it is of."""

    id: str
    variant: str


@pytest.fixture(scope="module")
def host(deployer, acme):
    deployer.write("a")
    found = deployer.trusting(acme.root)
    found.serve_either(*VARIANTS)
    return found


@pytest.fixture(scope="module")
def scheme(host):
    return {"tls": "https", "http": "http"}[host.status()["details"]["release"]["stage"]]


@pytest.fixture(scope="module")
def line_up(host):
    """Three releases of one specification, oldest first: going back to one of another may start Nginx again."""
    before, serving = served(host), host.serving()
    for variant in (*(each for each in VARIANTS if each != serving), serving):
        host.serve(variant)
    return [each for each in served(host) if each not in before]


def served(host):
    """The releases that served and are still there, in the order in which each last did."""
    variants = {host.releases[name]: name for name in VARIANTS}
    lines = [line for line in host.history() if line["kept"] and line["result"] in ("deployed", "rolled back")]
    latest = {line["release"]: line for line in reversed(lines)}
    return [Released(name, variants.get(line["image"], "")) for name, line in reversed(latest.items())]


def current(machine):
    return machine.root(f"readlink {DIRECTORY}/current").strip().removeprefix("releases/")


def identifiers(machine):
    """The identifiers of all the product's containers that run."""
    listed = machine.root("docker ps --no-trunc --format '{{.Names}} {{.ID}}'").splitlines()
    return dict(line.split() for line in listed)


def go_back(host, *release):
    """Go back, and tell what was said, how it ended, and what serves then."""
    done = host.run("rollback", ENVIRONMENT, *release, "--yes", "-o", "json")
    return outcome(done), Released(current(host.machine), host.serving())


@dataclass(frozen=True)
class Returns:
    """What came of going back, of going back from there, and of going to a release by name; all under load."""

    ends: list
    serving: list
    counts: load.Counts
    misplaced: list
    failures: list


@pytest.fixture(scope="module")
def returns(engine, host, machine, registry, scheme, line_up, measured):
    registry.stop()
    try:
        with watching(machine, scheme) as witness:
            visitors = load.start(engine, machine, scheme=scheme, path=PATH)
            try:
                done = [go_back(host), go_back(host), go_back(host, line_up[0].id)]
            finally:
                counts = visitors.stop()
    finally:
        registry.start()
    switches = [switched(machine, end["run"], serving.variant) for end, serving in done]
    misplaced = out_of_turn(witness.seen, line_up[-1].variant, switches)
    seconds = [end["seconds"] for end, _ in done]
    told = f"{len(seconds)} rollbacks; seconds of each: {' '.join(f'{each:.0f}' for each in seconds)}\n{counts}"
    measured("rollbacks", {"seconds of each": seconds, "visitors": asdict(counts)}, told)
    return Returns([end for end, _ in done], [serving for _, serving in done], counts, misplaced, witness.failures)


def test_no_request_fails_while_going_back_and_no_registry_is_asked(returns, line_up):
    assert returns.counts.failures == 0, str(returns.counts)
    assert (returns.failures, returns.misplaced) == ([], [])
    assert {each.variant for each in returns.serving} <= set(returns.counts.fresh.releases)
    assert all("migration" not in end["steps"] for end in returns.ends)


def test_without_a_name_the_release_before_serves_again(returns, line_up):
    assert returns.serving[0] == line_up[-2]
    assert returns.ends[0]["result"] == "rolled back"


def test_going_back_from_there_is_where_it_was(returns, line_up):
    assert returns.serving[1] == line_up[-1]


def test_a_release_that_is_named_serves_again(returns, host, line_up):
    assert returns.serving[2] == line_up[0]
    lines = host.history()[-3:]
    assert [(line["action"], line["result"]) for line in lines] == [("rollback", "rolled back")] * 3
    assert [line["release"] for line in lines] == [each.id for each in returns.serving]
    assert [line["serves"] for line in lines] == [False, False, True]


def test_a_dry_run_says_where_it_would_lead_and_goes_nowhere(returns, host, machine):
    before = identifiers(machine)
    done = host.run("rollback", ENVIRONMENT, "--dry-run")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"production: back to {returns.serving[1].id} (sha256:")
    assert (identifiers(machine), current(machine)) == (before, returns.serving[2].id)


def test_an_image_that_was_removed_by_hand_is_named_and_nothing_is_stopped(returns, host, machine, line_up):
    missing = next(each for each in line_up if each.variant != host.serving())
    machine.root(f"docker image rm {host.releases[missing.variant]}")
    before, serving = identifiers(machine), host.serving()
    done = host.run("rollback", ENVIRONMENT, missing.id, "--yes")
    assert done.returncode == 1
    image = host.releases[missing.variant]
    assert done.stderr.strip() == (
        f"error: release {missing.id} needs what is not on the host any more: {image}; "
        f"nothing was changed; deploy it anew: `kkinfra deploy {ENVIRONMENT} --image {image}`"
    )
    assert (identifiers(machine), host.serving()) == (before, serving)
    again = host.deploy(missing.variant)
    assert again.returncode == 0, again.stderr
    assert_converged(host, missing.variant)


@pytest.mark.parametrize("name", ["20200101T000000Z-00000000", "2"])
def test_a_release_that_is_not_there_or_not_alone_is_refused_with_those_that_are(returns, host, machine, name):
    done = host.run("rollback", ENVIRONMENT, name, "--yes")
    assert done.returncode == 1
    said = done.stderr.strip()
    assert said.startswith(f"error: {name!r} is no release to go back to: ")
    assert all(each.id in said for each in served(host)[:-1])
    assert sorted(containers(machine)) == sorted(identifiers(machine))
