"""The usual kubeconfig, read without the official client, whose import alone takes longer than most verbs do.

Usual is one file, and a user who signs in by certificate or token:
https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/. Whatever else there is (several
files, exec plugins, proxies, other ways to sign in) is the official client's part, and so are errors.
"""

from __future__ import annotations

import base64
import os
import ssl
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kkinfra.values.plain import is_list, is_mapping

if TYPE_CHECKING:
    from collections.abc import Generator

_CLUSTER = frozenset({
    "certificate-authority", "certificate-authority-data", "extensions", "insecure-skip-tls-verify", "server"
})  # fmt: skip
_USER = frozenset({"client-certificate", "client-certificate-data", "client-key", "client-key-data", "token"})


@dataclass(frozen=True, slots=True)
class ClusterAccess:
    """How a cluster is reached; `tls` is None where that is HTTP."""

    server: str
    context: str
    headers: dict[str, str] = field(default_factory=dict[str, str], repr=False)
    tls: ssl.SSLContext | None = None


def location() -> str:
    """The files as kubectl looks for them: $KUBECONFIG, which may name several, else ~/.kube/config."""
    return os.environ.get("KUBECONFIG") or "~/.kube/config"


def usual_access(context: str = "") -> ClusterAccess | None:
    """What the kubeconfig says of a context, or of its current one; None where that is not the usual."""
    path = os.path.expanduser(location())
    if os.pathsep in path or _has_proxy() or not hasattr(os, "memfd_create"):
        return None
    read = _read(path)
    name = context or read.get("current-context")
    chosen = _named(read, "contexts", name, "context")
    cluster = _named(read, "clusters", chosen.get("cluster"), "cluster")
    user = _named(read, "users", chosen.get("user"), "user")
    server, token = cluster.get("server"), user.get("token")
    if not (isinstance(server, str) and user and cluster.keys() <= _CLUSTER and user.keys() <= _USER):
        return None
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        tls = _tls(cluster, user, os.path.dirname(path)) if server.startswith("https://") else None
    except (OSError, ValueError):  # ssl.SSLError is an OSError
        return None
    return ClusterAccess(server.rstrip("/"), str(name), headers, tls)


def _has_proxy() -> bool:
    return any(name.lower().endswith("_proxy") and value for name, value in os.environ.items())


def _read(path: str) -> dict[str, Any]:
    import yaml

    try:
        with open(path, encoding="utf-8") as stream:
            read = yaml.load(stream, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - safe
    except (OSError, ValueError, yaml.YAMLError):
        return {}
    return read if is_mapping(read) else {}


def _named(read: dict[str, Any], entries: str, name: object, of: str) -> dict[str, Any]:
    """What the one entry of that name holds; empty where there is none, or more than one."""
    listed = read.get(entries)
    found = [each for each in listed if is_mapping(each) and each.get("name") == name] if is_list(listed) else []
    held = found[0].get(of) if len(found) == 1 else None
    return held if is_mapping(held) else {}


def _tls(cluster: dict[str, Any], user: dict[str, Any], beside: str) -> ssl.SSLContext:
    """As the official client has it; raises OSError or ValueError where a file or a value is of no use."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority = _content(cluster, "certificate-authority", beside)
    if cluster.get("insecure-skip-tls-verify"):
        made.check_hostname, made.verify_mode = False, ssl.CERT_NONE
    elif authority:
        made.load_verify_locations(cadata=authority.decode())
    else:
        made.load_default_certs()
    certificate, key = _content(user, "client-certificate", beside), _content(user, "client-key", beside)
    if certificate:
        with _in_memory(certificate) as certificate_path, _in_memory(key) as key_path:
            made.load_cert_chain(certificate_path, key_path)
    return made


def _content(entry: dict[str, Any], name: str, beside: str) -> bytes:
    """What is held as Base64 under NAME-data, or in the file that NAME says, by its path from the kubeconfig."""
    if data := entry.get(f"{name}-data"):
        return base64.b64decode(str(data))
    if path := entry.get(name):
        with open(os.path.join(beside, str(path)), "rb") as stream:
            return stream.read()
    return b""


@contextmanager
def _in_memory(content: bytes) -> Generator[str]:
    """A file for whoever reads only files, that is on no disk."""
    descriptor = os.memfd_create("kkinfra")
    try:
        os.write(descriptor, content)
        yield f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)
