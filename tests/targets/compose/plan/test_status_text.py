"""What runs on a host, on one screen: all that is well, and each thing that is not."""

from __future__ import annotations

import pytest

from kkinfra.targets.compose.plan.status_text import essence, status_lines
from observed_host import NOW, empty, part, serving
from real_release import release

RELEASE = release()
CERTIFICATE_ENDS = 1_803_124_800  # Feb 20 12:00:00 2027 GMT
DAY = 86_400


def status(facts, now=NOW):
    return status_lines("live", facts, now)


def problem(facts, now=NOW):
    """The one line that says what is wrong."""
    lines, well = status(facts, now)
    assert not well
    (line,) = (line for line in lines if line.startswith("! "))
    return line


def served():
    return serving(RELEASE)


def test_all_is_well():
    facts = served()
    part(facts, "redis")["used"] = 12_300_000
    lines, well = status(facts)
    assert well
    room = "memory 600 of 1000 MB free, disk 5.0 of 8 GB free"
    assert lines == [
        f"live: kkambbaki.singun11.wtf, release {RELEASE.manifest.id}, deploy by me@laptop",
        f"  image {RELEASE.manifest.image}, revision 0123456789ab",
        "  celery-beat    healthy   since 2026-11-25T01:02  0 of 128 MB",
        "  celery-worker  healthy   since 2026-11-25T01:02  0 of 224 MB",
        "  flower         healthy   since 2026-11-25T01:02  0 of 128 MB",
        "  nginx          healthy   since 2026-11-25T01:02  0 of 64 MB",
        "  redis          healthy   since 2026-11-25T01:02  12 of 384 MB",
        "  webapp-blue    healthy   since 2026-11-25T01:02  0 of 256 MB  serves",
        "  certificate until Feb 20 12:00:00 2027 GMT (87 days)",
        f"  host ip-10-0-0-1: up 3.0 days, load 0.25, {room}, Docker 20.10.24+dfsg1, Compose 2.40.3",
        "  drift: none",
    ]


def test_what_was_changed_by_hand_is_named():
    lines, _ = status_lines("live", served(), NOW, ["redis", "nginx/tls.conf"])
    assert lines[-1] == "  drift: redis, nginx/tls.conf; `kkinfra diff live` shows it"


def test_an_unhealthy_part_says_why():
    facts = served()
    part(facts, "webapp-blue").update(health="unhealthy", said="/healthz/ready: HTTP/1.1 503\n")
    assert problem(facts).endswith("serves: /healthz/ready: HTTP/1.1 503")


def test_figures_that_are_others_each_time_are_no_news():
    facts, later = served(), served()
    later["host"].update(load=3.0, memory_free=1)
    part(later, "redis")["used"] = 99
    assert essence(facts, []) == essence(later, [])
    part(later, "redis")["health"] = "unhealthy"
    assert essence(facts, []) != essence(later, [])
    assert essence(facts, []) != essence(facts, ["redis"])


def test_nothing_was_deployed_yet():
    lines, well = status(empty())
    assert not well
    assert lines[0] == "live: nothing was deployed yet"


def test_a_host_without_docker():
    facts = {**empty(), "engine": {"version": ""}, "compose": "", "release": {"problem": "no Docker engine answers"}}
    lines, well = status(facts)
    assert not well
    assert lines[0] == "live: no Docker engine answers"
    assert lines[-1].endswith("Docker is not there, Compose is not there")


def test_a_certificate_that_is_renewed_in_time():
    lines, well = status(served(), CERTIFICATE_ENDS - 21 * DAY)
    assert well
    assert "  certificate until Feb 20 12:00:00 2027 GMT (21 days)" in lines


def test_a_certificate_that_was_not_renewed():
    line = problem(served(), CERTIFICATE_ENDS - 20 * DAY)
    assert line == "! certificate until Feb 20 12:00:00 2027 GMT (20 days): it was not renewed"
    assert "(-1 days)" in problem(served(), CERTIFICATE_ENDS + DAY)


def test_no_certificate_yet():
    facts = served()
    facts["release"].update(certificate={}, stage="http", served=RELEASE.manifest.nginx.identities["http"])
    assert problem(facts) == "! no certificate yet, so HTTP alone is served"
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
    assert problem(facts).startswith("! celery-worker  exited ")


def test_a_container_that_is_unhealthy():
    facts = served()
    part(facts, "webapp-blue").update(health="unhealthy", restarts=3)
    assert problem(facts).startswith("! webapp-blue    unhealthy")
    assert problem(facts).endswith(", started again 3 times  serves")


def test_a_container_that_the_kernel_killed_a_process_of():
    facts = served()
    part(facts, "flower")["out_of_memory"] = True
    assert problem(facts).startswith("! flower ")


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
    assert lines[-1] == "  locked by me@laptop, who is at pull"


def test_a_file_that_was_changed_by_hand():
    facts = served()
    facts["release"]["damaged"] = ["redis/redis.conf"]
    assert problem(facts) == "! redis/redis.conf of the release was changed by hand"


@pytest.mark.parametrize("name", ["redis", "celery-beat", "webapp-blue", "nginx"])
def test_a_container_that_was_removed(name):
    facts = served()
    facts["release"]["containers"].remove(part(facts, name))
    assert problem(facts) == f"! {name} is not there"
