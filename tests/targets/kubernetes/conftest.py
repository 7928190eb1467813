"""A cluster that is deployed to: the double, or with KKINFRA_CLUSTER=yes the one that KUBECONFIG names."""

from __future__ import annotations

import os
import pickle
import uuid
from pathlib import Path

import pytest

from kkinfra.images import registry
from kkinfra.targets.kubernetes.apply import lock, rollout, waiting
from kkinfra.targets.kubernetes.client import api

IS_REAL = os.environ.get("KKINFRA_CLUSTER") == "yes"
SECOND = {"tag": "2.0.0", "colour": "blue"}
WHY = "needs faults, or sees what was asked, which only the double has"


def pytest_configure(config):
    config.addinivalue_line("markers", f"double_only: {WHY}")


def pytest_report_header():
    return f"cluster: {os.environ.get('KUBECONFIG', 'none')}" if IS_REAL else "cluster: the double"


def pytest_collection_modifyitems(items):
    for item in items:
        if IS_REAL and item.get_closest_marker("double_only"):
            item.add_marker(pytest.mark.skip(reason=WHY))


@pytest.fixture(autouse=True)
def images(monkeypatch):
    """The platforms of images by reference, as registries would tell them; of all others, none is reached."""
    known: dict[str, list[str]] = {}
    monkeypatch.setattr(registry, "platforms", lambda image, _=(): known.get(str(image), []))
    return known


@pytest.fixture
def quick(monkeypatch):
    """Waiting is done in short steps: the double is ready in an instant."""
    monkeypatch.setattr(waiting, "_POLL_SECONDS", 0.1)
    monkeypatch.setattr(rollout, "_POLL_SECONDS", 0.02)
    monkeypatch.setattr(lock, "_POLL_SECONDS", 0.05)
    monkeypatch.setattr(api, "_FIRST_SECONDS", 0.01)
    monkeypatch.setattr(api, "_LONGEST_SECONDS", 0.05)


@pytest.fixture
def user(owner):
    """Whoever deploys a small product, with the rights that are rendered; all else of it is not there yet."""
    owner.let_in()
    return owner


@pytest.fixture
def owner(tmp_path, request):
    """The cluster's owner, who may do everything; the cluster has no trace of the product yet."""
    if IS_REAL:
        yield from _real(tmp_path)
        return
    from cluster_double import ClusterDouble  # here, since most tests below this folder do without a cluster
    from cluster_user import ClusterUser

    request.getfixturevalue("quick")
    with ClusterDouble() as double:
        double.pace.step = 0.03
        found = ClusterUser(tmp_path, double.kubeconfig(tmp_path / "kubeconfig"), double)
        found.write()
        yield found
        assert not double.controllers.failures


def _real(tmp_path):
    from cluster_user import ClusterUser

    namespace = f"kkinfra-test-{uuid.uuid4().hex[:8]}"
    found = ClusterUser(tmp_path, Path(os.environ["KUBECONFIG"]), namespace=namespace)
    found.write()
    yield found
    _removed(found)


def _removed(user):
    """Nothing is left that the cluster did not have before."""
    from cluster_rights import RIGHTS
    from cluster_user import kind_of

    for kind in (kind_of("Namespace"), kind_of("PersistentVolume"), *RIGHTS):
        for each in user.api.list(kind):
            if each["metadata"]["name"].startswith(user.namespace):
                user.api.delete(kind, "", each["metadata"]["name"])


@pytest.fixture
def deployed(user, snapshots):
    """The same, where the product is deployed already, and at rest."""
    return _brought_up(user, snapshots, "deployed", {})


@pytest.fixture
def with_database(user, snapshots):
    """The same, with a database that is a StatefulSet with a claim and a volume."""
    return _brought_up(user, snapshots, "with a database", {"database": True})


@pytest.fixture
def twice_deployed(user, snapshots):
    """The same, with a second release, of another image and another setting."""
    return _brought_up(user, snapshots, "twice", {}, SECOND)


@pytest.fixture
def thrice_deployed(user, snapshots):
    """The same, with a third release."""
    return _brought_up(user, snapshots, "thrice", {}, SECOND, {"tag": "3.0.0", "colour": "green"})


@pytest.fixture(scope="session")
def snapshots():
    """What doubles held once a product was up: each product is brought up once only."""
    return {}


def _brought_up(user, snapshots, name, *releases):
    if name not in snapshots:
        for release in releases:
            user.write(**release)
            user.deployed()
        user.settled()
    user.write(**releases[-1])
    if user.double is None:
        return user
    store = user.double.registry.store
    with store.changed:
        if name in snapshots:
            store.held, store.version = pickle.loads(snapshots[name])  # noqa: S301 - our own bytes
        else:
            snapshots[name] = pickle.dumps((store.held, store.version))
        store.changed.notify_all()
    return user
