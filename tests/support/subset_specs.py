"""Specs of subsets of the parts: each alone, each two, all but one, and some that are drawn; for each delivery.

What else a spec says is drawn, too. A draw depends on nothing but SEED and the spec's own name, so that any spec is the
same wherever and however often it is made.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import combinations, count, islice
from typing import Any

import yaml

from kkinfra.spec.stack import KINDS

SEED = 20261130
DRAWN = 200
DELIVERIES = ("ssh", "apply", "gitops")
BROKER_CLIENTS = frozenset({"celery-worker", "celery-beat", "flower"})

PROJECT, ENVIRONMENT, DOMAIN = "shop", "live", "shop.example.org"
NGINX_VERSIONS = ("1.22", "1.31")
"""Those that a Nginx here can judge: the system's, and the newest."""

_NAMES = {"container": "hooks", "job": "fixtures", "cron": "sessions"}
_OWN_IMAGE = "ghcr.io/example/tools:1.4.0"
_OTHERS_WAIT = ("webapp", "celery-worker", "celery-beat", "flower", "redis", "container", "migration")
"""Kinds that a job may come before."""


@dataclass(frozen=True)
class SubsetSpec:
    """A spec of some kinds of parts for one delivery; `value` is what its file says."""

    name: str
    kinds: frozenset[str]
    delivery: str
    value: dict[str, Any]

    @property
    def text(self) -> str:
        """The file."""
        return yaml.dump(self.value, Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper), sort_keys=False)

    def draw(self, what: str) -> random.Random:
        """What draws for a test, the same each time."""
        return random.Random(f"{SEED} {self.name} {what}")  # noqa: S311 - nothing is secret about it

    def writes(self, *path: str) -> bool:
        """Whether something is written at a path of its file."""
        here: Any = self.value
        for step in path:
            if step not in here:
                return False
            here = here[step]
        return True


def all_specs() -> list[SubsetSpec]:
    """Every subset for every delivery, in one order."""
    return [_spec(name, kinds, delivery) for name, kinds in _subsets().items() for delivery in DELIVERIES]


def _subsets() -> dict[str, frozenset[str]]:
    """Kinds by the subset's name."""
    everything = frozenset(KINDS)
    found = {kind: frozenset({kind}) for kind in KINDS}
    found |= {f"{one}+{other}": frozenset({one, other}) for one, other in combinations(KINDS, 2)}
    found |= {f"all-but-{kind}": everything - {kind} for kind in KINDS}
    draw = random.Random(SEED)  # noqa: S311 - nothing is secret about it
    drawn = (frozenset(draw.sample(KINDS, draw.randint(3, len(KINDS) - 2))) for _ in count())
    complete = islice(filter(_has_what_it_needs, drawn), DRAWN)
    return found | {f"drawn-{number:03}": kinds for number, kinds in enumerate(complete)}


def _has_what_it_needs(kinds: frozenset[str]) -> bool:
    """Whether a cluster takes it; what is refused is among the single parts, the pairs and the omissions."""
    return ("redis" in kinds or not BROKER_CLIENTS & kinds) and ("nginx" in kinds or "static-files" not in kinds)


def _spec(name: str, kinds: frozenset[str], delivery: str) -> SubsetSpec:
    name = f"{name}-{delivery}"
    draws = _Draws(random.Random(f"{SEED} {name}"), kinds, delivery, says_all=len(kinds) == len(KINDS) - 1)  # noqa: S311 - nothing is secret about it
    return SubsetSpec(name, kinds, delivery, draws.value())


