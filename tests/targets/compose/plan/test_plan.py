"""The plan: every kind of difference between what is wanted and what runs, told once."""

from __future__ import annotations

import json
from copy import deepcopy

from hypothesis import given, settings
from hypothesis import strategies as st

from host_plan import host_plan
from kkinfra.targets.compose.plan.plan import PlannedChange, make_plan
from observed_host import empty, marks, part, serving
from real_release import CRON, DIGEST, JOB, OTHER_DIGEST, named, release

BEFORE = release()
IMAGE = "ghcr.io/example/kkambbaki"


def plan(after=BEFORE, facts=None, secrets=None):
    return make_plan(after, serving(BEFORE) if facts is None else facts, marks(after) if secrets is None else secrets)


def told(found, mark, name):
    """The one change of a part."""
    (change,) = (each for each in found.changes if (each.mark, each.part) == (mark, name))
    return change


def parts(found):
    return [(each.mark, each.part) for each in found.changes]


def test_nothing_to_do_where_everything_is_as_it_was_deployed():
    found = plan()
    assert found.is_empty
    assert found.fingerprint == f"fingerprint of {BEFORE.manifest.id}"
    assert found.before == BEFORE.manifest


def test_a_first_deploy_names_everything_that_starts():
    found = plan(facts=empty())
    assert parts(found) == [
        ("+", "image"), ("+", "webapp"), ("+", "redis"), ("+", "celery-worker"), ("+", "celery-beat"),
        ("+", "flower"), ("+", "nginx"), ("+", "certificate"),
    ]  # fmt: skip
    assert told(found, "+", "webapp").what == "blue starts; kkambbaki, 256 MB, 1 CPU"
    assert found.before is None
    assert found.notes == ()


def test_another_image_starts_all_parts_that_run_it_and_no_other():
    found = plan(release(image=f"{IMAGE}@{OTHER_DIGEST}"))
    assert told(found, "~", "image").what == f"{DIGEST[:19]} -> {OTHER_DIGEST[:19]}"
    assert told(found, "~", "webapp") == PlannedChange(
        "~", "webapp", "green starts beside blue, which ends once it is healthy", ("image",)
    )
    assert parts(found) == [("~", each) for each in ("image", "webapp", "celery-worker", "celery-beat", "flower")]
    assert found.notes[0].startswith("migrations are named once the image is there")


def test_the_colour_that_serves_is_the_one_that_ends():
    facts = serving(BEFORE, "green")
    found = plan(release(image=f"{IMAGE}@{OTHER_DIGEST}"), facts)
    assert told(found, "~", "webapp").what == "blue starts beside green, which ends once it is healthy"


def test_variables_that_come_and_go_are_named_and_their_values_are_not():
    after = release({"webapp": {"settings": {"API_URL": "https://x.example.org"}}})
    found = plan(after)
    assert told(found, "~", "webapp").details == ("variable +API_URL",)
    assert told(plan(BEFORE, serving(after)), "~", "webapp").details == ("variable -API_URL",)
    assert "x.example.org" not in repr(found.changes)


def test_a_variable_with_another_value_is_told_as_what_it_is_made_from():
    assert told(plan(release({"flower": {"path": "/tasks/"}})), "~", "flower").details == ("what it is made from",)


def test_limits_are_told_with_what_they_were():
    found = plan(release({"celery-worker": {"memory": "300MB", "cpu_limit": "500m", "stop_grace": "90s"}}))
    assert told(found, "~", "celery-worker").details == (
        "224 MB, 1 CPU -> 300 MB, 0.5 CPU", "stop_grace 60 s -> 90 s",
    )  # fmt: skip
    assert told(found, "~", "celery-worker").what == "starts again; what it is at ends first"


def test_what_keeps_something_says_that_others_wait():
    found = plan(release({"redis": {"memory": "400MB"}}))
    assert told(found, "!", "redis").what == "starts again: cache and tasks wait for some seconds"


def test_a_secret_of_another_value_starts_its_readers():
    found = plan(secrets={**marks(BEFORE), "FLOWER_BASIC_AUTH": "mark of another"})
    assert parts(found) == [("~", "flower"), ("~", "secret FLOWER_BASIC_AUTH")]
    assert told(found, "~", "flower").details == ("secret FLOWER_BASIC_AUTH: another value",)
    assert told(found, "~", "secret FLOWER_BASIC_AUTH").what == "read by flower"


def test_a_secret_that_comes_names_who_reads_it_and_one_that_goes_is_told():
    after = release(secrets={"API_KEY": {"env": "API_KEY", "readers": ["webapp"]}})
    found = plan(after)
    assert told(found, "+", "secret API_KEY").what == "read by webapp-blue, webapp-green"
    assert "secret +API_KEY" in told(found, "~", "webapp").details
    back = plan(BEFORE, serving(after))
    assert told(back, "-", "secret API_KEY").what == "is not read any more"
    assert "secret -API_KEY" in told(back, "~", "webapp").details


def test_a_secret_that_only_a_timer_reads_names_it():
    secrets = {"API_KEY": {"env": "API_KEY", "readers": ["clean"]}}
    found = plan(release({"clean": {**CRON, "image": None}}, secrets=secrets))
    assert told(found, "+", "secret API_KEY").what == "read by clean"


def test_limits_that_were_changed_by_hand_are_told_and_put_right():
    facts = serving(BEFORE)
    part(facts, "flower")["memory"] = 999_000_000
    found = plan(facts=facts)
    assert told(found, "~", "flower").details == ("by hand: 128 MB, 1 CPU was made 999 MB, 1 CPU",)


def test_a_file_that_was_changed_by_hand_is_told():
    facts = serving(BEFORE)
    facts["release"]["damaged"] = ["redis/redis.conf"]
    assert told(plan(facts=facts), "~", "redis/redis.conf").what == "was changed on the host by hand"


