"""What runs in the pods, with which rights, and what they may reach."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest

import quick_yaml
from checkout import EVERYTHING_FILE
from kkinfra.rendering.pipeline import render
from kkinfra.spec.loading import resolve_document
from kkinfra.values.document import parse
from kkinfra_kubernetes import KubernetesRenderer

EVERYTHING = EVERYTHING_FILE.read_text()
BY_OPERATORS = ("      secrets: {kind: external-secrets, store: {name: vault}}\n", ", secrets: {kind: sealed-secrets}")
NAME = "app.kubernetes.io/name"
WORKLOADS = {"Deployment", "StatefulSet", "Job", "CronJob"}
CLIENTS = {"webapp", "celery-worker", "celery-beat", "flower", "migration", "hooks", "fixtures", "sessions"}


def render_files(*changes, name="cluster"):
    """Rendered without the operators that would fill its Secrets."""
    text = EVERYTHING
    for before, after in (*((each, "") for each in BY_OPERATORS), *changes):
        assert before in text
        text = text.replace(before, after)
    environment = resolve_document(parse(text, "spec.yaml"), "spec.yaml").environments[name]
    return {each.path: quick_yaml.load(each.content) for each in render(environment, {"k": KubernetesRenderer()})}


FILES = render_files()
SCALED = render_files(name="scaled")


def of_kind(kind, files=FILES):
    return {each["metadata"]["name"]: each for each in files.values() if each["kind"] == kind}


def pods(files=FILES):
    for each in files.values():
        if each["kind"] in WORKLOADS:
            spec = each["spec"]["jobTemplate"]["spec"] if each["kind"] == "CronJob" else each["spec"]
            yield each["metadata"]["labels"][NAME], spec["template"]


def pod(name, files=FILES):
    return next(template["spec"] for part, template in pods(files) if part == name)


def main(name, files=FILES):
    return pod(name, files)["containers"][0]


def checksum(name, files):
    return dict(pods(files))[name]["metadata"].get("annotations", {}).get("checksum/config")


@pytest.mark.parametrize("files", [FILES, SCALED], ids=["cluster", "scaled"])
def test_every_pod_is_restricted(files):
    for name, template in pods(files):
        spec = template["spec"]
        assert spec["automountServiceAccountToken"] is False
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert not any("hostPath" in volume or "nfs" in volume for volume in spec["volumes"]), name
        for each in [*spec["containers"], *spec.get("initContainers", ())]:
            rights = each["securityContext"]
            assert rights["allowPrivilegeEscalation"] is False
            assert rights["capabilities"] == {"drop": ["ALL"]}
            assert rights["readOnlyRootFilesystem"] is True
            assert rights["runAsUser"] >= 1000
            assert set(each["resources"]["limits"]) == set(each["resources"]["requests"]) == {"cpu", "memory"}
            assert each["resources"]["limits"]["memory"] == each["resources"]["requests"]["memory"]


def test_the_namespace_refuses_other_pods_and_says_what_it_is():
    metadata = of_kind("Namespace")["shop-cluster"]["metadata"]
    assert metadata["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    assert metadata["labels"]["pod-security.kubernetes.io/enforce-version"] == "v1.33"
    assert metadata["annotations"]["kkinfra/nodes"] == "1 control plane (2 CPU, 4GiB), 2 workers (each 4 CPU, 8GiB)"
    hard = of_kind("ResourceQuota")["shop"]["spec"]["hard"]
    assert (hard["requests.cpu"], hard["requests.memory"]) == ("8", "16Gi")


def test_secrets_are_files_and_nowhere_else():
    for name, template in pods():
        for each in template["spec"]["containers"]:
            assert not any("secret" in str(source).lower() for source in each.get("envFrom", ())), name
            assert all("valueFrom" not in variable for variable in each.get("env", ()))
    secret = of_kind("Secret")["shop"]
    assert "data" not in secret
    assert "stringData" not in secret
    assert "argocd.argoproj.io/sync-options" in secret["metadata"]["annotations"]


def keys(name, files=FILES):
    volume = next((each["secret"] for each in pod(name, files)["volumes"] if "secret" in each), {"items": []})
    return {each["path"] for each in volume["items"]}


def test_a_pod_sees_the_secrets_that_it_reads_and_no_others():
    assert keys("webapp") == {
        "AWS_SECRET", "OTHER_DOCKERCONFIG", "OTHER_PASSWORD", "POSTGRES_PASSWORD", "SECRETS_MANAGER", "SOPS_SECRET",
    }  # fmt: skip
    assert keys("celery-beat") == {"OTHER_DOCKERCONFIG", "OTHER_PASSWORD", "POSTGRES_PASSWORD"}
    assert keys("postgresql") == {"POSTGRES_PASSWORD"}
    assert keys("nginx") == keys("redis") == keys("hooks") == set()


def test_files_that_variables_name_are_mounted():
    for name in ("webapp", "celery-worker", "celery-beat", "flower", "migration"):
        data = of_kind("ConfigMap")[name]["data"]
        files = {value for key, value in data.items() if key.endswith("_FILE")}
        mount = next(each for each in main(name)["volumeMounts"] if each["name"] == "secrets")
        assert files == {f"{mount['mountPath']}/{key}" for key in keys(name)}


def test_the_database_reads_its_password_whoever_else_does():
    files = render_files(
        ("POSTGRES_PASSWORD: {env: POSTGRES_PASSWORD}", "POSTGRES_PASSWORD: {env: X, readers: [webapp, migration]}")
    )
    assert keys("postgresql", files) == {"POSTGRES_PASSWORD"}
    assert "POSTGRES_PASSWORD" not in keys("flower", files)


def test_the_secret_says_where_each_key_comes_from_and_who_reads_it():
    lines = of_kind("Secret")["shop"]["metadata"]["annotations"]["kkinfra/keys"].splitlines()
    assert "AWS_SECRET: aws_parameter /shop/KEY -> webapp, celery-worker" in lines
    assert "SOPS_SECRET: sops secrets/alpha.sops.yaml DJANGO_KEY -> webapp" in lines


def test_only_images_of_the_private_registry_are_pulled_with_the_secret():
    pulled = {name for name, template in pods() if "imagePullSecrets" in template["spec"]}
    assert "redis" not in pulled
    assert {"webapp", "nginx", "hooks"} <= pulled
    files = render_files(("registry: {pull_secret: REGISTRY_DOCKERCONFIG}\n", ""))
    assert not any("imagePullSecrets" in template["spec"] for _, template in pods(files))


@pytest.mark.parametrize(
    ("change", "part"),
    [
        (("maxmemory: 128MB", "maxmemory: 127MB"), "redis"),
        (("LANGUAGE_CODE: ko", "LANGUAGE_CODE: en"), "webapp"),
        (("static-files: {memory: 64MB}", "static-files: {memory: 64MB, url: /assets/}"), "nginx"),
    ],
)
def test_what_a_pod_reads_rolls_it_out(change, part):
    before, after = checksum(part, FILES), checksum(part, render_files(change))
    assert before
    assert before != after


def test_a_change_elsewhere_rolls_nothing_out():
    other = render_files(("purpose: testing", "purpose: other"))
    assert dict(pods(other)) == dict(pods())


def test_the_webapp_is_asked_as_its_domain_and_leaves_slowly():
    container = main("webapp")
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        headers = {each["name"]: each["value"] for each in container[probe]["httpGet"]["httpHeaders"]}
        assert headers == {"Host": "staging.example.org", "X-Forwarded-Proto": "https"}
    assert container["readinessProbe"]["httpGet"]["path"] == "/healthz/ready"
    assert container["livenessProbe"]["httpGet"]["path"] == "/healthz/live"
    assert container["lifecycle"]["preStop"] == {"sleep": {"seconds": 5}}


def test_the_pause_is_not_taken_from_the_time_to_stop():
    assert pod("webapp")["terminationGracePeriodSeconds"] == 75 + 5
    assert "lifecycle" not in main("celery-beat")
    assert pod("celery-beat")["terminationGracePeriodSeconds"] == 30


def test_before_the_sleep_action_a_command_sleeps():
    files = render_files(('version: "1.33"', 'version: "1.29"'))
    assert main("webapp", files)["lifecycle"]["preStop"] == {"exec": {"command": ["sleep", "5"]}}


def test_who_is_killed_at_once_has_no_time_to_sleep():
    files = render_files(('nginx: {version: "1.22",', 'nginx: {version: "1.22", stop_grace: 1s,'))
    assert "lifecycle" in main("nginx")
    assert "lifecycle" not in main("nginx", files)
    assert pod("nginx", files)["terminationGracePeriodSeconds"] == 1


def test_every_long_running_process_is_probed():
    probed = {name for name, template in pods() if "livenessProbe" in template["spec"]["containers"][0]}
    assert probed == {"webapp", "celery-worker", "celery-beat", "flower", "redis", "postgresql", "nginx", "hooks"}
    for name in ("celery-worker", "celery-beat"):
        probe = main(name)["livenessProbe"]
        assert probe["exec"]["command"][0] == "python"
        assert probe["timeoutSeconds"] > 5
    assert main("flower")["livenessProbe"]["httpGet"]["path"] == "/flower/healthcheck"


def test_there_is_never_a_second_beat_or_redis():
    strategies = {name: each["spec"]["strategy"] for name, each in of_kind("Deployment").items()}
    recreated = {name for name, strategy in strategies.items() if strategy == {"type": "Recreate"}}
    assert recreated == {"celery-beat", "flower", "redis"}
    assert strategies["webapp"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}


def test_a_command_means_what_it_says():
    files = render_files(("command: [serve]", "command: [serve, $(HOME), $$x]"))
    assert main("hooks", files)["command"] == ["serve", "$$(HOME)", "$$$$x"]


def test_what_is_scaled_by_load_has_no_fixed_number():
    scalers = of_kind("HorizontalPodAutoscaler", SCALED)
    assert set(scalers) == {"webapp", "celery-worker"} == set(of_kind("PodDisruptionBudget", SCALED))
    for name in scalers:
        assert "replicas" not in of_kind("Deployment", SCALED)[name]["spec"]
        assert pod(name, SCALED)["topologySpreadConstraints"]
    assert of_kind("Deployment")["webapp"]["spec"]["replicas"] == 1
    assert not of_kind("PodDisruptionBudget")


def test_cron_never_runs_twice_at_a_time():
    spec = of_kind("CronJob")["sessions"]["spec"]
    assert spec["concurrencyPolicy"] == "Forbid"
    assert spec["timeZone"] == "Etc/UTC"
    assert spec["jobTemplate"]["spec"]["activeDeadlineSeconds"] == 600


# network policies


def policies(name, files=FILES):
    spec = of_kind("NetworkPolicy", files)[name]["spec"]
    return spec.get("ingress", []), spec.get("egress", [])


def ports(rules):
    return {port["port"] for rule in rules for port in rule["ports"]}


def test_nothing_is_allowed_by_default():
    spec = of_kind("NetworkPolicy")["default-deny"]["spec"]
    assert spec == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    assert {name for name, _ in pods()} <= set(of_kind("NetworkPolicy"))


def test_stores_are_reached_by_clients_and_reach_nothing():
    for name, port in (("redis", 6379), ("postgresql", 5432)):
        ingress, egress = policies(name)
        assert egress == []
        assert ports(ingress) == {port}
        (expression,) = ingress[0]["from"][0]["podSelector"]["matchExpressions"]
        labels = {part: template["metadata"]["labels"] for part, template in pods()}
        let_in = {part for part, each in labels.items() if each[expression["key"]] in expression["values"]}
        assert let_in == CLIENTS
    assert policies("nginx")[1] == []


def test_traefik_reaches_what_is_routed():
    reached = {
        name
        for name, each in of_kind("NetworkPolicy").items()
        if "'kubernetes.io/metadata.name': 'traefik'" in str(each["spec"].get("ingress"))
    }
    assert reached == {"webapp", "nginx", "flower", "hooks"}
    hidden = render_files(("flower: {expose: true}", "flower: {expose: false}"))
    assert policies("flower", hidden)[0] == []
    routes = [path["path"] for path in of_kind("Ingress", hidden)["shop"]["spec"]["rules"][0]["http"]["paths"]]
    assert routes == ["/hooks/", "/"]


def test_the_internet_is_reached_but_not_the_metadata_of_a_cloud():
    _, egress = policies("celery-worker")
    assert ports(egress) == {80, 443, 6379, 5432, 9000}
    for peer in (peer for rule in egress for peer in rule["to"] if "ipBlock" in peer):
        excepted = [ip_network(each) for each in peer["ipBlock"]["except"]]
        address = ip_address("169.254.169.254" if ":" not in peer["ipBlock"]["cidr"] else "fd00:ec2::254")
        assert any(address in network for network in excepted)
    assert 443 not in ports(policies("flower")[1])


def test_names_are_looked_up_by_clients_only():
    spec = of_kind("NetworkPolicy")["allow-dns"]["spec"]
    (expression,) = spec["podSelector"]["matchExpressions"]
    assert not {"redis", "postgresql", "nginx"} & set(expression["values"])
    assert {(port["port"], port["protocol"]) for port in spec["egress"][0]["ports"]} == {(53, "UDP"), (53, "TCP")}
    blocks = [peer["ipBlock"]["cidr"] for peer in spec["egress"][0]["to"] if "ipBlock" in peer]
    assert any(ip_address("169.254.20.10") in ip_network(block) for block in blocks)


# variants


def test_a_managed_database_is_not_rendered_but_reached():
    assert not of_kind("StatefulSet", SCALED)
    assert "postgresql" not in of_kind("Service", SCALED)
    assert 5432 in ports(policies("migration", SCALED)[1])
    assert "db.t3.micro" in of_kind("Namespace", SCALED)["shop-scaled"]["metadata"]["annotations"]["kkinfra/database"]
    assert of_kind("ConfigMap", SCALED)["migration"]["data"]["DATABASE_HOST"] == "db.example.org"


def test_certificates_by_resolver_by_secret_or_not_at_all():
    router = "traefik.ingress.kubernetes.io/router"
    resolver = of_kind("Ingress")["shop"]
    assert resolver["metadata"]["annotations"][f"{router}.tls.certresolver"] == "letsencrypt"
    assert "tls" not in resolver["spec"]
    assert of_kind("Ingress", SCALED)["shop"]["spec"]["tls"] == [
        {"hosts": ["scaled.example.org"], "secretName": "shop-tls"}
    ]
    plain = render_files(("    tls: {by: traefik, resolver: letsencrypt}\n", ""))
    assert set(of_kind("Ingress", plain)) == {"shop", "shop-static-files"}
    assert of_kind("Ingress", plain)["shop"]["metadata"]["annotations"][f"{router}.entrypoints"] == "web"
    assert set(of_kind("Middleware", plain)) == {"access", "rate", "body"}


def test_without_static_files_nginx_has_nothing_to_do():
    files = render_files(("  static-files: {memory: 64MB}\n", ""))
    assert not any(path.startswith("nginx/") for path in files)
    assert "shop-static-files" not in of_kind("Ingress", files)
    assert "rate" in of_kind("Middleware", files)
    assert not any("static-files" in str(template["spec"]["volumes"]) for _, template in pods(files))


def test_sizes_are_written_as_the_api_server_writes_them():
    files = render_files(("celery-beat: {memory: 128MB", "celery-beat: {memory: 1024MiB"))
    assert main("celery-beat", files)["resources"]["limits"]["memory"] == "1Gi"
    assert main("celery-beat")["resources"]["limits"] == {"cpu": "1", "memory": "128M"}


def selectors(files):
    pods = [each["spec"] for each in files.values() if each["kind"] in WORKLOADS - {"CronJob"}]
    pods += [each["spec"]["jobTemplate"]["spec"] for each in files.values() if each["kind"] == "CronJob"]
    return [each["template"]["spec"].get("nodeSelector") for each in pods]


def test_where_one_architecture_is_written_pods_go_to_no_other_node():
    found = selectors(FILES)
    assert found == [{"kubernetes.io/arch": "arm64"}] * len(found)


@pytest.mark.parametrize("written", ["", "      architecture: [amd64, arm64]\n"])
def test_where_none_or_both_are_written_they_go_to_any(written):
    found = selectors(render_files(("      architecture: arm64\n", written)))
    assert found == [None] * len(found)
