"""A part that a layer takes away: what earlier layers say of it by name goes with it."""

from __future__ import annotations

import json
from typing import get_args

import pytest

from checkout import EVERYTHING_FILE
from kkinfra.cli.main import main
from kkinfra.errors import SpecError
from kkinfra.rendering.pipeline import render
from kkinfra.secrets.needs import needed_secrets
from kkinfra.spec.layering import MENTIONS
from kkinfra.spec.loading import Spec, resolve_document
from kkinfra.spec.names import DnsLabel
from kkinfra.spec.platforms import Secret
from kkinfra.spec.stack import Job
from kkinfra.spec.structure import field_models
from kkinfra.values.document import parse
from proven import PROOFS, proven

EVERYTHING = EVERYTHING_FILE.read_text()
NEEDED = {"redis": "needs a broker", "nginx": "nginx"}
"""Parts that others cannot be without, and what is said where those stay."""
PARITY = {"parity": PROOFS["parity"]}

SMALL = """\
project: shop
image: ghcr.io/example/shop:1.0.0
secrets:
  SECRET_KEY: {env: SECRET_KEY}
  PANEL: {env: PANEL, readers: [flower]}
  SHARED: {env: SHARED, readers: [flower, webapp, seed]}
stack:
  webapp: {asgi: "config.asgi:application", memory: 256MB}
  flower: {memory: 64MB}
  redis: {version: "7.4", maxmemory: 64MB, memory: 128MB}
  nginx: {version: "1.26", memory: 64MB}
  seed: {kind: job, command: [seed], memory: 64MB, before: [flower, webapp]}
environments:
  alpha:
    domain: shop.example.org
    platform: {kind: compose, directory: /srv/shop, host: {kind: ec2, region: eu-central-1, instance_type: t3.large}}
    tls: {by: certbot, email: ops@example.org}
    delivery: {by: ssh, host: 203.0.113.10, ci: github-actions}
"""
BETA = "  beta: {extends: alpha, domain: beta.example.org, stack: {flower: null}}\n"


def spec(*more: str, base: str = SMALL) -> Spec:
    return resolve_document(parse("".join((base, *more)), "spec.yaml"), "spec.yaml")


def test_every_list_that_names_parts_is_a_mention():
    for section, model in {"secrets": Secret, **{f"stack {each}": each for each in field_models_of_parts()}}.items():
        named = {name for name, field in model.model_fields.items() if DnsLabel in arguments(field.annotation)}
        expected = {"secrets": {MENTIONS["secrets"]}}.get(section, {MENTIONS["stack"]} if model is Job else set())
        assert named == expected, section


def field_models_of_parts():
    from kkinfra.spec.environment import Environment

    return field_models(Environment, "stack")


def arguments(annotation):
    """What a list holds, whether it may be left out or not."""
    inner = get_args(annotation)
    return set(inner) | {each for one in inner for each in get_args(one)} if inner else set()


def test_a_secret_that_only_it_reads_is_read_by_nobody():
    beta = spec(BETA).environments["beta"]
    assert (beta.secrets["PANEL"].readers, beta.secrets["SHARED"].readers) == ((), ("webapp", "seed"))
    assert needed_secrets(beta) == ["SECRET_KEY", "SHARED"]
    assert needed_secrets(spec(BETA).environments["alpha"]) == ["PANEL", "SECRET_KEY", "SHARED"]
    assert not [each.path for each in render(beta) if "PANEL" in each.content]


def test_a_job_no_longer_runs_before_it():
    assert spec(BETA).environments["beta"].stack["seed"].before == ("webapp",)


def test_parity_counts_it_once():
    accepted = "    accepted: {parity/processes: {stack.flower: {reason: beta runs no Flower}}}\n"
    beta = "  beta:\n    extends: alpha\n    domain: beta.example.org\n    stack: {flower: null}\n"
    for text, is_accepted in ((SMALL + beta, False), (SMALL + beta + accepted, True)):
        (result,) = [each for each in proven(text, proofs=PARITY) if each.severity != "note"]
        assert result.field == "environments.beta.stack.flower"
        assert (result.accepted is not None) is is_accepted


