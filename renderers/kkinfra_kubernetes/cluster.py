"""One environment as its objects see it: namespace, labels, and who needs what."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from kkinfra.spec.platforms import GitOps, Kubernetes
from kkinfra.spec.stack import AppService, Cron, Job, Migration, Postgresql

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kkinfra.spec.environment import Environment

Object = dict[str, Any]
File = tuple[str, Object]
"""Path below the rendered tree, and the object that the file holds."""

NAME = "app.kubernetes.io/name"
INSTANCE = "app.kubernetes.io/instance"
COMPONENT = "app.kubernetes.io/component"


@dataclass(frozen=True)
class Cluster:
    """What all objects of one environment share.

    Labels are those of https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/.
    `instance` is also the name of the Argo CD Application, so that its label tracking changes nothing.
    """

    environment: Environment

    @cached_property
    def platform(self) -> Kubernetes:
        """The platform, which is Kubernetes wherever this renderer is called; raises TypeError elsewhere."""
        if not isinstance(self.environment.platform, Kubernetes):
            raise TypeError(
                f"{self.environment.name} is on {self.environment.platform.kind}, which this does not render"
            )
        return self.environment.platform

    @cached_property
    def gitops(self) -> GitOps | None:
        """The delivery by Argo CD; None where it is another one."""
        return self.environment.delivery if isinstance(self.environment.delivery, GitOps) else None

    @cached_property
    def namespace(self) -> str:
        """The namespace, which is also the instance that labels name."""
        return self.environment.namespace

    @cached_property
    def database(self) -> tuple[str, Postgresql] | None:
        """Name and part of the database."""
        return self.environment.part(Postgresql)

    @cached_property
    def app_names(self) -> frozenset[str]:
        """The parts that run the product's image."""
        return frozenset(name for name, _ in self.environment.app_parts())

    @cached_property
    def clients(self) -> tuple[str, ...]:
        """The kinds of the parts that may talk to Redis, the database and other parts."""
        kinds = {part.kind for part in self.environment.stack.values() if is_client(part)}
        return tuple(sorted(kinds))

    def selector(self, name: str) -> dict[str, str]:
        """The labels that select the pods of a part, and that never change."""
        return {NAME: name, INSTANCE: self.namespace}

    def labels(self, name: str, component: str) -> dict[str, str]:
        """All labels of an object that belongs to a part."""
        return {
            NAME: name,
            INSTANCE: self.namespace,
            COMPONENT: component,
            "app.kubernetes.io/part-of": self.environment.project,
            "app.kubernetes.io/managed-by": "kkinfra",
        }

    def metadata(
        self,
        name: str,
        component: str,
        *,
        part: str = "",
        namespace: str | None = None,
        annotations: Mapping[str, str] | None = None,
    ) -> Object:
        """Metadata of an object; `part` names the part that it belongs to, where that differs.

        `namespace` is another one than the environment's own, empty for an object that is in none.
        """
        space = self.namespace if namespace is None else namespace
        return {
            "name": name,
            **({"namespace": space} if space else {}),
            "labels": self.labels(part or name, component),
            **({"annotations": annotations} if annotations else {}),
        }

    def services(self) -> Iterator[tuple[str, AppService]]:
        """The parts that run until they are stopped and whose image is the product's or one of its own."""
        return self.environment.parts(AppService)


def manifest(version: str, kind: str, metadata: Object, **content: Any) -> Object:
    """An object as it is applied: `version` is that of its API, `content` mostly its `spec`."""
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **content}


def is_client(part: object) -> bool:
    """Whether a part runs code that may want Redis, the database or another part."""
    return isinstance(part, AppService | Migration | Job | Cron)
