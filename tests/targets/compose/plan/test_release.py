"""A release: what of the rendered tree goes to the host, and what the host is told of it."""

from __future__ import annotations

from pathlib import Path

import pytest

import quick_yaml
from kkinfra.errors import DeployError
from kkinfra.rendering.artifacts import Artifact, ArtifactTree
from kkinfra.rendering.pipeline import render
from kkinfra.spec.stack import Cron
from kkinfra.targets.compose.plan.release import make_release
from kkinfra_nginx.upstream import REUSED_SECONDS
from real_release import CRON, JOB, RENDERERS, production, release

ENVIRONMENT = production()
TREE = render(ENVIRONMENT, RENDERERS)
RELEASE = make_release(ENVIRONMENT, TREE)
MANIFEST = RELEASE.manifest
COMPOSE = quick_yaml.load(RELEASE.files["compose.yaml"])
HIDDEN = [artifact.path for artifact in TREE if artifact.path.startswith((".", "cloudformation/"))]


def names(services):
    return [service.name for service in services]


def changed(path, to=None):
    """The same tree, but for one file, which is other in content or called otherwise."""
    return ArtifactTree(
        Artifact(to or each.path, each.content if to else f"{each.content}\n# and more\n", each.mode)
        if each.path == path
        else each
        for each in TREE
    )


def test_everything_that_runs_is_told_by_what_it_is_for():
    assert names(MANIFEST.stateful) == ["redis"]
    assert names(MANIFEST.services) == ["celery-worker", "celery-beat", "flower"]
    assert names(MANIFEST.once) == ["volumes", "static-files", "migration"]
    assert (MANIFEST.webapp.blue.name, MANIFEST.webapp.green.name) == ("webapp-blue", "webapp-green")
    assert (MANIFEST.nginx.service.name, MANIFEST.certificate.service.name) == ("nginx", "certbot")


def test_every_service_of_the_project_is_told_and_none_twice():
    made = release({"targets": JOB, "clean": CRON, "mailer": {"kind": "container", "memory": "64MB"}})
    told = names(made.manifest.everything())
    assert sorted(told) == sorted(quick_yaml.load(made.files["compose.yaml"])["services"])


def test_a_service_is_told_as_the_project_has_it():
    written = COMPOSE["services"]["flower"]
    (flower,) = (each for each in MANIFEST.services if each.name == "flower")
    assert (flower.image, flower.memory, flower.cpus) == (written["image"], written["mem_limit"], written["cpus"])
    assert flower.hash == written["labels"]["kkinfra.content-hash"]
    assert flower.restart_hash == ""
    assert set(flower.variables) == set(written["environment"])
    assert set(flower.secrets) == {"DJANGO_SECRET_KEY", "FLOWER_BASIC_AUTH", "POSTGRES_PASSWORD"}
    assert flower.stop_grace == 30


def test_only_nginx_has_a_hash_that_a_reload_leaves_alone():
    assert names(each for each in MANIFEST.everything() if each.restart_hash) == ["nginx"]


@pytest.mark.parametrize(
    ("jobs", "order"),
    [
        ({}, ["migration"]),
        ({"a": {}}, ["migration", "a"]),
        ({"a": {"before": ["migration"]}}, ["a", "migration"]),
        ({"a": {"before": ["webapp"]}, "b": {}}, ["migration", "a", "b"]),
        ({"a": {}, "b": {"before": ["a"]}}, ["migration", "b", "a"]),
        ({"a": {"before": ["b"]}, "b": {"before": ["migration"]}}, ["a", "b", "migration"]),
        ({"a": {"before": ["migration"]}, "b": {"before": ["migration"]}, "c": {}}, ["a", "b", "migration", "c"]),
        ({"a": {"before": ["c"]}, "b": {"before": ["migration"]}, "c": {}}, ["b", "migration", "a", "c"]),
    ],
)
def test_jobs_run_around_the_migration_in_the_order_that_they_ask_for(jobs, order):
    made = release({name: {**JOB, **job} for name, job in jobs.items()}).manifest
    assert names(made.once) == ["volumes", "static-files", *order]


@pytest.mark.parametrize(
    ("jobs", "first"),
    [
        ({"a": {"before": ["webapp"]}}, []),
        ({"a": {"before": ["redis"]}, "b": {}}, ["a"]),
        ({"a": {"before": ["b"]}, "b": {"before": ["redis", "webapp"]}, "c": {"before": ["a"]}}, ["a", "b", "c"]),
    ],
)
def test_jobs_that_redis_waits_for_run_before_it(jobs, first):
    made = release({name: {**JOB, **job} for name, job in jobs.items()}).manifest
    assert sorted(names(each for each in made.once if each.kind == "first-job")) == first


def test_what_runs_once_has_its_own_deadline():
    made = release({"a": {**JOB, "deadline": "5m"}, "migration": {"deadline": "20m"}}).manifest
    assert {each.name: each.deadline for each in made.once if each.kind in ("job", "migration")} == {
        "a": 300, "migration": 1200,
    }  # fmt: skip