NOTHING = "takes nothing away, as there is nothing of this name"


@pytest.mark.parametrize(
    ("said", "field", "problem"),
    [
        ("stack: {flwer: null}", "stack.flwer", f"{NOTHING} (did you mean 'flower'?); correct it, or take it out"),
        ("secrets: {SHRED: null}", "secrets.SHRED", f"{NOTHING} (did you mean 'SHARED'?); correct it, or take it out"),
        ("settings: {DEBUG: null}", "settings.DEBUG", f"{NOTHING}; correct it, or take it out"),
        ("stack: {webapp: {settings: {X: null}}}", "stack.webapp.settings.X", f"{NOTHING}; correct it, or take it out"),
        ("stack: {nginx: {max_bdy: null}}", "stack.nginx.max_bdy", "is not a key here (did you mean 'max_body'?); "),
        ("tls: {emial: null}", "tls.emial", "is not a key here (did you mean 'email'?); the keys here are: "),
        ("purpos: null", "purpos", "is not a key here (did you mean 'purpose'?); the keys here are: "),
    ],
)
def test_what_is_not_there_cannot_be_taken_away(said, field, problem):
    with pytest.raises(SpecError) as caught:
        spec(f"  beta: {{extends: alpha, domain: b.example.org, {said}}}\n")
    (issue,) = caught.value.issues
    assert issue.field == f"environments.beta.{field}"
    assert issue.problem.startswith(problem)


@pytest.mark.parametrize(
    ("before", "after", "field", "remedy"),
    [
        (
            "PANEL: {env: PANEL, readers: [flower]}",
            "PANEL:",
            "secrets.PANEL",
            "write PANEL: {env: PANEL}, or remove it",
        ),
        ("memory: 256MB}", "memory: 256MB, settings: {A: }}", "stack.webapp.settings.A", "write a value after A:, or "),
        ("stack:", "settings: {B: }\nstack:", "settings.B", "write a value after B:, or remove it"),
    ],
)
def test_a_name_that_says_nothing_is_not_dropped(before, after, field, remedy):
    with pytest.raises(SpecError) as caught:
        spec(base=SMALL.replace(before, after, 1))
    (issue,) = caught.value.issues
    assert (issue.field, issue.problem.startswith(f"is empty; {remedy}")) == (field, True)


def test_a_name_that_is_wrong_in_two_places_is_told_at_both():
    with pytest.raises(SpecError) as caught:
        spec("  beta: {extends: alpha, stack: {flowr: null}, secrets: {PANEL: {readers: [flowr]}}}\n")
    meant = "(did you mean 'flower'?)"
    assert [(str(issue.location).partition(":")[2], meant in issue.problem) for issue in caught.value.issues] == [
        ("19:34", True), ("19:76", True)
    ]  # fmt: skip


def test_what_a_layer_took_away_may_be_taken_away_again():
    gamma = "  gamma: {extends: beta, domain: c.example.org, stack: {flower: null, nginx: {max_body: null}}}\n"
    assert "flower" not in spec(BETA, gamma).environments["gamma"].stack


def test_a_null_of_a_variant_that_is_left_is_nobodys():
    beta = "  beta: {extends: alpha, domain: b.example.org, tls: {email: ops@example.net, staging: null}}\n"
    gamma = "  gamma: {extends: beta, tls: {by: secret}}\n"
    with pytest.raises(SpecError) as caught:
        spec(beta, gamma)
    assert not [issue for issue in caught.value.issues if "staging" in issue.field]


