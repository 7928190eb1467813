"""What a specification says of a machine: the real one, with what is different about it, and made-up secrets."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from kkinfra.values import yaml_text
from kkinfra.values.document import parse
from rehearsal.host.acme import DIRECTORY
from rehearsal.tree import DOMAIN, ENVIRONMENT, SPEC

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from rehearsal.host.machine import Machine
    from rehearsal.host.registry import LocalRegistry

SENTINEL = "sentinel"
"""Each made-up secret has `sentinel-NAME-` in it, so that it is found wherever it is and should not be."""
_RATE = 100_000
_APP = "variant"
_ACCEPTED = {
    "capacity/peak": {"platform.host.instance_type": {"reason": "a machine without swap is what is tried here"}},
    "exposure/ssh": {"platform.host.ssh_from": {"reason": "it listens on this machine alone"}},
}


def text(
    machine: Machine, registry: LocalRegistry, database: str, image: str, changes: Mapping[str, Any] | None = None
) -> str:
    """The specification for a machine; `changes` are merged into its environment `production`.

    `database` is an address on the network; `image` a reference, or a tag of the registry's repository.
    """
    document: dict[str, Any] = parse(SPEC.read_text(encoding="utf-8"), str(SPEC)).value
    stack = document["stack"]
    for part in stack.values():
        if "app" in part:
            part["app"] = _APP
    stack["webapp"]["asgi"] = f"{_APP}:application"
    stack["nginx"] |= {"http_port": machine.http_port, "https_port": machine.https_port, "rate": _RATE}
    document["image"] = image if "/" in image else f"{registry.repository}:{image}"
    production = document["environments"][ENVIRONMENT]
    production["domain"] = DOMAIN
    host = production["platform"]["host"]
    host["ports"] = [machine.ssh_port, machine.http_port, machine.https_port]
    for key in ("swap", "account", "zones"):  # a container, and not at AWS
        host.pop(key, None)
    production["accepted"] = _ACCEPTED
    production["tls"] |= {"server": DIRECTORY}
    production["delivery"] |= {
        "host": "127.0.0.1", "port": machine.ssh_port, "user": "deploy", "host_keys": [machine.host_key],
    }  # fmt: skip
    production["stack"]["postgresql"]["endpoint"] = database
    document["environments"] = {ENVIRONMENT: _merged(production, changes or {})}
    return yaml_text.document(document)


def _merged(value: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The value with changes: a mapping is merged, None takes a key out, anything else is put in its place."""
    found = dict(value)
    for key, change in changes.items():
        if change is None:
            found.pop(key, None)
        elif isinstance(change, dict):
            found[key] = _merged(found.get(key) or {}, change)
        else:
            found[key] = change
    return found


def values(registry: LocalRegistry, database_password: str) -> dict[str, str]:
    """Made-up secrets by variable, as whoever deploys has them."""
    return {
        "DJANGO_SECRET_KEY": f"{SENTINEL}-django-{secrets.token_urlsafe(48)}",
        "POSTGRES_PASSWORD": database_password,
        "FLOWER_BASIC_AUTH": f"flower:{SENTINEL}-flower-{secrets.token_urlsafe(12)}",
        "REGISTRY_DOCKERCONFIG": registry.docker_config,
    }


def database_password() -> str:
    """A password for the database, with its sentinel."""
    return f"{SENTINEL}-postgresql-{secrets.token_urlsafe(12)}"


def write(directory: Path, written: str) -> Path:
    """Write the specification, in a directory that is a project's root of its own."""
    file = directory / "spec" / "environments.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    (directory / "noxfile.py").touch()
    file.write_text(written, encoding="utf-8")
    return file
