"""A command on a host: in which part it runs, what is refused, what is written down, and what is left of it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest

from containers import inspected
from kkinfra.host import observe, releases, runs
from kkinfra.host.call import Call
from kkinfra.host.command import container, leftovers, perform, prepare, request
from kkinfra.host.command.told import tell_end
from kkinfra.host.errors import CancelledError, HostError
from kkinfra.host.layout import Layout
from kkinfra.host.local import previous
from kkinfra.host.verbs import history
from recorded_host import RecordedHost
from small_release import NAMESPACE, manifest, sent, service, staged


@pytest.fixture
def host(tmp_path, monkeypatch):
    monkeypatch.setattr(Layout, "private", tmp_path / "run")
    return RecordedHost(tmp_path, monkeypatch)


@pytest.fixture
def serving(host):
    """Release a was deployed, then b, which serves."""
    for made in ("a", "b"):
        staged(host.layout, manifest(made), sent(made))
        run = runs.create(host.layout, f"20261125T{made}", {"what": "deploy", "release": manifest(made).id})
        assert runs.perform(run) == 0
    return host


def command(host, **changes):
    facts = {
        "name": "20261130T1-abc", "release": manifest("b").id, "service": "webapp-blue", "argv": ("ls", "a b"),
        "who": "me@laptop", "asked": time.time(), **changes,
    }  # fmt: skip
    return request.HostCommand(host.layout, **facts)


# --- in which part ---


@pytest.mark.parametrize(
    ("part", "name"),
    [
        ("", "webapp-green"), ("webapp", "webapp-green"), ("webapp-green", "webapp-green"), ("worker", "worker"),
        ("migration", "migration"), ("redis", "redis"), ("nginx", "nginx"),
    ],
)  # fmt: skip
def test_the_part_that_is_named_or_the_first_of_the_product(part, name):
    assert prepare.chosen(manifest(), part, "green").name == name


def test_without_a_webapp_it_is_the_first_that_runs_the_products_image():
    assert prepare.chosen(manifest(webapp=None), "", "blue").name == "worker"


@pytest.mark.parametrize("part", ["web", "volumes", "certbot"])
def test_an_unknown_part_is_told_with_those_that_there_are(part):
    known = "beat, migration, nginx, redis, static-files, webapp, worker"
    with pytest.raises(HostError, match=f"has no part {part}; there are: {known}$"):
        prepare.chosen(manifest(), part, "blue")


def test_without_a_part_of_the_product_one_must_be_named():
    alone = manifest(webapp=None, services=(), once=())
    with pytest.raises(HostError, match="no part runs the product's image; name one"):
        prepare.chosen(alone, "", "blue")


# --- what is refused ---


def test_as_much_memory_as_its_limit_must_be_free():
    part = service("worker", "celery-worker")
    prepare.refuse_without_memory(part, 64_000_000)
    with pytest.raises(HostError, match="a container of worker may take 64 MB, and 63 MB are free on the host, swap"):
        prepare.refuse_without_memory(part, 63_000_000)


def asked(host, **arguments):
    told = {"run": "20261130T1-abc", "argv": ["ls"], "who": "me@laptop", **arguments}
    return prepare.prepare(Call("prepare_command", host.layout, told, sources={"kkinfra": "", "kkinfra.host": ""}))


@pytest.fixture
def engine(monkeypatch):
    """The engine that requests find is the host's."""

    def use(host):
        for module in (prepare, perform):
            monkeypatch.setattr(module, "HostEngine", lambda: host)

    return use


def test_nothing_runs_before_the_first_deploy(host, engine):
    engine(host)
    with pytest.raises(HostError, match="no release serves on the host yet"):
        asked(host)


def test_what_is_asked_for_is_kept_for_root_alone_and_started_by_the_program_that_stays(serving, engine):
    engine(serving)
    found = asked(serving, part="worker", terminal="xterm", size=[33, 99])
    python, _, program, *rest = found["argv"]
    assert (python, rest) == (
        sys.executable, ["command", str(serving.layout.directory), NAMESPACE, "20261130T1-abc"],
    )  # fmt: skip
    assert program.startswith(str(serving.layout.directory))
    assert "ls" not in found["argv"]
    kept = request.load(serving.layout, "20261130T1-abc")
    assert (kept.service, kept.argv, kept.rows, kept.columns, kept.release) == (
        "worker", ("ls",), 33, 99, manifest("b").id,
    )  # fmt: skip
    assert kept.file.stat().st_mode & 0o777 == 0o600


def test_it_attaches_only_to_what_runs(serving, engine):
    engine(serving)
    assert request.load(serving.layout, asked(serving, part="worker", attach=True) and "20261130T1-abc").container
    serving.there["worker"]["State"]["Running"] = False
    with pytest.raises(HostError, match="worker does not run, so that nothing can be attached to; without --attach"):
        asked(serving, part="worker", attach=True)


