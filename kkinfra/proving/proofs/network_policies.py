"""What rendered network policies let in (https://kubernetes.io/docs/concepts/services-networking/network-policies/)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kkinfra.proving.proofs.documents import Object

NAMESPACE_NAME = "kubernetes.io/metadata.name"


@dataclass(frozen=True, slots=True)
class Peer:
    """A pod that asks: its namespace, and its labels."""

    namespace: str
    labels: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Policies:
    """All policies of one namespace."""

    namespace: str
    policies: Sequence[Object]

    def admit(self, peer: Peer, labels: Mapping[str, str], port: int, name: str = "") -> bool:
        """Whether a pod may ask another, which has `labels`, at a port that may have a name.

        A pod that no policy selects is open to all; where several do, each one may admit.
        """
        selecting = [
            each["spec"]
            for each in self.policies
            if "Ingress" in each["spec"].get("policyTypes", ["Ingress"])
            and selects(each["spec"].get("podSelector", {}), labels)
        ]
        rules = [rule for spec in selecting for rule in spec.get("ingress", ())]
        return not selecting or any(self._lets_in(rule, peer) and _is_port(rule, port, name) for rule in rules)

    def admit_addresses(self, labels: Mapping[str, str], port: int, name: str = "") -> tuple[str, ...]:
        """The networks outside of the cluster that may ask a pod directly, in CIDR notation."""
        if self.admit(Peer("", {}), labels, port, name):
            return ("0.0.0.0/0",)
        blocks = [
            each["ipBlock"]["cidr"]
            for policy in self.policies
            if selects(policy["spec"].get("podSelector", {}), labels)
            for rule in policy["spec"].get("ingress", ())
            if _is_port(rule, port, name)
            for each in rule.get("from", ())
            if "ipBlock" in each
        ]
        return tuple(blocks)

    def _lets_in(self, rule: Object, peer: Peer) -> bool:
        return not rule.get("from") or any(self._is(each, peer) for each in rule["from"])

    def _is(self, allowed: Object, peer: Peer) -> bool:
        if "ipBlock" in allowed:
            return False
        spaces = allowed.get("namespaceSelector")
        space = {NAMESPACE_NAME: peer.namespace}
        is_there = peer.namespace == self.namespace if spaces is None else selects(spaces, space)
        return bool(peer.namespace) and is_there and selects(allowed.get("podSelector", {}), peer.labels)


def selects(selector: Object, labels: Mapping[str, str]) -> bool:
    """Whether a label selector matches; an empty one matches everything.

    https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
    """
    exact = all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items())
    return exact and all(_holds(each, labels) for each in selector.get("matchExpressions", ()))


def _holds(expression: Object, labels: Mapping[str, str]) -> bool:
    value, values = labels.get(expression["key"]), expression.get("values", ())
    match expression["operator"]:
        case "In":
            return value in values
        case "NotIn":
            return value not in values
        case "Exists":
            return value is not None
        case _:
            return value is None


def _is_port(rule: Object, port: int, name: str) -> bool:
    """Whether a rule is about a port; one without ports is about all."""
    ports: Sequence[Any] = rule.get("ports", ())
    return not ports or any(
        each.get("port") in (None, port, name)
        or (isinstance(each.get("port"), int) and each["port"] <= port <= each.get("endPort", 0))
        for each in ports
    )
