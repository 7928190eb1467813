"""A platform and a delivery that a wheel brings: every verb that needs no place to run works with them."""

from __future__ import annotations

import json
import re

import pytest

from fake_wheel import NOMAD, ON_NOMAD, POINTS, SPEC, install, nomad, project
from in_process import kkinfra
from kkinfra.system import cache

__all__ = ["install", "kkinfra", "nomad", "project"]

LINE = SPEC.count("\n")


@pytest.fixture
def shop(nomad, project):
    """The project that has an environment on Nomad."""
    return project()


def test_it_validates_and_what_is_unknown_is_said_so(shop, kkinfra):
    done = kkinfra("validate", "beta", "-v", "-o", "json")
    assert done.code == 0, done.errors
    found = {each["rule"]: each["message"] for each in json.loads(done.output)["findings"]}
    assert found["capacity/unknown"] == "what Nomad has is not known to kkinfra, so nothing was computed"
    assert found["cost/month"] == "what Nomad costs is not known"
    assert found["exposure/reach"] == "who reaches what on Nomad is not known"
    assert not [rule for rule in found if rule.startswith("ports/")]


def test_it_is_rendered_by_its_own_renderer(shop, kkinfra):
    assert kkinfra("render", "--all").code == 0
    assert (shop / "build/beta/nomad/job.txt").read_text().startswith("# Generated")
    job = (shop / "build/beta/nomad/job.txt").read_text()
    assert "datacenter = dc1\n" in job
    assert "webapp: CACHE_URL=redis://redis.service.consul:6379/1\n" in job
    assert "webapp: ALLOWED_HOSTS=beta.example.org\n" in job
    assert (shop / "build/alpha/webapp/deployment.yaml").exists()
    assert kkinfra("render", "beta", "--check").code == 0


def test_its_fields_are_explained(shop, kkinfra):
    assert f"environments.yaml:{LINE + 5}:" in kkinfra("explain", "beta", "platform.datacenter").output
    assert "= nomad-api" in kkinfra("explain", "beta", "delivery.by").output
    kkinfra("render", "beta")
    done = kkinfra("explain", "beta", "build/beta/nomad/job.txt:2")
    assert f"platform.datacenter = dc1  spec/environments.yaml:{LINE + 5}" in done.output


def test_its_fields_are_in_the_schema(shop, kkinfra):
    schema = json.loads(kkinfra("schema").output)
    assert schema["definitions"]["Nomad"]["properties"]["datacenter"]["description"] == "Datacenter of the job."
    assert schema["definitions"]["NomadApi"]["properties"]["by"]["const"] == "nomad-api"
    named = [each.get("$ref") for each in schema["definitions"]["Environment"]["properties"]["platform"]["anyOf"]]
    assert [*named[:2], named[2]] == [f"#/definitions/{each}" for each in ("Kubernetes", "Compose", "Nomad")]


def test_a_model_of_it_may_be_called_as_a_part_is(install, project, kkinfra):
    install(NOMAD.replace("Client", "Job"), POINTS)
    project()
    written = kkinfra("schema").output
    definitions = json.loads(written)["definitions"]
    assert set(re.findall(r"#/definitions/([^\"]+)", written)) <= definitions.keys()
    assert {"theirs_plugin__Job", "kkinfra__spec__stack__Job"} <= definitions.keys()


def test_its_fields_are_in_the_ledger(shop, kkinfra):
    rows = json.loads(kkinfra("ledger", "-o", "json").output)
    assert rows["platform[nomad].datacenter"] == {"nomad": {"status": "rendered", "note": ""}}
    assert rows["platform[nomad].client.count"]["nomad"]["status"] == "emulated"
    assert rows["delivery[nomad-api].url"] == {"nomad": {"status": "rendered", "note": ""}}
    assert "nomad" not in rows["delivery[ssh].host"] | rows["tls[certbot].email"]
    assert rows["logs.max_size"]["nomad"]["status"] == "refused"


def test_what_its_renderer_refuses_is_an_error_at_its_line(nomad, project, kkinfra):
    project(f"{SPEC}{ON_NOMAD}    logs: {{max_size: 10MB}}\n")
    done = kkinfra("validate", "beta")
    assert done.code == 1
    assert f"environments.yaml:{LINE + 10}:" in done.errors + done.output
    assert "nomad does not have this: Nomad rotates logs" in done.errors + done.output


