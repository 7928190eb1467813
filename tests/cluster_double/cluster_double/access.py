"""Who may do what: users by token, and their roles' rules.

https://kubernetes.io/docs/reference/access-authn-authz/rbac/
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cluster_double.statuses import Refused, forbidden, unauthorized

if TYPE_CHECKING:
    from cluster_double.kinds import JSON, Resource

ALL = ("*",)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a Role, in one namespace; of a ClusterRole without one."""

    verbs: tuple[str, ...]
    resources: tuple[str, ...]
    groups: tuple[str, ...] = ("",)
    namespace: str | None = None
    names: tuple[str, ...] = ()

    def allows(self, asked: Asked) -> bool:
        return (
            self.namespace in (None, asked.namespace)
            and _in(asked.verb, self.verbs)
            and _in(asked.group, self.groups)
            and (_in(asked.subject, self.resources) or f"*/{asked.subresource}" in self.resources)
            and (not self.names or asked.name in self.names)
        )


def _in(value: str, values: tuple[str, ...]) -> bool:
    return value in values or "*" in values


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request wants to do."""

    verb: str
    group: str
    resource: str
    namespace: str = ""
    name: str = ""
    subresource: str = ""

    @property
    def subject(self) -> str:
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource


@dataclass(frozen=True, slots=True)
class User:
    """A user, and what their bindings allow."""

    name: str
    rules: tuple[Rule, ...] = ()

    def may(self, asked: Asked) -> bool:
        return any(rule.allows(asked) for rule in self.rules)


ADMIN = User("kubernetes-admin", (Rule(ALL, ALL, ALL),))


@dataclass(slots=True)
class Users:
    """Users by their token. `anonymous` asks without one, as kubectl does over plain HTTP."""

    by_token: dict[str, User] = field(default_factory=lambda: {"admin": ADMIN})
    anonymous: User = User("system:anonymous")

    def add(self, token: str, name: str, *rules: Rule) -> None:
        self.by_token[token] = User(name, rules)

    def of(self, authorization: str) -> User:
        """Raises Refused (401) where nobody has the token."""
        if not authorization:
            return self.anonymous
        found = self.by_token.get(authorization.removeprefix("Bearer ").strip())
        if found is None:
            raise unauthorized()
        return found


def refuse(user: User, asked: Asked, resource: Resource) -> None:
    """Raises Refused (403) where the user may not."""
    if user.may(asked):
        return
    where = f'in the namespace "{asked.namespace}"' if asked.namespace else "at the cluster scope"
    who = f'User "{user.name}" cannot {asked.verb} resource "{asked.subject}" in API group "{asked.group}" {where}'
    raise forbidden(resource, asked.name, who)


def refuse_path(user: User, path: str) -> None:
    """Raises Refused (403) where nobody is logged in; everybody who is may read what is served."""
    if not user.rules and user.name == "system:anonymous" and path != "/version":
        raise Refused(403, "Forbidden", f'forbidden: User "{user.name}" cannot get path "{path}"', {})


def review(user: User, body: JSON) -> JSON:
    """The answer to a SelfSubjectAccessReview."""
    wanted = body.get("spec", {}).get("resourceAttributes") or {}
    keys = ("verb", "group", "resource", "namespace", "name", "subresource")
    allowed = user.may(Asked(*(wanted.get(key, "") for key in keys)))
    status = {"allowed": allowed} | ({"reason": "RBAC: allowed"} if allowed else {})
    head = {"kind": "SelfSubjectAccessReview", "apiVersion": "authorization.k8s.io/v1"}
    return head | {"metadata": {"creationTimestamp": None}, "spec": body.get("spec", {}), "status": status}
