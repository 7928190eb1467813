"""Pods of a rendered Kubernetes tree in plain Docker, under the constraints that the manifests state.

A stand-in for a cluster, and no more than that: command, variables, user, read-only root, dropped
capabilities, memory, CPU, mounts and probes are those of the manifest; scheduling, services and
network policies are not there.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import docker.errors
import yaml
from docker.types import Mount

from kkinfra.spec.cpu import Cpu
from kkinfra.spec.memory import Memory
from rehearsal import networks
from rehearsal.engine import text
from rehearsal.errors import RehearsalError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from docker import DockerClient
    from docker.models.containers import Container
    from docker.models.networks import Network

NETWORK = "kkinfra-rehearsal-pods"
_PREFIX = "kkinfra-rehearsal-pod-"
_SECONDS = 120

_ASK = (
    "import sys, urllib.request as u\n"
    "url, *headers = sys.argv[1:]\n"
    "u.urlopen(u.Request(url, headers=dict(h.split(': ', 1) for h in headers)), timeout=5)\n"
)


@dataclass
class DockerPods:
    """A namespace's pods: `tree` holds the manifests, `secrets` the values by name, `home` what is mounted."""

    engine: DockerClient
    tree: Path
    home: Path
    secrets: dict[str, str]
    running: dict[str, Container] = field(default_factory=dict)

    @property
    def network(self) -> Network:
        """The pods' network, where each is reached under its own name."""
        return networks.ensure(self.engine, NETWORK)

    def start(self, manifest: str) -> Container:
        """Run a workload's init containers to their end, then start its container; raises RehearsalError."""
        name, spec = self._pod(manifest)
        for each in spec.get("initContainers", ()):
            self._finish(self._start(name, each, spec), f"{name}, {each['name']}")
        container = self._start(name, spec["containers"][0], spec)
        self.running[name] = container
        return container

    def finish(self, manifest: str) -> str:
        """Run a Job to its end and return its log; raises RehearsalError where it fails."""
        name = self._pod(manifest)[0]
        return self._finish(self.start(manifest), name)

    def wait_ready(self, manifest: str) -> None:
        """Wait until a pod's startup and readiness probes succeed; raises RehearsalError with the last answer."""
        name, spec = self._pod(manifest)
        container = spec["containers"][0]
        for kind in ("startupProbe", "readinessProbe", "livenessProbe"):
            self._wait(name, container, container[kind])

    def remove(self) -> None:
        """Remove all pods, their volumes and their network."""
        for container in self.engine.containers.list(all=True, filters={"label": "kkinfra.rehearsal=pod"}):
            container.remove(force=True, v=True)
        for volume in self.engine.volumes.list(filters={"label": "kkinfra.rehearsal=pod"}):
            volume.remove(force=True)
        self.network.remove()

    def _pod(self, manifest: str) -> tuple[str, dict[str, Any]]:
        document = yaml.safe_load((self.tree / manifest).read_text())
        return document["metadata"]["name"], document["spec"]["template"]["spec"]

    def _start(self, name: str, each: dict[str, Any], spec: dict[str, Any]) -> Container:
        security, limits = each["securityContext"], each["resources"]["limits"]
        container = self.engine.containers.create(
            each["image"], entrypoint=each["command"], command=each.get("args", []),
            name=f"{_PREFIX}{name}-{each['name']}", environment=self._environment(each),
            user=f"{security['runAsUser']}:{security['runAsGroup']}",
            group_add=[str(spec["securityContext"]["fsGroup"])],
            read_only=security["readOnlyRootFilesystem"], cap_drop=security["capabilities"]["drop"],
            security_opt=["no-new-privileges:true"], mem_limit=_bytes(limits["memory"]),
            memswap_limit=_bytes(limits["memory"]), nano_cpus=int(Cpu.parse(limits["cpu"]).millicores) * 1_000_000,
            mounts=list(self._mounts(each, spec)), healthcheck={"test": ["NONE"]}, labels={"kkinfra.rehearsal": "pod"},
        )  # fmt: skip
        self.network.connect(container, aliases=[name])
        self.engine.networks.get("bridge").disconnect(container)
        container.start()
        return container

    def _environment(self, each: dict[str, Any]) -> dict[str, str]:
        found: dict[str, str] = {}
        for source in each.get("envFrom", ()):
            found |= self._config_map(source["configMapRef"]["name"])
        return found | {entry["name"]: entry["value"] for entry in each.get("env", ())}

    def _config_map(self, name: str) -> dict[str, str]:
        for path in self.tree.rglob("*config-map.yaml"):
            document = yaml.safe_load(path.read_text())
            if document["metadata"]["name"] == name:
                return dict(document["data"])
        raise RehearsalError(f"no ConfigMap {name} in {self.tree}")

    def _mounts(self, each: dict[str, Any], spec: dict[str, Any]) -> Iterator[Mount]:
        volumes = {volume["name"]: volume for volume in spec["volumes"]}
        for mounted in each["volumeMounts"]:
            volume, target = volumes[mounted["name"]], mounted["mountPath"]
            if "emptyDir" in volume:
                yield Mount(target, None, type="tmpfs", tmpfs_mode=0o1777)
            elif "persistentVolumeClaim" in volume:
                yield Mount(target, self._claim(volume["persistentVolumeClaim"]["claimName"], spec), no_copy=True)
            else:
                yield Mount(target, str(self._directory(volume)), type="bind", read_only=True)

    def _claim(self, name: str, spec: dict[str, Any]) -> str:
        """A volume that belongs to the pod's group, as a claim does by `fsGroup`."""
        volume = self.engine.volumes.create(f"{_PREFIX}{name}", labels={"kkinfra.rehearsal": "pod"})
        group = spec["securityContext"]["fsGroup"]
        self.engine.containers.run(
            spec["containers"][0]["image"], ["-c", f"chgrp {group} /volume && chmod 2775 /volume"],
            entrypoint="sh", user="0:0", remove=True, mounts=[Mount("/volume", volume.name)], network_mode="none",
        )  # fmt: skip
        return str(volume.name)

    def _directory(self, volume: dict[str, Any]) -> Path:
        """What a ConfigMap or a Secret becomes: a file for each key, of the mode that the manifest states."""
        if "secret" in volume:
            source = volume["secret"]
            files = {item["path"]: self.secrets[item["key"]] for item in source["items"]}
        else:
            source = volume["configMap"]
            files = self._config_map(source["name"])
        directory = self.home / f"{volume['name']}-{'-'.join(sorted(files))}"
        directory.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            path = directory / name
            path.unlink(missing_ok=True)
            path.write_text(content)
            path.chmod(0o444)  # an own group, which the modes are made for, needs root
        return directory

    def _finish(self, container: Container, what: str) -> str:
        try:
            code = container.wait(timeout=_SECONDS)["StatusCode"]
        except Exception as error:
            raise RehearsalError(f"{what} did not end in {_SECONDS} s:\n{text(container.logs(tail=20))}") from error
        log = text(container.logs())
        if code:
            raise RehearsalError(f"{what} exited with {code}:\n{log[-3000:]}")
        container.remove()
        return log

    def _wait(self, name: str, container: dict[str, Any], probe: dict[str, Any]) -> None:
        deadline = time.monotonic() + _SECONDS
        command = _command(container, probe)
        while answer := _complaint(self.running[name], command):
            self.running[name].reload()
            if time.monotonic() > deadline or self.running[name].status == "exited":
                raise RehearsalError(f"{name} is not ready: {answer}\n{text(self.running[name].logs(tail=20))}")
            time.sleep(0.5)


def _complaint(container: Container, command: list[str]) -> str:
    """What a probe says, or nothing where it succeeds."""
    try:
        answer = container.exec_run(command)
    except docker.errors.APIError as error:
        return str(error)
    return text(answer.output)[-2000:] or f"exit code {answer.exit_code}" if answer.exit_code else ""


def _command(container: dict[str, Any], probe: dict[str, Any]) -> list[str]:
    if "exec" in probe:
        return list(probe["exec"]["command"])
    asked = probe["httpGet"]
    port = next(
        port["containerPort"] for port in container["ports"] if asked["port"] in (port["name"], port["containerPort"])
    )
    headers = [f"{header['name']}: {header['value']}" for header in asked.get("httpHeaders", ())]
    return ["python", "-c", _ASK, f"http://127.0.0.1:{port}{asked['path']}", *headers]


def _bytes(quantity: str) -> int:
    """Kubernetes writes M where the specification writes MB."""
    return int(Memory.parse(quantity + ("B" if quantity[-1].isalpha() else "")).bytes)