def test_images_of_what_only_a_timer_starts_are_there_before_it_does():
    assert CRON["image"] in release({"clean": CRON}).manifest.images()
    assert isinstance(production({"clean": CRON}).stack["clean"], Cron)


def test_hidden_files_and_what_is_around_the_host_stay_behind():
    assert {".env.example", "cloudformation/stack.yaml"} <= set(HIDDEN)
    assert any(path.startswith(".github/") for path in HIDDEN)
    assert set(RELEASE.files) == {artifact.path for artifact in TREE} - set(HIDDEN)
    assert set(MANIFEST.files) == set(RELEASE.files)


@pytest.mark.parametrize("path", sorted(RELEASE.files))
def test_a_change_of_a_file_that_is_sent_is_another_tree(path):
    made = make_release(ENVIRONMENT, changed(path)).manifest
    assert made.tree != MANIFEST.tree
    assert {each for each in made.files if made.files[each] != MANIFEST.files[each]} == {path}


@pytest.mark.parametrize("path", HIDDEN)
def test_a_change_of_a_file_that_stays_behind_is_the_same_release(path):
    assert make_release(ENVIRONMENT, changed(path)) == RELEASE


def test_a_file_that_is_called_otherwise_is_another_tree():
    assert make_release(ENVIRONMENT, changed("redis/redis.conf", "redis/other.conf")).manifest.tree != MANIFEST.tree


def test_secrets_belong_to_whoever_reads_them_and_to_nobody_else():
    readers = {"OWN": {"env": "X", "readers": ["celery-worker"]}, "SHARED": {"env": "Y"}}
    made = release({"celery-worker": {"uid": 10002}}, secrets=readers).manifest
    assert (made.secrets["OWN"].owner, made.secrets["OWN"].mode) == (10002, 0o400)
    assert made.secrets["SHARED"].mode == 0o440
    assert all(about.mode & 0o333 == 0 for about in made.secrets.values())
    read = {name for service in made.everything() for name in service.secrets}
    assert set(made.secrets) == read
    assert "REGISTRY_DOCKERCONFIG" not in made.secrets


def test_nginx_is_told_with_its_ports_and_what_it_answers_in_each_stage():
    nginx = MANIFEST.nginx
    assert (nginx.http_port, nginx.https_port, nginx.identity_port, nginx.restricted) == (80, 443, 8181, False)
    assert nginx.identities == COMPOSE["x-kkinfra"]["identities"]
    assert set(nginx.identities) == {"http", "tls"}
    assert all(identity in RELEASE.files[f"nginx/{stage}.conf"] for stage, identity in nginx.identities.items()), (
        "it answers the digest that it is told by"
    )


def test_behind_a_vpn_it_is_told_that_not_everybody_is_answered():
    assert release(access={"vpn": ["10.8.0.0/24"]}).manifest.nginx.restricted


def test_without_certificates_there_is_one_stage_and_no_certbot():
    made = release(tls=None).manifest
    assert made.certificate is None
    assert set(made.nginx.identities) == {"http"}


def test_a_colour_drains_for_longer_than_nginx_uses_a_connection():
    assert MANIFEST.webapp.drain >= REUSED_SECONDS
    assert MANIFEST.webapp.paths == ("/healthz/live", "/healthz/ready")


@pytest.mark.parametrize(
    ("command", "django"),
    [
        (["python", "manage.py", "migrate", "--noinput"], True),
        (["alembic", "upgrade", "head"], False),
        (["python", "manage.py", "check"], False),
    ],
)
def test_only_a_migration_of_django_is_asked_what_it_would_do(command, django):
    assert release({"migration": {"command": command}}).manifest.django is django


def test_it_says_where_it_belongs_and_how_many_stay():
    made = release(delivery={"keep_releases": 3}).manifest
    assert (made.directory, made.namespace, made.environment) == ("/srv/kkambbaki", "kkambbaki-live", "live")
    assert (made.domain, made.keep) == ("kkambbaki.singun11.wtf", 3)


def test_its_name_is_no_part_of_what_it_is_made_of():
    made = RELEASE.named("20261125T010203Z-x", "abc", "20261125T010203Z")
    assert (made.manifest.id, made.manifest.revision) == ("20261125T010203Z-x", "abc")
    assert (made.manifest.tree, made.files) == (MANIFEST.tree, RELEASE.files)
    assert MANIFEST.id == ""


def test_what_is_no_compose_project_is_not_deployed():
    tree = ArtifactTree([Artifact("webapp/deployment.yaml", "kind: Deployment\n")])
    with pytest.raises(DeployError, match=r"live renders no compose.yaml"):
        make_release(ENVIRONMENT, tree)


def test_the_golden_tree_is_what_would_be_sent():
    golden = Path(__file__).parents[3] / "golden" / "production"
    there = {str(path.relative_to(golden)) for path in golden.rglob("*") if path.is_file()}
    assert {path for path in there if not path.startswith((".", "cloudformation/"))} == {
        path.replace("kkambbaki-live", "kkambbaki-production") for path in RELEASE.files
    }
