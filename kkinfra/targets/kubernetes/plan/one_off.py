"""The pod that a command is run in: that of a part, alone, for as long as the command lasts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kkinfra.targets.kubernetes.client.objects import items, labels, part, reference

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kkinfra.targets.kubernetes.client.objects import JSON

LABEL = "kkinfra/run"
"""The label that says of which part a run is; no selector of a part's own objects asks for it."""

NAME, INSTANCE = "app.kubernetes.io/name", "app.kubernetes.io/instance"
LONGEST_SECONDS = 86_400
_GRACE_SECONDS = 5
_KEPT_LABELS = (
    INSTANCE, "app.kubernetes.io/component", "app.kubernetes.io/part-of", "app.kubernetes.io/managed-by"
)  # fmt: skip
_OF_ARGO_CD = {
    "argocd.argoproj.io/compare-options": "IgnoreExtraneous", "argocd.argoproj.io/sync-options": "Prune=false"
}  # fmt: skip
_OF_SERVING = ("livenessProbe", "readinessProbe", "startupProbe", "lifecycle", "ports")
_OF_SEVERAL = ("topologySpreadConstraints", "initContainers")
_WAITS = "wait-for-"
_GATE = 'IFS= read -r _ || exit 125; exec "$@"'
"""Waits for the line that is sent once what the command prints is heard: nothing of it is lost to a slow connection."""

_TEMPLATES = {
    "Deployment": ("spec", "template"), "StatefulSet": ("spec", "template"), "Job": ("spec", "template"),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
}  # fmt: skip


def templates(objects: Iterable[JSON]) -> dict[str, JSON]:
    """The pod templates among objects, by the part that they are of."""
    found = {kind: [each for each in objects if each["kind"] == kind] for kind in _TEMPLATES}
    return {
        str(labels(each).get(NAME)): part(each, *_TEMPLATES[kind])
        for kind in reversed(_TEMPLATES)
        for each in found[kind]
        if labels(each).get(NAME)
    }  # fmt: skip


def main_container(spec: JSON, of: str) -> JSON:
    """The container of a part in a pod's specification: the one of its name, else the first."""
    found = items(spec, "containers")
    return next((each for each in found if each.get("name") == of), found[0])


@dataclass(frozen=True, slots=True)
class OneOff:
    """A pod that is to run a command: `template` is that of the `part`, `about` what people may want to know of it."""

    name: str
    namespace: str
    part: str
    template: JSON
    argv: Sequence[str]
    terminal: bool
    about: dict[str, str]

    def pod(self, *, is_gated: bool) -> JSON:
        """The pod; with a gate, the command starts once a line was read, and needs a shell in the image."""
        spec = dict(part(self.template, "spec"))
        first = [each for each in items(spec, "initContainers") if not str(each.get("name")).startswith(_WAITS)]
        kept = {key: value for key, value in spec.items() if key not in _OF_SEVERAL}
        kept |= {"initContainers": first} if first else {}
        kept |= {
            "containers": [self._container(spec, is_gated=is_gated)], "restartPolicy": "Never",
            "activeDeadlineSeconds": LONGEST_SECONDS, "terminationGracePeriodSeconds": _GRACE_SECONDS,
        }  # fmt: skip
        return {"apiVersion": "v1", "kind": "Pod", "metadata": self._metadata(), "spec": kept}

    def policy(self, objects: Iterable[JSON], pod: JSON) -> JSON | None:
        """The network policy that lets a run reach what its part may reach; None where that is nothing.

        It is the pod's, and goes with it.
        """
        policies = (each for each in objects if each["kind"] == "NetworkPolicy")
        egress = [rule for each in policies if self._is_of_part(each) for rule in items(each, "spec", "egress")]
        if not egress:
            return None
        found = reference(pod)
        owner = {"apiVersion": "v1", "kind": "Pod", "name": found.name, "uid": pod["metadata"]["uid"]}
        spec = {"podSelector": {"matchLabels": {LABEL: self.part}}, "policyTypes": ["Egress"], "egress": egress}
        metadata = {**self._metadata(), "ownerReferences": [owner]}
        return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec}

    def _is_of_part(self, policy: JSON) -> bool:
        return part(policy, "spec", "podSelector", "matchLabels").get(NAME) == self.part

    def _metadata(self) -> JSON:
        known = part(self.template, "metadata", "labels")
        kept = {name: known[name] for name in _KEPT_LABELS if name in known}
        return {
            "name": self.name, "namespace": self.namespace, "labels": {**kept, LABEL: self.part},
            "annotations": {**_OF_ARGO_CD, **self.about},
        }  # fmt: skip

    def _container(self, spec: JSON, *, is_gated: bool) -> JSON:
        made = {key: value for key, value in main_container(spec, self.part).items() if key not in _OF_SERVING}
        volumes = {each.get("name") for each in items(spec, "volumes")}
        if "volumeMounts" in made:  # a claim that a StatefulSet makes for each of its pods is none of a template's
            made["volumeMounts"] = [each for each in items(made, "volumeMounts") if each.get("name") in volumes]
        argv = ("sh", "-c", _GATE, "kkinfra", *self.argv) if is_gated else tuple(self.argv)
        made.pop("args", None)
        return made | {
            "command": [word.replace("$", "$$") for word in argv], "stdin": True, "stdinOnce": True,
            "tty": self.terminal,
        }  # fmt: skip
