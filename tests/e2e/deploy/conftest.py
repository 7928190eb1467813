"""A host to deploy to, with all that is around it: started once for all tests here, and removed after them."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from deployer import Deployer
from rehearsal import base_images, networks, production, tree
from rehearsal import database as databases
from rehearsal.engine import remove_container
from rehearsal.host import acme as authorities
from rehearsal.host import names, starting
from rehearsal.host import registry as registries
from rehearsal.host import spec as specs
from rehearsal.host.variants import Releases

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from docker import DockerClient

    from rehearsal.host.acme import Acme
    from rehearsal.host.machine import Machine
    from rehearsal.host.registry import LocalRegistry


@contextmanager
def kept_or(remove: Callable[[], object]) -> Iterator[None]:
    """Remove at the end, unless KEEP_STACK is set."""
    try:
        yield
    finally:
        if not os.environ.get("KEEP_STACK"):
            remove()


@pytest.fixture(scope="session")
def network(engine: DockerClient) -> Iterator[str]:
    networks.ensure(engine, names.NETWORK)
    with kept_or(lambda: networks.remove(engine, names.NETWORK)):
        yield names.NETWORK


@pytest.fixture(scope="session")
def registry(engine: DockerClient, network: str) -> Iterator[LocalRegistry]:
    found = registries.start(engine, network=network)
    with kept_or(found.remove):
        yield found


@pytest.fixture(scope="session")
def database(
    engine: DockerClient, network: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[databases.Database]:
    """An empty database, which is `postgresql` on the network."""
    base_images.ensure(engine, (databases.IMAGE,))
    rds, home = tree.rds(), tmp_path_factory.mktemp("postgresql")
    home.chmod(0o755)  # the server is somebody else
    with kept_or(lambda: remove_container(engine, names.DATABASE)):
        yield databases.start(
            engine, home, name=rds.database, user=rds.user, password=specs.database_password(),
            container=names.DATABASE, network=network,
        )  # fmt: skip


@pytest.fixture(scope="session")
def releases(engine: DockerClient, registry: LocalRegistry) -> Iterator[Releases]:
    """References by digest of the variants, by name, of the product as it is checked out."""
    base_images.ensure(engine)
    production.build()
    found = Releases(engine, registry)
    with kept_or(found.remove):
        yield found


@pytest.fixture(scope="session")
def machine(
    engine: DockerClient, network: str, registry: LocalRegistry, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Machine]:
    """A host that is ready for a deploy, and has the public images that production needs."""
    public = ("redis:7.4", "nginx:1.22")
    base_images.ensure(engine, public)
    with kept_or(lambda: remove_container(engine, starting.NAME)):
        found = starting.start(engine, tmp_path_factory.mktemp("machine"), network=network)
        registry.serve(found)
        found.load(engine, *public)
        yield found


@pytest.fixture(scope="module")
def bare(
    engine: DockerClient, network: str, registry: LocalRegistry, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Machine]:
    """A host as a cloud hands it out, for the tests of one file."""
    name = f"{starting.NAME}-bare"
    with kept_or(lambda: remove_container(engine, name)):
        found = starting.start(engine, tmp_path_factory.mktemp("bare"), flavour="bare", name=name, network=network)
        registry.serve(found)
        yield found


@pytest.fixture(scope="session")
def acme(engine: DockerClient, machine: Machine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Acme]:
    """The authority that the machine's Certbot asks."""
    found = authorities.start(engine, tmp_path_factory.mktemp("acme"), machine)
    with kept_or(found.remove):
        found.certbot(machine)
        yield found


@pytest.fixture(scope="session")
def values(registry: LocalRegistry, database: databases.Database) -> dict[str, str]:
    """The secrets, by the variable that whoever deploys has them in."""
    return specs.values(registry, database.password)


@pytest.fixture
def project(
    tmp_path: Path, machine: Machine, registry: LocalRegistry, database: databases.Database
) -> Callable[..., Path]:
    """Writes a specification for the machine, of an image and with changes, and returns the project's root."""

    def project(image: str, **changes: object) -> Path:
        specs.write(tmp_path, specs.text(machine, registry, database.address, image, changes))
        return tmp_path

    return project


@pytest.fixture(scope="session")
def deployer(
    machine: Machine, registry: LocalRegistry, database: databases.Database, releases: Releases, values: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Deployer:  # fmt: skip
    """Whoever deploys to the machine; nothing is deployed yet."""
    found = Deployer(tmp_path_factory.mktemp("project"), machine, registry, database, releases, values)
    found.write("a")
    return found
