"""A new repository comes from `init` to a release that serves, with nothing edited but names and addresses."""

from __future__ import annotations

import pytest

import visit
from deployer import ENVIRONMENT, Deployer
from rehearsal import tree
from rehearsal.host import variants
from rehearsal.host.acme import DIRECTORY

PROJECT = "shop"
"""As its directory is called, and so the starter calls it."""


def edits(machine, registry, database, image):
    """What the user writes in place of the starter's examples: names and addresses, of which ports are a part."""
    rds, http, https = tree.rds(), machine.http_port, machine.https_port
    return {
        "image: ghcr.io/example/shop:1.0.0": f"image: {image}",
        "database: shop, user: shop": f"database: {rds.database}, user: {rds.user}",
        "domain: shop.example.org": f"domain: {tree.DOMAIN}",
        "ssh_from: [192.0.2.0/24]": f"ssh_from: [127.0.0.1/32], ports: [{machine.ssh_port}, {http}, {https}]",
        "email: ops@example.org": f"email: ops@example.org, server: {DIRECTORY}",
        "host: shop.example.org": f"host: 127.0.0.1, port: {machine.ssh_port}, host_keys: [{machine.host_key}]",
        "postgresql: {on: rds,": f"nginx: {{http_port: {http}, https_port: {https}}}\n      postgresql: {{on: rds,",
        "endpoint: shop.example.us-east-1.rds.amazonaws.com": f"endpoint: {database.address}",
    }


@pytest.fixture(scope="module")
def user(machine, registry, database, releases, acme, values, tmp_path_factory):
    """Whoever starts in an empty directory; nothing is deployed, and nothing is left of others' deploys but images."""
    machine.forget()
    home = tmp_path_factory.mktemp("new") / PROJECT
    home.mkdir()
    found = Deployer(home, machine, registry, database, releases, values).trusting(acme.root)
    found.write_ssh_config()
    yield found
    machine.forget(PROJECT)


@pytest.fixture(scope="module")
def spec(user, machine, registry, database):
    """The specification that `init` wrote, with the user's own names and addresses."""
    done = user.run("init")
    assert done.returncode == 0, done.stderr
    file = user.home / "spec" / "environments.yaml"
    text = file.read_text()
    for example, own in edits(machine, registry, database, registry.push(variants.product(), "new")).items():
        assert text.count(example) == 1, example
        text = text.replace(example, own)
    file.write_text(text)
    return file


def test_it_is_valid_and_rendered(spec, user):
    done = user.run("validate")
    assert done.returncode == 0, done.stdout + done.stderr
    done = user.run("render", "--all")
    assert done.returncode == 0, done.stderr


def test_the_host_is_prepared(spec, user, machine):
    done = user.run("provision", ENVIRONMENT, "--host", "--as", "admin", "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert machine.root(f"ls -d /srv/{PROJECT}")


def test_it_is_deployed_and_serves(spec, user, machine):
    done = user.run("deploy", ENVIRONMENT, "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert visit.ask(machine, "/healthz/ready").is_good
    assert visit.over(machine, "https", "/healthz/live").is_good


def test_nothing_differs_and_everything_is_healthy(spec, user):
    assert user.run("diff", ENVIRONMENT).returncode == 0
    done = user.run("status", ENVIRONMENT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_next_deploy_has_nothing_to_do(spec, user):
    done = user.run("deploy", ENVIRONMENT, "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "nothing to do" in done.stdout
