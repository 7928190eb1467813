"""What an environment needs of its cluster: told, with a way to get it, and nothing is changed."""

from __future__ import annotations

import socket

import pytest

from cluster_double import Rule
from cluster_user import kind_of
from kkinfra.cli.main import main


@pytest.fixture(autouse=True)
def addresses(monkeypatch):
    """Names have an address without anybody being asked."""
    known, real = {"shop.example.org": "203.0.113.10"}, socket.getaddrinfo

    def look_up(name, *arguments, **more):
        if name == "127.0.0.1":
            return real(name, *arguments, **more)
        if name not in known:
            raise socket.gaierror(-2, "Name or service not known")
        return [(2, 1, 6, "", (known[name], 0))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return known


def missing(done):
    return [line.strip() for line in done.out.splitlines() if line.startswith("  missing")]


def test_where_all_is_there_it_says_so(deployed):
    done = deployed.run("bootstrap")
    assert (done.code, missing(done)) == (0, []), done.out
    for line in (
        f"there version {deployed.version}: {deployed.version}",
        "there Middleware of traefik.io/v1alpha1: there",
        "there right to deployments.apps: create, delete, get, list, patch",
        "there right to secrets: create, get, patch",
        "there address of shop.example.org: 203.0.113.10",
    ):
        assert f"  {line}" in done.out.splitlines()


@pytest.mark.double_only
def test_it_changes_nothing(deployed):
    before = len(deployed.double.requests)
    deployed.run("bootstrap")
    asked = {(each.method, each.path.rpartition("/")[2]) for each in deployed.double.requests[before:]}
    assert {method for method, _ in asked} == {"GET", "POST"}
    assert {name for method, name in asked if method == "POST"} == {"selfsubjectaccessreviews"}


def test_secrets_that_are_not_there_are_named(user):
    done = user.run("bootstrap")
    assert done.code == 1
    assert missing(done) == [
        "missing secret/shop: not there; put DJANGO_SECRET_KEY, POSTGRES_PASSWORD there: `kkinfra secrets push test`",
        "missing secret/registry: not there; put .dockerconfigjson there: `kkinfra secrets push test`",
    ]


def test_a_right_that_is_missing_is_named_by_verb_and_resource(deployed):
    done = deployed.run("bootstrap", KUBECONFIG=str(deployed.other("reader", Rule(("get", "list"), ("*",), ("*",)))))
    assert done.code == 1
    assert (
        "missing right to deployments.apps: missing; "
        f"let this user create, delete, patch deployments.apps in {deployed.namespace}" in missing(done)
    )


@pytest.mark.double_only
def test_a_namespace_that_is_not_there_has_to_be_created(owner):
    owner.double.users.add("deployer", "deployer", Rule(("get", "list", "patch"), ("*",), ("*",)))
    done = owner.run("bootstrap", KUBECONFIG=str(owner.double.kubeconfig(owner.home / "deployer", "deployer")))
    assert "missing right to namespaces: missing; let this user create namespaces in shop-test" in missing(done)


def test_a_name_without_an_address_is_told(deployed, addresses):
    addresses.clear()
    done = deployed.run("bootstrap", "-o", "json")
    assert done.code == 1
    (address,) = [each for each in done.json()["needs"] if each["problem"]]
    assert address["name"] == "address of shop.example.org"
    assert address["problem"] == "write a DNS record that leads to the ingress controller"


def test_another_version_is_told(deployed):
    file = deployed.home / "environments.yaml"
    known = deployed.version
    file.write_text(file.read_text().replace(f'version: "{known}"', 'version: "1.37"'))
    wanted = f'missing version 1.37: {known}; upgrade the cluster, or write platform.version: "{known}"'
    assert wanted in missing(deployed.run("bootstrap"))


def owner(user, *more):
    """What the cluster's owner sees, who may look everywhere."""
    user.deployer = None
    return user.run("bootstrap", *more)


def workload(user, name, namespace, kind="Deployment", args=(), *, image=""):
    labels = {"app.kubernetes.io/name": name}
    if user.api.get(kind_of("Namespace"), "", namespace) is None:
        user.api.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    container = {"name": name, "image": image or "example.org/it:1", "args": list(args)}
    spec = {
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
    }  # fmt: skip
    metadata = {"name": name, "namespace": namespace, "labels": labels}
    user.api.create({"apiVersion": "apps/v1", "kind": kind, "metadata": metadata, "spec": spec})


def ready(user, name, namespace, kind="Deployment"):
    user.until(lambda: user.api.get(kind_of(kind), namespace, name)["status"].get("readyReplicas"))


@pytest.fixture
def with_traefik(deployed):
    workload(
        deployed, "traefik", "traefik", args=["--entryPoints.web.address=:80", "--entrypoints.websecure.address=:443"]
    )
    made = {"apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "metadata": {"name": "traefik"}}
    path = "/apis/networking.k8s.io/v1/ingressclasses"
    deployed.api.ask("POST", path, {}, {**made, "spec": {"controller": "traefik.io/ingress-controller"}})
    ready(deployed, "traefik", "traefik")
    return deployed


@pytest.mark.double_only
def test_an_ingress_controller_that_is_not_there_is_told_in_each_of_its_parts(deployed):
    told = "\n".join(missing(owner(deployed)))
    assert (
        "missing IngressClass traefik: not there; write platform.ingress.ingress_class; the cluster has: none" in told
    )
    assert "missing traefik: not there in traefik; install Traefik 3" in told
    assert "or write the namespace that it runs in: platform.ingress.namespace" in told


@pytest.mark.double_only
def test_an_ingress_controller_that_runs_is_told(with_traefik):
    done = owner(with_traefik)
    assert (done.code, missing(done)) == (0, []), done.out
    for name in ("IngressClass traefik: there", "traefik: ready", "entry point websecure: there"):
        assert f"  there {name}" in done.out.splitlines()


@pytest.mark.double_only
def test_an_entry_point_that_it_does_not_have_is_told_with_those_that_it_has(with_traefik):
    file = with_traefik.home / "environments.yaml"
    file.write_text(file.read_text().replace("{kind: traefik}", "{kind: traefik, entrypoint: secure}"))
    assert missing(owner(with_traefik)) == [
        "missing entry point secure: not there; write platform.ingress.entrypoint; Traefik has: web, websecure"
    ]


@pytest.mark.double_only
def test_an_ingress_controller_that_is_not_ready_is_told_with_what_shows_why(with_traefik):
    with_traefik.double.behave("traefik", "NotReady")
    gone = lambda: not with_traefik.api.get(kind_of("Deployment"), "traefik", "traefik")["status"].get("readyReplicas")  # noqa: E731
    with_traefik.until(gone)
    (told,) = missing(owner(with_traefik))
    assert told.startswith("missing traefik: deployment/traefik ")
    assert told.endswith("see why it is not ready: `kubectl --namespace traefik describe deployment/traefik`")


def load_balancer(user, address):
    metadata = {"name": "traefik", "namespace": "traefik", "labels": {"app.kubernetes.io/name": "traefik"}}
    ports = [{"name": "websecure", "port": 443}]
    user.api.create(
        {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": {"type": "LoadBalancer", "ports": ports}}
    )
    path = f"{kind_of('Service').path('traefik', 'traefik')}/status"
    status = {"status": {"loadBalancer": {"ingress": [{"ip": address}]}}}
    user.api.ask("PATCH", path, {}, status, "application/merge-patch+json")


@pytest.mark.double_only
@pytest.mark.parametrize(
    ("address", "code", "says"),
    [
        ("203.0.113.10", 0, "there address of shop.example.org: 203.0.113.10"),
        ("192.168.0.240", 0, "unknown address of shop.example.org: 203.0.113.10; the ingress is served at 192.168."),
        ("93.184.216.34", 1, "missing address of shop.example.org: 203.0.113.10; the ingress is served at 93.184."),
    ],
)  # fmt: skip
def test_the_domain_leads_to_where_the_ingress_is_served(with_traefik, address, code, says):
    load_balancer(with_traefik, address)
    done = owner(with_traefik)
    assert (done.code, says in done.out) == (code, True), done.out


def test_what_may_not_be_seen_is_no_problem_and_told_as_such(deployed):
    done = deployed.run("bootstrap")
    assert done.code == 0
    assert "  unknown IngressClass traefik: ingressclasses.networking.k8s.io" in done.out
    told = {each["name"]: each for each in deployed.run("bootstrap", "-o", "json").json()["needs"]}
    assert "cannot get resource" in told["IngressClass traefik"]["unseen"]
    assert told["IngressClass traefik"]["problem"] == ""


def with_nodes(user, *architectures, written=""):
    """Workers of some architectures, and a control plane of another that takes no pods."""
    file, cluster = user.home / "environments.yaml", "      kind: kubernetes\n"
    file.write_text(file.read_text().replace(cluster, f"{cluster}{written}"))
    taint = {"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}
    nodes = [("riscv64", [taint]), *((each, []) for each in architectures)]
    for number, (architecture, taints) in enumerate(nodes):
        node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": f"node-{number}"}, "spec": {"taints": taints}}
        user.api.create(node)
        status = {"status": {"nodeInfo": {"architecture": architecture}}}
        path = f"{kind_of('Node').path('', f'node-{number}')}/status"
        user.api.ask("PATCH", path, {}, status, "application/merge-patch+json")
    (found,) = (
        each for each in owner(user, "-o", "json").json()["needs"] if each["name"] == "architecture of the nodes"
    )
    return found


@pytest.mark.double_only
@pytest.mark.parametrize(
    ("architectures", "written"),
    [
        (["amd64"], ""),
        (["arm64"], "      architecture: arm64\n"),
        (["amd64", "arm64"], "      architecture: arm64\n"),
        (["amd64", "arm64"], "      architecture: [amd64, arm64]\n"),
        (["amd64"], "      architecture: [amd64, arm64]\n"),
    ],
)
def test_nodes_for_which_images_are_built_are_told(deployed, architectures, written):
    found = with_nodes(deployed, *architectures, written=written)
    assert (found["found"], found["problem"]) == (", ".join(architectures), "")


@pytest.mark.double_only
@pytest.mark.parametrize(
    ("architectures", "written", "problem"),
    [
        (
            ["amd64", "arm64"],
            "",
            (
                "no image is built for arm64, and pods may go there; write platform.architecture: [amd64, arm64], or "
                "the one of them that pods are to go to"
            ),
        ),
        (["arm64"], "", "no image is built for arm64, and pods may go there; write platform.architecture: arm64"),
        (
            ["amd64"], "      architecture: arm64\n",
            "no pod finds a node that is arm64; correct platform.architecture",
        ),
    ],
)  # fmt: skip
def test_nodes_for_which_none_is_built_are_told_with_what_to_write(deployed, architectures, written, problem):
    assert with_nodes(deployed, *architectures, written=written)["problem"] == problem


@pytest.mark.double_only
def test_an_unknown_group_is_asked_about_once(deployed):
    resources = deployed.double.registry.resources
    for key in [key for key in resources if key[0] == "traefik.io"]:
        del resources[key]
    since = len(deployed.double.requests)
    done = deployed.run("bootstrap")
    assert "missing Middleware of traefik.io/v1alpha1: not there; install Traefik 3" in done.out
    asked = [each.path for each in deployed.double.requests[since:] if each.path.startswith("/apis/traefik.io")]
    assert asked.count("/apis/traefik.io/v1alpha1") == len(asked) == 1


def test_what_has_to_be_seen_to_on_the_nodes_is_told(with_database):
    done = with_database.run("bootstrap")
    volume = f"persistentvolume/{with_database.namespace}-postgresql"
    assert f"  see to it: {volume}: nas.example.org:/export/shop/" in done.out


def test_a_host_is_none(capsys):
    assert main(["bootstrap", "production"]) == 1
    assert "`bootstrap` is for what is delivered by apply, gitops" in capsys.readouterr().err
