"""What holds between fields: each rule, broken and kept."""

import pytest

from checkout import SPEC_FILE
from kkinfra.errors import SpecError
from kkinfra.spec.loading import resolve_document
from kkinfra.values.document import parse

SOURCE = SPEC_FILE.read_text(encoding="utf-8")
REDIS = "redis:         {version"
KUBERNETES = "environments.alpha"
COMPOSE = "environments.production"

# what is replaced, by what breaks the rule, by what keeps it, and the error
RULES = {
    "namespace": (
        "project: kkambbaki",
        f"project: {'k' * 58}",
        f"project: {'k' * 52}",
        [
            (
                f"{COMPOSE}: '{'k' * 58}-production', which is made of project and environment, "
                "has 69 characters, more than 63; "
                "shorten one of them"
            ),
            f"{KUBERNETES}: '{'k' * 58}-alpha', which is made of",
        ],
    ),
    "arguments that every build is given": (
        "build: {context: app} ",
        "build: {context: app, args: {APP_REVISION: mine}} ",
        "build: {context: app, args: {APP_FLAVOUR: mine}} ",
        ["build.args.APP_REVISION: is set by `kkinfra build` itself; remove it"],
    ),
    "name of a part": (
        "  celery-beat:   {",
        f"  {'w' * 41}: {{kind: celery-beat, ",
        f"  {'w' * 40}: {{kind: celery-beat, ",
        [f"stack.{'w' * 41}: has 41 characters; shorten it to 40, as objects bear it"],
    ),
    "delivery to one host": (
        "by: ssh, host: kkambbaki.singun11.wtf, user: deploy, ci: github-actions",
        "by: apply",
        "by: ssh, host: kkambbaki.singun11.wtf",
        [f"{COMPOSE}.delivery.by: 'apply' needs platform.kind kubernetes; write by: ssh"],
    ),
    "certificates on one host": (
        "by: certbot, email: ops@example.org",
        "by: secret, name: x",
        "by: certbot, email: ops@example.org",
        [f"{COMPOSE}.tls.by: 'secret' needs platform.kind kubernetes; write by: certbot"],
    ),
    "certificates in a cluster": (
        "by: traefik, resolver: letsencrypt",
        "by: certbot, email: a@b.cd",
        "by: secret, name: alpha-tls",
        [f"{KUBERNETES}.tls.by: 'certbot' needs platform.kind compose; write by: traefik or by: secret"],
    ),
    "challenge behind a VPN": (
        "resolver: letsencrypt",
        "resolver: http",
        "resolver: dns",
        [f"{KUBERNETES}.tls.resolver: 'http' needs a domain that the internet reaches, and access.vpn prevents it"],
    ),
    "port that is not opened": (
        "ports: [22, 80, 443]",
        "ports: [22, 80]",
        "ports: [80, 443]",
        ["stack.nginx.https_port: 443 is not open on the host; add 443 to platform.host.ports (in production)"],
    ),
    "what only a stack has": (
        'account: "123456789012", zones: [a, c]',
        "zones: [a, c], os: debian-12, stack_name: x, disk: 10GiB",
        "disk: 10GiB, ssh_from: [10.0.0.0/8]",
        [
            f"{COMPOSE}.platform.host.{name}: is for a host that kkinfra creates, which needs account; add account, or "
            for name in ("zones", "os", "stack_name")
        ],
    ),
    "zones of a stack": (
        "zones: [a, c]",
        "zones: [a, a]",
        "zones: [a, b]",
        [f"{COMPOSE}.platform.host.zones: needs two different zones, since a database needs two; write two, as in"],
    ),
    "number of zones": (
        "zones: [a, c]",
        "zones: [a]",
        "zones: [d, c]",
        [f"{COMPOSE}.platform.host.zones: needs two different zones, since a database needs two; write two, as in"],
    ),
    "root disk": (
        "zones: [a, c]",
        "zones: [a, c], disk: 7GiB",
        "zones: [a, c], disk: 8GiB",
        [f"{COMPOSE}.platform.host.disk: 7GiB is smaller than the image; write at least 8GiB"],
    ),
    "name of a stack": (
        "project: kkambbaki",
        "project: 1st",
        "project: first",
        [f"{COMPOSE}.platform.host: '1st-production' does not begin with a letter, as the name of a CloudFor"],
    ),
    "storage of RDS": (
        "storage: 20GiB",
        "storage: 20GB",
        "storage: 65536GiB",
        [f"{COMPOSE}.stack.postgresql.storage: 20GB is a size that RDS does not offer; write 20GiB to 65536GiB"],
    ),
    "master user": (
        "user: kkambbaki,",
        "user: postgres,",
        "user: kkambbaki2,",
        ["stack.postgresql.user: 'postgres' is the master user, whose password RDS changes; write another name, as "],
    ),
    "singleton": (
        "  celery-beat:   {",
        "  beat: {kind: celery-beat, memory: 1MB}\n  celery-beat:   {",
        "  mail: {kind: celery-worker, memory: 1MB}\n  celery-beat:   {",
        [
            "stack.beat: is one of 2 parts of kind celery-beat; keep one and remove the others",
            "stack.celery-beat: is one of 2 parts of kind celery-beat; keep one and remove the others",
        ],
    ),
    "StatefulSet on one host": (
        "    purpose: production",
        "    purpose: production\n    stack: {postgresql: {on: statefulset, storage: 1GB, memory: 1GB}}\n    x-",
        "    purpose: production",
        [f"{COMPOSE}.stack.postgresql.on: 'statefulset' needs platform.kind kubernetes; write on: rds"],
    ),
    "broker": (
        "roles: [cache, broker]",
        "roles: [cache]",
        "roles: [broker]",
        [
            "stack.celery-worker: needs a broker; add broker to stack.redis.roles",
            "stack.celery-beat: needs a broker; add broker to stack.redis.roles",
            "stack.flower: needs a broker; add broker to stack.redis.roles",
        ],
    ),
    "maxmemory": (
        "maxmemory: 256MB, memory: 384MB",
        "maxmemory: 256MiB, memory: 256MB",
        "maxmemory: 256MB, memory: 256MB",
        ["stack.redis.maxmemory: 256MiB is more than the part's memory, 256MB; lower maxmemory or raise memory"],
    ),
    "processors": (
        "{app: config, memory: 128MB, path",
        "{app: config, cpu: '2', memory: 128MB, path",
        "{app: config, cpu: '2', cpu_limit: '2', memory: 128MB, path",
        ["stack.flower.cpu: 2 is more than cpu_limit, 1; lower cpu or raise cpu_limit"],
    ),
    "processors of redis": (
        REDIS,
        "redis:         {cpu: 1.5, version",
        "redis:         {cpu: 1, version",
        ["stack.redis.cpu: 1500m is more than cpu_limit, 1; lower cpu or raise cpu_limit"],
    ),
    "autoscale": (
        "workers: 2,",
        "workers: 2, autoscale: {min: 3, max: 2},",
        "workers: 2, autoscale: {min: 2, max: 2},",
        ["stack.webapp.autoscale.min: 3 is more than max, 2; lower it"],
    ),
    "stop before the longest request ends": (
        "workers: 2,",
        "workers: 2, timeout: 66s,",
        "workers: 2, timeout: 65s,",
        ["stack.webapp.stop_grace: 75s cuts off requests, which may take timeout, 66s; write at least 76s, or lower"],
    ),
    "stop that is too short": (
        "workers: 2,",
        "workers: 2, stop_grace: 69s,",
        "workers: 2, stop_grace: 70s,",
        ["stack.webapp.stop_grace: 69s cuts off requests, which may take timeout, 60s; write at least 70s, or lower"],
    ),
    "flower for everybody": (
        "access: {vpn: [10.8.0.0/24]}",
        "access: {vpn: []}",
        "access: {vpn: [10.9.0.0/24]}",
        [f"{KUBERNETES}.stack.flower.expose: makes Flower public; restrict access.vpn, or remove expose"],
    ),
    "route without a port": (
        f"  {REDIS}",
        f"  hooks: {{kind: container, memory: 1MB, route: /h/, ready: /r}}\n  {REDIS}",
        f"  hooks: {{kind: container, memory: 1MB, route: /h/, ready: /r, port: 9000}}\n  {REDIS}",
        [
            "stack.hooks.route: needs a port that requests are routed to; add port",
            "stack.hooks.ready: needs a port that is checked; add port",
        ],
    ),
    "static files without nginx": (
        '  nginx:         {version: "1.22", memory: 64MB, max_body: 10MB}\n',
        "",
        '  nginx:         {version: "1.31", memory: 64MB}\n',
        [
            "stack.static-files: needs nginx, which serves the files; add nginx to the stack",
            f"{COMPOSE}.stack: has a webapp but no nginx, through which one host serves it; add nginx to the stack",
            f"{COMPOSE}.tls: needs nginx, which answers the authority's challenge; add nginx, or remove tls",
        ],
    ),
    "no source of a secret": (
        "{env: DJANGO_SECRET_KEY}",
        "{}",
        "{file: /a}",
        ["secrets.DJANGO_SECRET_KEY: has no source; write exactly one of env, file, sops, aws_parameter, aws_secret"],
    ),
    "two sources of a secret": (
        "{env: DJANGO_SECRET_KEY}",
        "{env: A, file: b}",
        "{env: A}",
        ["secrets.DJANGO_SECRET_KEY: has env and file; write exactly one of env, file, sops, aws_par"],
    ),
    "key without SOPS": (
        "{env: DJANGO_SECRET_KEY}",
        "{env: A, key: B}",
        "{sops: a.yaml, key: B}",
        ["secrets.DJANGO_SECRET_KEY.key: names an entry in a SOPS file or a secret of AWS; write sops or"],
    ),
    "reader": (
        "{env: DJANGO_SECRET_KEY}",
        "{env: A, readers: [webapp, flowr]}",
        "{env: A, readers: [webapp, flower]}",
        ["secrets.DJANGO_SECRET_KEY.readers[1]: 'flowr' is not a part of the stack (did you mean 'flower'?)"],
    ),
    "migration without the password": (
        "{env: POSTGRES_PASSWORD}",
        "{env: POSTGRES_PASSWORD, readers: [webapp]}",
        "{env: POSTGRES_PASSWORD, readers: [webapp, migration]}",
        ["secrets.POSTGRES_PASSWORD.readers: lacks migration, which needs the database's password; add migration"],
    ),
    "pull secret": (
        "pull_secret: REGISTRY_DOCKERCONFIG",
        "pull_secret: OTHER",
        "pull_secret: POSTGRES_PASSWORD",
        ["registry.pull_secret: 'OTHER' is not among the secrets; add OTHER: {env: OTHER} to secrets"],
    ),
    "password": (
        "password: POSTGRES_PASSWORD",
        "password: POSTGRES_PASWORD",
        "password: DJANGO_SECRET_KEY",
        [
            (
                "stack.postgresql.password: 'POSTGRES_PASWORD' is not among the secrets"
                " (did you mean 'POSTGRES_PASSWORD'?); add POSTGRES_PASWORD: {env: POSTGRES_PASWORD} to secrets"
            )
        ],
    ),
    "job before nothing": (
        f"  {REDIS}",
        f"  seed: {{kind: job, memory: 1MB, command: [x], before: [webapp, seed, wepapp]}}\n  {REDIS}",
        f"  seed: {{kind: job, memory: 1MB, command: [x], before: [webapp]}}\n  {REDIS}",
        [
            "stack.seed.before: seed would have to run before itself; remove one of these parts",
            "stack.seed.before[2]: 'wepapp' is not a part of the stack (did you mean 'webapp'?)",
        ],
    ),
    "tag for Image Updater": (
        "kkambbaki:1.0.0 ",
        "kkambbaki ",
        "kkambbaki:1.0.1 ",
        ["image: ghcr.io/example/kkambbaki has no tag for Image Updater; write one, as in ghcr.io/"],
    ),
}


