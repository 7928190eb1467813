"""What parity compares: every field of every part, but for what an environment has of its own."""

from __future__ import annotations

import pytest

from checkout import EVERYTHING_FILE, SPEC_FILE
from compared import environments
from kkinfra.proving.parity import ASPECT_OF, ONE_PLATFORM, OWN, differences
from kkinfra.rendering.fidelity import ledger
from kkinfra.rendering.installed import load_renderers
from kkinfra.rendering.renderer import Refused
from kkinfra.spec.loading import resolve_document
from kkinfra.spec.structure import fields
from kkinfra.values.document import dotted, parse

EVERYTHING = EVERYTHING_FILE.read_text(encoding="utf-8")
REAL = {"stack.postgresql.on", "image"}
ELSEWHERE = ("platform", "access", "tls", "delivery", "build", "registry", "logs", "settings", "secrets", "accepted")
ALPHA, PRODUCTION = (
    "      redis:      {storage: 1GiB}",
    "    stack:\n      postgresql:\n        on: rds",
)


def found(*change):
    return {dotted(each.path): each for each in differences(*environments(*change))}


def in_alpha(part):
    return ALPHA, f"{ALPHA}\n      {part}"


def in_production(part):
    return PRODUCTION, PRODUCTION.replace("stack:", f"stack:\n      {part}")


def test_the_real_environments_differ_in_what_they_must():
    assert found().keys() == REAL


@pytest.mark.parametrize(
    ("change", "field", "aspect", "left", "right"),
    [
        (in_alpha("webapp: {memory: 300MB}"), "stack.webapp.memory", "limits", "300MB", "256MB"),
        (in_alpha("webapp: {workers: 3}"), "stack.webapp.workers", "limits", "3", "2"),
        (in_production("nginx: {rate: 7}"), "stack.nginx.rate", "limits", "20", "7"),
        (in_production("celery-worker: {queues: [a]}"), "stack.celery-worker.queues", "commands", "[celery]", "[a]"),
        (in_alpha("celery-beat: {app: other}"), "stack.celery-beat.app", "commands", "other", "config"),
        (in_alpha("webapp: {health: {ready: /r}}"), "stack.webapp.health.ready", "health", "/r", "/healthz/ready"),
        (in_alpha("static-files: {url: /s/}"), "stack.static-files.url", "static", "/s/", "/static/"),
        (in_alpha("nginx: {version: '1.31'}"), "stack.nginx.version", "versions", "1.31", "1.22"),
        (in_alpha("webapp: {settings: {DEBUG: true}}"), "stack.webapp.settings.DEBUG", "variables", "set", "none"),
        (in_alpha("celery-beat: null"), "stack.celery-beat", "processes", "none", "celery-beat"),
        (in_production("mail: {kind: cron, schedule: '0 3 * * *', command: [x], memory: 9MB}"),
         "stack.mail", "processes", "none", "cron"),
        (in_alpha("celery-beat: {kind: container, memory: 128MB}"), "stack.celery-beat.kind", "processes",
         "container", "celery-beat"),
        (("on: rds\n", "on: rds\n        version: '16'\n"), "stack.postgresql.version", "versions", "15", "16"),
        (("    logs: {max_size: 10MB, max_files: 3}\n", "    settings: {A: 1}\n"), "settings.A", "variables",
         "none", "set"),
        (("    logs: {max_size: 10MB, max_files: 3}\n", "    secrets: {A: {env: A}}\n"), "secrets.A", "secrets",
         "none", "set"),
        (("    logs: {max_size: 10MB, max_files: 3}\n", "    secrets: {DJANGO_SECRET_KEY: {readers: [webapp]}}\n"),
         "secrets.DJANGO_SECRET_KEY.readers", "secrets", "none", "[webapp]"),
    ],
)  # fmt: skip
def test_a_difference_is_told_at_its_field_with_both_values(change, field, aspect, left, right):
    told = found(*change)
    assert told.keys() - REAL == {field}
    assert (told[field].aspect, told[field].left, told[field].right) == (aspect, left, right)


@pytest.mark.parametrize(
    "change",
    [
        in_alpha("webapp: {replicas: 3}"),
        in_alpha("celery-worker: {autoscale: {max: 3}}"),
        in_production("nginx: {identity_port: 8182}"),
        in_production("nginx: {version: '1.22.1'}"),
        ("on: rds\n", "on: rds\n        version: '15.4'\n"),
        ("max_size: 10MB", "max_size: 20MB"),
        ("    logs: {max_size: 10MB, max_files: 3}\n", "    secrets: {DJANGO_SECRET_KEY: {env: OTHER}}\n"),
        ("    logs: {max_size: 10MB, max_files: 3}\n", "    settings: {LANGUAGE_CODE: en}\n"),
    ],
)
def test_what_one_platform_does_not_have_or_each_environment_has_of_its_own_is_not_compared(change):
    assert found(*change).keys() == REAL


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ("    logs: {max_size: 20MB}\n", "logs.max_size"),
        ("    stack: {nginx: {identity_port: 8182}}\n", "stack.nginx.identity_port"),
        ("    stack: {postgresql: {instance_class: db.t3.small}}\n", "stack.postgresql.instance_class"),
        ("    image: ghcr.io/example/kkambbaki:1.0.1\n", "image"),
    ],
)
def test_two_hosts_can_agree_on_what_a_cluster_does_not_have(change, field):
    source = SPEC_FILE.read_text(encoding="utf-8")
    spec = resolve_document(parse(f"{source}  other:\n    extends: production\n{change}", "f"), "f")
    told = differences(spec.environments["production"], spec.environments["other"])
    assert [dotted(each.path) for each in told] == [field]


def test_image_updater_owns_the_tag():
    told = found()["image"]
    assert told.left == "ghcr.io/example/kkambbaki (newest-build of ^main-[0-9a-f]{7,40}$, by Image Updater)"
    assert told.right == "ghcr.io/example/kkambbaki:1.0.0"
    without = found('      image_updater: {strategy: newest-build, tags: "^main-[0-9a-f]{7,40}$"}\n', "")
    assert "image" not in without


def test_an_environment_agrees_with_itself_and_order_does_not_matter():
    for one in (*environments(), *resolve_document(parse(EVERYTHING, "f"), "f").environments.values()):
        assert not differences(one, one)
    alpha, production = environments()
    assert {(each.path, each.right, each.left) for each in differences(production, alpha)} == {
        (each.path, each.left, each.right) for each in differences(alpha, production)
    }


def test_every_field_of_every_part_is_compared_or_each_environments_own():
    for field in fields():
        part, name = field.split(".")[:2] if "." in field else (field, "")
        if not part.startswith(ELSEWHERE) and name:
            assert (name in ASPECT_OF) != (name in OWN), field


def test_what_one_platform_does_not_have_is_what_the_ledger_refuses():
    refused = {
        ".".join(field.split(".")[:2])
        for field, by_platform in ledger(load_renderers())
        if any(isinstance(each, Refused) for each in by_platform.values())
    }
    assert {each for each in refused if not each.startswith((*ELSEWHERE, "postgresql["))} == ONE_PLATFORM
