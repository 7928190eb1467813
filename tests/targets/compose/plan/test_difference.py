"""What differs between a release and a host that serves one: what a deploy brings, and what somebody changed there."""

from __future__ import annotations

import pytest

from compared_host import compared
from kkinfra.difference.change import Change, FieldChange
from kkinfra.targets.compose.plan.difference import changes
from kkinfra.targets.compose.plan.drift import Deployed, drift
from kkinfra.targets.compose.plan.plan import make_plan
from observed_host import empty, marks, part
from real_release import OTHER_DIGEST, release

KEY = "key of this round"
IMAGE = "ghcr.io/example/kkambbaki"
BEFORE = release()


def host(changed=None, colour="blue"):
    """What a host says that serves the release; `changed` changes the engine's facts of some services."""
    return compared(BEFORE, KEY, changed, colour)


def found(after=BEFORE, facts=None, secrets=None):
    facts = host() if facts is None else facts
    secrets = marks(after) if secrets is None else secrets
    deployed = Deployed(facts, KEY, after.files, after.manifest.files)
    return changes(after, make_plan(after, facts, secrets), deployed, secrets)


def one(made, identity):
    (change,) = (each for each in made if each.identity == identity)
    return change


@pytest.mark.parametrize("colour", ["blue", "green"])
def test_nothing_differs_from_what_was_deployed(colour):
    assert found(facts=host(colour=colour)) == ()


def test_a_first_deploy_adds_everything():
    made = found(facts=empty())
    assert {each.action for each in made} == {"add"}
    assert [each.identity for each in made][:3] == ["webapp", "redis", "celery-worker"]


def test_another_image_is_told_of_everything_that_runs_it():
    made = found(release(image=f"{IMAGE}@{OTHER_DIGEST}"))
    webapp = one(made, "webapp")
    assert webapp.note == "green starts beside blue, which ends once it is healthy"
    assert webapp.fields == (FieldChange("image", BEFORE.manifest.image, f"{IMAGE}@{OTHER_DIGEST}"),)
    assert one(made, "migration").note == "runs in each deploy"
    assert {each.identity for each in made} == {
        "webapp", "celery-worker", "celery-beat", "flower", "migration", "static-files", "volumes"
    }  # fmt: skip


def test_variables_limits_and_checks_are_told_by_field():
    made = found(release({"celery-worker": {"memory": "300MB", "stop_grace": "90s", "settings": {"COLOUR": "red"}}}))
    worker = one(made, "celery-worker")
    assert set(worker.fields) >= {
        FieldChange("mem_limit", 224_000_000, 300_000_000), FieldChange("stop_grace_period", "60s", "90s"),
        FieldChange("environment.COLOUR", after="red"),
    }  # fmt: skip
    assert len(made) == 1


def test_a_part_that_comes_and_one_that_goes():
    assert one(found(release({"celery-beat": None})), "celery-beat").action == "remove"
    facts = host()
    facts["release"]["containers"] = [each for each in facts["release"]["containers"] if each["service"] != "flower"]
    gone = one(found(facts=facts), "flower")
    assert (gone.action, gone.drift, gone.note) == (
        "add",
        True,
        "starts; kkambbaki, 128 MB, 1 CPU; was removed on the host",
    )


def test_nginx_configuration_is_told_by_lines():
    made = found(release({"nginx": {"max_body": "20MB"}}))
    (http,) = (each for each in made if each.identity == "nginx/tls.conf")
    (field,) = http.fields
    assert {line[0] for line in field.lines} >= {"@", "-", "+", " "}
    assert any("client_max_body_size" in line for line in field.lines if line.startswith("+"))
    assert one(made, "nginx").note == "reload: idle connections are closed"


def test_a_secret_of_another_value_is_named_with_its_readers():
    made = found(secrets={**marks(BEFORE), "FLOWER_BASIC_AUTH": "mark of another"})
    assert one(made, "secret FLOWER_BASIC_AUTH").fields == (FieldChange("value", "***", "***", "another value"),)
    assert one(made, "flower").fields == (FieldChange("secrets[FLOWER_BASIC_AUTH]", "***", "***", "another value"),)


def test_secrets_that_are_not_here_are_not_compared():
    assert found(secrets={}) == ()


def by_hand(name, change):
    """The one change where somebody made a container anew, or changed it."""
    made = found(facts=host({name: change}))
    assert [(each.identity, each.drift) for each in made] == [(name, True)]
    return made[0]


def command(facts):
    facts["Config"]["Cmd"].append("--debug")


def test_what_a_container_runs_with_is_compared_field_by_field():
    change = by_hand("redis", lambda facts: facts["HostConfig"].update(CpuShares=7, ReadonlyRootfs=False))
    assert change.fields == (FieldChange("cpu_shares", 7, 102), FieldChange("read_only", before=False, after=True))
    assert change.note == "a deploy leaves it so; remove the container on the host, then deploy"
    (line,) = by_hand("redis", command).fields
    assert (line.path, line.lines[-1]) == ("command", "---debug")


def test_limits_that_were_changed_by_hand_are_told_once():
    facts = host({"flower": lambda made: made["HostConfig"].update(Memory=999_000_000)})
    part(facts, "flower")["memory"] = 999_000_000
    assert found(facts=facts) == (
        Change(
            "host", "flower", "change", (FieldChange("mem_limit", 999_000_000, 128_000_000),),
            "starts again; what it is at ends first", drift=True,
        ),
    )  # fmt: skip


