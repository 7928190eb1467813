"""What the Kubernetes objects promise each other: names, ports, labels, order, and who may talk to whom."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import quick_yaml
from checkout import SPEC_FILE
from kkinfra.rendering.pipeline import render
from kkinfra.spec.loading import load_spec, resolve_document
from kkinfra.values.document import parse
from kkinfra_kubernetes import KubernetesRenderer
from kkinfra_kubernetes.rendered_kinds import CLUSTER_KINDS, NAMESPACE_KINDS, plural

REAL = SPEC_FILE
SPEC = """\
project: shop
image: ghcr.io/example/shop:1.0.0
registry: {pull_secret: DOCKERCONFIG}
stack:
  webapp: {asgi: config.asgi:application, memory: 256MB}
  celery-worker: {memory: 224MB}
  mail: {kind: celery-worker, memory: 224MB, queues: [mail], replicas: 2}
  celery-beat: {memory: 128MB}
  flower: {memory: 128MB}
  redis: {version: "7.4", maxmemory: 128MB, memory: 384MB, storage: 1GiB}
  postgresql:
    {version: "15", database: shop, user: app, password: POSTGRES_PASSWORD, on: statefulset, storage: 9GiB, memory: 1GB}
  nginx: {version: "1.22", memory: 32MB}
  static-files: {memory: 64MB}
  migration: {memory: 256MB}
  hooks: {kind: container, image: "docker.io/example/hooks:1", memory: 64MB, port: 9000, route: /hooks/}
  redis-tools: {kind: container, image: "docker.io/example/tools:1", memory: 64MB}
  early: {kind: job, command: ["true"], memory: 64MB, before: [migration]}
  fixtures: {kind: job, command: ["true"], memory: 64MB, before: [webapp]}
  report: {kind: job, command: ["true"], memory: 64MB}
  sessions: {kind: cron, command: [clear], memory: 64MB, schedule: "0 3 * * *"}
secrets:
  POSTGRES_PASSWORD: {env: POSTGRES_PASSWORD}
  DOCKERCONFIG: {env: DOCKERCONFIG}
  MAIL_KEY: {sops: secrets/all.yaml, key: MAIL, readers: [mail]}
environments:
  test:
    domain: test.example.org
    access: {vpn: [10.8.0.0/24]}
    platform:
      kind: kubernetes
      version: "1.33"
      nodes: {control_plane: {count: 1, cpu: "2", memory: 4GiB}, workers: {count: 2, cpu: "4", memory: 8GiB}}
      ingress: {kind: traefik}
      storage: {server: nas.example.org, path: /export/shop}
    tls: {by: traefik}
    delivery:
      {by: gitops, repository: "https://git.example.org/infra.git", path: test, image_updater: {strategy: newest-build}}
