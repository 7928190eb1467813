"""Every kind of error has its place, its field, what is wrong and what to write, word by word."""

import pytest

from real_spec import MARK, changed, errors, marked

STACK = (
    "asgi, autoscale, cpu, cpu_limit, django, health, image, kind, memory, port, "
    "replicas, settings, stop_grace, timeout, uid, workers"
)
ROOT = (
    "accepted, access, build, delivery, domain, environments, image, logs, platform, project, "
    "purpose, registry, secrets, settings, stack, tls"
)
KINDS = (
    "webapp, celery-worker, celery-beat, flower, redis, postgresql, nginx, "
    "static-files, migration, container, job, cron"
)
A_NAME = "write lower-case letters, digits and dashes, at most 63, with a letter or digit at each end"


# what is replaced, by what (the mark is where the error should be), the field, the problem
ONE_ERROR = {
    "unknown key": (
        "workers: 2",
        f"{MARK}worker: 2",
        "stack.webapp.worker",
        f"is not a key here (did you mean 'workers'?); the keys here are: {STACK}",
    ),
    "unknown key of an environment": (
        "    purpose: production",
        f"    {MARK}purpos: production",
        "environments.production.purpos",
        (
            "is not a key here (did you mean 'purpose'?); the keys here are: accepted, access, build, delivery, "
            "domain, extends, image, logs, platform, "
            "purpose, registry, secrets, settings, stack, tls"
        ),
    ),
    "unknown key at the root": (
        "settings:\n",
        f"{MARK}setings:\n",
        "setings",
        f"is not a key here (did you mean 'settings'?); the keys here are: {ROOT}",
    ),
    "unknown kind": (
        "celery-beat:   {app",
        f"celery-beat:   {{kind: {MARK}celery-beet, app",
        "stack.celery-beat.kind",
        (
            f"'celery-beet' is not one of: {KINDS} (did you mean 'celery-beat'?); "
            "for any other program write kind: container"
        ),
    ),
    "part without a kind": (
        "celery-beat:   {",
        f"{MARK}celery-bat: {{",
        "stack.celery-bat.kind",
        f"is missing (did you mean 'celery-beat'?); write one of: {KINDS}",
    ),
    "unknown platform": (
        "kind: compose",
        f"kind: {MARK}docker",
        "environments.production.platform.kind",
        "'docker' is not one of: kubernetes, compose (did you mean 'compose'?)",
    ),
    "kind that is no text": (
        "kind: compose",
        f"kind: {MARK}[compose]",
        "environments.production.platform.kind",
        "a list is not one of: kubernetes, compose",
    ),
    "union that is no mapping": (
        "tls: {by: certbot, email: ops@example.org}",
        f"tls: {MARK}certbot",
        "environments.production.tls",
        "'certbot' is not a mapping; write keys and values, as in {by: certbot, email: ops@example.org}",
    ),
    "part that is no mapping": (
        "{app: config, memory: 128MB}",
        f"{MARK}128MB",
        "stack.celery-beat",
        "'128MB' is not a mapping; write keys and values, as in {memory: 256MB}",
    ),
    "missing variant": (
        "{by: certbot, ",
        "{",
        "environments.production.tls.by",
        "is missing; write by: certbot (one of: certbot, traefik, secret)",
    ),
    "unknown choice": (
        "policy: volatile-lru",
        f"policy: {MARK}volatile-lur",
        "stack.redis.policy",
        (
            "'volatile-lur' is not one of: noeviction, allkeys-lru, allkeys-lfu, "
            "volatile-lru, volatile-lfu, volatile-ttl"
            " (did you mean 'volatile-lru'?)"
        ),
    ),
    "size without a unit": (
        "maxmemory: 256MB",
        f"maxmemory: {MARK}256",
        "stack.redis.maxmemory",
        "256 has no unit; write 256MB (decimal) or 256MiB (binary)",
    ),
    "unknown unit": (
        "maxmemory: 256MB",
        f"maxmemory: {MARK}256QB",
        "stack.redis.maxmemory",
        "'256QB' is not a size; write 256MB (decimal) or 256MiB (binary)",
    ),
    "duration without a unit": (
        "stop_grace: 60s",
        f"stop_grace: {MARK}60",
        "stack.celery-worker.stop_grace",
        "60 has no unit; write 60s (seconds), 60m (minutes) or 60h (hours)",
    ),
    "version that YAML takes for a number": (
        'version: "1.22"',
        f"version: {MARK}1.20",
        "stack.nginx.version",
        '1.20 is a number, which is 1.2 to YAML; write the version in quotes: "1.20"',
    ),
    "number in quotes": (
        "workers: 2",
        f'workers: {MARK}"2"',
        "stack.webapp.workers",
        "'2' is text, not a number; write 2 without quotes",
    ),
    "number that is none": (
        "workers: 2",
        f"workers: {MARK}two",
        "stack.webapp.workers",
        "'two' is not a whole number; write one, as in 2",
    ),
    "fraction": (
        "workers: 2",
        f"workers: {MARK}2.5",
        "stack.webapp.workers",
        "2.5 is not a whole number; write one, as in 2",
    ),
    "true for a number": (
        "workers: 2",
        f"workers: {MARK}true",
        "stack.webapp.workers",
        "true is not a whole number; write one, as in 2",
    ),
    "too small": ("workers: 2", f"workers: {MARK}0", "stack.webapp.workers", "0 is out of range; write at least 1"),
    "too large": (
        "workers: 2",
        f"workers: {MARK}999999999999999999999",
        "stack.webapp.workers",
        "999999999999999999999 is out of range; write at most 64",
    ),
    "yes for true": (
        "elastic_ip: true",
        f"elastic_ip: {MARK}yes",
        "environments.production.platform.host.elastic_ip",
        "'yes' is not true or false; write true, without quotes",
    ),
    "text for a list": (
        "queues: [celery]",
        f"queues: {MARK}celery",
        "stack.celery-worker.queues",
        "'celery' is not a list; write [celery]",
    ),
    "empty list": (
        "queues: [celery]",
        f"queues: {MARK}[]",
        "stack.celery-worker.queues",
        "is empty; write at least 1, as in [celery]",
    ),
    "null in a list": (
        "queues: [celery]",
        f"queues: [{MARK}~]",
        "stack.celery-worker.queues[0]",
        "null is not text; write celery",
    ),
    "number for text": (
        "command: [python,",
        f"command: [{MARK}1,",
        "stack.migration.command[0]",
        '1 is not text; put it in quotes: "1"',
    ),
    "form of a text": (
        "instance_class: db.t3.micro",
        f"instance_class: {MARK}t3.micro",
        "environments.production.stack.postgresql.instance_class",
        "'t3.micro' is not of the right form; write something like db.t3.micro",
    ),
    "text that is too long": (
        "purpose: production",
        f"purpose: {MARK}{'x' * 5000}",
        "environments.production.purpose",
        f"'{'x' * 56}... is too long; write at most 4096",
    ),
    "port in quotes": (
        "ports: [22,",
        f'ports: [{MARK}"22",',
        "environments.production.platform.host.ports[0]",
        "'22' is text, not a number; write 22 without quotes",
    ),
    "mapping for a setting": (
        "LANGUAGE_CODE: ko",
        f"LANGUAGE_CODE: {MARK}{{ko: 1}}",
        "settings.LANGUAGE_CODE",
        "a mapping is not a plain value; write text, a whole number, true or false",
    ),
    "fraction for a setting": (
        "LANGUAGE_CODE: ko",
        f"LANGUAGE_CODE: {MARK}1.10",
        "settings.LANGUAGE_CODE",
        '1.10 is not text, a whole number, true or false; put it in quotes: "1.10"',
    ),
    "name of a variable": (
        "LANGUAGE_CODE: ko",
        f"{MARK}language-code: ko",
        "settings.language-code",
        ("'language-code' is not a variable's name: it holds small letters and a dash; write LANGUAGE_CODE"),
    ),
    "name of a part": (
        "celery-beat:   {",
        f"{MARK}Celery_Beat: {{kind: celery-beat, ",
        "stack.Celery_Beat",
        "'Celery_Beat' is not a name: it holds capital letters and an underscore; write celery-beat",
    ),
    "name of an environment": (
        "  production: ",
        f"  {MARK}Production: ",
        "environments.Production",
        ("'Production' is not a name: it holds capital letters; write production"),
    ),
    "environment without anything": (
        "  production:     ",
        f"  beta:{MARK} \n  production:     ",
        "environments.beta",
        "is empty; write what is different about it, domain and platform first",
    ),
    "environment that is no mapping": (
        "  production:     ",
        f"  beta: {MARK}[x]\n  production:     ",
        "environments.beta",
        "is a list, not a mapping; write x: without a dash, and its keys below",
    ),
    "key that is the program's": (
        "    purpose: production",
        f"    {MARK}name: x\n    purpose: production",
        "environments.production.name",
        "is not a key here; take it out",
    ),
    "missing project": (
        "project: kkambbaki\n",
        f"project: {MARK}~\n",
        "project",
        "is missing; write the product's name, as in project: shop",
    ),
    "name of the project": (
        "project: kkambbaki\n",
        f"project: {MARK}k/k\n",
        "project",
        "'k/k' is not a name: it holds a slash; write k-k",
    ),
    "name of the project in another alphabet": (
        "project: kkambbaki\n",
        f"project: {MARK}깜빡\n",
        "project",
        f"'깜빡' is not a name: it holds '깜' and '빡'; {A_NAME}",
    ),
    "unknown secret": (
        "pull_secret: REGISTRY_DOCKERCONFIG",
        f"pull_secret: {MARK}REGISTRY_CONFIG",
        "registry.pull_secret",
        (
            "'REGISTRY_CONFIG' is not among the secrets (did you mean 'REGISTRY_DOCKERCONFIG'?); "
            "add REGISTRY_CONFIG: {env: REGISTRY_CONFIG} to secrets"
        ),
    ),
    "unknown parent": (
        "    purpose: production",
        f"    extends: {MARK}alhpa\n    purpose: production",
        "environments.production.extends",
        "'alhpa' is not an environment (did you mean 'alpha'?); write one of: alpha",
    ),
    "parent that is no name": (
        "    purpose: production",
        f"    extends: {MARK}[alpha]\n    purpose: production",
        "environments.production.extends",
        "a list is not an environment; write one of: alpha",
    ),
    "extending itself": (
        "    purpose: production",
        f"    extends: {MARK}production\n    purpose: production",
        "environments.production.extends",
        "environments extend one another in a circle, production -> production; take one of these out",
    ),
}


@pytest.mark.parametrize(("old", "new", "field", "problem"), ONE_ERROR.values(), ids=ONE_ERROR.keys())
def test_one_error_is_told_once_where_it_is(old: str, new: str, field: str, problem: str) -> None:
    text = changed(old, new)
    if MARK in text:
        text, place = marked(text)
        assert errors(text) == [f"{place} {field}: {problem}"]
    else:
        assert [error.partition(" ")[2] for error in errors(text)] == [f"{field}: {problem}"]
