from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from checkout import ROOT, SPEC_FILE
from kkinfra.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path

SPEC = SPEC_FILE


@pytest.fixture
def explain(capsys, monkeypatch):
    monkeypatch.chdir(ROOT)

    def ask(*arguments):
        code = main(["explain", *arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return ask


def line_of(text: str, path: Path) -> int:
    return next(number for number, line in enumerate(path.read_text().split("\n"), 1) if text in line)


@pytest.fixture(scope="module")
def rendered(tmp_path_factory):
    from kkinfra.rendering.pipeline import open_spec, render
    from kkinfra.rendering.writing import write

    top = tmp_path_factory.mktemp("build")
    for name, environment in open_spec(SPEC).environments.items():
        write(render(environment), top / name)
    return top


def test_a_field_tells_its_value_and_place(explain):
    code, out, _ = explain("production", "stack.redis.maxmemory")
    line = line_of("maxmemory:", SPEC)
    assert code == 0
    assert out.startswith("stack.redis.maxmemory = 256MB")
    assert f"spec/environments.yaml:{line}:46" in out


def test_a_field_from_an_environment_names_the_overlay(explain):
    _, out, _ = explain("alpha", "stack.postgresql.storage")
    assert "environments.alpha.stack.postgresql.storage" in out


def test_a_default_is_called_one(explain):
    assert "(default)" in explain("alpha", "stack.redis.port")[1]


def test_an_environment_as_a_whole_lists_every_field(explain):
    out = explain("production")[1]
    assert 'platform.host.instance_type = "t2.micro"' in out or "platform.host.instance_type = t2.micro" in out
    assert len(out.splitlines()) > 100


def test_a_misspelt_field_names_the_nearest(explain):
    code, _, err = explain("alpha", "stack.redis.maxmemry")
    assert code == 1
    assert "did you mean 'stack.redis.maxmemory'" in err


@pytest.mark.parametrize(
    ("where", "text", "field"),
    [
        ("alpha/redis/config-map.yaml", "maxmemory 256000000", "stack.redis.maxmemory"),
        ("alpha/ingress/ingress.yaml", "host: alpha.singun11.wtf", "domain"),
        ("alpha/webapp/deployment.yaml", "terminationGracePeriodSeconds", "stack.webapp.stop_grace"),
        ("production/compose.yaml", "max-size", "logs.max_size"),
        ("production/redis/redis.conf", "maxmemory-policy", "stack.redis.policy"),
        ("production/nginx/tls.conf", "client_max_body_size", "stack.nginx.max_body"),
    ],
)
def test_a_rendered_line_leads_to_the_spec(explain, rendered, where, text, field):
    environment, _, file = where.partition("/")
    line = line_of(text, rendered / environment / file)
    code, out, _ = explain(environment, f"{file}:{line}", "-o", "json")
    assert code == 0
    assert field in [row["field"] for row in json.loads(out)]


def test_a_line_may_be_named_with_its_directory(explain, rendered):
    line = line_of("maxmemory-policy", rendered / "production/redis/redis.conf")
    code, out, _ = explain("production", f"{rendered}/production/redis/redis.conf:{line}", "--out", str(rendered))
    assert code == 0
    assert "stack.redis.policy" in out


def test_a_constant_line_names_the_part_it_is_there_for(explain):
    _, out, _ = explain("alpha", "redis/service.yaml:2")
    assert "stack.redis" in out or "always so" in out


@pytest.mark.parametrize(
    "question", ["webapp/deploymnt.yaml:3", "webapp/deployment.yaml:99999", "webapp/deployment.yaml:0"]
)
def test_a_place_that_is_not_there_is_told(explain, question):
    code, _, err = explain("alpha", question)
    assert code == 1
    assert "webapp/deployment.yaml" in err


def causes_of(explain, rendered, environment, file, text):
    line = line_of(text, rendered / environment / file)
    code, out, _ = explain(environment, f"{file}:{line}", "-o", "json")
    assert code == 0
    return {row["field"]: row for row in json.loads(out)}


@pytest.mark.parametrize(
    ("where", "text", "field", "written"),
    [
        ("production/compose.yaml", "name: kkambbaki-production", "project", "project: kkambbaki"),
        ("production/compose.yaml", "name: kkambbaki-production", "name", "  production:"),
        ("alpha/argocd/application.yaml", "app.kubernetes.io/name: kkambbaki", "project", "project: kkambbaki"),
        ("alpha/argocd/application.yaml", "name: kkambbaki-alpha", "name", "  alpha:"),
    ],
)
def test_names_cause_lines_from_where_they_are_written(explain, rendered, where, text, field, written):
    environment, _, file = where.partition("/")
    found = causes_of(explain, rendered, environment, file, text)
    assert set(found) <= {"project", "name"}
    assert found[field]["origin"] == "spec"
    assert f"spec/environments.yaml:{line_of(written, SPEC)}:" in found[field]["place"]


@pytest.mark.parametrize("secret", ["DJANGO_SECRET_KEY", "POSTGRES_PASSWORD"])
@pytest.mark.parametrize("text", ['file: "./secrets/{}"', "    - {}", "{}_FILE: /run/secrets/{}"])
def test_a_line_that_names_a_secret_leads_to_its_key(explain, rendered, secret, text):
    found = causes_of(explain, rendered, "production", "compose.yaml", text.format(secret, secret))
    assert list(found) == [f"secrets.{secret}"]
    assert found[f"secrets.{secret}"]["place"] == f"spec/environments.yaml:{line_of(f'  {secret}:', SPEC)}:3"


@pytest.mark.parametrize("secret", ["DJANGO_SECRET_KEY", "POSTGRES_PASSWORD", "REGISTRY_DOCKERCONFIG"])
def test_a_variable_to_provide_leads_to_its_own_secret_only(explain, rendered, secret):
    assert list(causes_of(explain, rendered, "production", ".env.example", f"{secret}=")) == [f"secrets.{secret}.env"]


def test_a_setting_leads_to_its_own_line(explain, rendered):
    found = causes_of(explain, rendered, "production", "compose.yaml", "LANGUAGE_CODE: ko")
    assert list(found) == ["settings.LANGUAGE_CODE"]


@pytest.mark.parametrize(
    ("old", "new", "text", "field"),
    [
        (
            "webapp:        {",
            "webapp:        {settings: {LOG_LEVEL: debug}, ",
            "LOG_LEVEL: debug",
            "stack.webapp.settings.LOG_LEVEL",
        ),
        (
            "{env: DJANGO_SECRET_KEY}",
            "{env: DJANGO_SECRET_KEY, readers: [webapp]}",
            "DJANGO_SECRET_KEY_FILE",
            "secrets.DJANGO_SECRET_KEY.readers",
        ),
    ],
)
def test_what_only_one_part_reads_leads_to_where_it_is_written(explain, tmp_path, old, new, text, field):
    from kkinfra.rendering.pipeline import open_spec, render
    from kkinfra.rendering.writing import write

    path = tmp_path / "environments.yaml"
    path.write_text(SPEC.read_text().replace(old, new))
    write(render(open_spec(path).environments["production"]), tmp_path / "production")
    line = line_of(text, tmp_path / "production/compose.yaml")
    rows = json.loads(explain("production", f"compose.yaml:{line}", "--spec", str(path), "-o", "json")[1])
    assert field in [row["field"] for row in rows]


def test_the_heading_of_all_secrets_leads_to_them(explain, rendered):
    lines = (rendered / "production/compose.yaml").read_text().split("\n")
    out = explain("production", f"compose.yaml:{lines.index('secrets:') + 1}")[1]
    assert f"spec/environments.yaml:{line_of('secrets: ', SPEC)}:1" in out


@pytest.mark.parametrize("service", ["webapp-blue", "celery-beat", "migration"])
def test_a_default_that_the_line_says_is_told_in_every_service(explain, rendered, service):
    lines = (rendered / "production/compose.yaml").read_text().split("\n")
    line = lines.index('      DATABASE_PORT: "5432"', lines.index(f"  {service}:")) + 1
    rows = json.loads(explain("production", f"compose.yaml:{line}", "-o", "json")[1])
    assert "stack.postgresql.port" in [row["field"] for row in rows]


def test_defaults_are_left_out_where_something_written_explains_the_line(explain, rendered):
    found = causes_of(explain, rendered, "production", "compose.yaml", "image: ghcr.io")
    assert {row["origin"] for row in found.values()} == {"spec"}


@pytest.mark.parametrize(
    ("question", "value", "written"),
    [
        ("project", "kkambbaki", "project: kkambbaki"),
        ("name", "alpha", "  alpha:"),
        ("tls.by", "traefik", "tls: {by: traefik"),
        ("platform.kind", "kubernetes", "kind: kubernetes"),
        ("stack.webapp.kind", "webapp", "  webapp: "),
        ("stack.postgresql.on", "statefulset", "on: statefulset"),
    ],
)
def test_names_and_variants_are_fields_too(explain, question, value, written):
    code, out, _ = explain("alpha", question)
    assert code == 0
    assert out.startswith(f"{question} = {value}")
    assert f"spec/environments.yaml:{line_of(written, SPEC)}:" in out
