"""The usual kubeconfig says to kkinfra what it says to the official client; whatever else there is, is left to that."""

from __future__ import annotations

import base64
import json
import tempfile
from pathlib import Path

import pytest
import yaml

from kkinfra.errors import ClusterError
from kkinfra.targets.kubernetes.client import api
from kkinfra.targets.kubernetes.client.kubeconfig import usual_access

PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


def text(blob):
    return base64.b64encode(blob.bytes()).decode()


@pytest.fixture
def kubeconfig(tmp_path, servers, authority, client_certificate, monkeypatch):
    """Writes one, in a directory beside its certificates; returns what it held, for changing it."""
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    client_certificate.cert_chain_pems[0].write_to_path(tmp_path / "client.pem")
    client_certificate.private_key_pem.write_to_path(tmp_path / "client.key")

    def write(cluster=None, user=None, scheme="https"):
        config = {
            "apiVersion": "v1", "kind": "Config", "current-context": "home",
            "clusters": [{"name": "lab", "cluster": {"server": servers[scheme], **(cluster or {})}}],
            "users": [{"name": "me", "user": user or {}}],
            "contexts": [
                {"name": "home", "context": {"cluster": "lab", "user": "me"}},
                {"name": "away", "context": {"cluster": "lab", "user": "me"}},
            ],
        }  # fmt: skip
        path = tmp_path / "config"
        path.write_text(yaml.safe_dump(config))
        monkeypatch.setenv("KUBECONFIG", str(path))
        return config, path

    return write


@pytest.fixture
def held(authority, client_certificate):
    """What a kubeconfig may hold itself."""
    pair = client_certificate.cert_chain_pems[0], client_certificate.private_key_pem
    return {
        "ca": {"certificate-authority-data": text(authority.cert_pem)},
        "certificate": {"client-certificate-data": text(pair[0]), "client-key-data": text(pair[1])},
    }


def asked(connected, path="/version"):
    """What the server was told by a client that is connected."""
    with connected:
        told = connected.ask("GET", path)
    told.pop("connection")
    return connected.server, connected.context, told


FILES = {"client-certificate": "client.pem", "client-key": "client.key"}


@pytest.mark.parametrize(
    ("cluster", "user", "scheme"),
    [
        ("ca", "certificate", "https"),
        ({"certificate-authority": "ca.pem"}, FILES, "https"),
        ("ca", {"token": "a-token"}, "https"),
        ("ca", {"token": "a-token", **FILES}, "https"),
        ({"insecure-skip-tls-verify": True}, {"token": "a-token"}, "https"),
        ({"extensions": []}, {"token": "a-token"}, "http"),
    ],
)
@pytest.mark.parametrize("context", ["", "away"])
@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
def test_it_is_read_as_the_official_client_reads_it(kubeconfig, held, cluster, user, scheme, context):
    kubeconfig(held.get(str(cluster), cluster), held.get(str(user), user), scheme)
    assert usual_access(context) is not None
    ours = asked(api.connect_cluster(context))
    assert ours == asked(api._by_official_client(context))
    assert ours[1] == (context or "home")
    assert ours[2]["peer"] or ours[2]["authorization"] == "Bearer a-token"


def test_a_certificate_is_shown_to_the_server(kubeconfig, held):
    kubeconfig(held["ca"], held["certificate"])
    _, _, told = asked(api.connect_cluster())
    assert told["peer"] == [["email", "deployer@example.org"]]


def test_a_server_that_is_not_trusted_is_told_at_once(kubeconfig, held, monkeypatch):
    kubeconfig({}, held["certificate"])
    monkeypatch.setattr(api.time, "sleep", lambda _: pytest.fail("it is asked again"))
    with pytest.raises(ClusterError, match="its certificate is not trusted, self-signed certificate in") as raised:
        api.connect_cluster().ask("GET", "/version")
    assert "no answer from https://127.0.0.1:" in str(raised.value)