# --- its container ---


def test_its_container_is_as_its_parts_but_for_what_serves(host):
    pattern = {
        "Config": {
            "Image": "shop@sha256:1", "User": "10001", "Env": ["A=1"], "Labels": {"kkinfra.part": "webapp"},
            "Healthcheck": {"Test": ["CMD", "x"]}, "ExposedPorts": {"80/tcp": {}}, "Cmd": None,
            "Entrypoint": ["/kkinfra-runs-nothing"], "Hostname": "0123",
        },
        "HostConfig": {
            "Memory": 64, "NanoCpus": 5, "NetworkMode": "host", "CapDrop": ["ALL"], "Mounts": ["secret"],
            "RestartPolicy": {"Name": "always"}, "PortBindings": {"80/tcp": []}, "LogConfig": {"Type": "json-file"},
        },
    }  # fmt: skip
    made = container._document(pattern, command(host, terminal="xterm-256color", runner="1:2"))
    assert (made["Image"], made["User"], made["Cmd"], made["Entrypoint"]) == (
        "shop@sha256:1",
        "10001",
        ["ls", "a b"],
        None,
    )
    assert made["Env"] == ["A=1", "KKINFRA_COMMAND=20261130T1-abc", "TERM=xterm-256color"]
    assert (made["Healthcheck"], made["ExposedPorts"], made["Tty"]) == ({"Test": ["NONE"]}, {}, True)
    limits = made["HostConfig"]
    assert (limits["Memory"], limits["NetworkMode"], limits["CapDrop"], limits["Mounts"]) == (
        64,
        "host",
        ["ALL"],
        ["secret"],
    )
    assert (limits["RestartPolicy"], limits["PortBindings"], limits["LogConfig"]) == (
        {"Name": "no"},
        {},
        {"Type": "none"},
    )
    assert made["Labels"].items() >= {
        "kkinfra.part": "webapp", "kkinfra.run": "20261130T1-abc", "kkinfra.run-by": "me@laptop",
        "kkinfra.run-process": "1:2",
    }.items()  # fmt: skip


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ('exec: "nope": executable file not found in $PATH: unknown', 127),
        ('exec: "./x": stat ./x: no such file or directory', 127),
        ('exec: "/etc/passwd": permission denied: unknown', 126),
        ("exec /x: exec format error", 126),
        ("no space left on device", None),
    ],
)
def test_a_command_that_cannot_start_has_the_exit_code_that_shells_give(said, code):
    assert container.code_of(said) == code


# --- what is written down ---


def test_secrets_are_masked_in_the_history_and_long_commands_short(serving):
    value = releases.secret_values(serving.layout)[0]
    assert command(serving, argv=("echo", f"x{value}")).told() == "echo 'x***'"
    told = command(serving, argv=("x" * 150, "y\n" * 100)).told()
    assert len(told) == 200
    assert told.endswith("...")
    assert "\n" not in told


def test_a_command_is_told_and_is_no_release_to_go_back_to(serving):
    tell_end(serving.layout, command(serving, release=manifest("b").id), "failed", "exit code 3")
    value = releases.secret_values(serving.layout)[0]
    tell_end(serving.layout, command(serving), "failed", f"refused: {value}")
    assert runs.history(serving.layout)[-1]["why"] == "refused: ***"
    line = history(Call("history", serving.layout, {}))[-2]
    assert (line["what"], line["command"], line["result"], line["why"], line["who"]) == (
        "run", "ls 'a b'", "failed", "exit code 3", "me@laptop",
    )  # fmt: skip
    assert (line["there"], line["current"], line["image"]) == (False, False, manifest("b").image)
    assert [each["what"] for each in runs.changes(serving.layout)] == ["deploy", "deploy"]
    assert previous(serving.layout) == manifest("a").id


def test_the_last_run_of_status_is_a_deploy(serving, monkeypatch):
    tell_end(serving.layout, command(serving), "failed", "exit code 3")
    monkeypatch.setattr(observe.webapp, "sockets", lambda *_: None)
    call = Call("observe", serving.layout, {})
    assert observe._serving(call, serving, releases.current(serving.layout))["last"]["what"] == "deploy"


# --- what is left ---


def beside(host, made):
    """The container of a command, which the engine lists besides those of the release."""
    part = service("webapp-blue", "webapp", image=manifest("a").image)
    facts = inspected(part, NAMESPACE, Name=f"/{made.one_off}", Id=made.name)
    facts["Config"]["Labels"] |= {"com.docker.compose.oneoff": "True", **made.labels()}
    host.there[made.name] = facts
    return facts


@pytest.fixture
def removed(serving, monkeypatch):
    """The containers that were removed."""
    names = []

    def remove(found):
        names.append(found.name)
        for key in [key for key, each in serving.there.items() if each["Name"] == f"/{found.name}"]:
            del serving.there[key]

    monkeypatch.setattr(serving, "remove", remove)
    return names


