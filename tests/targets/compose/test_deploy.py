"""`kkinfra deploy` and what it asks of a host that answers: nothing, until somebody agrees to what was shown."""

from __future__ import annotations

import hmac
import json
import re
import time

import pytest

import live_project
from kkinfra.cli.main import main
from kkinfra.targets.compose import deploy as deploying
from kkinfra.targets.compose import session
from kkinfra.targets.compose.client import following, outside
from kkinfra.targets.compose.client import host as client
from kkinfra.targets.compose.client.host import LostError
from live_project import SECRETS
from observed_host import empty, serving
from real_release import OTHER_DIGEST, release

BEFORE = release()
END = {
    "kind": "end", "ok": True, "error": "", "what": "deploy", "result": "deployed", "release": "r", "stage": "tls",
    "at": 1_764_032_523, "seconds": 12.3,
}  # fmt: skip
GOOD = outside.Seen("https://x.example.org/healthz/ready", "200", good=True)
BAD = outside.Seen("https://x.example.org/healthz/ready", "502", good=False)


class Host:
    """Answers what a host that serves a release would, and remembers what it was asked."""

    def __init__(self):
        self.facts, self.trips, self.asked, self.ends = serving(BEFORE), 0, [], {}
        self.connection, self.locked = self, []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def close(self):
        pass

    def call(self, verb, arguments, files=None, *, heard=None, seconds=0):
        self.trips += 1
        self.asked.append((verb, arguments, files or {}))
        if verb == "observe":
            return self.observed(arguments)
        if verb == "lock":
            return self.locked.pop(0) if self.locked else {"held": False}
        found = self.ends.get(verb, END)
        if isinstance(found, list):
            found = found.pop(0)
        for line in ({"kind": "begin", "step": "pull"}, {"kind": "warning", "text": "an image stays"}):
            heard({"journal": line})
        if isinstance(found, Exception):
            raise found
        return found

    def observed(self, arguments):
        names = self.facts["release"].get("secrets", ())
        key = arguments["key"].encode()
        marks = {name: hmac.new(key, SECRETS[name].encode(), "sha256").hexdigest() for name in names}
        found = {**self.facts, "host": {**self.facts["host"], "clock": time.time()}}
        return {**found, "release": {**found["release"], "secrets": marks}}

    took = client.Host.took

    @property
    def verbs(self):
        return [verb for verb, _, _ in self.asked]


@pytest.fixture
def host(tmp_path, monkeypatch):
    live_project.enter(tmp_path, monkeypatch)
    found = Host()
    monkeypatch.setattr(session, "connect_host", lambda _: found)
    monkeypatch.setattr(outside, "look", lambda *_, **__: GOOD)
    monkeypatch.setattr(deploying, "_LOCK_POLL_SECONDS", 0)
    monkeypatch.setattr(following, "_PAUSE_SECONDS", 0)
    return found


@pytest.fixture
def deploy(host, capsys, tmp_path):
    """Deploy; returns the exit code, the output and the errors."""

    def run(*arguments, changed=True):
        live_project.write(tmp_path, {"nginx": {"rate": 30}} if changed else None)
        code = main(["deploy", "live", *arguments])
        said = capsys.readouterr()
        assert "s3cret" not in said.out + said.err
        return code, said.out, said.err

    return run


def test_a_dry_run_shows_the_plan_in_one_round_trip(host, deploy):
    code, shown, _ = deploy("--dry-run")
    assert (code, host.verbs) == (0, ["observe"])
    assert "  ~ nginx: reload: idle connections are closed" in shown.splitlines()
    assert re.fullmatch(r"  1 round trip, one connection, \d\.\d s", shown.splitlines()[-1])


def test_where_nothing_differs_nothing_is_asked_for(host, deploy):
    code, shown, _ = deploy(changed=False)
    assert (code, host.verbs) == (0, ["observe"])
    assert "  nothing to do" in shown.splitlines()


def test_without_somebody_to_ask_nothing_is_changed(host, deploy):
    code, shown, said = deploy()
    assert (code, host.verbs) == (1, ["observe"])
    assert "reload" in shown
    assert "nobody is here to be asked, and nothing was changed" in said


def test_who_agrees_deploys_what_was_shown(host, deploy):
    code, shown, _ = deploy("--yes", "--timeout", "99")
    assert (code, host.verbs) == (0, ["observe", "deploy"])
    _, arguments, files = host.asked[-1]
    assert arguments["request"]["expected"] == host.facts["release"]["fingerprint"]
    assert (arguments["request"]["timeout"], arguments["request"]["allowed"]) == (99, False)
    assert arguments["manifest"]["id"].startswith(arguments["run"].partition("-")[0])
    assert {f"tree/{path}" for path in arguments["manifest"]["files"]} == {each for each in files if "tree/" in each}
    assert files["secret/FLOWER_BASIC_AUTH"] == SECRETS["FLOWER_BASIC_AUTH"].encode()
    assert files["login"] == SECRETS["REGISTRY_DOCKERCONFIG"].encode()
    assert "secret/REGISTRY_DOCKERCONFIG" not in files
    assert "s3cret" not in json.dumps(arguments)
    assert "deployed r in 12.3 s; 2 round trips, one connection" in shown
    assert "  warning: an image stays" in shown.splitlines()


