"""Why a kubeconfig leads to no cluster, whether the official client is installed or not."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kkinfra.errors import ClusterError
from kkinfra.targets.kubernetes.client.kubeconfig import location
from kkinfra.values.plain import is_list, is_mapping
from kkinfra.values.suggestions import did_you_mean, few

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_GET_ONE = "put the one there that the cluster's administrator gives you, or set KUBECONFIG to where it is"
_CHOOSE = "see `kubectl config get-contexts`, and name one with --context, or set KUBECONFIG"


def refuse_unusable(context: str) -> None:
    """Raise ClusterError where the kubeconfig cannot be read, or has no such context; "" is the current one.

    Files are those of $KUBECONFIG, of which some may be missing, else ~/.kube/config.
    """
    files = [Path(each).expanduser() for each in location().split(os.pathsep) if each]
    there = [each for each in files if _is_there(each)]
    by = ", which KUBECONFIG names" if os.environ.get("KUBECONFIG") else ""
    if not there:
        raise ClusterError(f"there is no kubeconfig at {' or '.join(map(str, files))}{by}; {_GET_ONE}")
    if problem := _problem(context, there):
        wanted = f"context {context}" if context else "current context"
        raise ClusterError(f"the kubeconfig has no usable {wanted}: {problem}")


def _is_there(path: Path) -> bool:
    """Whether there is something, be it something that may not be looked at."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def _problem(context: str, files: list[Path]) -> str:
    """What is wrong, and what to do; empty where nothing is."""
    read: list[dict[str, Any]] = []
    for path in files:
        value, problem = _read(path)
        if problem:
            return f"{path} {problem}; {_GET_ONE}"
        read.append(value)
    where = " and ".join(map(str, files))
    contexts = dict(_entries(read, "contexts", "context"))
    if not contexts:
        return f"{where} has no contexts; {_GET_ONE}"
    name = context or next((str(each["current-context"]) for each in read if each.get("current-context")), "")
    if name not in contexts:
        hint = did_you_mean(name, contexts) if context else ""
        missing = f"{name or 'current-context'} is not in {where}{hint}, "
        return f"{missing}which has {few(contexts)}; {_CHOOSE}"
    for entries, of in (("clusters", "cluster"), ("users", "user")):
        wanted = contexts[name].get(of)
        if wanted not in dict(_entries(read, entries, of)):
            return f"its {of} {wanted or 'is not named, and'} is not among the {entries} of {where}; {_CHOOSE}"
    return ""


def _read(path: Path) -> tuple[dict[str, Any], str]:
    """What a file holds, and what is wrong with it; of its text nothing is repeated, as it holds secrets."""
    import yaml

    try:
        value = yaml.safe_load(path.read_text("utf-8"))
    except OSError as error:
        return {}, f"cannot be read ({error.strerror})"
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        return {}, f"is not YAML ({error.problem}{line})"
    except (ValueError, yaml.YAMLError):
        return {}, "is not text in YAML"
    if value is None or is_mapping(value):
        return value or {}, ""
    return {}, "is not a kubeconfig, which is a mapping"


def _entries(read: Iterable[dict[str, Any]], entries: str, of: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Name and content of each entry; of two with one name the first counts, so it comes last."""
    for each in reversed([*read]):
        listed = each.get(entries)
        for entry in reversed(listed) if is_list(listed) else ():
            if is_mapping(entry) and isinstance(entry.get("name"), str):
                held = entry.get(of)
                yield entry["name"], held if is_mapping(held) else {}