@pytest.mark.parametrize(
    ("language", "phrases"),
    [
        ("en", {"delivery": ["nomad-api"], "cost": ["what Nomad costs is not known"], "storage": ["not known"]}),
        ("ko", {"delivery": ["nomad-api"], "cost": ["Nomad 요금 미확인"], "storage": ["알 수 없음"]}),
    ],
)
def test_it_is_compared_in_every_language(shop, kkinfra, language, phrases):
    done = kkinfra("compare", "alpha", "beta", "--lang", language, "-o", "json")
    assert done.code == 0, done.errors
    found = {row["row"]: row["values"][1] for row in json.loads(done.output)["rows"]}
    assert found["orchestration"] == ["Nomad"]
    assert found["hardware"] == ["Nomad", "arm64"]
    assert phrases.items() <= found.items()
    unknown = {"ingress", "scalability", "reliability", "ports", "logs"}
    assert {row for row, values in found.items() if values == phrases["storage"]} == unknown | {"storage"}


def test_it_is_drawn(shop, kkinfra):
    done = kkinfra("diagram", "beta", "-o", "mermaid")
    assert done.code == 0, done.errors
    for told in ("Nomad", "nomad-api", "webapp", "Redis 7", "PostgreSQL 15"):
        assert told in done.output
    for of_others in ("EC2", "Traefik", "127.0.0.1", "SSH", "server-side"):
        assert of_others not in done.output
    assert kkinfra("diagram").code == 0


def test_it_is_reported(shop, kkinfra):
    assert kkinfra("report", "--out", "report.html", "--date", "2026-11-30").code == 0
    assert "Nomad" in (shop / "report.html").read_text()


def test_a_key_of_it_that_is_wrong_is_named(nomad, project, kkinfra):
    project(SPEC + ON_NOMAD.replace("datacenter: dc1", "datacentre: dc1"))
    done = kkinfra("validate")
    assert done.code == 1
    assert f"environments.yaml:{LINE + 5}:7 environments.beta.platform.datacentre" in done.errors
    assert "did you mean 'datacenter'?" in done.errors


def test_a_kind_that_is_misspelt_is_suggested(nomad, project, kkinfra):
    project(SPEC + ON_NOMAD.replace("kind: nomad", "kind: nomat"))
    assert "'nomat' is not one of: kubernetes, compose, nomad (did you mean 'nomad'?)" in kkinfra("validate").errors


def test_the_kind_that_goes_with_what_is_written_is_suggested(nomad, project, kkinfra):
    project(SPEC + ON_NOMAD.replace("      by: nomad-api\n", "").replace("url: https", "x: https"))
    assert "delivery.by: is missing; write by: nomad-api (one of: gitops, apply, ssh, nomad-api)" in (
        kkinfra("validate").errors
    )


def test_the_delivery_of_another_platform_is_refused_with_what_fits(nomad, project, kkinfra):
    project(SPEC + ON_NOMAD.replace("by: nomad-api\n      url: https://nomad.example.org:4646", "by: apply"))
    assert "delivery.by: 'apply' needs platform.kind kubernetes; write by: nomad-api" in kkinfra("validate").errors


def test_certificates_that_it_does_not_have_are_refused(nomad, project, kkinfra):
    project(f"{SPEC}{ON_NOMAD}    tls: {{by: traefik}}\n")
    assert "tls.by: 'traefik' needs platform.kind kubernetes; remove tls" in kkinfra("validate").errors


def test_a_platform_without_a_renderer_is_refused_where_it_is_named(install, project, kkinfra):
    install(NOMAD, {group: each for group, each in POINTS.items() if group != "kkinfra.renderers"})
    project()
    done = kkinfra("validate")
    assert done.code == 1
    problem = "no renderer for 'nomad' is installed; install one, or write one of: compose, kubernetes"
    assert f"environments.yaml:{LINE + 4}:13 environments.beta.platform.kind: {problem}" in done.errors


def test_code_of_a_model_that_changes_is_noticed_wherever_it_is(project, install, kkinfra, tmp_path):
    install(NOMAD, {"kkinfra.platforms": POINTS["kkinfra.platforms"], "kkinfra.targets": POINTS["kkinfra.targets"]})
    install(NOMAD.replace("class Nomad(", "class Other("), {"kkinfra.renderers": POINTS["kkinfra.renderers"]}, "drawn")
    project()
    assert kkinfra("render", "beta").output.startswith("beta: 1 files")
    assert cache.is_current("spec/environments.yaml", "build/beta") == 1
    code = tmp_path / "site-theirs/theirs_plugin.py"
    code.write_text(f"{code.read_text()}\n# changed\n")
    assert cache.is_current("spec/environments.yaml", "build/beta") is None