def test_what_is_tended_is_left_alone_by_deploys_too(serving, removed):
    made = command(serving, runner=request.this_process(), release=manifest("a").id)
    made.keep()
    beside(serving, made)
    for letter in ("c", "d", "e"):
        staged(serving.layout, manifest(letter, keep=1), sent(letter))
        run = runs.create(serving.layout, f"20261126T{letter}", {"what": "deploy", "release": manifest(letter).id})
        assert runs.perform(run) == 0
    assert made.one_off not in removed
    assert manifest("a").id in releases.names(serving.layout)
    assert manifest("a").image in serving.images
    assert manifest("b").id not in releases.names(serving.layout)


def test_what_a_killed_process_left_is_removed_and_told(serving, removed):
    marked = subprocess.Popen(["sleep", "300"], env={"KKINFRA_COMMAND": "20261130T1-abc", "PATH": "/bin:/usr/bin"})
    made = command(serving, runner="1:1")
    made.keep()
    beside(serving, made)
    try:
        assert leftovers.remove_leftovers(serving.layout, serving) == ["20261130T1-abc"]
        assert marked.wait(10) == -9
    finally:
        marked.kill()
        marked.wait()
    assert removed == [made.one_off]
    assert not made.file.exists()
    last = runs.history(serving.layout)[-1]
    assert (last["what"], last["result"], last["command"]) == ("run", "failed", "ls 'a b'")
    assert leftovers.remove_leftovers(serving.layout, serving) == []


def test_after_a_restart_of_the_host_its_container_tells_whose_it_was(serving, removed):
    made = command(serving, runner="1:1")
    beside(serving, made)
    assert leftovers.remove_leftovers(serving.layout, serving) == [made.name]
    last = runs.history(serving.layout)[-1]
    assert (removed, last["who"], last["release"], last["why"]) == (
        [made.one_off], "me@laptop", made.release, "the host restarted meanwhile",
    )  # fmt: skip


def test_a_pattern_is_removed_unless_its_command_is_being_made(serving, removed):
    made = command(serving, runner=request.this_process())
    facts = beside(serving, made)
    facts["Name"] = f"/{made.one_off}-pattern"
    facts["Config"]["Labels"].pop("kkinfra.run")
    made.keep()
    leftovers.remove_leftovers(serving.layout, serving)
    assert removed == []
    made.forget()
    leftovers.remove_leftovers(serving.layout, serving)
    assert removed == [f"{made.one_off}-pattern"]


def test_what_nobody_came_to_run_is_forgotten_untold(serving):
    command(serving, asked=time.time() - 300).keep()
    command(serving, name="20261130T2-def").keep()
    leftovers.remove_leftovers(serving.layout, serving)
    assert [each.name for each in request.known(serving.layout)] == ["20261130T2-def"]
    assert all(line["what"] == "deploy" for line in runs.history(serving.layout))


# --- the process that tends it ---


@pytest.fixture
def tended(serving, engine, monkeypatch, capfdbinary):
    """What a command comes to that cannot start for a reason: what the deployer gets, and the line of the history."""
    engine(serving)
    ended = SimpleNamespace(removed=0)
    monkeypatch.setattr(perform.signal, "signal", lambda *_: None)

    def tended(error):
        def start(_):
            raise error

        def remove(_):
            ended.removed += 1

        monkeypatch.setattr(perform.FreshProcess, "start", start)
        monkeypatch.setattr(perform.FreshProcess, "remove", remove)
        command(serving).keep()
        perform.perform(serving.layout, "20261130T1-abc")
        assert ended.removed == 1
        assert list(request.known(serving.layout)) == []
        return json.loads(capfdbinary.readouterr().out[5:]), runs.history(serving.layout)[-1]

    return tended


def test_a_command_that_is_not_there_ends_with_127(tended):
    end, line = tended(HostError('the Docker engine refuses it: exec: "nope": executable file not found in $PATH'))
    assert (end["code"], end["error"]) == (127, "")
    assert line["why"].startswith("exit code 127: the Docker engine refuses")


def test_what_the_engine_refuses_is_an_error_without_secrets(serving, tended):
    value = releases.secret_values(serving.layout)[0]
    end, line = tended(HostError(f"no space left for {value}"))
    assert (end["code"], end["error"]) == (None, "no space left for ***")
    assert (line["result"], line["why"]) == ("failed", "no space left for ***")


def test_a_signal_ends_it_and_is_told(tended):
    end, line = tended(CancelledError("it was ended on the host by SIGHUP"))
    assert (end["code"], end["why"]) == (None, "it was ended on the host by SIGHUP")
    assert line["why"] == "it was ended on the host by SIGHUP"
