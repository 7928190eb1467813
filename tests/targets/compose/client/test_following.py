"""A run that is followed: through lost connections, to its end, and away from it on Ctrl-C."""

from __future__ import annotations

import json
import os
import re

import pytest

from kkinfra.errors import ConnectionFailedError, HostError, InterruptedRunError
from kkinfra.system.deployer import new_run, who
from kkinfra.targets.compose.client import following
from kkinfra.targets.compose.client.following import Asked, HeardRun, follow
from kkinfra.targets.compose.client.host import LostError
from local_ssh import RUN, stand_in

RUN_NAME = "20261125T010203Z-abc"
BEGUN = {"kind": "begun", "pid": os.getpid()}
PULL = {"kind": "begin", "step": "pull", "text": "pulling x"}
PULLED = {"kind": "done", "step": "pull", "seconds": 1.5}
NOTE = {"kind": "note", "step": "pull", "text": "none to run"}
WARNING = {"kind": "warning", "step": "pull", "text": "an image stays"}
DEPLOYED = {"kind": "end", "ok": True, "error": "", "result": "deployed", "stage": "tls"}
FAILED = {"kind": "end", "ok": False, "error": "webapp-green is not healthy", "error_kind": "failed"}
CANCELLED = {"kind": "end", "ok": False, "error": "whoever deploys asked to stop", "error_kind": "cancelled"}


class Host:
    """Answers one request after another: an error is raised, a dictionary answered after the lines before it."""

    def __init__(self, *answers):
        self.answers, self.asked, self.closed = list(answers), [], 0
        self.connection = self

    def close(self):
        self.closed += 1

    def call(self, verb, arguments, files=None, *, heard=None):
        self.asked.append((verb, dict(arguments)))
        *lines, last = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        for line in lines:
            heard({"journal": line})
        if isinstance(last, BaseException):
            raise last
        if heard is not None and last.get("kind") == "end":
            heard({"journal": last})
        return last


@pytest.fixture
def told():
    """What a person is told, in order."""
    return []


@pytest.fixture
def heard(told):
    return HeardRun(lambda text: told.append(("begin", text)), lambda text: told.append(("note", text)))


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(following, "_PAUSE_SECONDS", 0)
    monkeypatch.setattr(following, "_RECONNECT_SECONDS", 60)


def asked():
    return Asked("deploy", {"manifest": {}}, {"secret/KEY": b"s3cret"}, RUN_NAME)


def test_a_run_is_told_step_by_step(heard, told):
    host = Host([BEGUN, PULL, NOTE, WARNING, PULLED, DEPLOYED])
    assert follow(host, asked(), heard) == DEPLOYED
    assert host.asked == [("deploy", {"manifest": {}, "run": RUN_NAME})]
    assert told == [("begin", "pull: pulling x"), ("note", "none to run"), ("note", "warning: an image stays")]
    assert (heard.warnings, heard.steps, heard.step) == (["an image stays"], {"pull": 1.5}, "pull")


def test_what_is_no_line_of_the_journal_is_not_counted(heard, told):
    heard({"alive": True})
    heard({"text": "uploading"})
    assert (heard.seen, told) == (0, [])


def test_a_lost_connection_is_made_again_and_the_run_resumed_from_the_next_line(heard, told):
    host = Host([BEGUN, PULL, LostError("broken pipe")], [LostError("still")], [PULLED, DEPLOYED])
    assert follow(host, asked(), heard) == DEPLOYED
    assert [(verb, arguments.get("seen")) for verb, arguments in host.asked] == [
        ("deploy", None), ("resume", 2), ("resume", 2),
    ]  # fmt: skip
    assert host.closed == 2, "what is left of the shared connection would be lost as well"
    assert ("begin", "the connection was lost (broken pipe); connecting again") in told
    assert heard.seen == 4


def test_lines_that_were_heard_while_it_was_resumed_are_not_asked_for_again(heard):
    host = Host([BEGUN, LostError("one")], [PULL, LostError("two")], [PULLED, DEPLOYED])
    follow(host, asked(), heard)
    assert [arguments["seen"] for _, arguments in host.asked[1:]] == [1, 2]


def test_a_host_that_does_not_come_back_is_left_to_itself(heard, monkeypatch):
    monkeypatch.setattr(following, "_RECONNECT_SECONDS", 0.2)
    host = Host([BEGUN, PULL, LostError("broken pipe")], [ConnectionFailedError("no answer; is the host up?")])
    with pytest.raises(ConnectionFailedError) as raised:
        follow(host, asked(), heard)
    assert str(raised.value) == (
        "no answer; is the host up?\nthe host was lost in step pull, and finishes or undoes it by itself; "
        "see `kkinfra status ENV`, and deploy again to be sure"
    )
    assert len(host.asked) > 2, "it is tried more than once"


def test_a_host_that_was_lost_at_once_was_at_no_step(heard, monkeypatch):
    monkeypatch.setattr(following, "_RECONNECT_SECONDS", 0.2)
    host = Host([LostError("broken pipe")])
    with pytest.raises(ConnectionFailedError, match="the host was lost before its first step"):
        follow(host, asked(), heard)


