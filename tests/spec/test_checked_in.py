"""The checked-in specification says what the product's documentation says, resolved for each environment."""

import re
from typing import TypeVar

import pytest

from checkout import SPEC_FILE
from kkinfra.spec.environment import Environment
from kkinfra.spec.loading import Spec, load_spec, resolve
from kkinfra.spec.memory import Memory
from kkinfra.spec.platforms import Certbot, CertResolver, Compose, GitOps, Kubernetes, Ssh
from kkinfra.spec.stack import (
    CeleryBeat,
    CeleryWorker,
    Flower,
    Nginx,
    PostgresqlRds,
    PostgresqlStatefulSet,
    Redis,
    StaticFiles,
    Webapp,
)

Kind = TypeVar("Kind")
PATH = SPEC_FILE


@pytest.fixture(scope="module")
def spec() -> Spec:
    return load_spec(PATH)


@pytest.fixture(scope="module")
def alpha(spec: Spec) -> Environment:
    return resolve(spec, "alpha")


@pytest.fixture(scope="module")
def production(spec: Spec) -> Environment:
    return resolve(spec, "production")


def part(environment: Environment, kind: type[Kind]) -> Kind:
    found = environment.part(kind)
    assert found is not None
    return found[1]


def test_two_environments_of_one_product(spec: Spec, alpha: Environment, production: Environment) -> None:
    assert list(spec.environments) == ["alpha", "production"]
    assert (spec.project, spec.source) == ("kkambbaki", "spec/environments.yaml")
    assert (alpha.domain, production.domain) == ("alpha.singun11.wtf", "kkambbaki.singun11.wtf")
    assert alpha.image == production.image
    assert alpha.image.registry == "ghcr.io"


@pytest.mark.parametrize("name", ["alpha", "production"])
def test_what_both_run(spec: Spec, name: str) -> None:
    environment = resolve(spec, name)
    assert sorted(part.kind for part in environment.stack.values()) == [
        "celery-beat",
        "celery-worker",
        "flower",
        "migration",
        "nginx",
        "postgresql",
        "redis",
        "static-files",
        "webapp",
    ]
    webapp, redis, nginx = part(environment, Webapp), part(environment, Redis), part(environment, Nginx)
    assert (webapp.workers, webapp.django, webapp.asgi, webapp.replicas) == (2, "5.2", "config.asgi:application", 1)
    assert (redis.maxmemory, redis.maxmemory.bytes) == (Memory(256, "MB"), 256_000_000)
    assert redis.memory > redis.maxmemory
    assert sorted(redis.roles) == ["broker", "cache"]
    assert redis.policy.startswith("volatile-")
    assert part(environment, CeleryWorker).queues == ("celery",)
    assert part(environment, CeleryBeat).kind == "celery-beat"
    assert part(environment, StaticFiles).url == "/static/"
    assert (nginx.http_port, nginx.https_port) == (80, 443)
    assert (str(environment.logs.max_size), environment.logs.max_files) == ("10MB", 3)
    assert set(environment.secrets) == {
        "DJANGO_SECRET_KEY", "FLOWER_BASIC_AUTH", "POSTGRES_PASSWORD", "REGISTRY_DOCKERCONFIG"
    }  # fmt: skip
    assert environment.secrets["FLOWER_BASIC_AUTH"].readers == ("flower",)
    assert all(secret.env == name for name, secret in environment.secrets.items())
    assert environment.registry is not None
    assert environment.registry.pull_secret in environment.secrets


def test_alpha_is_a_cluster_at_home(alpha: Environment) -> None:
    platform = alpha.platform
    assert isinstance(platform, Kubernetes)
    assert (platform.nodes.control_plane.count, platform.nodes.workers.count) == (1, 2)
    assert (platform.ingress.kind, platform.ingress.namespace) == ("traefik", "traefik")
    assert platform.storage.path == "/export/kkambbaki"
    assert alpha.namespace == "kkambbaki-alpha"
    assert alpha.access.vpn == ("10.8.0.0/24",)
    assert isinstance(alpha.tls, CertResolver)
    assert part(alpha, Flower).expose
    database = part(alpha, PostgresqlStatefulSet)
    assert (database.version, str(database.storage)) == ("15", "10GiB")
    delivery = alpha.delivery
    assert isinstance(delivery, GitOps)
    assert delivery.image_updater is not None
    assert (delivery.branch, delivery.path, delivery.image_updater.strategy) == ("main", "alpha", "newest-build")


def test_production_is_one_host(production: Environment) -> None:
    platform = production.platform
    assert isinstance(platform, Compose)
    assert platform.network == "host"
    assert (platform.host.kind, platform.host.instance_type, platform.host.region) == (
        "ec2",
        "t2.micro",
        "ap-northeast-2",
    )
    assert platform.host.ports == (22, 80, 443)
    assert platform.host.elastic_ip
    assert production.access.vpn == ()
    assert isinstance(production.tls, Certbot)
    assert not part(production, Flower).expose
    database = part(production, PostgresqlRds)
    assert (database.version, database.instance_class) == ("15", "db.t3.micro")
    assert isinstance(production.delivery, Ssh)
    assert production.delivery.ci == "github-actions"


def test_every_value_is_found_where_it_is_written(spec: Spec) -> None:
    lines = PATH.read_text(encoding="utf-8").split("\n")
    for name, path, text in [
        ("alpha", ("stack", "redis", "maxmemory"), "256MB"),
        ("production", ("stack", "postgresql", "instance_class"), "db.t3.micro"),
        ("production", ("stack", "webapp", "workers"), "2,"),
        ("alpha", ("platform", "nodes", "workers", "count"), "2,"),
        ("production", ("platform", "host", "ports", 2), "443]"),
    ]:
        place, _, is_written = spec.where(name, path)
        assert is_written
        assert lines[place.line - 1][place.column - 1 :].startswith(text)


REAL_NAMES = {"alpha.singun11.wtf", "kkambbaki.singun11.wtf"}
"""The addresses that the product's documentation gives; it names no other, no account and no network."""

ADDRESS = re.compile(
    r"ghcr\.io/[a-z0-9-]+|[\w.+-]+@[\w-]+\.\w+|\b[a-z0-9.-]+\.(?:wtf|org|com|net|io)\b|\b\d{12}\b|\b\d+\.\d+\.\d+\.\d+/\d+"
)


def test_what_the_user_never_said_is_visibly_an_example() -> None:
    invented = 0
    for number, line in enumerate(PATH.read_text(encoding="utf-8").split("\n"), 1):
        setting, _, comment = line.partition(" #")
        for address in set(ADDRESS.findall(setting)) - REAL_NAMES:
            invented += 1
            assert "example" in address or "123456789012" in address or address == "10.8.0.0/24", (number, address)
            assert comment.strip().startswith("(example)"), f"{PATH}:{number} {address} has no comment that says so"
    assert invented >= len(("image", "vpn", "nfs", "git", "account", "mail", "database"))


def test_the_tool_knows_nobody() -> None:
    root = PATH.parents[1]
    files = [path for part in ("kkinfra", "renderers") for path in (root / part).rglob("*") if path.is_file()]
    texts = {path: path.read_bytes() for path in files if "__pycache__" not in path.parts}
    assert [path.name for path, text in texts.items() if b"kkambbaki" in text or b"singun11" in text] == []
