"""What no schema sees of a cluster's objects: that what they name is there, and that nothing is empty by accident."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Object = dict[str, Any]
_WORKLOADS = ("Deployment", "StatefulSet", "Job", "CronJob")
_MIDDLEWARES = "traefik.ingress.kubernetes.io/router.middlewares"
_TRANSPORT = "traefik.ingress.kubernetes.io/service.serverstransport"
_SECRET_KINDS = ("Secret", "ExternalSecret", "SealedSecret")


def disagreements(objects: Mapping[str, Object], elsewhere: Iterable[str] = ()) -> list[str]:
    """What is wrong with an environment's objects, by path; Secrets that are called `elsewhere` are not among them."""
    return list(_Tree(objects, frozenset(elsewhere)).problems())


class _Tree:
    def __init__(self, objects: Mapping[str, Object], elsewhere: frozenset[str]) -> None:
        self.files, self.elsewhere = objects, elsewhere
        self.objects = {path: each for path, each in objects.items() if each["kind"] != "Kustomization"}
        self.pods = {path: _template(each) for path, each in self.objects.items() if each["kind"] in _WORKLOADS}

    def problems(self) -> Iterator[str]:
        yield from self._listed()
        yield from self._called_once()
        for path, each in self.files.items():
            yield from (f"{path}: {place} is an empty list" for place in _empty_lists(each))
        checks = {
            "Service": self._service, "Ingress": self._ingress, "NetworkPolicy": self._policy,
            "HorizontalPodAutoscaler": self._scaled, "PodDisruptionBudget": self._budget,
            "PersistentVolumeClaim": self._claim,
        }  # fmt: skip
        for path, each in self.objects.items():
            found = checks[each["kind"]](each) if each["kind"] in checks else ()
            yield from (f"{path}: {problem}" for problem in found)
        for path, pod in self.pods.items():
            yield from (f"{path}: {problem}" for problem in self._pod(self.objects[path], pod))

    def names(self, *kinds: str) -> set[str]:
        return {each["metadata"]["name"] for each in self.objects.values() if each["kind"] in kinds}

    def _listed(self) -> Iterator[str]:
        listed = Counter(
            f"{path.removesuffix('kustomization.yaml')}{name}"
            for path, each in self.files.items()
            if each["kind"] == "Kustomization"
            for name in each["resources"]
        )
        yield from (f"{path} is listed, and not there" for path in listed.keys() - self.objects.keys())
        yield from (f"{path} is listed {listed[path]} times" for path in self.objects if listed[path] != 1)

    def _called_once(self) -> Iterator[str]:
        """What is applied by somebody else (`access/`, `argocd/`) may name the namespace, too."""
        known = Counter(
            (path.startswith("access/"), each["kind"], each["metadata"].get("namespace"), each["metadata"]["name"])
            for path, each in self.objects.items()
        )
        yield from (f"{name} is there {number} times" for name, number in known.items() if number > 1)

    def _selected(self, labels: Mapping[str, str]) -> list[Object]:
        return [pod for pod in self.pods.values() if labels.items() <= pod["metadata"]["labels"].items()]

    def _service(self, each: Object) -> Iterator[str]:
        selected = self._selected(each["spec"]["selector"])
        if len(selected) != 1:
            yield f"selects the pods of {len(selected)} workloads"
        ports = {port["name"] for pod in selected for port in _ports(pod)}
        yield from (f"no pod has the port {port['targetPort']}" for port in each["spec"]["ports"]
                    if port["targetPort"] not in ports)  # fmt: skip
        transport = each["metadata"].get("annotations", {}).get(_TRANSPORT)
        if transport and transport not in self._of_traefik(each, "ServersTransport"):
            yield f"names the ServersTransport {transport}"

    def _of_traefik(self, near: Object, kind: str) -> set[str]:
        return {f"{near['metadata']['namespace']}-{name}@kubernetescrd" for name in self.names(kind)}

    def _ingress(self, each: Object) -> Iterator[str]:
        services = {one["metadata"]["name"]: one for one in self.objects.values() if one["kind"] == "Service"}
        for rule in each["spec"]["rules"]:
            for path in rule["http"]["paths"]:
                backend = path["backend"]["service"]
                known = {port["name"] for port in services.get(backend["name"], _NO_PORTS)["spec"]["ports"]}
                if backend["port"]["name"] not in known:
                    yield f"{path['path']} leads to {backend}"
        named = each["metadata"]["annotations"].get(_MIDDLEWARES, "")
        missing = set(filter(None, named.split(","))) - self._of_traefik(each, "Middleware")
        yield from (f"names the Middleware {name}" for name in missing)

    def _policy(self, each: Object) -> Iterator[str]:
        spec = each["spec"]
        if not spec["podSelector"] and (spec.keys() & {"ingress", "egress"}):
            yield "allows something to all pods"
        if spec["podSelector"] and not self._matched(spec["podSelector"]):
            yield "selects no pod"
        for direction, peers in (("ingress", "from"), ("egress", "to")):
            for rule in spec.get(direction, ()):
                yield from self._rule(rule, direction, peers)

    def _rule(self, rule: Object, direction: str, peers: str) -> Iterator[str]:
        if not rule.get(peers) or not rule.get("ports"):
            yield f"{direction} is for every peer, or every port"
        for peer in rule.get(peers, ()):
            if not any(peer.values()):
                yield f"{direction} is for {peer}"
            if "podSelector" in peer and not self._matched(peer["podSelector"]):
                yield f"{direction} is for pods that are not there: {peer['podSelector']}"

    def _matched(self, selector: Object) -> list[Object]:
        found = self._selected(selector.get("matchLabels", {}))
        for each in selector.get("matchExpressions", ()):
            assert each["operator"] == "In"
            found = [pod for pod in found if pod["metadata"]["labels"].get(each["key"]) in each["values"]]
        return found

    def _scaled(self, each: Object) -> Iterator[str]:
        target = each["spec"]["scaleTargetRef"]
        if target["name"] not in self.names(target["kind"]):
            yield f"scales {target}"

    def _budget(self, each: Object) -> Iterator[str]:
        if not self._matched(each["spec"]["selector"]):
            yield "is for no pod"

    def _claim(self, each: Object) -> Iterator[str]:
        if each["spec"]["volumeName"] not in self.names("PersistentVolume"):
            yield f"claims {each['spec']['volumeName']}"

    def _pod(self, owner: Object, pod: Object) -> Iterator[str]:
        spec, labels = pod["spec"], pod["metadata"]["labels"]
        selector = owner["spec"].get("selector")
        if selector and not selector["matchLabels"].items() <= labels.items():
            yield "does not select its own pods"
        if spec["serviceAccountName"] not in self.names("ServiceAccount"):
            yield f"runs as {spec['serviceAccountName']}"
        secrets = self.names(*_SECRET_KINDS) | self.elsewhere
        yield from (f"is pulled with {each['name']}" for each in spec.get("imagePullSecrets", ())
                    if each["name"] not in secrets)  # fmt: skip
        volumes = {volume["name"]: volume for volume in spec["volumes"]}
        for volume in volumes.values():
            yield from self._volume(volume, secrets)
        for container in (*spec["containers"], *spec.get("initContainers", ())):
            yield from self._container(container, volumes)

    def _volume(self, volume: Object, secrets: set[str]) -> Iterator[str]:
        if "configMap" in volume and volume["configMap"]["name"] not in self.names("ConfigMap"):
            yield f"mounts the ConfigMap {volume['configMap']['name']}"
        if "secret" in volume and volume["secret"]["secretName"] not in secrets:
            yield f"mounts the Secret {volume['secret']['secretName']}"
        claim = volume.get("persistentVolumeClaim", {}).get("claimName")
        if claim and claim not in self.names("PersistentVolumeClaim"):
            yield f"mounts the claim {claim}"

    def _container(self, container: Object, volumes: Mapping[str, Object]) -> Iterator[str]:
        name = container["name"]
        yield from (f"{name} mounts {each['name']}" for each in container["volumeMounts"]
                    if each["name"] not in volumes)  # fmt: skip
        sources = [each["configMapRef"]["name"] for each in container.get("envFrom", ())]
        yield from (f"{name} reads {each}" for each in sources if each not in self.names("ConfigMap"))
        ports = {each["name"] for each in container.get("ports", ())}
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            asked = container.get(probe, {})
            port = (asked.get("httpGet") or asked.get("tcpSocket") or {}).get("port")
            if port and port not in ports:
                yield f"{name} is asked at {port}"


_NO_PORTS: Object = {"spec": {"ports": []}}


def _template(workload: Object) -> Object:
    spec = workload["spec"]
    return spec["jobTemplate"]["spec"]["template"] if workload["kind"] == "CronJob" else spec["template"]


def _ports(pod: Object) -> Iterator[Object]:
    for container in pod["spec"]["containers"]:
        yield from container.get("ports", ())


def _empty_lists(value: Any, place: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _empty_lists(each, f"{place}.{key}" if place else str(key))
    elif isinstance(value, list):
        if not value:
            yield place
        for each in value:
            yield from _empty_lists(each, f"{place}[]")
