"""Whoever deploys to a cluster: a project directory of its own, secrets in variables, and changes by hand."""

from __future__ import annotations

import base64
import io
import json
import os
import time
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import quick_yaml
from cluster_double import Rule
from cluster_rights import real_user, real_version, signed_in
from kkinfra.cli.main import main
from kkinfra.rendering.pipeline import open_spec, render, resolve
from kkinfra.targets.kubernetes.client.api import Api, connect_cluster
from kkinfra.targets.kubernetes.client.kinds import BUILT_IN, Kind
from kkinfra.targets.kubernetes.plan.desired import desired_objects

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from cluster_double import ClusterDouble

JSON = dict[str, Any]
KEY, PASSWORD, LOGIN = "sentinel-key-" + "x" * 50, "sentinel-pass-7261", "sentinel-login-8812"
SECRETS = {
    "DJANGO_SECRET_KEY": KEY,
    "POSTGRES_PASSWORD": PASSWORD,
    "REGISTRY_DOCKERCONFIG": json.dumps(
        {"auths": {"registry.example.org": {"auth": base64.b64encode(f"user:{LOGIN}".encode()).decode()}}}
    ),
}
SENTINELS = (KEY, PASSWORD, LOGIN)
_ACCESS: dict[str, tuple[JSON, ...]] = {}
"""Rendered once for each namespace, which is all that it depends on."""
IMAGE = os.environ.get("KKINFRA_CLUSTER_IMAGE", "registry.example.org/shop")
"""Where the product's images are; each tag of a release has to be there where the cluster is a real one."""

_PATIENCE = 12
"""How many times as long as the double a real cluster may take."""


_SPEC = """
project: {project}
image: {image}
registry: {{pull_secret: REGISTRY_DOCKERCONFIG}}
stack:
  webapp:     {{django: "5.2", asgi: config.asgi:application, workers: 1, memory: 128MB,
               health: {{live: /live, ready: /ready}}}}
{parts}
  migration:  {{command: [python, manage.py, migrate], memory: 128MB, deadline: 1m}}
settings: {{DJANGO_SETTINGS_MODULE: config.settings, COLOUR: {colour}}}
secrets:
  DJANGO_SECRET_KEY:     {{env: DJANGO_SECRET_KEY}}
  POSTGRES_PASSWORD:     {{env: POSTGRES_PASSWORD}}
  REGISTRY_DOCKERCONFIG: {{env: REGISTRY_DOCKERCONFIG}}
environments:
  {environment}:
    purpose: development
    domain: shop.example.org
    platform:
      kind: kubernetes
      version: "{version}"
      namespace: {namespace}
      nodes:
        control_plane: {{count: 1, cpu: "2", memory: 4GiB}}
        workers: {{count: 1, cpu: "2", memory: 4GiB}}
      ingress: {{kind: traefik}}
      storage: {{server: nas.example.org, path: /export/shop}}
    tls: {{by: traefik, resolver: letsencrypt}}
    delivery: {{by: apply}}
"""
_DATABASE = """
    stack:
      postgresql: {on: statefulset, storage: 1GiB, memory: 256MB, max_connections: 20}
"""
_DATABASE_PART = '  postgresql: {version: "15", database: shop, user: shop, password: POSTGRES_PASSWORD}'
_BEAT_PART = """  celery-beat: {app: config, memory: 128MB}
  redis: {version: "7.4", maxmemory: 32MB, memory: 64MB, roles: [broker]}"""
_WORKER_PART = "  celery-worker: {app: config, concurrency: 1, queues: [celery], memory: 128MB}"


