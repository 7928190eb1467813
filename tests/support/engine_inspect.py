"""A service of a Compose project as `docker inspect` (20.10.24) describes the container that Compose (5.6.1) makes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from containers import STARTED, nano

if TYPE_CHECKING:
    from collections.abc import Mapping

_SECOND = 1_000_000_000
IMAGE_ENVIRONMENT = ["PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8"]


def engine_facts(name: str, service: Mapping[str, Any], namespace: str, release: str) -> dict[str, Any]:
    """The container of a service whose variables are interpolated as on a host; `release` is its directory there."""
    labels = service["labels"]
    check, variables = service.get("healthcheck", {}), service.get("environment", {})
    return {
        "Id": f"{name}-id", "Name": f"/{namespace}-{name}-1", "RestartCount": 0,
        "Config": {
            "Image": service["image"], "User": service["user"], "Cmd": _words(service.get("command")),
            "Entrypoint": _words(service.get("entrypoint")) or ["docker-entrypoint.sh"],
            "Env": [*IMAGE_ENVIRONMENT, *(f"{key}={_said(each)}" for key, each in variables.items())],
            "StopSignal": service.get("stop_signal"), "StopTimeout": _seconds(service.get("stop_grace_period", "10s")),
            "Healthcheck": {
                "Test": _words(check.get("test")), "Retries": check.get("retries"),
                "Interval": _seconds(check.get("interval", "0s")) * _SECOND,
                "Timeout": _seconds(check.get("timeout", "0s")) * _SECOND,
                "StartPeriod": _seconds(check.get("start_period", "0s")) * _SECOND,
            } if check.get("test") else {"Test": ["NONE"]},
            "Labels": {
                **labels, "com.docker.compose.project": namespace, "com.docker.compose.service": name,
                "com.docker.compose.oneoff": "False",
            },
        },
        "HostConfig": {
            "Memory": service["mem_limit"], "MemorySwap": service["memswap_limit"], "NanoCpus": nano(service["cpus"]),
            "CpuShares": service["cpu_shares"], "NetworkMode": service["network_mode"],
            "RestartPolicy": {"Name": service["restart"], "MaximumRetryCount": 0}, "Init": service["init"],
            "ReadonlyRootfs": service["read_only"], "Privileged": False,
            "CapAdd": [f"CAP_{each}" for each in service.get("cap_add", [])] or None, "CapDrop": service["cap_drop"],
            "SecurityOpt": service["security_opt"],
            "Tmpfs": dict(each.split(":", 1) for each in service.get("tmpfs", [])),
            "LogConfig": {"Type": service["logging"]["driver"], "Config": service["logging"]["options"]},
        },
        "State": {
            "Status": "running", "Running": True, "Restarting": False, "Pid": 0, "ExitCode": 0, "OOMKilled": False,
            "Health": {"Status": "healthy"}, "StartedAt": STARTED,
        },
        "Mounts": [
            *(_mount(each, namespace, release) for each in service.get("volumes", [])),
            *(_secret(each, release) for each in service.get("secrets", [])),
            {"Type": "volume", "Name": "4f5b", "Source": "/var/lib/docker/volumes/4f5b", "Destination": "/of-image"},
        ],
    }  # fmt: skip


def _secret(name: str, release: str) -> dict[str, Any]:
    return {"Type": "bind", "Source": f"{release}/secrets/{name}", "Destination": f"/run/secrets/{name}", "RW": False}


def _said(text: str) -> str:
    """As Compose interpolates what is rendered here."""
    return text.replace("${KKINFRA_NGINX_STAGE:-tls}", "served").replace("$$", "$")


def _words(words: Any) -> list[str] | None:
    return [_said(each) for each in words] if words else None


def _seconds(text: str) -> int:
    return int(text.removesuffix("s"))


def _mount(volume: Mapping[str, Any], namespace: str, release: str) -> dict[str, Any]:
    made = {"Type": volume["type"], "Destination": volume["target"], "RW": not volume["read_only"]}
    if volume["type"] == "volume":
        name = f"{namespace}_{volume['source']}"
        return {**made, "Name": name, "Source": f"/var/lib/docker/volumes/{name}/_data"}
    source = volume["source"].replace("${KKINFRA_NGINX:-./nginx}", "/srv/kkambbaki/nginx")
    return {**made, "Source": source.replace("./", f"{release}/", 1) if source.startswith("./") else source}
