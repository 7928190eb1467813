from __future__ import annotations

import json
from pathlib import Path

import pytest

from kkinfra.cli import main

ROOT = Path(__file__).parents[2]
SPEC = ROOT / "spec/environments.yaml"


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
    from kkinfra.pipeline import open_spec, render
    from kkinfra.writing import write

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