def test_a_variable_that_was_set_by_hand_is_named_and_never_shown():
    def set_one(made):
        made["Config"]["Env"] = [*made["Config"]["Env"], "DEBUG=s3cret-value", "TIME_ZONE=UTC-s3cret"]

    change = by_hand("webapp-blue", set_one)
    assert {each.path: each.action for each in change.fields} == {
        "environment.DEBUG": "remove", "environment.TIME_ZONE": "change"
    }  # fmt: skip
    assert "s3cret" not in repr(change)


def test_mounts_that_were_added_by_hand():
    mount = {"Type": "bind", "Source": "/root", "Destination": "/mnt", "RW": True}
    change = by_hand("webapp-blue", lambda made: made["Mounts"].append(mount))
    assert FieldChange("volumes[/mnt].source", "/root") in change.fields


def test_capabilities_and_a_check_that_was_turned_off():
    change = by_hand("nginx", lambda made: made["HostConfig"].update(CapAdd=["CAP_SYS_ADMIN"], Privileged=True))
    assert {each.path for each in change.fields} == {
        "privileged", *(f"cap_add[{each}]" for each in ("SYS_ADMIN", "CHOWN", "NET_BIND_SERVICE", "SETGID", "SETUID"))
    }  # fmt: skip
    change = by_hand("redis", lambda made: made["Config"].update(Healthcheck={"Test": ["NONE"]}))
    assert {each.path for each in change.fields} >= {"healthcheck.test", "healthcheck.interval"}


def test_a_kernel_without_swap_accounting_is_no_drift():
    assert found(facts=host({"redis": lambda made: made["HostConfig"].update(MemorySwap=-1)})) == ()


def test_a_container_that_does_not_run():
    facts = host()
    part(facts, "celery-worker").update(running=False, status="exited", exit_code=1)
    (change,) = found(facts=facts)
    assert (change.identity, change.action, change.drift) == ("celery-worker", "restart", False)
    assert change.note.endswith("does not run (exited, exit code 1)")


def test_a_file_of_the_release_that_was_edited_is_told_by_lines():
    facts = host()
    facts["release"]["damaged"] = ["redis/redis.conf"]
    facts["release"]["texts"]["redis/redis.conf"] = BEFORE.files["redis/redis.conf"] + "save 60 1\n"
    (change,) = found(facts=facts)
    assert (change.identity, change.drift) == ("redis/redis.conf", True)
    assert change.fields[0].lines[-1] == "-save 60 1"


def test_what_mounts_an_edited_file_starts_again_for_that():
    facts = host()
    facts["release"]["damaged"] = ["redis/redis.conf"]
    facts["release"]["texts"]["redis/redis.conf"] = BEFORE.files["redis/redis.conf"] + "save 60 1\n"
    part(facts, "redis")["files"] = {"redis/redis.conf": "digest of another"}
    made = found(facts=facts)
    assert [(each.identity, each.action, each.drift) for each in made] == [
        ("redis/redis.conf", "change", True), ("redis", "restart", True),
    ]  # fmt: skip


def test_a_compose_project_that_was_edited_is_told_by_field_without_what_was_written():
    facts = host()
    text = BEFORE.files["compose.yaml"]
    edited = text.replace("mem_limit: 128000000", "mem_limit: 200000000", 1).replace("Asia/Seoul", "s3cret", 1)
    facts["release"].update(damaged=["compose.yaml"], texts={**facts["release"]["texts"], "compose.yaml": edited})
    (change,) = found(facts=facts)
    assert (change.identity, change.drift) == ("compose.yaml", True)
    assert {each.path.partition(".")[2].partition(".")[2] for each in change.fields} == {
        "mem_limit", "environment.TIME_ZONE"
    }  # fmt: skip
    assert "s3cret" not in repr(change)


def test_a_copy_that_was_edited_is_compared_with_the_file_of_the_release():
    facts = host()
    unit = "systemd/kkambbaki-live-recover.service"
    served = {"file": "nginx/tls.conf", "text": BEFORE.files["nginx/tls.conf"] + "# mine\n"}
    facts["release"]["edited"] = {
        f"/etc/{unit.replace('systemd', 'systemd/system')}": {"file": unit, "text": ""},
        "/srv/kkambbaki/nginx/served.conf": served,
    }
    units, nginx = found(facts=facts)
    assert (units.drift, units.fields[0].lines[-1][0]) == (True, "+")
    assert nginx.fields[0].lines[-1] == "-# mine"


def test_an_nginx_that_serves_something_else():
    facts = host()
    facts["release"]["served"] = "0123"
    (change,) = found(facts=facts)
    assert (change.identity, change.drift, change.note) == ("nginx", True, "reload: idle connections are closed")
    assert (change.fields[0].before, change.fields[0].after) == ("0123", BEFORE.manifest.nginx.identities["tls"])


def test_drift_is_known_without_what_is_wanted():
    facts = host({"redis": command})
    facts["release"]["damaged"] = ["redis/redis.conf"]
    made = [*drift(Deployed(facts, KEY, {}, {}))]
    assert [each.identity for each in made] == ["redis", "redis/redis.conf"]
    assert made[1].note == "how it was is not known here"
    assert [*drift(Deployed(empty(), KEY, {}, {}))] == []
