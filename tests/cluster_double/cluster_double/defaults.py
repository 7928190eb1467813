"""The defaults that kube-apiserver 1.33 adds, which nobody owns.

https://kubernetes.io/docs/reference/kubernetes-api/ ("Defaults to"), and `SetDefaults_*` of kubernetes/pkg/apis.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from cluster_double.kinds import JSON


def _set(obj: JSON, **values: Any) -> None:
    for key, value in values.items():
        if obj.get(key) is None:
            obj[key] = value


def _items(obj: JSON, key: str) -> list[JSON]:
    return obj.get(key) or []


def pod(spec: JSON) -> None:
    """The defaults of a pod's specification, in a template or not."""
    _set(spec, restartPolicy="Always", dnsPolicy="ClusterFirst", schedulerName="default-scheduler")
    _set(spec, terminationGracePeriodSeconds=30, securityContext={})
    if spec.get("serviceAccountName") or spec.get("serviceAccount"):
        account = spec.get("serviceAccountName") or spec["serviceAccount"]
        spec["serviceAccountName"] = spec["serviceAccount"] = account
    for each in (*_items(spec, "containers"), *_items(spec, "initContainers")):
        container(each)
    for volume in _items(spec, "volumes"):
        _volume(volume)
    for constraint in _items(spec, "topologySpreadConstraints"):
        _set(constraint, whenUnsatisfiable="DoNotSchedule")


def container(each: JSON) -> None:
    _set(each, terminationMessagePath="/dev/termination-log", terminationMessagePolicy="File", resources={})
    _set(each, imagePullPolicy=_pull_policy(each.get("image", "")))
    for port in _items(each, "ports"):
        _set(port, protocol="TCP")
    for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
        if each.get(probe):
            _probe(each[probe])
    for hook in (each.get("lifecycle") or {}).values():
        _http(hook)
    for variable in _items(each, "env"):
        field = (variable.get("valueFrom") or {}).get("fieldRef")
        if field is not None:
            _set(field, apiVersion="v1")
    requests_of(each["resources"])


def requests_of(resources: JSON) -> None:
    """A limit without a request is the request too."""
    if resources.get("limits"):
        resources["requests"] = resources["limits"] | (resources.get("requests") or {})


def _pull_policy(image: str) -> str:
    name = image.rpartition("/")[2]
    if "@" in name:
        return "IfNotPresent"
    return "Always" if name.partition(":")[2] in ("", "latest") else "IfNotPresent"


def _probe(probe: JSON) -> None:
    _set(probe, timeoutSeconds=1, periodSeconds=10, successThreshold=1, failureThreshold=3)
    _http(probe)
    if probe.get("grpc") is not None:
        _set(probe["grpc"], service="")


def _http(handler: JSON) -> None:
    if handler and handler.get("httpGet"):
        _set(handler["httpGet"], path="/", scheme="HTTP")


def _volume(volume: JSON) -> None:
    for kind in ("configMap", "secret", "downwardAPI", "projected"):
        if volume.get(kind) is not None:
            _set(volume[kind], defaultMode=420)
    if volume.get("hostPath") is not None:
        _set(volume["hostPath"], type="")
    if set(volume) == {"name"}:
        volume["emptyDir"] = {}


def template(spec: JSON) -> None:
    each = spec.setdefault("template", {})
    each.setdefault("metadata", {}).setdefault("creationTimestamp", None)
    pod(each.setdefault("spec", {}))


