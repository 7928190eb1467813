"""Every line of every rendered file can be asked about, under every name that the file has for its reader."""

from __future__ import annotations

import pytest

from checkout import EVERYTHING_FILE
from kkinfra.cli.main import main
from kkinfra.rendering.pipeline import load_renderers, open_spec, render
from kkinfra.rendering.provenance import causes
from kkinfra.rendering.writing import write

RENDERERS = load_renderers()
EVERYTHING = EVERYTHING_FILE

SMALL = """\
project: shop
image: ghcr.io/example/shop:1.0.0
stack:
  webapp: {asgi: "config.asgi:application", memory: 256MB}
  nginx: {version: "1.26", memory: 64MB}
secrets: {SECRET_KEY: {env: SECRET_KEY}}
environments:
  host:
    domain: shop.example.org
    platform: {kind: compose, directory: /srv/shop, host: {kind: ec2, region: eu-central-1, instance_type: t3.large}}
    tls: {by: certbot, email: ops@example.org}
    delivery: {by: ssh, host: 203.0.113.10}
  cluster:
    domain: shop.example.net
    platform:
      kind: kubernetes
      version: "1.33"
      nodes: {control_plane: {count: 1, cpu: "2", memory: 4GiB}, workers: {count: 2, cpu: "4", memory: 8GiB}}
      ingress: {kind: traefik}
      storage: {server: nas.example.org, path: /export}
    delivery: {by: apply}
"""


@pytest.fixture
def spec(tmp_path, monkeypatch):
    """A specification that has nothing but what it must have: no AWS account, no workflow, no Argo CD."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "spec/environments.yaml"
    path.parent.mkdir()
    path.write_text(SMALL)
    for name, environment in open_spec(path).environments.items():
        write(render(environment), tmp_path / "build" / name)
    return path


@pytest.fixture
def explain(spec, capsys):
    def ask(*arguments):
        code = main(["explain", *arguments, "--spec", str(spec)])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return ask


def asked(content: str) -> int:
    """The first line below the heading that is blank or a comment; the last one where there is none."""
    lines = content.removesuffix("\n").split("\n")
    odd = (number for number, line in enumerate(lines[1:], 2) if not line.strip() or line.lstrip().startswith("#"))
    return next(odd, len(lines))


@pytest.mark.parametrize("environment", ["host", "cluster"])
def test_every_file_of_the_smallest_specification_is_explained(explain, spec, environment):
    for artifact in render(open_spec(spec).environments[environment]):
        line = asked(artifact.content)
        code, out, err = explain(environment, f"{artifact.path}:{line}")
        assert (code, err) == (0, "")
        assert out.startswith(f"{artifact.path}:{line}:")
        assert len(out.splitlines()) > 1


@pytest.mark.parametrize("environment", ["host", "cluster"])
def test_a_file_of_every_renderer_is_explained(environment):
    resolved = open_spec(EVERYTHING).environments[environment]
    for renderer in RENDERERS.values():
        written = list(renderer.render(resolved)) if resolved.platform.kind in renderer.platforms else []
        for artifact in [each for each in written if each.comment][:1]:
            assert "name" in [leaf.field for leaf in causes(resolved, artifact.path, 1, RENDERERS)]


@pytest.mark.parametrize(
    ("here", "file"),
    [
        (".", "compose.yaml"),
        (".", "./compose.yaml"),
        (".", "host/compose.yaml"),
        (".", "build/host/compose.yaml"),
        (".", "{top}/build/host/compose.yaml"),
        ("spec", "../build/host/compose.yaml"),
        ("build", "host/compose.yaml"),
        ("build/host", "compose.yaml"),
        ("build/host/nginx", "../compose.yaml"),
        ("build/host/systemd", "compose.yaml"),
    ],
)
def test_a_file_has_every_name_that_leads_to_it(explain, tmp_path, monkeypatch, here, file):
    monkeypatch.chdir(tmp_path / here)
    code, out, err = explain("host", f"{file.format(top=tmp_path)}:2")
    assert (code, err) == (0, "")
    assert out.startswith("compose.yaml:2: name: shop-host\nproject = shop")


@pytest.mark.parametrize(
    ("here", "out", "file"),
    [
        (".", "out", "out/host/nginx/http.conf"),
        ("out/host/nginx", "out", "http.conf"),
        (".", "{top}/out", "{top}/out/host/nginx/http.conf"),
        (".", "build", "elsewhere/host/nginx/http.conf"),
    ],
)
def test_a_file_is_named_from_any_output_directory(explain, tmp_path, monkeypatch, here, out, file):
    (tmp_path / "out/host/nginx").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / here)
    code, said, _ = explain("host", f"{file.format(top=tmp_path)}:3", "--out", out.format(top=tmp_path))
    assert code == 0
    assert said.startswith("nginx/http.conf:3:")


def test_a_column_may_follow_the_line(explain):
    assert explain("host", "compose.yaml:2:7")[1].startswith("compose.yaml:2: name: shop-host")


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("compose.yaml:4711", "compose.yaml has no line 4711; its lines are 1 to "),
        ("compose.yaml:0", "compose.yaml has no line 0; its lines are 1 to "),
        ("other/http.conf:3", "host has no rendered file 'other/http.conf' (did you mean nginx/http.conf?)"),
        ("compsoe.yaml:3", "(did you mean 'compose.yaml'?)"),
        ("README.md:3", "host has no rendered file 'README.md'; it has .env.example, compose.yaml, "),
        ("build/host/.kkinfra.json:3", "build/host/.kkinfra.json lists what kkinfra wrote"),
        ("compose.yaml", "FILE:LINE asks for a rendered line"),
    ],
)
def test_what_is_not_there_is_said(explain, question, said):
    code, out, err = explain("host", question)
    assert (code, out) == (1, "")
    assert said in err


class Fragile:
    """A renderer whose own faults show as soon as a field is another one."""

    platforms = frozenset({"compose"})
    fidelity = {}

    def render(self, environment):
        from kkinfra.rendering.artifacts import Artifact

        open_at = {"shop.example.org": "always"}[environment.domain]
        return [Artifact("fragile.txt", f"{open_at}\n{1 // (environment.project == 'shop')}\n")]


def test_a_renderer_that_fails_on_other_values_is_still_explained(spec):
    environment = open_spec(spec).environments["host"]
    assert causes(environment, "fragile.txt", 2, {**RENDERERS, "fragile": Fragile()}) == []