@pytest.mark.parametrize("section", ["flower", "webapp", "redis, celery", "all"])
def test_the_command_agrees(section, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SECRET_KEY", "one")
    monkeypatch.setenv("SHARED", "two")
    path = tmp_path / "spec.yaml"
    gone = {"all": ["flower", "redis", "seed"], "redis, celery": ["flower", "redis"]}.get(section, [section, "flower"])
    path.write_text(
        f"{SMALL}  beta: {{extends: alpha, domain: b.example.org, stack: {json.dumps(dict.fromkeys(gone))}}}\n"
    )
    for verb in (["validate", "beta"], ["render", "beta", "--out", str(tmp_path)], ["secrets", "check", "beta"]):
        assert main([*verb, "--spec", str(path)]) == 0, capsys.readouterr().err
    assert "PANEL       env PANEL       not read" in capsys.readouterr().out
    assert main(["explain", "beta", "secrets.PANEL", "--spec", str(path)]) == 0
    assert "secrets.PANEL.readers = []" in capsys.readouterr().out


@pytest.mark.parametrize("environment", ["cluster", "host"])
@pytest.mark.parametrize("name", spec(base=EVERYTHING).environments["cluster"].stack)
def test_any_part_of_everything_can_be_taken_away(environment, name):
    less = f"  less: {{extends: {environment}, domain: less.example.org, stack: {{{name}: null}}}}\n"
    if name in NEEDED:
        with pytest.raises(SpecError) as caught:
            spec(less, base=EVERYTHING)
        for issue in caught.value.issues:
            assert NEEDED[name] in issue.problem
            assert issue.field.startswith("environments.less.") or issue.problem.endswith("(in less)")
    else:
        found = spec(less, base=EVERYTHING).environments["less"]
        assert name not in found.stack
        assert len(render(found))


@pytest.mark.parametrize("stack", ["null", "{}"])
def test_a_stack_that_is_taken_away_takes_all_its_parts(stack):
    parts = "{webapp: {asgi: 'a:b', memory: 64MB}, nginx: {version: '1.26', memory: 64MB}}"
    gamma = f"  beta: {{extends: alpha, stack: {stack}}}\n  gamma: {{extends: beta, stack: {parts}}}\n"
    if stack == "null":
        with pytest.raises(SpecError) as caught:
            spec(gamma)
        assert [issue.field for issue in caught.value.issues] == ["environments.beta.stack"]
    else:
        assert "flower" in spec(gamma).environments["gamma"].stack


def test_a_part_that_comes_back_is_named_again():
    gamma = "  gamma: {extends: beta, stack: {flower: {memory: 65MB}}}\n"
    found = spec(BETA, gamma).environments["gamma"]
    assert found.secrets_of("flower") == ("PANEL", "SECRET_KEY", "SHARED")
    assert found.stack["seed"].before == ("flower", "webapp")


@pytest.mark.parametrize(
    ("more", "place", "field", "problem"),
    [
        (
            "  beta: {extends: alpha, stack: {flower: null}, secrets: {PANEL: {readers: [webapp, flower]}}}\n",
            "19:85", "environments.beta.secrets.PANEL.readers[1]",
            "'flower' is taken away by spec.yaml:19:34; take this name out, or that line",
        ),
        (
            f"{BETA}  gamma: {{extends: beta, stack: {{seed: {{before: [flower]}}}}}}\n",
            "20:50", "environments.gamma.stack.seed.before[0]",
            "'flower' is taken away by spec.yaml:19:60; take this name out, or that line",
        ),
        (
            "  beta: {extends: alpha, stack: {flower: null}, secrets: {PANEL: {readers: [flowr]}}}\n",
            "19:77", "environments.beta.secrets.PANEL.readers[0]",
            "'flowr' is not a part of the stack; write one of: webapp, redis, nginx, seed",
        ),
    ],
)  # fmt: skip
def test_what_the_same_layer_or_a_later_one_names_is_refused(more, place, field, problem):
    with pytest.raises(SpecError) as caught:
        spec(more)
    (issue,) = caught.value.issues
    assert (str(issue.location), issue.field, issue.problem) == (f"spec.yaml:{place}", field, problem)


def test_what_is_wrong_beside_it_is_found_at_its_own_place():
    with pytest.raises(SpecError) as caught:
        spec(BETA, base=SMALL.replace("readers: [flower, webapp, seed]", "readers: [flower, webap, seed]"))
    (issue,) = caught.value.issues
    assert str(issue.location) == "spec.yaml:6:43"
    assert issue.field == "secrets.SHARED.readers[1]"


def test_what_other_environments_have_is_not_touched():
    found = spec(BETA).environments["alpha"]
    assert found.secrets["PANEL"].readers == ("flower",)
    assert found.stack["seed"].before == ("flower", "webapp")