def errors(text: str) -> list[str]:
    try:
        resolve_document(parse(text, "f"), "f")
    except SpecError as error:
        return [str(issue).partition(" ")[2] for issue in error.issues]
    return []


def changed(old: str, new: str) -> str:
    assert SOURCE.count(old) == 1, old
    text = SOURCE.replace(old, new)
    if "x-" in new:  # the rest of the environment's own stack is taken away with it
        text = text.replace("\n    x-\n", "\n")
        text = text[: text.rindex("\n    stack:\n") + 1]
    return text


@pytest.mark.parametrize(("old", "broken", "kept", "expected"), RULES.values(), ids=RULES.keys())
def test_a_rule_is_told_when_broken_and_quiet_when_kept(old: str, broken: str, kept: str, expected: list[str]) -> None:
    found = errors(changed(old, broken))
    assert sorted(found) == sorted(each for start in expected for each in found if each.startswith(start))
    assert len(found) == len(expected)
    assert errors(changed(old, kept)) == []


def test_ssh_does_not_reach_a_cluster() -> None:
    text = (
        SOURCE[: SOURCE.index("    delivery:\n      by: gitops")]
        + "    delivery: {by: ssh, host: x}\n"
        + SOURCE[SOURCE.index("    stack:\n      flower") :]
    )
    assert errors(text) == [
        "environments.alpha.delivery.by: 'ssh' needs platform.kind compose; write by: gitops or by: apply"
    ]