def _deployment(obj: JSON) -> None:
    spec = obj["spec"]
    _set(spec, replicas=1, revisionHistoryLimit=10, progressDeadlineSeconds=600, strategy={})
    strategy = spec["strategy"]
    _set(strategy, type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        _set(strategy, rollingUpdate={})
        _set(strategy["rollingUpdate"], maxUnavailable="25%", maxSurge="25%")
    template(spec)


def _stateful_set(obj: JSON) -> None:
    spec = obj["spec"]
    _set(spec, replicas=1, revisionHistoryLimit=10, podManagementPolicy="OrderedReady", updateStrategy={})
    _set(spec, persistentVolumeClaimRetentionPolicy={})
    _set(spec["persistentVolumeClaimRetentionPolicy"], whenDeleted="Retain", whenScaled="Retain")
    strategy = spec["updateStrategy"]
    _set(strategy, type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        _set(strategy, rollingUpdate={})
        _set(strategy["rollingUpdate"], partition=0)
    template(spec)
    for claim in _items(spec, "volumeClaimTemplates"):
        _set(claim, apiVersion="v1", kind="PersistentVolumeClaim", status={"phase": "Pending"})
        claim["metadata"].setdefault("creationTimestamp", None)
        _set(claim["spec"], volumeMode="Filesystem")


def _daemon_set(obj: JSON) -> None:
    spec = obj["spec"]
    _set(spec, revisionHistoryLimit=10, updateStrategy={})
    _set(spec["updateStrategy"], type="RollingUpdate")
    if spec["updateStrategy"]["type"] == "RollingUpdate":
        _set(spec["updateStrategy"], rollingUpdate={})
        _set(spec["updateStrategy"]["rollingUpdate"], maxUnavailable=1, maxSurge=0)
    template(spec)


def _replica_set(obj: JSON) -> None:
    _set(obj["spec"], replicas=1)
    template(obj["spec"])


def _job_spec(spec: JSON) -> None:
    if spec.get("completions") is None and spec.get("parallelism") is None:
        _set(spec, completions=1)
    _set(spec, parallelism=1, backoffLimit=6, completionMode="NonIndexed", suspend=False, manualSelector=False)
    _set(spec, podReplacementPolicy="TerminatingOrFailed")
    template(spec)


def _cron_job(obj: JSON) -> None:
    spec = obj["spec"]
    _set(spec, concurrencyPolicy="Allow", suspend=False, successfulJobsHistoryLimit=3, failedJobsHistoryLimit=1)
    each = spec["jobTemplate"]
    each.setdefault("metadata", {}).setdefault("creationTimestamp", None)
    template(each["spec"])


def _service(obj: JSON) -> None:
    spec = obj.setdefault("spec", {})
    _set(spec, type="ClusterIP", sessionAffinity="None")
    if spec["type"] != "ExternalName":
        _set(spec, internalTrafficPolicy="Cluster", ipFamilies=["IPv4"], ipFamilyPolicy="SingleStack")
    if spec["type"] in ("NodePort", "LoadBalancer"):
        _set(spec, externalTrafficPolicy="Cluster")
    if spec["type"] == "LoadBalancer":
        _set(spec, allocateLoadBalancerNodePorts=True)
    for port in _items(spec, "ports"):
        _set(port, protocol="TCP", targetPort=port.get("port"))
    for ingress in _items(obj.get("status", {}).get("loadBalancer", {}), "ingress"):
        _set(ingress, ipMode="VIP")
    obj.setdefault("status", {}).setdefault("loadBalancer", {})


def _claim(obj: JSON) -> None:
    _set(obj["spec"], volumeMode="Filesystem")
    _set(obj.setdefault("status", {}), phase="Pending")


def _volume_object(obj: JSON) -> None:
    _set(obj["spec"], volumeMode="Filesystem", persistentVolumeReclaimPolicy="Retain")
    _set(obj.setdefault("status", {}), phase="Pending")


def _network_policy(obj: JSON) -> None:
    spec = obj["spec"]
    spec.setdefault("podSelector", {})
    _set(spec, policyTypes=["Ingress", "Egress"] if spec.get("egress") else ["Ingress"])
    for rule in (*_items(spec, "ingress"), *_items(spec, "egress")):
        for port in _items(rule, "ports"):
            _set(port, protocol="TCP")


def _namespace(obj: JSON) -> None:
    obj["metadata"].setdefault("labels", {})["kubernetes.io/metadata.name"] = obj["metadata"]["name"]
    _set(obj.setdefault("status", {}), phase="Active")


def _scaler(obj: JSON) -> None:
    _set(obj.setdefault("status", {}), currentMetrics=None, desiredReplicas=0)
    target = {"type": "Utilization", "averageUtilization": 80}
    metric = {"type": "Resource", "resource": {"name": "cpu", "target": target}}
    _set(obj["spec"], minReplicas=1, metrics=[metric])


def _pod(obj: JSON) -> None:
    pod(obj["spec"])
    _set(obj["spec"], enableServiceLinks=True, preemptionPolicy="PreemptLowerPriority", priority=0)
    _set(obj.setdefault("status", {}), phase="Pending", qosClass="Burstable")


def _limit_range(obj: JSON) -> None:
    for limit in _items(obj["spec"], "limits"):
        if limit.get("type") == "Container":
            _set(limit, default=dict(limit.get("max") or {}))
            _set(limit, defaultRequest={**(limit.get("min") or {}), **limit["default"]})


def _status(obj: JSON) -> None:
    obj.setdefault("status", {})


def _budget_status(obj: JSON) -> None:
    status = obj.setdefault("status", {})
    _set(status, currentHealthy=0, desiredHealthy=0, disruptionsAllowed=0, expectedPods=0)


def _daemon_status(obj: JSON) -> None:
    status = obj.setdefault("status", {})
    _set(status, currentNumberScheduled=0, desiredNumberScheduled=0, numberMisscheduled=0, numberReady=0)


def _binding(obj: JSON) -> None:
    for subject in _items(obj, "subjects"):
        if subject.get("kind") in ("User", "Group"):
            _set(subject, apiGroup="rbac.authorization.k8s.io")


def _stateful_status(obj: JSON) -> None:
    _set(obj.setdefault("status", {}), replicas=0, availableReplicas=0)


_BY_KIND: dict[str, tuple[Callable[[JSON], None], ...]] = {
    "Deployment": (_deployment, _status), "StatefulSet": (_stateful_set, _stateful_status),
    "DaemonSet": (_daemon_set, _daemon_status), "ReplicaSet": (_replica_set,),
    "Job": (lambda obj: _job_spec(obj["spec"]), _status), "CronJob": (_cron_job, _status),
    "Service": (_service,), "PersistentVolumeClaim": (_claim,), "PersistentVolume": (_volume_object,),
    "NetworkPolicy": (_network_policy,), "Namespace": (_namespace,), "Pod": (_pod,), "LimitRange": (_limit_range,),
    "Secret": (lambda obj: _set(obj, type="Opaque"),), "HorizontalPodAutoscaler": (_scaler,),
    "StorageClass": (lambda obj: _set(obj, reclaimPolicy="Delete", volumeBindingMode="Immediate"),),
    "ResourceQuota": (_status,), "PodDisruptionBudget": (_budget_status,), "RoleBinding": (_binding,),
    "ClusterRoleBinding": (_binding,), "Lease": (),
    "Ingress": (lambda obj: obj.setdefault("status", {}).setdefault("loadBalancer", {}),),
}  # fmt: skip


_WITH_SPEC = frozenset(_BY_KIND) - {"Secret", "StorageClass", "RoleBinding", "ClusterRoleBinding"}


def fill(obj: JSON) -> JSON:
    """The object itself, with the defaults of its kind set."""
    if obj["kind"] in _WITH_SPEC:
        _set(obj, spec={})
    for each in _BY_KIND.get(obj["kind"], ()):
        each(obj)
    return obj
