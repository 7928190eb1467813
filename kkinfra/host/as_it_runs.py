"""What a container runs with, in the words of a Compose file, for comparing it with one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kkinfra.host.masking import mark
from kkinfra.host.plain import items, mapping
from kkinfra.host.services import MOUNTED_SECRETS

if TYPE_CHECKING:
    from kkinfra.host.engine import EngineContainer

_NANO = 1_000_000_000


def as_it_runs(container: EngineContainer, image: dict[str, Any], key: bytes) -> dict[str, Any]:
    """Its fields, times in seconds; `image_environment` names the variables that come with its image.

    The values of variables are digests under a key, since somebody may have put a secret there by hand.
    """
    made, limits = container.facts["Config"], container.facts["HostConfig"]
    log = mapping(limits.get("LogConfig"))
    return {
        "image": container.image, "command": items(made.get("Cmd")), "entrypoint": items(made.get("Entrypoint")),
        "user": made.get("User", ""), "stop_signal": made.get("StopSignal"),
        "stop_grace_period": made.get("StopTimeout"), "mem_limit": limits.get("Memory"),
        "memswap_limit": limits.get("MemorySwap"), "cpus": container.cpus, "cpu_shares": limits.get("CpuShares"),
        "network_mode": limits.get("NetworkMode"), "restart": mapping(limits.get("RestartPolicy")).get("Name"),
        "init": bool(limits.get("Init")), "read_only": bool(limits.get("ReadonlyRootfs")),
        "privileged": bool(limits.get("Privileged")), "cap_add": _capabilities(limits.get("CapAdd")),
        "cap_drop": _capabilities(limits.get("CapDrop")), "security_opt": items(limits.get("SecurityOpt")),
        "tmpfs": mapping(limits.get("Tmpfs")), "logging": {"driver": log.get("Type"), "options": log.get("Config")},
        "healthcheck": _check(mapping(made.get("Healthcheck"))), **_mounts(container),
        "environment": dict(_variable(each, key) for each in items(made.get("Env"))),
        "image_environment": [each.partition("=")[0] for each in items(mapping(image.get("Config")).get("Env"))],
    }  # fmt: skip


def _variable(text: str, key: bytes) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name, mark(value.encode(), key)


def _capabilities(names: Any) -> list[str]:
    """Engines tell them with `CAP_` or without."""
    return [str(each).removeprefix("CAP_") for each in items(names)]


def _check(made: dict[str, Any]) -> dict[str, Any]:
    names = {"interval": "Interval", "timeout": "Timeout", "start_period": "StartPeriod"}
    times = {name: (made.get(field) or 0) / _NANO for name, field in names.items()}
    return {"test": items(made.get("Test")), "retries": made.get("Retries"), **times}


def _mounts(container: EngineContainer) -> dict[str, Any]:
    """Its mounts but for those of memory, and its secrets by name."""
    mounts = [mapping(each) for each in items(container.facts.get("Mounts"))]
    prefix = f"{MOUNTED_SECRETS}/"
    secrets = [each["Destination"][len(prefix) :] for each in mounts if each["Destination"].startswith(prefix)]
    others = [each for each in mounts if not each["Destination"].startswith(prefix) and each.get("Type") != "tmpfs"]
    volumes = [
        {
            "type": each.get("Type"), "target": each["Destination"], "read_only": not each.get("RW", True),
            "source": each.get("Name") or each.get("Source"),
        }
        for each in others
    ]  # fmt: skip
    return {"secrets": secrets, "volumes": volumes}
