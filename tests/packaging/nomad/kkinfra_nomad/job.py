"""The job of an environment, in the JSON that the API takes.

https://developer.hashicorp.com/nomad/api-docs/json-jobs
"""

import json
from collections.abc import Iterator
from typing import Any

from kkinfra.plugins import Artifact, Container, Emulated, Environment, Refused, variables
from kkinfra_nomad.models import Nomad

FILE = "nomad/job.json"
_SECOND = 10**9
_PARTS = "webapp celery-worker celery-beat flower nginx redis postgresql static-files migration job cron"


class JobRenderer:
    """One job with a group for each container."""

    platforms = frozenset({"nomad"})
    fidelity = {
        **{f"{kind}*": Refused("write it as kind: container") for kind in _PARTS.split()},
        "access.*": Refused("say it in the rules of the cluster's own proxy"),
        "container.cpu": Emulated("a thousandth of a processor is reserved as 1 MHz"),
        "container.cpu_limit": Refused("Nomad shares processors; leave it out"),
        "logs.*": Refused("say it in the configuration of the clients"),
        "registry.*": Refused("say it in the configuration of the Docker driver"),
        "tls*": Refused("the cluster's own proxy has the certificates"),
    }

    def render(self, environment: Environment) -> Iterator[Artifact]:
        """The job; JSON has no comments."""
        yield Artifact(FILE, json.dumps(job(environment), indent=1) + "\n", comment="")


def job(environment: Environment) -> dict[str, Any]:
    """The whole job."""
    platform = environment.platform
    assert isinstance(platform, Nomad)
    return {
        "ID": environment.namespace, "Name": environment.namespace, "Type": "service",
        "Datacenters": list(platform.datacenters),
        "Meta": {"project": environment.project, "image": str(environment.image), "purpose": environment.purpose},
        "Update": {"MaxParallel": 1, "HealthCheck": "checks", "AutoRevert": True, "Canary": 1, "AutoPromote": True},
        "TaskGroups": [_group(environment, name, part) for name, part in environment.parts(Container)],
    }  # fmt: skip


def _group(environment: Environment, name: str, part: Container) -> dict[str, Any]:
    group: dict[str, Any] = {"Name": name, "Count": part.replicas, "Tasks": [_task(environment, name, part)]}
    if part.port is None:
        return group
    rule = f"Host(`{environment.domain}`) && PathPrefix(`{part.route}`)"
    tags = ["traefik.enable=true", f"traefik.http.routers.{name}.rule={rule}"] if part.route else []
    checks = [{"Type": "http", "Path": part.ready, "Interval": 5 * _SECOND, "Timeout": 2 * _SECOND}]
    service = {
        "Name": name,
        "Provider": "nomad",
        "PortLabel": "http",
        "Tags": tags,
        "Checks": checks if part.ready else [],
    }
    ports = [{"Label": "http", "To": int(part.port)}]
    return {**group, "Networks": [{"Mode": "bridge", "DynamicPorts": ports}], "Services": [service]}


def _task(environment: Environment, name: str, part: Container) -> dict[str, Any]:
    secrets = environment.secrets_of(name)
    argv = part.command or ()
    config = {
        "image": str(environment.image_of(part)),
        **({"command": argv[0], "args": list(argv[1:])} if argv else {}),
    }
    paths = {f"{secret}_FILE": f"/secrets/{secret}" for secret in secrets}
    return {
        "Name": name, "Driver": "docker", "User": str(part.uid), "Config": config,
        "Env": {**variables(environment, name), **paths}, "KillTimeout": part.stop_grace.seconds * _SECOND,
        "Resources": {"CPU": part.cpu.millicores, "MemoryMB": part.memory.bytes // 1_000_000},
        "Templates": [_secret(environment.namespace, secret) for secret in secrets],
    }  # fmt: skip


def _secret(identity: str, name: str) -> dict[str, str]:
    """A file that Nomad writes from its own Variables, so that no secret is in the job."""
    text = f'{{{{ with nomadVar "nomad/jobs/{identity}" }}}}{{{{ .{name} }}}}{{{{ end }}}}'
    return {"EmbeddedTmpl": text, "DestPath": f"secrets/{name}", "Perms": "0444"}