class _Draws:
    """One spec; what is drawn is what a platform knows. With `says_all`, nothing is left unsaid that could be said."""

    def __init__(self, draw: random.Random, kinds: frozenset[str], delivery: str, *, says_all: bool) -> None:
        self.draw, self.delivery, self.says_all = draw, delivery, says_all
        self.kinds = [kind for kind in KINDS if kind in kinds]
        self.is_host = delivery == "ssh"
        self.is_served = not self.is_host or "nginx" in kinds or says_all
        self.vpn = self.maybe()
        self.tls = self.maybe() and self.is_served
        self.registry = self.maybe()
        self.made_at_aws = self.is_host and self.maybe()

    def maybe(self) -> bool:
        return self.says_all or self.draw.random() < 0.5

    def some(self, **said: Any) -> dict[str, Any]:
        """Each of what could be said, or not."""
        return {key: value for key, value in said.items() if self.maybe()}

    def value(self) -> dict[str, Any]:
        stack = {_NAMES.get(kind, kind): self.part(kind) for kind in self.kinds}
        secrets = self.secrets(stack)
        environment = {
            "purpose": "subsets",
            "domain": DOMAIN,
            **({"access": {"vpn": ["10.8.0.0/24", "fd00:8::/64"]}} if self.vpn else {}),
            "platform": self.host() if self.is_host else self.cluster(secrets),
            **({"tls": self.certificate()} if self.tls else {}),
            "delivery": self.delivered(),
        }
        return {
            "project": PROJECT,
            "image": "ghcr.io/example/shop:1.0.0",
            **self.some(build={"context": "."}, settings={"LANGUAGE_CODE": "ko", "DEBUG": False}),
            **({"registry": {"pull_secret": "REGISTRY_DOCKERCONFIG"}} if self.registry else {}),
            **({"secrets": secrets} if secrets else {}),
            "stack": stack,
            "environments": {ENVIRONMENT: environment},
        }

    def secrets(self, stack: dict[str, Any]) -> dict[str, Any]:
        readers = [name for name, part in stack.items() if part["kind"] not in ("static-files", "postgresql")]
        found: dict[str, Any] = self.some(DJANGO_SECRET_KEY={"env": "DJANGO_SECRET_KEY"})
        if readers and self.maybe():
            found["API_TOKEN"] = {"aws_secret": "shop/live", "key": "token", "readers": [self.draw.choice(readers)]}
        if "postgresql" in self.kinds:
            found["POSTGRES_PASSWORD"] = {"env": "POSTGRES_PASSWORD"}
        if self.registry:
            found["REGISTRY_DOCKERCONFIG"] = {"env": "REGISTRY_DOCKERCONFIG"}
        return found

    def host(self) -> dict[str, Any]:
        host = {"kind": "ec2", "region": "eu-central-1", "instance_type": "t3.large", "ssh_from": ["203.0.113.0/24"]}
        made = {"account": "123456789012", **self.some(os="amazon-linux-2023")} if self.made_at_aws else {}
        return {"kind": "compose", "directory": "/srv/shop", "host": {**host, **self.some(swap="1GiB"), **made}}

    def cluster(self, secrets: dict[str, Any]) -> dict[str, Any]:
        operators = [None, {"kind": "external-secrets", "store": {"name": "vault"}}]
        operator = self.draw.choice(operators) if secrets else None
        nodes = {"count": 2, "cpu": "8", "memory": "32GiB"}
        return {
            "kind": "kubernetes",
            "version": self.draw.choice(["1.29", "1.33"]),
            "nodes": {"control_plane": {"count": 1, "cpu": "2", "memory": "4GiB"}, "workers": nodes},
            "ingress": {"kind": "traefik"},
            "storage": {"server": "nas.example.org", "path": "/export/shop"},
            **({"secrets": operator} if operator else {}),
        }

    def certificate(self) -> dict[str, Any]:
        if self.is_host:
            return {"by": "certbot", "email": "ops@example.org"}
        return self.draw.choice([{"by": "traefik"}, {"by": "secret", "name": "shop-tls"}])

    def delivered(self) -> dict[str, Any]:
        if self.is_host:
            return {"by": "ssh", "host": DOMAIN, **self.some(ci="github-actions")}
        if self.delivery == "apply":
            return {"by": "apply"}
        repository = {"repository": "https://git.example.org/example/infra.git", "path": "live"}
        return {"by": "gitops", **repository, **self.some(image_updater={"strategy": "semver"})}

    def part(self, kind: str) -> dict[str, Any]:
        """What a part says; its kind is said where its name is another."""
        said = getattr(self, kind.replace("-", "_"))()
        return {"kind": kind, **said}

    def replicas(self) -> dict[str, Any]:
        if self.is_host:
            return {}
        return self.draw.choice([{}, {"replicas": 2}, {"autoscale": {"min": 1, "max": 3}}])

    def webapp(self) -> dict[str, Any]:
        own = self.some(settings={"LOG_LEVEL": "debug"}, django="5.2")
        return {"asgi": "config.asgi:application", "memory": "256MB", **own, **self.replicas()}

    def celery_worker(self) -> dict[str, Any]:
        return {"memory": "224MB", **self.some(queues=["celery", "mail"]), **self.replicas()}

    def celery_beat(self) -> dict[str, Any]:
        return {"memory": "128MB"}

    def flower(self) -> dict[str, Any]:
        return {"memory": "128MB", **({} if self.is_host or not self.vpn else self.some(expose=True))}

    def redis(self) -> dict[str, Any]:
        roles = [["cache", "broker"], ["broker"], *([] if BROKER_CLIENTS & {*self.kinds} else [["cache"]])]
        chosen = self.draw.choice(roles)
        kept = {} if self.is_host else self.some(storage="1GiB")
        more = self.some(persistent=False) if chosen == ["cache"] else kept
        return {"version": "7.4", "maxmemory": "128MB", "memory": "384MB", "roles": chosen, **more}

    def postgresql(self) -> dict[str, Any]:
        said = {"version": "15", "database": "shop", "user": "shop", "password": "POSTGRES_PASSWORD"}
        rds = {"on": "rds", "endpoint": "db.example.org", "instance_class": "db.t3.medium", "storage": "20GiB"}
        return {**said, **(rds if self.is_host or self.maybe() else {"on": "statefulset", **_DATABASE})}

    def nginx(self) -> dict[str, Any]:
        return {"version": self.draw.choice(NGINX_VERSIONS), "memory": "64MB", **self.some(rate=50)}

    def static_files(self) -> dict[str, Any]:
        return {"memory": "64MB", **self.some(url="/assets/")}

    def migration(self) -> dict[str, Any]:
        return {"memory": "256MB", **self.some(command=["./migrate"])}

    def container(self) -> dict[str, Any]:
        port = self.some(port=9000)
        reached = (
            {**self.some(ready="/health"), **(self.some(route="/hooks/") if self.is_served else {})} if port else {}
        )
        replicas = {} if self.is_host else self.some(replicas=2)
        return {"memory": "64MB", **self.some(image=_OWN_IMAGE, command=["serve"]), **port, **reached, **replicas}

    def job(self) -> dict[str, Any]:
        others = [_NAMES.get(kind, kind) for kind in self.kinds if kind in _OTHERS_WAIT]
        before = {"before": [self.draw.choice(others)]} if others and self.maybe() else {}
        return {"command": ["load"], "memory": "64MB", **self.some(image=_OWN_IMAGE), **before}

    def cron(self) -> dict[str, Any]:
        return {"command": ["clear"], "memory": "64MB", "schedule": "0 3 * * *", **self.some(image=_OWN_IMAGE)}


_DATABASE = {"storage": "10GiB", "memory": "512MB"}