"""
NAME, INSTANCE = "app.kubernetes.io/name", "app.kubernetes.io/instance"
WORKLOADS = {"Deployment", "StatefulSet", "Job", "CronJob"}


def environment(*changes):
    text = SPEC
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    return resolve_document(parse(text, "spec.yaml"), "spec.yaml").environments["test"]


def render_files(*changes):
    tree = render(environment(*changes), {"kubernetes": KubernetesRenderer()})
    return {artifact.path: quick_yaml.load(artifact.content) for artifact in tree}


FILES = render_files()


def of_kind(kind, files=FILES):
    return {each["metadata"]["name"]: each for each in files.values() if each["kind"] == kind}


def pods(files=FILES):
    for each in files.values():
        if each["kind"] in WORKLOADS:
            spec = each["spec"]["jobTemplate"]["spec"] if each["kind"] == "CronJob" else each["spec"]
            yield each["metadata"]["labels"][NAME], spec["template"]


def pod(name, files=FILES):
    return next(template["spec"] for part, template in pods(files) if part == name)


def wave(each):
    return int(each["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"])


def matches(selector, labels):
    found = all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items())
    return found and all(labels.get(each["key"]) in each["values"] for each in selector.get("matchExpressions", ()))


# files


def test_the_directories_are_those_of_the_seed_and_further_parts_have_their_own():
    directories = {path.partition("/")[0] for path in FILES} - {"kustomization.yaml"}
    seed = {"namespace", "secrets", "postgresql", "redis", "webapp", "celery", "flower", "nginx", "ingress", "argocd"}
    assert directories == seed | {"access", "hooks", "redis-tools", "early", "fixtures", "report", "sessions"}


def test_a_part_called_like_a_directory_does_not_write_into_it():
    files = render_files(("redis-tools:", "ingress:"))
    assert "part-ingress/deployment.yaml" in files
    assert files["ingress/ingress.yaml"]["kind"] == "Ingress"


def test_the_kustomizations_list_every_file_once():
    listed = FILES["kustomization.yaml"]["resources"]
    for once in ("argocd", "access"):
        listed += [f"{once}/{path}" for path in FILES[f"{once}/kustomization.yaml"]["resources"]]
    everything = {path for path, each in FILES.items() if each["kind"] != "Kustomization"}
    assert sorted(listed) == sorted(everything)


def test_rendering_writes_nothing_that_image_updater_owns():
    assert not any(".argocd-source" in path for path in FILES)
    assert "images" not in FILES["kustomization.yaml"]


def test_names_are_unique_within_a_kind():
    names = [(each["kind"], each["metadata"]["name"]) for path, each in FILES.items() if applied(path)]
    assert len(names) == len(set(names))


def test_rendering_twice_gives_the_same_bytes():
    renderer = KubernetesRenderer()
    assert list(renderer.render(environment())) == list(renderer.render(environment()))


def kustomize_major():
    """Of the kubectl on this machine. `sortOptions` came with 5 (kubectl 1.27)."""
    told = subprocess.run(["kubectl", "version", "--client", "-o", "json"], capture_output=True, text=True, check=False)
    return int((re.search(r'"kustomizeVersion": "v(\d+)', told.stdout) or ["", "0"])[1])


@pytest.mark.needs("kubectl")
def test_kustomize_builds_it_in_the_order_of_the_waves(tmp_path):
    if kustomize_major() < 5:
        pytest.skip("needs kubectl 1.27 or later")
    real = load_spec(REAL).environments["alpha"]
    for artifact in render(real, {"kubernetes": KubernetesRenderer()}):
        path = tmp_path / artifact.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(artifact.content)
    built = subprocess.run(["kubectl", "kustomize", tmp_path], capture_output=True, text=True, check=True).stdout
    waves = [wave(each) for each in quick_yaml.load_all(built)]
    assert waves == sorted(waves)
    assert len(waves) > 40


# what refers to what


def test_selectors_select_the_pods_of_their_own_part_only():
    templates = dict(pods())
    for kind in ("Deployment", "StatefulSet", "Service", "PodDisruptionBudget"):
        for name, each in of_kind(kind).items():
            selector = each["spec"]["selector"]
            selector = selector if kind != "Service" else {"matchLabels": selector}
            selected = [
                part for part, template in templates.items() if matches(selector, template["metadata"]["labels"])
            ]
            assert selected == [name], (kind, name)


def test_services_lead_to_ports_and_ingresses_to_services():
    for name, service in of_kind("Service").items():
        names = {port["name"]: port["containerPort"] for port in pod(name)["containers"][0]["ports"]}
        assert service["spec"]["ports"][0]["targetPort"] in names
    services = of_kind("Service")
    for ingress in of_kind("Ingress").values():
        for path in ingress["spec"]["rules"][0]["http"]["paths"]:
            target = path["backend"]["service"]
            assert target["port"]["name"] in {port["name"] for port in services[target["name"]]["spec"]["ports"]}


def test_ports_of_services_are_those_that_the_wiring_names():
    variables = of_kind("ConfigMap")["webapp"]["data"]
    services = of_kind("Service")
    assert variables["CELERY_BROKER_URL"] == f"redis://redis:{services['redis']['spec']['ports'][0]['port']}/0"
    assert variables["DATABASE_HOST"] in services
    assert int(variables["DATABASE_PORT"]) == services["postgresql"]["spec"]["ports"][0]["port"]


def test_everything_that_a_pod_mounts_is_there():
    claims, maps, accounts = of_kind("PersistentVolumeClaim"), of_kind("ConfigMap"), of_kind("ServiceAccount")
    for name, template in pods():
        spec = template["spec"]
        volumes = {volume["name"] for volume in spec["volumes"]}
        containers = [*spec["containers"], *spec.get("initContainers", ())]
        assert all(mount["name"] in volumes for each in containers for mount in each["volumeMounts"]), name
        assert all(each["configMapRef"]["name"] in maps for one in containers for each in one.get("envFrom", ()))
        assert all(
            v["persistentVolumeClaim"]["claimName"] in claims for v in spec["volumes"] if "persistentVolumeClaim" in v
        )
        assert all(v["configMap"]["name"] in maps for v in spec["volumes"] if "configMap" in v)
        assert spec["serviceAccountName"] in accounts


def test_middlewares_that_ingresses_name_are_there():
    there = {f"shop-test-{name}@kubernetescrd" for name in of_kind("Middleware")}
    for ingress in of_kind("Ingress").values():
        chain = ingress["metadata"]["annotations"]["traefik.ingress.kubernetes.io/router.middlewares"].split(",")
        assert set(chain) <= there
        assert chain[0] == "shop-test-access@kubernetescrd"


# order


def test_waves_put_what_is_needed_first():
    jobs = {each["metadata"]["labels"][NAME]: wave(each) for each in of_kind("Job").values()}
    config = max(
        wave(each) for kind in ("Secret", "ConfigMap", "PersistentVolumeClaim") for each in of_kind(kind).values()
    )
    database = wave(of_kind("StatefulSet")["postgresql"])
    webapp, ingress = wave(of_kind("Deployment")["webapp"]), wave(of_kind("Ingress")["shop"])
    assert config < database < jobs["early"] < jobs["migration"] < jobs["fixtures"] < webapp < ingress
    assert jobs["report"] == webapp
    assert wave(of_kind("Deployment")["redis"]) < jobs["migration"]


def test_jobs_are_hooks_of_the_sync_and_not_before_it():
    for job in of_kind("Job").values():
        assert job["metadata"]["annotations"]["argocd.argoproj.io/hook"] == "Sync"
        assert job["spec"]["ttlSecondsAfterFinished"] >= 86400


@pytest.mark.parametrize(
    "change",
    [
        ("shop:1.0.0", "shop:1.0.1"),
        ("migration: {memory: 256MB}", "migration: {memory: 300MB}"),
        ("database: shop", "database: other"),
    ],
)
def test_a_job_that_changes_has_another_name(change):
    def name(files):
        return next(job for job in of_kind("Job", files) if job.startswith("migration-"))

    assert name(render_files(change)) != name(FILES)
    assert name(render_files(("count: 2", "count: 3"))) == name(FILES)


def test_app_pods_wait_for_the_migration_and_others_do_not():
    waiting = {name for name, template in pods() if "wait-for-migration" in init_names(template["spec"])}
    assert waiting == {"webapp", "celery-worker", "mail", "celery-beat", "flower", "fixtures", "report", "sessions"}
    command = next(each for each in pod("webapp")["initContainers"] if each["name"] == "wait-for-migration")["command"]
    assert command[-4:] == ["python", "manage.py", "migrate", "--check"]


def init_names(spec):
    return [each["name"] for each in spec.get("initContainers", ())]


def test_nobody_waits_for_a_migration_that_cannot_be_asked():
    files = render_files(("migration: {memory: 256MB}", "migration: {memory: 256MB, command: [alembic, upgrade]}"))
    assert not any("wait-for-migration" in init_names(template["spec"]) for _, template in pods(files))


def test_who_cannot_read_the_password_does_not_wait():
    files = render_files(("{env: POSTGRES_PASSWORD}", "{env: POSTGRES_PASSWORD, readers: [webapp, migration]}"))
    waiting = {name for name, template in pods(files) if "wait-for-migration" in init_names(template["spec"])}
    assert waiting == {"webapp"}


def test_the_wait_runs_until_the_check_succeeds(tmp_path):
    command = next(each for each in pod("webapp")["initContainers"] if each["name"] == "wait-for-migration")["command"]
    marker = tmp_path / "applied"
    marker.touch()
    done = subprocess.run([*command[:4], "test", "-e", marker], check=False, timeout=60)
    assert done.returncode == 0
    script = re.sub(r"\+ \d{3,}", "+ 0", command[2])
    assert subprocess.run(["sh", "-c", script, "wait", "false"], check=False, timeout=60).returncode == 1


def wait_of(spec, name):
    """The init container, and how many seconds it waits at most."""
    found = next(each for each in spec["initContainers"] if each["name"] == name)
    return found, int((re.search(r"\+ (\d+) \)", found["command"][2]) or ["", "0"])[1])


def test_the_migration_waits_for_the_database_and_everything_for_both():
    job = next(each for each in of_kind("Job").values() if each["metadata"]["labels"][NAME] == "migration")
    deadline = 600
    startup = pod("postgresql")["containers"][0]["startupProbe"]
    waiting, seconds = wait_of(job["spec"]["template"]["spec"], "wait-for-database")
    assert seconds >= startup["periodSeconds"] * startup["failureThreshold"]
    assert waiting["envFrom"] == [{"configMapRef": {"name": "migration"}}]
    assert job["spec"]["activeDeadlineSeconds"] == deadline + seconds
    assert wait_of(pod("webapp"), "wait-for-migration")[1] > job["spec"]["activeDeadlineSeconds"]
    deployment = of_kind("Deployment")["webapp"]["spec"]
    assert deployment["progressDeadlineSeconds"] > wait_of(pod("webapp"), "wait-for-migration")[1]


def test_the_wait_for_the_database_ends_when_it_listens():
    command = wait_of(pod("migration"), "wait-for-database")[0]["command"]
    script = re.sub(r"\+ \d{3,}", "+ 0", command[2])
    argv = ["sh", "-c", script, command[3], sys.executable, *command[5:]]
    with socket.create_server(("127.0.0.1", 0)) as server:
        environ = {**os.environ, "DATABASE_HOST": "127.0.0.1", "DATABASE_PORT": str(server.getsockname()[1])}
        assert subprocess.run(argv, env=environ, check=False, timeout=60).returncode == 0
    assert subprocess.run(argv, env=environ, check=False, capture_output=True, timeout=60).returncode == 1


# storage


def test_volumes_outlive_everything():
    claims = of_kind("PersistentVolumeClaim")
    assert set(claims) == {"postgresql", "redis", "static-files"}
    for name, volume in of_kind("PersistentVolume").items():
        spec = volume["spec"]
        claim = claims[spec["claimRef"]["name"]]
        assert claim["spec"]["volumeName"] == name
        assert claim["spec"]["storageClassName"] == ""
        assert spec["persistentVolumeReclaimPolicy"] == "Retain"
        assert "hard" in spec["mountOptions"]
        assert "nfsvers=4.1" in spec["mountOptions"]
        assert spec["nfs"]["path"] == f"/export/shop/test/{spec['claimRef']['name']}"
    for each in [*claims.values(), *of_kind("PersistentVolume").values(), *of_kind("Namespace").values()]:
        assert each["metadata"]["annotations"]["argocd.argoproj.io/sync-options"] == "Prune=false,Delete=false"
    assert of_kind("PersistentVolume")["shop-test-static-files"]["spec"]["accessModes"] == ["ReadWriteMany"]
    assert "volumeClaimTemplates" not in of_kind("StatefulSet")["postgresql"]["spec"]


def test_more_storage_changes_no_claim_since_a_claim_cannot_grow():
    grown = render_files(("storage: 9GiB", "storage: 90GiB"), ("storage: 1GiB", "storage: 2GiB"))
    for kind in ("PersistentVolume", "PersistentVolumeClaim"):
        before, after = of_kind(kind), of_kind(kind, grown)
        assert all(before[name]["spec"] == after[name]["spec"] for name in before)
    volumes = of_kind("PersistentVolume", grown)
    assert volumes["shop-test-postgresql"]["metadata"]["annotations"]["kkinfra/storage"] == "90Gi"
    assert volumes["shop-test-redis"]["metadata"]["annotations"]["kkinfra/storage"] == "2Gi"


def test_postgresql_needs_no_root():
    spec = pod("postgresql")
    main = spec["containers"][0]
    environ = {each["name"]: each["value"] for each in main["env"]}
    mounts = {each["name"]: each["mountPath"] for each in main["volumeMounts"]}
    assert Path(environ["PGDATA"]).parent == Path(mounts["data"])
    assert environ["POSTGRES_PASSWORD_FILE"] == f"{mounts['secrets']}/POSTGRES_PASSWORD"
    assert "initContainers" not in spec
    assert (
        "uid and gid 10001"
        in of_kind("PersistentVolume")["shop-test-postgresql"]["metadata"]["annotations"]["kkinfra/needs"]
    )


def test_redis_writes_to_a_claim_only_where_it_is_persistent():
    files = render_files(("storage: 1GiB}", "storage: 1GiB, persistent: false}"))
    assert "appendonly yes" in of_kind("ConfigMap")["redis"]["data"]["redis.conf"]
    assert "appendonly no" in of_kind("ConfigMap", files)["redis"]["data"]["redis.conf"]
    assert "redis" not in of_kind("PersistentVolumeClaim", files)
    assert "maxmemory 128000000\n" in of_kind("ConfigMap")["redis"]["data"]["redis.conf"]


# Who may deploy


def rules(role):
    """What is granted of any name."""
    return {
        (group, resource): set(rule["verbs"])
        for rule in role["rules"]
        if "resourceNames" not in rule
        for group in rule["apiGroups"]
        for resource in rule["resources"]
    }


def test_the_role_lets_a_deployer_do_what_every_kind_that_is_rendered_needs():
    granted = rules(FILES["access/role.yaml"])
    for group, kind in NAMESPACE_KINDS:
        if kind != "Secret":
            assert {"create", "delete", "get", "list", "patch"} <= granted[group, plural(kind)]


def test_a_deployer_may_run_commands_here_and_can_list_no_secrets_and_grant_nobody_anything():
    granted = rules(FILES["access/role.yaml"]) | rules(FILES["access/cluster-role.yaml"])
    assert granted["", "secrets"] == {"create", "get", "patch"}
    assert {each["resourceNames"][0] for each in FILES["access/role.yaml"]["rules"] if "resourceNames" in each} == {
        "shop", "registry",
    }  # fmt: skip
    assert granted["", "pods"] == {"create", "delete", "get", "list"}
    assert granted["", "pods/attach"] == granted["", "pods/exec"] == {"create", "get"}
    assert not any("rbac" in group or "*" in (group, resource) for group, resource in granted)
    assert not any("*" in verbs or verbs & {"escalate", "bind", "impersonate"} for verbs in granted.values())


def test_a_deployer_touches_no_other_namespace():
    for each in FILES["access/cluster-role.yaml"]["rules"]:
        assert each.get("resourceNames") == ["shop-test"] or each["resources"] == ["persistentvolumes"]


def test_the_namespace_that_is_applied_with_the_role_owns_no_field_that_a_deploy_sets():
    assert FILES["access/namespace.yaml"]["metadata"] == {"name": "shop-test"}


@pytest.mark.parametrize(
    ("kind", "resource"), [("Ingress", "ingresses"), ("NetworkPolicy", "networkpolicies"), ("Secret", "secrets")]
)
def test_a_kind_is_called_by_its_resource(kind, resource):
    assert plural(kind) == resource


# Argo CD


def test_the_project_allows_every_kind_that_is_rendered():
    for path, each in FILES.items():
        if applied(path):
            group = each["apiVersion"].rpartition("/")[0]
            allowed = NAMESPACE_KINDS if "namespace" in each["metadata"] else CLUSTER_KINDS
            assert (group, each["kind"]) in allowed


def test_the_project_shows_the_pods_whose_images_image_updater_reads():
    allowed = of_kind("AppProject")["shop-test"]["spec"]["namespaceResourceWhitelist"]
    assert {"group": "apps", "kind": "ReplicaSet"} in allowed
    assert {"group": "", "kind": "Pod"} in allowed


def test_no_sync_waits_for_an_address_of_the_ingress():
    assert not any(
        "PruneLast" in each for each in of_kind("Application")["shop-test"]["spec"]["syncPolicy"]["syncOptions"]
    )
    for each in of_kind("Ingress").values():
        assert wave(each) == max(wave(one) for path, one in FILES.items() if applied(path))
        assert each["metadata"]["annotations"]["argocd.argoproj.io/ignore-healthcheck"] == "true"


def applied(path):
    return not path.startswith(("access/", "argocd/")) and not path.endswith("kustomization.yaml")


def test_the_api_server_compares_what_it_applies():
    application = of_kind("Application")["shop-test"]
    assert "ServerSideApply=true" in application["spec"]["syncPolicy"]["syncOptions"]
    assert application["metadata"]["annotations"]["argocd.argoproj.io/compare-options"] == "ServerSideDiff=true"


@pytest.mark.parametrize("change", [(), (("registry: {pull_secret: DOCKERCONFIG}\n", ""),)])
def test_image_updater_says_that_it_pushes(change):
    needs = of_kind("ImageUpdater", render_files(*change))["shop-test"]["metadata"]["annotations"]["kkinfra/needs"]
    assert "push to https://git.example.org/infra.git" in needs
    assert ("a copy of the Secret registry" in needs) is not bool(change)


def test_the_application_deletes_nothing_with_it():
    application = of_kind("Application")["shop-test"]
    assert "finalizers" not in application["metadata"]
    assert application["spec"]["destination"]["namespace"] == "shop-test"
    assert application["spec"]["project"] in of_kind("AppProject")


@pytest.mark.parametrize(
    ("strategy", "tracked"),
    [
        ("newest-build", "ghcr.io/example/shop"),
        ("semver", "ghcr.io/example/shop"),
        ("digest", "ghcr.io/example/shop:1.0.0"),
    ],
)
def test_image_updater_follows_the_image_and_reads_secrets_of_its_own_namespace(strategy, tracked):
    updater = of_kind("ImageUpdater", render_files(("strategy: newest-build", f"strategy: {strategy}")))["shop-test"]
    reference = updater["spec"]["applicationRefs"][0]
    image = reference["images"][0]
    assert reference["namePattern"] == "shop-test"
    assert image["imageName"] == tracked
    assert image["commonUpdateSettings"]["pullSecret"].startswith(f"pullsecret:{updater['metadata']['namespace']}/")
    assert updater["spec"]["writeBackConfig"]["method"] == "git"
    assert "writeBackTarget" not in updater["spec"]["writeBackConfig"]["gitConfig"]


def test_without_argo_cd_there_is_nothing_of_it():
    before = SPEC[SPEC.index("    delivery:") :]
    files = render_files((before, "    delivery: {by: apply}\n"))
    assert not any(path.startswith("argocd/") for path in files)


def test_what_a_file_was_written_from_is_what_it_reads_as():
    tree = render(environment(), {"kubernetes": KubernetesRenderer()})
    for artifact in tree:
        (said,) = artifact.documents()
        assert artifact.document is not None
        assert said == quick_yaml.load(artifact.content), artifact.path
