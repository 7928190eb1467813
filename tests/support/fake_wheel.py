"""Wheels of other people: a module and the metadata of a distribution, where Python looks for them."""

from __future__ import annotations

import sys

import pytest

NOMAD = '''
from typing import ClassVar, Literal

from kkinfra.rendering.artifacts import Artifact
from kkinfra.rendering.renderer import Emulated, Refused
from kkinfra.spec.architecture import ARM64
from kkinfra.spec.delivery_model import DeliveryModel
from kkinfra.spec.environment import Environment
from kkinfra.spec.model import Model, value
from kkinfra.spec.platform_model import PlatformModel


class Client(Model):
    """The machines that jobs run on."""

    count: int = value("How many.", 3, 5)


class Nomad(PlatformModel):
    """A Nomad cluster."""

    databases: ClassVar[tuple[str, ...]] = ("statefulset", "rds")

    kind: Literal["nomad"]
    datacenter: str = value("Datacenter of the job.", "dc1", "dc2")
    client: Client = value("The clients.", {"count": 3})

    @property
    def title(self):
        return "Nomad"

    @property
    def architectures(self):
        return (ARM64,)

    def address(self, part):
        return f"{part}.service.consul"


class NomadApi(DeliveryModel):
    """To the HTTP API of Nomad."""

    platforms: ClassVar[frozenset[str]] = frozenset({"nomad"})

    by: Literal["nomad-api"]
    url: str = value("Address of the API.", "https://nomad.example.org:4646", "https://other.example.org:4646")


class Target:
    delivery = NomadApi
    platforms = NomadApi.platforms


class Renderer:
    platforms = frozenset({"nomad"})
    fidelity = {
        "platform[nomad].client.count": Emulated("a note in the job"),
        "logs.*": Refused("Nomad rotates logs; take it out"),
    }

    def render(self, environment: Environment):
        from kkinfra.spec.wiring import variables

        job = [f"datacenter = {environment.platform.datacenter}", f"api = {environment.delivery.url}"]
        for name in environment.stack:
            job += [f"{name}: {key}={value}" for key, value in variables(environment, name).items()]
        yield Artifact("nomad/job.txt", "\\n".join(job) + "\\n")
'''

POINTS = {
    "kkinfra.platforms": {"nomad": "Nomad"},
    "kkinfra.targets": {"nomad-api": "Target"},
    "kkinfra.renderers": {"nomad": "Renderer"},
}

SPEC = """\
project: shop
image: ghcr.io/example/shop:1.0.0
secrets: {PASSWORD: {env: PASSWORD}}
stack:
  webapp: {asgi: "config.asgi:application", memory: 256MB}
  redis: {version: "7", maxmemory: 64MB, memory: 128MB, roles: [cache]}
  db: {kind: postgresql, on: statefulset, version: "15", database: shop, user: shop, password: PASSWORD,
       storage: 1GiB, memory: 256MB}
environments:
  alpha:
    domain: alpha.example.org
    platform:
      kind: kubernetes
      version: "1.33"
      nodes: {control_plane: {count: 1, cpu: "2", memory: 4GiB}, workers: {count: 2, cpu: "4", memory: 8GiB}}
      ingress: {kind: traefik}
      storage: {server: nas.example.org, path: /export}
    delivery: {by: apply}
"""

ON_NOMAD = """\
  beta:
    domain: beta.example.org
    platform:
      kind: nomad
      datacenter: dc1
      client: {count: 3}
    delivery:
      by: nomad-api
      url: https://nomad.example.org:4646
"""


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Makes a distribution with a module and entry points importable; `points` are objects by group and name."""

    def installing(code, points, distribution="theirs"):
        module = f"{distribution}_plugin"
        monkeypatch.delitem(sys.modules, module, raising=False)
        place = tmp_path / f"site-{distribution}"
        metadata = place / f"{distribution}-1.dist-info"
        metadata.mkdir(parents=True)
        (place / f"{module}.py").write_text(code)
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1\n")
        (metadata / "entry_points.txt").write_text("".join(_section(module, *each) for each in points.items()))
        monkeypatch.syspath_prepend(place)

    return installing


def _section(module, group, named):
    return f"[{group}]\n" + "".join(f"{name} = {module}:{what}\n" for name, what in named.items())


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Makes a project of a specification, in the present directory."""

    def making(text=SPEC + ON_NOMAD):
        top = tmp_path / "project"
        (top / "spec").mkdir(parents=True)
        (top / "noxfile.py").touch()
        (top / "spec/environments.yaml").write_text(text)
        monkeypatch.chdir(top)
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
        return top

    return making


@pytest.fixture
def nomad(install):
    """The wheel that brings Nomad."""
    install(NOMAD, POINTS)
