"""What runs on a host, on one screen: all that is well, and each thing that is not."""

from __future__ import annotations

import io

import pytest

from kkinfra.cli.status_text import status_lines
from kkinfra.targets.compose.plan.observed import status_of
from observed_host import NOW, empty, part, serving
from real_release import release

RELEASE = release()
CERTIFICATE_ENDS = 1_803_124_800  # Feb 20 12:00:00 2027 GMT
DAY = 86_400


def observed(facts, now=NOW, drifted=()):
    return status_of("live", "kkambbaki.singun11.wtf", facts, tuple(drifted), now)


def status(facts, now=NOW, drifted=()):
    found = observed(facts, now, drifted)
    return list(status_lines(found, io.StringIO())), found.is_well


def problem(facts, now=NOW):
    """The one line that says what is wrong."""
    lines, well = status(facts, now)
    assert not well
    (line,) = (line for line in lines if line.startswith(("  ! ", "  failed ", "  absent ")))
    return line.strip()


def served():
    return serving(RELEASE)


def test_all_is_well():
    facts = served()
    part(facts, "redis")["used"] = 12_300_000
    lines, well = status(facts)
    assert well
    room = "memory 600 of 1000 MB free, disk 5.0 of 8 GB free"
    serves = f"release {RELEASE.manifest.id}, {RELEASE.manifest.image}"
    since, image = "since 2026-11-25T01:02", "since 2026-11-25T01:02, sha256:2b306f63d738"
    assert lines == [
        f"live: kkambbaki.singun11.wtf; {serves}, deployed 2026-11-25 01:02 UTC (0123456789ab me@laptop)",
        f"  ready celery-beat: healthy (0 of 128 MB, {image})",
        f"  ready celery-worker: healthy (0 of 224 MB, {image})",
        f"  ready flower: healthy (0 of 128 MB, {image})",
        f"  ready nginx: healthy (0 of 64 MB, {since})",
        f"  ready redis: healthy (12 of 384 MB, {since})",
        f"  ready webapp-blue: healthy, serves (0 of 256 MB, {image})",
        f"  ready host/ip-10-0-0-1: up 3.0 days, load 0.25, {room}, Docker 20.10.24+dfsg1, Compose 2.40.3",
        "  certificate of kkambbaki.singun11.wtf until 2027-02-20 12:00 UTC (87 days)",
        "  drift: none",
    ]


def test_what_was_changed_by_hand_is_named():
    lines, _ = status(served(), drifted=["redis", "nginx/tls.conf"])
    assert lines[-1] == "  drift: redis, nginx/tls.conf; `kkinfra diff live` shows it"


def test_an_unhealthy_part_says_why():
    facts = served()
    part(facts, "webapp-blue").update(health="unhealthy", said="/healthz/ready: HTTP/1.1 503\n")
    assert problem(facts).endswith(
        "serves: /healthz/ready: HTTP/1.1 503 (0 of 256 MB, since 2026-11-25T01:02, sha256:2b306f63d738)"
    )


def test_figures_that_are_others_each_time_are_no_news():
    facts, later = served(), served()
    later["host"].update(load=3.0, memory_free=1)
    part(later, "redis")["used"] = 99
    assert observed(facts).essence() == observed(later).essence()
    part(later, "redis")["health"] = "unhealthy"
    assert observed(facts).essence() != observed(later).essence()
    assert observed(facts).essence() != observed(facts, drifted=["redis"]).essence()


def test_nothing_was_deployed_yet():
    lines, well = status(empty())
    assert not well
    assert lines[0] == "live: kkambbaki.singun11.wtf; nothing was deployed yet"
    assert lines[-1] == "  ! nothing was deployed yet"


def test_a_host_without_docker():
    facts = {**empty(), "engine": {"version": ""}, "compose": "", "release": {"problem": "no Docker engine answers"}}
    lines, well = status(facts)
    assert not well
    assert lines[-1] == "  ! no Docker engine answers"
    assert "Docker is not there, Compose is not there" in lines[1]


