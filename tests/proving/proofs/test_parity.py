"""An environment is the same product as the first one, but for what somebody gave a reason for."""

from __future__ import annotations

import pytest

from kkinfra.proving.parity import ASPECTS
from kkinfra.proving.proofs.parity import ParityProof
from kkinfra.spec.date import Date
from proven import PROOFS, TODAY, line_of, proven
from real_spec import ACCEPTING_NOTHING, SOURCE, changed

PARITY = {"parity": PROOFS["parity"]}
ALPHA = "      redis:      {storage: 1GiB}"
LOGS = "    logs: {max_size: 10MB, max_files: 3}\n"
REAL = {("parity/image", "image"), ("parity/processes", "stack.postgresql.on")}


def accepting(said, text=ACCEPTING_NOTHING):
    """The real specification, of which production accepts something else."""
    return changed(LOGS, f"    accepted: {{{said}}}\n{LOGS}", text)


def in_alpha(part):
    return changed(ALPHA, f"{ALPHA}\n      {part}")


def counting(text, on=TODAY):
    """Findings that nobody accepts, by rule and field."""
    results = proven(text, proofs=PARITY, on=on)
    return {(each.rule, each.at): each for each in results if each.accepted is None}


def test_the_real_environments_differ_only_in_what_is_declared():
    assert counting(SOURCE) == {}
    assert {(each.rule, each.at) for each in proven(SOURCE, proofs=PARITY)} == REAL


@pytest.mark.parametrize(
    ("text", "rule", "at", "written"),
    [
        (ACCEPTING_NOTHING, "image", "image", "image: ghcr.io"),
        (ACCEPTING_NOTHING, "processes", "stack.postgresql.on", "on: rds"),
        (changed("      postgresql:\n", "      redis: {policy: volatile-ttl}\n      postgresql:\n"),
         "processes", "stack.redis.policy", "policy: volatile-ttl"),
        (in_alpha("celery-worker: {queues: [other]}"), "commands", "stack.celery-worker.queues", "queues: [celery]"),
        (changed(LOGS, f"{LOGS}    settings: {{DEBUG: true}}\n"), "variables", "settings.DEBUG", "DEBUG: true"),
        (changed(LOGS, f"{LOGS}    secrets: {{TOKEN: {{env: NAME}}}}\n"),
         "secrets", "secrets.TOKEN", "TOKEN: {env: NAME}"),
        (changed("        on: rds\n", '        on: rds\n        version: "16"\n'),
         "versions", "stack.postgresql.version", 'version: "16"'),
        (in_alpha("webapp: {memory: 300MB}"), "limits", "stack.webapp.memory", "workers: 2, memory: 256MB"),
        (in_alpha("webapp: {health: {ready: /r}}"), "health", "stack.webapp.health.ready", "ready: /healthz/ready"),
        (in_alpha("static-files: {url: /s/}"), "static", "stack.static-files.url", "url: /static/"),
    ],
)  # fmt: skip
def test_a_difference_is_found_at_its_line(text, rule, at, written):
    results = {each.at: each for each in counting(text).values()}
    assert (results[at].rule, results[at].place.line) == (f"parity/{rule}", line_of(text, written))
    assert results[at].severity == "warning"


def test_log_limits_are_compared_between_two_hosts():
    text = SOURCE.replace("  alpha: ", "  before:\n    extends: production\n    logs: {max_size: 20MB}\n\n  alpha: ", 1)
    assert ("parity/logs", "logs.max_size") in counting(text)


def test_it_says_what_each_has_where_and_how_to_declare_it():
    text = in_alpha("webapp: {memory: 300MB}")
    (result,) = counting(text).values()
    assert result.problem == (
        "production has 256MB, alpha has 300MB; make them the same, or say why: "
        "accepted: {parity/limits: {stack.webapp.memory: {reason: ...}}}"
    )
    assert [(each.label, each.amount, each.place.line) for each in result.figures] == [
        ("alpha", "300MB", line_of(text, "webapp: {memory: 300MB}")),
        ("production", "256MB", line_of(text, "workers: 2, memory: 256MB")),
    ]


def test_declaring_it_so_is_enough():
    said = "parity/limits: {stack.webapp.memory: {reason: tried out}}"
    text = changed(ALPHA, f"{ALPHA}\n      webapp: {{memory: 300MB}}", ACCEPTING_NOTHING)
    assert ("parity/limits", "stack.webapp.memory") in counting(text)
    assert counting(accepting(said, text)).keys() == REAL


def test_a_declaration_may_end():
    text = accepting("parity/image: {image: {reason: tried out, until: 2026-12-31}}")
    assert ("parity/image", "image") not in counting(text)
    assert ("parity/image", "image") in counting(text, on=Date("2027-01-01"))


def test_a_declaration_of_what_is_the_same_is_stale():
    rules = [rule for rule, _ in counting(accepting("parity/static: {stack.static-files.url: {reason: none}}"))]
    assert sorted(rules) == ["accepted/stale", "parity/image", "parity/processes"]


def test_every_aspect_has_a_rule():
    assert set(ParityProof.rules) == set(ASPECTS)
