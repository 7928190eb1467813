"""`kkinfra status` of an environment on a host: one screen, and an exit code that a program can go by."""

from __future__ import annotations

import json

from observed_host import empty, serving
from real_release import release


def test_what_serves_is_on_the_screen_and_the_exit_code_is_0(answers, kkinfra):
    made = release()
    answers.answers["observe"] = serving(made)
    code, out, _ = kkinfra("status", "live")
    assert code == 0
    assert made.manifest.id in out
    assert "webapp" in out


def test_a_host_without_a_release_is_not_well(answers, kkinfra):
    answers.answers["observe"] = empty()
    assert kkinfra("status", "live")[0] == 1


def test_programs_get_a_document_without_what_only_a_comparison_reads(answers, kkinfra):
    made = release()
    answers.answers["observe"] = serving(made)
    code, out, _ = kkinfra("status", "live", "-o", "json")
    told = json.loads(out)
    assert (code, told["well"], told["drift"]["objects"], told["release"]["release"]) == (0, True, [], made.manifest.id)
    assert {each["name"]: each["state"] for each in told["parts"]}["webapp-blue"] == "ready"
    there = told["details"]["release"]
    assert (there["stage"], there["colour"]) == ("tls", "blue")
    assert not {"texts", "secrets", "edited"} & there.keys()
    assert not any({"runs", "files"} & each.keys() for each in there["containers"])


def test_quiet_tells_what_is_not_well_alone(answers, kkinfra):
    answers.answers["observe"] = empty()
    assert kkinfra("status", "live", "-q") == (1, "", "nothing was deployed yet\n")