def test_a_container_that_was_stopped_is_told_with_how_it_ended():
    facts = serving(BEFORE)
    part(facts, "celery-beat").update(running=False, status="exited", exit_code=137)
    assert told(plan(facts=facts), "~", "celery-beat").details == ("does not run (exited, exit code 137)",)


def test_a_container_that_was_removed_starts():
    facts = serving(BEFORE)
    facts["release"]["containers"].remove(part(facts, "redis"))
    assert parts(plan(facts=facts)) == [("+", "redis")]


def test_a_webapp_that_was_removed_starts_in_the_other_colour():
    facts = serving(BEFORE)
    facts["release"]["containers"].remove(part(facts, "webapp-blue"))
    assert told(plan(facts=facts), "~", "webapp").details == ("is not there",)


def test_a_configuration_of_nginx_is_reloaded():
    found = plan(release({"nginx": {"rate": 30}}))
    assert parts(found) == [("~", "nginx"), ("~", "nginx/http.conf"), ("~", "nginx/tls.conf")]
    assert told(found, "~", "nginx") == PlannedChange(
        "~", "nginx", "reload: idle connections are closed", ("stage tls",)
    )
    lines = told(found, "~", "nginx/tls.conf").details
    assert any(line.startswith("-") and "rate=20r/s" in line for line in lines)
    assert any(line.startswith("+") and "rate=30r/s" in line for line in lines)


def test_an_nginx_that_serves_something_else_is_reloaded():
    facts = serving(BEFORE)
    facts["release"]["served"] = "an older one"
    assert parts(plan(facts=facts)) == [("~", "nginx")]


def test_another_nginx_starts_again_and_says_who_notices():
    found = plan(release({"nginx": {"version": "1.31"}}))
    assert told(found, "!", "nginx").what == "starts again: nobody is answered for a second or two"
    assert "image" in told(found, "!", "nginx").details


def test_what_is_not_wanted_any_more_is_removed():
    before = release({"mailer": {"kind": "container", "memory": "64MB", "image": "ghcr.io/example/mailer:1"}})
    assert ("-", "mailer") in parts(plan(BEFORE, serving(before)))
    assert ("+", "mailer") in parts(plan(before))


def test_what_compose_ran_once_is_nothing_to_remove():
    facts = serving(BEFORE)
    facts["release"]["containers"].append({**part(facts, "flower"), "service": "clean", "one_off": True})
    assert plan(facts=facts).is_empty


def test_a_file_that_comes_or_goes_is_told():
    after = release({"clean": CRON})
    assert ("+", "systemd/kkambbaki-live-clean.timer") in parts(plan(after))
    assert ("-", "systemd/kkambbaki-live-clean.timer") in parts(plan(BEFORE, serving(after)))


def test_a_certificate_that_is_not_there_is_asked_for_unless_the_authority_is_left_alone():
    facts = serving(BEFORE)
    facts["release"].update(certificate={}, stage="http", served=BEFORE.manifest.nginx.identities["http"])
    assert parts(plan(facts=facts)) == [("+", "certificate")]
    facts["host"]["certificate_paused_until"] = 1.0
    assert plan(facts=facts).is_empty


def test_a_run_that_was_cut_off_is_put_right_first():
    facts = serving(BEFORE)
    facts["host"]["cut_off"] = {"run": "20261125T000000Z-abc", "step": "switch"}
    (change,) = plan(facts=facts).changes
    assert change == PlannedChange(
        "!", "host", "run 20261125T000000Z-abc was cut off in step switch; it is put right first"
    )


def test_a_change_that_starts_nothing_again_is_still_a_change():
    after = release({"once": JOB})
    found = plan(after)
    assert parts(found) == [("~", "release")]
    assert not found.is_empty


def test_another_name_for_the_same_release_is_nothing_to_do():
    assert plan(named(BEFORE, "20270101T000000Z")).is_empty


def test_the_document_says_everything_but_no_secret():
    values = {name: f"s3cret of {name}" for name in BEFORE.manifest.secrets}
    found = host_plan(
        release({"nginx": {"rate": 30}}), serving(BEFORE), **{name: f"mark of {name}!" for name in values}
    )  # fmt: skip
    text = json.dumps(found.as_json())
    assert not any(value in text or f"mark of {name}!" in text for name, value in values.items())
    document = json.loads(text)
    assert (document["environment"], document["before"]) == ("live", BEFORE.manifest.id)
    assert [each["identity"] for each in document["changes"]] == [each.part for each in found.made.plan.changes]
    assert document["fingerprint"] == found.fingerprint


sizes = st.integers(64, 2000).map("{}MB".format)
limits = st.fixed_dictionaries({"memory": sizes, "cpu_limit": st.integers(100, 16_000).map("{}m".format)})
stacks = st.fixed_dictionaries(
    {"celery-worker": limits, "webapp": limits, "nginx": st.fixed_dictionaries({"rate": st.integers(1, 900)})},
    optional={"first": st.just({**JOB, "before": ["migration"]}), "clean": st.just(CRON),
              "mailer": limits.map(lambda each: {"kind": "container", "image": "ghcr.io/example/mailer:1", **each})},
)  # fmt: skip


@settings(max_examples=15)
@given(stack=stacks, colour=st.sampled_from(["blue", "green"]), more=st.sampled_from([{}, {"tls": None}]))
def test_a_release_that_was_just_deployed_leaves_nothing_to_do(stack, colour, more):
    made = release(stack, **more)
    facts = serving(made, colour)
    before = deepcopy(facts)
    found = make_plan(made, facts, marks(made))
    assert found.changes == ()
    assert facts == before, "looking changes nothing"