def test_a_host_that_was_never_reached_is_not_asked_again(heard):
    host = Host([ConnectionFailedError("refused")])
    with pytest.raises(ConnectionFailedError, match=r"^refused$"):
        follow(host, asked(), heard)
    assert len(host.asked) == 1


@pytest.mark.parametrize("kind", ["failed", "locked", "changed"])
def test_a_run_that_failed_says_why_and_of_what_kind(heard, kind):
    with pytest.raises(HostError, match="webapp-green is not healthy") as raised:
        follow(Host([BEGUN, {**FAILED, "error_kind": kind}]), asked(), heard)
    assert raised.value.kind == kind


def test_a_run_that_was_cut_off_says_where_and_what_comes_next(heard):
    with pytest.raises(HostError) as raised:
        follow(Host([BEGUN, PULL, {"kind": "cut off", "step": "pull", "started": True}]), asked(), heard)
    assert f"run {RUN_NAME} ended on the host without a word, in step pull" in str(raised.value)
    assert "the next deploy, rollback or boot finishes or undoes it" in str(raised.value)


def test_who_presses_ctrl_c_asks_the_host_to_stop_and_hears_the_rest(heard, told):
    host = Host([BEGUN, PULL, KeyboardInterrupt()], [{"asked": True}], [CANCELLED])
    with pytest.raises(InterruptedRunError, match="interrupted: whoever deploys asked to stop"):
        follow(host, asked(), heard)
    assert host.asked[1:] == [("cancel", {"run": RUN_NAME}), ("resume", {"run": RUN_NAME, "seen": 2})]
    assert told[-1][1].startswith("asking the host to stop")


def test_who_presses_ctrl_c_too_late_hears_that_the_release_serves(heard):
    host = Host([BEGUN, KeyboardInterrupt()], [{"asked": True}], [DEPLOYED])
    with pytest.raises(InterruptedRunError, match="interrupted: the release serves; it was too late to go back"):
        follow(host, asked(), heard)


def test_who_presses_ctrl_c_twice_leaves_the_host_to_itself(heard):
    host = Host([BEGUN, KeyboardInterrupt()], [{"asked": True}], [KeyboardInterrupt()])
    with pytest.raises(InterruptedRunError, match="the host goes on by itself: see `kkinfra status ENV`"):
        follow(host, asked(), heard)


def test_who_presses_ctrl_c_before_anything_was_begun_is_told_so(heard):
    host = Host([KeyboardInterrupt()], [{"asked": False}], [HostError("there is no run")])
    with pytest.raises(InterruptedRunError, match="interrupted: nothing was begun"):
        follow(host, asked(), heard)


def test_a_connection_that_is_lost_after_ctrl_c_is_made_again(heard):
    host = Host([BEGUN, KeyboardInterrupt()], [{"asked": True}], [LostError("broken pipe")], [CANCELLED])
    with pytest.raises(InterruptedRunError, match="asked to stop"):
        follow(host, asked(), heard)


def test_no_line_is_lost_or_told_twice_when_a_real_connection_is_cut(tmp_path, monkeypatch, heard):
    ssh = stand_in(tmp_path, monkeypatch)
    lines = [BEGUN, PULL, NOTE, PULLED, {"kind": "begin", "step": "switch"}, DEPLOYED]
    run = tmp_path / "srv/runs" / RUN_NAME
    run.mkdir(parents=True)
    (run / "request.json").write_text("{}")
    (run / "journal.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    again = tmp_path / "again"
    ssh.does(f'[ -e {again} ] && {RUN}; touch {again}; sh -c "$last" | head -n 3; exit 255')
    found = []
    monkeypatch.setattr(HeardRun, "__call__", _recording(HeardRun.__call__, found))
    end = follow(ssh.host(), Asked("resume", {"seen": 0}, name=RUN_NAME), heard)
    assert found == lines
    assert end == DEPLOYED


def _recording(hear, found):
    def heard(self, event):
        if "journal" in event:
            found.append(event["journal"])
        hear(self, event)

    return heard


def test_a_run_is_called_for_the_time_and_no_two_are_called_alike():
    names = {new_run(1_795_568_523.0) for _ in range(50)}
    assert len(names) == 50
    assert all(re.fullmatch(r"20261125T010203Z-[0-9a-f]{6}", name) for name in names)


def test_a_person_is_told_by_name_and_machine(monkeypatch):
    for variable in ("GITHUB_ACTOR", "GITHUB_RUN_ID"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("LOGNAME", "me")
    found = who()
    assert found["who"].startswith("me@")
    assert "ci" not in found


def test_a_run_of_a_ci_service_is_told_with_its_address(monkeypatch):
    variables = {"ACTOR": "octocat", "RUN_ID": "42", "REPOSITORY": "o/r", "SERVER_URL": "https://git.example.org"}
    for name, value in variables.items():
        monkeypatch.setenv(f"GITHUB_{name}", value)
    found = who()
    assert found["who"].startswith("octocat@")
    assert found["ci"] == "https://git.example.org/o/r/actions/runs/42"


def test_what_is_asked_for_shows_no_secret():
    assert "s3cret" not in repr(asked())
