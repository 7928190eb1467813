"""Files of other tools that are given as a specification by mistake."""

from __future__ import annotations

from typing import Any

from kkinfra.values.plain import is_list, is_mapping

REMEDY = "write a spec with `kkinfra init`, or name it with --spec FILE"
_KEYS = (
    ("a Kubernetes manifest", {"apiVersion", "kind"}),
    ("a Helm chart's Chart.yaml", {"apiVersion", "name", "version"}),
    ("Kamal's deploy.yml", {"service", "servers"}),
    ("a GitHub Actions workflow", {"on", "jobs"}),
    ("a CloudFormation template", {"Resources"}),
    ("a Compose file", {"services"}),
    ("a package.json", {"name", "version", "dependencies"}),
)
_OWN = frozenset({"environments", "project"})


def foreign(value: Any) -> str:
    """What is wrong with a file that another tool reads; empty where its keys are not those of one that is known."""
    if is_list(value):
        return f"is an Ansible playbook, not a spec; {REMEDY}" if value and _is_play(value[0]) else ""
    keys = set(value) if is_mapping(value) else set[str]()
    if keys & _OWN:
        return ""
    name = next((name for name, needed in _KEYS if needed <= keys), "")
    return f"is {name}, not a spec; {REMEDY}" if name else ""


def _is_play(value: Any) -> bool:
    return is_mapping(value) and "hosts" in value