def test_a_certificate_that_is_renewed_in_time():
    lines, well = status(served(), CERTIFICATE_ENDS - 21 * DAY)
    assert well
    assert "  certificate of kkambbaki.singun11.wtf until 2027-02-20 12:00 UTC (21 days)" in lines


def test_a_certificate_that_was_not_renewed():
    line = problem(served(), CERTIFICATE_ENDS - 20 * DAY)
    assert line == "! certificate of kkambbaki.singun11.wtf until 2027-02-20 12:00 UTC (20 days): it was not renewed"
    assert "(-1 days)" in problem(served(), CERTIFICATE_ENDS + DAY)


def test_no_certificate_yet():
    facts = served()
    facts["release"].update(certificate={}, stage="http", served=RELEASE.manifest.nginx.identities["http"])
    assert problem(facts) == "! certificate of kkambbaki.singun11.wtf: is not there yet, so HTTP alone is served"
    facts["host"]["certificate_paused_until"] = NOW + 3600
    assert problem(facts).endswith("; not asked for again before 02:02 UTC")


def test_where_no_certificate_is_wanted_none_is_missed():
    plain = release(tls=None)
    assert status(serving(plain))[1]


def test_an_nginx_that_serves_something_else():
    facts = served()
    facts["release"]["served"] = "something else"
    assert problem(facts) == "! Nginx does not serve this release's configuration"


def test_a_container_that_does_not_run():
    facts = served()
    part(facts, "celery-worker").update(running=False, health="", status="exited")
    assert problem(facts).startswith("failed celery-worker: exited ")


def test_a_container_that_is_unhealthy():
    facts = served()
    part(facts, "webapp-blue").update(health="unhealthy", restarts=3)
    assert problem(facts).startswith("failed webapp-blue: unhealthy, ")
    assert problem(facts).endswith(
        "serves (0 of 256 MB, since 2026-11-25T01:02, sha256:2b306f63d738, started again 3 times)"
    )


def test_a_container_that_was_not_asked_yet_whether_it_is_healthy_is_well():
    facts = served()
    part(facts, "celery-worker")["health"] = "starting"
    lines, well = status(facts)
    assert well
    assert "  starting celery-worker: starting (0 of 224 MB, " in "\n".join(lines)


def test_a_container_that_the_kernel_killed_a_process_of():
    facts = served()
    part(facts, "flower")["out_of_memory"] = True
    assert problem(facts).startswith("failed flower: healthy, out of memory ")


def test_what_compose_ran_once_is_not_shown():
    facts = served()
    facts["release"]["containers"].append({**part(facts, "redis"), "service": "clean", "one_off": True})
    lines, well = status(facts)
    assert well
    assert not any("clean" in line for line in lines)


def test_the_last_run_failed():
    facts = served()
    facts["release"]["last"].update(result="failed", why="webapp-green is not healthy after 90 s\nits log ends with:")
    assert problem(facts) == (
        f"! the last run (deploy {RELEASE.manifest.id}) failed: webapp-green is not healthy after 90 s"
    )


def test_a_run_that_was_cut_off():
    facts = served()
    facts["host"]["cut_off"] = {"run": "20261125T000000Z-abc", "step": "switch"}
    assert problem(facts) == (
        "! run 20261125T000000Z-abc was cut off in step switch; deploy, or restart the host, to put it right"
    )


def test_a_run_that_goes_on_is_not_cut_off():
    facts = served()
    facts["host"]["cut_off"] = {"run": "20261125T000000Z-abc", "step": "switch"}
    facts["lock"] = {"held": True, "holder": {"who": "me@laptop", "phase": "pull"}}
    lines, well = status(facts)
    assert well
    assert "  locked by me@laptop (a run since 1970-01-01 00:00:00 UTC, now: pull)" in lines


def test_a_file_that_was_changed_by_hand():
    facts = served()
    facts["release"]["damaged"] = ["redis/redis.conf"]
    assert problem(facts) == "! redis/redis.conf of the release was changed by hand"


@pytest.mark.parametrize("name", ["redis", "celery-beat", "webapp-blue", "nginx"])
def test_a_container_that_was_removed(name):
    facts = served()
    facts["release"]["containers"].remove(part(facts, name))
    assert problem(facts) == f"absent {name}: is not there"
