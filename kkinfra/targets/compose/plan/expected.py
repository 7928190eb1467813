"""What a container runs with that Compose makes of a service, in the words in which the host tells it. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from kkinfra.host.compose import SERVED
from kkinfra.host.masking import mark
from kkinfra.host.plain import items, mapping
from kkinfra.values.secret import SecretText

if TYPE_CHECKING:
    from collections.abc import Mapping

_AS_WRITTEN = ("image", "user", "stop_signal", "mem_limit", "memswap_limit", "cpu_shares", "network_mode", "restart")
_SAID_OR_NOT = {"init": False, "read_only": False, "privileged": False}
_LISTS = ("cap_add", "cap_drop", "security_opt")
_TIMES = ("interval", "timeout", "start_period")
_UNLIMITED = -1
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001, "us": 0.000001}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(h|ms|us|m|s)")
_VARIABLE = re.compile(r"\$(?:(\$)|\{(\w+)(?::?-([^}]*))?\}|(\w+))")


def expected(service: Mapping[str, Any], namespace: str, key: str) -> dict[str, Any]:
    """A service of a Compose project as a container of it must run; variables as SecretText of their keyed digests."""
    fields: dict[str, Any] = {name: _said(service[name]) for name in _AS_WRITTEN if name in service}
    fields |= {name: bool(service.get(name, said)) for name, said in _SAID_OR_NOT.items()}
    fields |= {name: items(service.get(name)) for name in _LISTS}
    fields |= {name: [_said(each) for each in service[name]] for name in ("command", "entrypoint") if name in service}
    if "cpus" in service:
        fields["cpus"] = float(service["cpus"])
    if "stop_grace_period" in service:
        fields["stop_grace_period"] = _seconds(service["stop_grace_period"])
    if "logging" in service:
        fields["logging"] = service["logging"]
    if "healthcheck" in service:
        fields["healthcheck"] = _check(mapping(service["healthcheck"]))
    mounts = (str(each).partition(":") for each in items(service.get("tmpfs")))
    fields["tmpfs"] = {place: options for place, _, options in mounts}
    fields["secrets"] = [str(each) for each in items(service.get("secrets"))]
    fields["volumes"] = [_volume(mapping(each), namespace) for each in items(service.get("volumes"))]
    values = {name: str(_said(value)) for name, value in mapping(service.get("environment")).items()}
    fields["environment"] = {name: SecretText(mark(text.encode(), key.encode())) for name, text in values.items()}
    return fields


def told(runs: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """What a host tells of a container, of what is wanted of it: without what its image or the engine puts there."""
    fields = {name: runs.get(name) for name in wanted}
    of_image = set(items(runs.get("image_environment"))) - wanted["environment"].keys()
    there = mapping(runs.get("environment"))
    fields["environment"] = {name: SecretText(value) for name, value in there.items() if name not in of_image}
    if fields.get("memswap_limit") == _UNLIMITED:  # a kernel that does not account for swap
        fields["memswap_limit"] = wanted["memswap_limit"]
    if "healthcheck" in wanted:
        fields["healthcheck"] = {name: mapping(runs.get("healthcheck")).get(name) for name in wanted["healthcheck"]}
    places = {each["target"]: each for each in wanted["volumes"]}
    mounts = (_told_volume(each, places.get(each["target"])) for each in items(runs.get("volumes")))
    fields["volumes"] = [each for each in mounts if each]
    return fields


def _volume(volume: dict[str, Any], namespace: str) -> dict[str, Any]:
    """A volume by its name in the engine; where files of a release are, is not compared, but what is in them."""
    made = {"type": volume["type"], "target": volume["target"], "read_only": bool(volume.get("read_only"))}
    return made if volume["type"] == "bind" else {**made, "source": f"{namespace}_{volume['source']}"}


def _told_volume(volume: dict[str, Any], wanted: dict[str, Any] | None) -> dict[str, Any]:
    """A mount as far as it is compared; nothing of a volume that the image asks for by itself."""
    if wanted is None:
        return volume if volume["type"] == "bind" else {}
    return {name: volume[name] for name in volume if name in wanted or wanted["type"] != volume["type"]}


def _check(check: dict[str, Any]) -> dict[str, Any]:
    if check.get("disable"):
        return {"test": ["NONE"]}
    made: dict[str, Any] = {name: _seconds(check[name]) for name in _TIMES if name in check}
    made |= {name: check[name] for name in ("retries",) if name in check}
    return made | {name: [_said(each) for each in items(check[name])] for name in ("test",) if name in check}


def _said(value: Any) -> Any:
    """Text as Compose reads it: https://docs.docker.com/reference/compose-file/interpolation/."""
    return _VARIABLE.sub(_interpolated, value) if isinstance(value, str) else value


def _interpolated(found: re.Match[str]) -> str:
    escaped, name, default, bare = found.groups()
    if escaped:
        return "$"
    return {"KKINFRA_NGINX_STAGE": SERVED}.get(name or bare, default or "")


def _seconds(text: Any) -> float:
    """A duration, as `1m30s`: https://docs.docker.com/reference/compose-file/extension/#specifying-durations."""
    return sum(float(number) * _SECONDS[unit] for number, unit in _DURATION.findall(str(text)))