@dataclass(frozen=True, slots=True)
class Done:
    """What a run of the command came to."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return self.out + self.err

    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(slots=True)
class ClusterUser:
    """`home` is the project's directory; `double` is None where the cluster is a real one.

    `kubeconfig` is that of the cluster's owner; commands are run with `deployer`, once `let_in` has made it.
    """

    home: Path
    kubeconfig: Path
    double: ClusterDouble | None = None
    namespace: str = "shop-test"
    values: dict[str, str] = field(default_factory=SECRETS.copy)
    deployer: Path | None = None
    _api: Api | None = None

    def let_in(self) -> None:
        """Do once what the cluster's owner does: apply the least role that is rendered, and make a token for it."""
        made = _ACCESS.get(self.namespace) or access(self.home / "environments.yaml")
        _ACCESS[self.namespace] = made
        if self.double is not None:
            self.double.objects.create(made[0])
            self.double.users.add("deployer", f"system:serviceaccount:{self.namespace}:deployer", *rules(made))
            self.deployer = self.double.kubeconfig(self.home / "deployer", "deployer")
            return
        for each in made:
            self.api.apply(each, manager="kubectl")
        self.deployer = signed_in(self.api, self.namespace, "deployer", self.home, self.kubeconfig)

    def write(
        self, *, colour: str = "red", tag: str = "1.0.0", database: bool = False, celery: bool = False,
        project: str = "shop", environment: str = "test",
    ) -> None:  # fmt: skip
        """Write the specification of a small product; `colour` is a setting, `tag` that of its image."""
        parts = [_DATABASE_PART] * database + [_BEAT_PART, _WORKER_PART] * celery
        text = _SPEC.format(
            project=project, environment=environment, namespace=self.namespace, colour=colour, parts="\n".join(parts),
            image=f"{IMAGE}:{tag}", version=self.version,
        )  # fmt: skip
        text += _DATABASE if database else ""
        (self.home / "environments.yaml").write_text(text)

    def variables(self, **changes: str | None) -> dict[str, str]:
        """The environment of the command; a variable that is None is taken away."""
        found = {
            **os.environ, **self.values, "KUBECONFIG": str(self.deployer or self.kubeconfig), "NO_COLOR": "1",
            "KKINFRA_SPEC": str(self.home / "environments.yaml"), "XDG_CACHE_HOME": str(self.cache), **changes,
        }  # fmt: skip
        return {name: value for name, value in found.items() if value is not None}

    @property
    def cache(self) -> Path:
        """Where kkinfra remembers what it rendered."""
        return self.home / "cache"

    def run(self, verb: str, *arguments: str, environment: str = "test", **variables: str | None) -> Done:
        """Run a verb on the environment within this process; no traceback ever reaches whoever deploys."""
        if verb in ("lock", "secrets"):
            words = [verb, arguments[0], environment, *arguments[1:]]
        else:
            words = [verb, environment, *arguments]
        out, err = io.StringIO(), io.StringIO()
        with (
            patch.dict(os.environ, self.variables(**variables), clear=True),
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            code = main(words)
        done = Done(code, out.getvalue(), err.getvalue())
        assert "internal error" not in done.err, done.err
        return done

    def deploy(self, *arguments: str, **variables: str | None) -> Done:
        return self.run("deploy", "--yes", *arguments, **variables)

    def deployed(self, *arguments: str, **variables: str | None) -> Done:
        """A deploy that has to succeed."""
        done = self.deploy(*arguments, **variables)
        assert done.code == 0, done.text
        return done

    @property
    def api(self) -> Api:
        """The cluster as its administrator sees it."""
        if self._api is None:
            with patch.dict(os.environ, {"KUBECONFIG": str(self.kubeconfig)}):
                self._api = connect_cluster()
        return self._api

    def get(self, kind: str, name: str) -> JSON | None:
        return self.api.get(kind_of(kind), self.namespace, name)

    def there(self, kind: str, name: str) -> JSON:
        found = self.get(kind, name)
        assert found is not None, f"{kind} {name} is not there"
        return found

    def names(self, kind: str, labels: str = "") -> list[str]:
        return [each["metadata"]["name"] for each in self.api.list(kind_of(kind), self.namespace, labels)]

    def edit(self, kind: str, name: str, patch: JSON, manager: str = "kubectl-edit") -> JSON:
        """What somebody changes by hand: a merge patch."""
        path = kind_of(kind).path(self.namespace, name)
        return self.api.ask("PATCH", path, {"fieldManager": manager}, patch, "application/merge-patch+json")

    def create(self, made: JSON) -> JSON:
        return self.api.create({**made, "metadata": {"namespace": self.namespace, **made["metadata"]}})

    def delete(self, kind: str, name: str) -> None:
        self.api.delete(kind_of(kind), self.namespace, name)

    def versions(self) -> dict[str, str]:
        """The resource version of all that a deploy could write to; of pods and events that is not its doing."""
        kinds = [each for each in BUILT_IN.values() if each.namespaced and each.kind not in ("Event", "Pod")]
        return {
            f"{kind.kind} {each['metadata']['name']}": each["metadata"]["resourceVersion"]
            for kind in kinds
            for each in self.api.list(kind, self.namespace)
        }

    def desired(self) -> tuple[JSON, ...]:
        """What a deploy would apply."""
        environment = resolve(open_spec(self.home / "environments.yaml"), "test")
        return desired_objects(environment, render(environment)).objects

    def history(self) -> list[JSON]:
        found: list[JSON] = self.run("history", "-o", "json").json()["runs"]
        return found

    def settled(self, seconds: float = 60) -> None:
        """Wait until the cluster is at rest."""
        until, before = time.monotonic() + self.patience(seconds), self.versions()
        while time.monotonic() < until:
            time.sleep(self.patience(0.15))
            now = self.versions()
            if now == before:
                return
            before = now
        raise AssertionError("the cluster does not come to rest")

    def until(self, condition: Callable[[], object], seconds: float = 60) -> None:
        until = time.monotonic() + self.patience(seconds)
        while not condition():
            assert time.monotonic() < until, "it did not come to that in time"
            time.sleep(self.patience(0.02))

    def patience(self, seconds: float) -> float:
        """How long something may take that takes the double so long."""
        return seconds if self.double else seconds * _PATIENCE

    @property
    def version(self) -> str:
        """The cluster's, as a specification says it."""
        return "1.33" if self.double else real_version(self.api)

    def other(self, name: str, *rules: Rule) -> Path:
        """The kubeconfig of another user, who may do what the rules allow."""
        if self.double is None:
            return real_user(self.api, self.namespace, name, rules, self.home, self.kubeconfig)
        self.double.users.add(name, name, *rules)
        return self.double.kubeconfig(self.home / name, name)


def access(spec: Path) -> tuple[JSON, ...]:
    """What is rendered for the cluster's owner, in its order."""
    tree = render(resolve(open_spec(spec), "test"))
    listed = quick_yaml.load(tree["access/kustomization.yaml"].content)["resources"]
    return tuple(quick_yaml.load(tree[f"access/{path}"].content) for path in listed)


def rules(made: Iterable[JSON]) -> list[Rule]:
    """The rules of Roles and ClusterRoles, as the double knows them."""
    return [
        Rule(
            tuple(rule["verbs"]), tuple(rule["resources"]), tuple(rule["apiGroups"]),
            role["metadata"].get("namespace"), tuple(rule.get("resourceNames", ())),
        )
        for role in made
        for rule in role.get("rules", ())
    ]  # fmt: skip


def kind_of(kind: str) -> Kind:
    return next(each for each in BUILT_IN.values() if each.kind == kind)


def image_of(workload: JSON) -> str:
    """That of its first container, or of the pods that it makes."""
    spec = workload["spec"].get("template", workload)["spec"]
    return str(spec["containers"][0]["image"])