def target(descriptor):
    """What a descriptor is of; nothing where it was closed meanwhile."""
    try:
        return str(descriptor.readlink())
    except OSError:
        return ""


def test_a_key_is_on_no_disk_and_in_no_descriptor_that_stays(kubeconfig, held, tmp_path, monkeypatch):
    kubeconfig(held["ca"], held["certificate"])
    (empty := tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(empty))
    assert usual_access() is not None
    assert [each for each in map(target, Path("/proc/self/fd").iterdir()) if "memfd:kkinfra" in each] == []
    assert list(empty.iterdir()) == []


def test_neither_a_token_nor_a_key_is_printed(kubeconfig, held):
    kubeconfig(held["ca"], {"token": "sentinel-7261"})
    assert "sentinel-7261" not in repr(usual_access())


@pytest.mark.parametrize(
    ("cluster", "user"),
    [
        ({}, {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "aws", "args": []}}),
        ({}, {"auth-provider": {"name": "oidc"}}),
        ({}, {"username": "me", "password": "sentinel"}),
        ({}, {"tokenFile": "token"}),
        ({}, {"token": "x", "as": "somebody"}),
        ({}, {}),
        ({"proxy-url": "http://127.0.0.1:9"}, {"token": "x"}),
        ({"tls-server-name": "kubernetes.default"}, {"token": "x"}),
        ({"server": 7}, {"token": "x"}),
        ({"certificate-authority-data": "no Base64"}, {"token": "x"}),
        ({"certificate-authority": "gone.pem"}, {"token": "x"}),
        ({}, {"client-certificate-data": "", "client-certificate": "gone.pem"}),
    ],
)
def test_what_is_not_usual_is_left_to_the_official_client(kubeconfig, cluster, user):
    kubeconfig(cluster, user)
    assert usual_access() is None


@pytest.mark.parametrize(
    "change",
    [
        lambda config: config.update({"current-context": "gone"}),
        lambda config: config["contexts"].append(config["contexts"][0]),
        lambda config: config.update(clusters=[]),
        lambda config: config.update(users=None),
        lambda config: config["contexts"][0].update(context="home"),
        lambda config: config.update(contexts="home"),
    ],
)
def test_so_is_one_that_is_odd(kubeconfig, held, change):
    config, path = kubeconfig(held["ca"], {"token": "x"})
    assert usual_access() is not None
    change(config)
    path.write_text(yaml.safe_dump(config))
    assert usual_access() is None


@pytest.mark.parametrize("content", ["clusters: [", "- 1", "", "\0"])
def test_so_is_what_is_none(kubeconfig, content):
    _, path = kubeconfig({}, {"token": "x"})
    path.write_text(content)
    assert usual_access() is None


def test_so_are_several_files_and_one_that_is_not_there(kubeconfig, held, monkeypatch):
    _, path = kubeconfig(held["ca"], {"token": "x"})
    monkeypatch.setenv("KUBECONFIG", f"{path}:{path}")
    assert usual_access() is None
    monkeypatch.setenv("KUBECONFIG", f"{path}-gone")
    assert usual_access() is None


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_so_is_a_proxy(kubeconfig, held, name, monkeypatch):
    kubeconfig(held["ca"], {"token": "x"})
    monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert usual_access() is None


def test_without_a_variable_it_is_the_one_in_the_home_directory(kubeconfig, held, tmp_path, monkeypatch):
    _, path = kubeconfig(held["ca"], {"token": "x"})
    (tmp_path / ".kube").mkdir()
    path.rename(tmp_path / ".kube" / "config")
    monkeypatch.delenv("KUBECONFIG")
    monkeypatch.setenv("HOME", str(tmp_path))
    found = usual_access()
    assert (found and found.headers) == {"Authorization": "Bearer x"}


def test_json_is_yaml(kubeconfig, held):
    config, path = kubeconfig(held["ca"], {"token": "x"})
    Path(path).write_text(json.dumps(config))
    assert usual_access() is not None