def test_another_image_is_deployed_by_its_digest(host, deploy):
    host.facts["digest"]["digest"] = OTHER_DIGEST
    deploy("--yes", "--image", "ghcr.io/example/kkambbaki:2.0.0")
    assert host.asked[0][1]["image"] == "ghcr.io/example/kkambbaki:2.0.0"
    assert host.asked[-1][1]["manifest"]["image"] == f"ghcr.io/example/kkambbaki@{OTHER_DIGEST}"


def test_a_host_that_is_not_ready_is_told_with_every_reason(host, deploy):
    host.facts["compose"], host.facts["host"]["disk_free"] = "1.29.2", 0
    code, _, said = deploy("--yes")
    assert (code, host.verbs) == (1, ["observe"])
    assert "live is not ready, and nothing was changed:\n  compose: 1.29.2: is too old" in said
    assert "  disk: 0 MB free: " in said


def test_a_host_that_is_locked_is_left_alone(host, deploy):
    host.facts["lock"] = {"held": True, "holder": {"who": "octocat@runner", "what": "deploy", "since": 0}}
    code, _, said = deploy("--yes")
    assert (code, host.verbs) == (1, ["observe"])
    assert "the host is locked by octocat@runner" in said


def test_who_waits_for_the_lock_plans_once_it_is_free(host, deploy):
    holder = {"held": True, "holder": {"who": "octocat@runner", "phase": "pull"}}
    host.locked = [holder, holder, {"held": False}]
    assert deploy("--dry-run", "--lock-wait", "60")[0] == 0
    assert host.verbs == ["lock", "lock", "lock", "observe"]


def test_a_saved_plan_is_done_only_as_it_was_saved(host, deploy, tmp_path):
    plan = str(tmp_path / "plan.json")
    assert deploy("--dry-run", "--save-plan", plan)[0] == 0
    assert deploy("--yes", "--plan", plan)[0] == 0
    assert host.verbs == ["observe", "observe", "deploy"]
    host.facts["release"]["fingerprint"] = "of another moment"
    code, _, said = deploy("--yes", "--plan", plan)
    assert (code, host.verbs[3:]) == (1, ["observe"])
    assert "live is not as it was when the plan was made; nothing was changed" in said


def test_json_is_one_document(host, deploy):
    document = json.loads(deploy("--dry-run", "-o", "json")[1])
    plan = document["plan"]
    assert (document["outcome"], plan["details"], plan["environment"]) == (None, {"round_trips": 1}, "live")
    assert {check["name"] for check in plan["checks"]} >= {"docker", "image", "database"}
    done = json.loads(deploy("--yes", "-o", "json")[1])["outcome"]
    assert (done["result"], done["at"], done["seconds"]) == ("deployed", "2025-11-25T01:02:03Z", 12.3)
    assert (done["warnings"], done["details"]["outside"]) == (["an image stays"], "200")


def test_what_is_not_seen_from_outside_any_more_is_taken_back(host, deploy, monkeypatch):
    seen = [GOOD, BAD]
    monkeypatch.setattr(outside, "look", lambda *_, **__: seen.pop(0))
    host.ends["rollback"] = {**END, "result": "rolled back"}
    code, _, said = deploy("--yes")
    assert (code, host.verbs) == (1, ["observe", "deploy", "rollback"])
    assert host.asked[-1][1]["release"] is None
    assert "answered before, and from outside it does not now (502); the release of before serves" in said


def test_a_connection_that_is_lost_while_it_is_taken_back_is_resumed_from_its_own_first_line(host, deploy, monkeypatch):
    seen = [GOOD, BAD]
    monkeypatch.setattr(outside, "look", lambda *_, **__: seen.pop(0))
    host.ends["rollback"] = LostError("broken pipe")
    deploy("--yes")
    assert host.verbs == ["observe", "deploy", "rollback", "resume"]
    assert host.asked[-1][1]["seen"] == 2, "the lines of the rollback alone"


def test_what_was_not_seen_from_outside_before_is_not_taken_back(host, deploy, monkeypatch):
    monkeypatch.setattr(outside, "look", lambda *_, **__: BAD)
    code, shown, _ = deploy("--yes")
    assert (code, host.verbs) == (0, ["observe", "deploy"])
    assert "from outside: https://x.example.org/healthz/ready: 502" in shown


def test_a_first_deploy_is_only_looked_at_afterwards(host, deploy, monkeypatch):
    looked = []
    monkeypatch.setattr(outside, "look", lambda *_, encrypted: looked.append(encrypted) or GOOD)
    host.facts = empty()
    assert deploy("--yes")[0] == 0
    assert looked == [True]
