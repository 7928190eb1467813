"""The API server, as plain objects over HTTP."""

from __future__ import annotations

import json
import random
import ssl
import time
from contextlib import closing, suppress
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Protocol, cast
from urllib.parse import quote, urlsplit

from kkinfra.errors import ApplyConflictError, ClusterError
from kkinfra.system import extras
from kkinfra.targets.kubernetes.client.connections import Connections
from kkinfra.targets.kubernetes.client.kinds import BUILT_IN, Kind
from kkinfra.targets.kubernetes.client.kubeconfig import location, usual_access
from kkinfra.targets.kubernetes.client.kubeconfig_problems import refuse_unusable
from kkinfra.targets.kubernetes.client.objects import reference
from kkinfra.targets.kubernetes.client.refusals import no_context, refusal, unreachable
from kkinfra.values.plain import is_mapping

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Self

    from kkinfra.targets.kubernetes.client.objects import JSON
    from kkinfra.targets.kubernetes.client.remote_process import RemoteProcess

MANAGER = "kkinfra"
"""The field manager (https://kubernetes.io/docs/reference/using-api/server-side-apply/#managers)."""

_APPLY = "application/apply-patch+yaml"  # JSON is YAML
_TRIES = 5
_FIRST_SECONDS, _LONGEST_SECONDS = 0.4, 30.0
_CONNECT_SECONDS, _READ_SECONDS, _IDLE_SECONDS = 10, 30, 60.0
_PAGE = 500
_CONNECTIONS = 32
_SKEW_SECONDS = 3.0
_BUSY = 429
_LATER = (_BUSY, 500, 502, 503, 504)
_NO_LOG = "unable to retrieve container logs for "
"""What a kubelet answers, with 200, for a container that its runtime has removed already.

https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/kuberuntime/kuberuntime_container.go
"""


class Headers(Protocol):
    """What is used of an answer's headers."""

    def get(self, name: str, missing: str, /) -> str:
        """A header, in whichever case it was sent."""
        ...


class Response(Protocol):
    """What is used of an answer, as urllib3 has it."""

    status: int
    data: bytes
    headers: Headers

    def stream(self) -> Iterable[bytes]:
        """The answer as it comes, where it was not read yet."""
        ...

    def close(self) -> None:
        """Close the connection."""
        ...


class Transport(Protocol):
    """What is used of a pool of connections, as urllib3 has it."""

    def request(self, method: str, url: str, **options: object) -> Response:
        """Send a request, and read the whole answer."""
        ...

    def clear(self) -> None:
        """Close all connections."""
        ...


class Signing(Protocol):
    """Who asks: the header of a request, fresh where a token has expired."""

    def __call__(self) -> dict[str, str]:
        """The headers."""
        ...


@dataclass(frozen=True, slots=True)
class Api:
    """A cluster that is spoken to. Every method raises ClusterError where it refuses or is not reached.

    What may be asked twice is asked again, 5 times at most, where the server is busy (429, with its Retry-After)
    or stumbles (5xx), or the connection is lost.
    """

    server: str
    context: str
    transport: Transport
    sign: Signing
    upgrades: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False)
    """TLS and proxy of connections that are upgraded, as websocket-client has them."""
    _known: dict[tuple[str, str, str], Kind] = field(default_factory=dict[tuple[str, str, str], Kind])
    _ahead: list[float] = field(default_factory=list[float])

    def now(self) -> float:
        """The time by the server's clock, in seconds; by this machine's where both agree to a few seconds."""
        ahead = self._ahead[0] if self._ahead else 0.0
        return time.time() + (ahead if abs(ahead) > _SKEW_SECONDS else 0.0)

    def kind(self, group: str, version: str, kind: str) -> Kind:
        """Where objects of a kind are; raises ClusterError where the cluster knows no such kind."""
        key = (group, version, kind)
        found = BUILT_IN.get(key) or self._known.get(key)
        if found is None:
            self._discover(group, version)
            found = self._known.get(key)
        if found is None:
            raise ClusterError(
                f"the cluster does not know {kind} of {group}/{version}; "
                f"`kkinfra bootstrap ENV` says what it needs and how to get that",
                404, "NotFound",
            )  # fmt: skip
        return found

    def kind_of(self, made: JSON) -> Kind:
        """The same, of an object."""
        group, _, version = str(made["apiVersion"]).rpartition("/")
        return self.kind(group, version, str(made["kind"]))

    def preferred(self, group: str, kind: str) -> Kind | None:
        """Where objects of a kind are, in the version that the cluster prefers; None where it knows no such kind."""
        found = next((each for each in BUILT_IN.values() if (each.group, each.kind) == (group, kind)), None)
        if found is not None:
            return found
        with suppress_status(404):
            return self.kind(group, self.ask("GET", f"/apis/{group}")["preferredVersion"]["version"], kind)
        return None

    def _discover(self, group: str, version: str) -> None:
        for found in self.served(group, version):
            self._known[group, version, found.kind] = found

    def served(self, group: str, version: str) -> list[Kind]:
        """The kinds of a group's version, as the cluster tells them; none where it knows no such version."""
        with suppress_status(404):
            told = self.ask("GET", f"/apis/{group}/{version}")["resources"]
            return [
                Kind(group, version, each["kind"], each["name"], bool(each["namespaced"]))
                for each in told
                if "/" not in each["name"]
            ]
        return []

    def get(self, kind: Kind, namespace: str, name: str) -> JSON | None:
        """An object, or None where there is none."""
        with suppress_status(404):
            return self.ask("GET", kind.path(namespace, name))
        return None

    def find(self, made: JSON) -> JSON | None:
        """The live object of a manifest, or of one that was read before; None where there is none."""
        metadata = made["metadata"]
        return self.get(self.kind_of(made), metadata.get("namespace", ""), metadata["name"])

    def list(self, kind: Kind, namespace: str = "", labels: str = "", fields: str = "") -> list[JSON]:
        """All objects of a kind, in a namespace or everywhere, by 500 a request."""
        found: list[JSON] = []
        query = {"limit": str(_PAGE), "labelSelector": labels, "fieldSelector": fields}
        while True:
            answer = self.ask("GET", kind.path(namespace), query)
            header = {"apiVersion": kind.group_version, "kind": kind.kind}
            found += [{**header, **each} for each in answer.get("items") or ()]
            query["continue"] = str(answer.get("metadata", {}).get("continue") or "")
            if not query["continue"]:
                return found

    def apply(self, made: JSON, *, manager: str = MANAGER, force: bool = False, dry_run: bool = False) -> JSON:
        """Server-side apply; raises ApplyConflictError where others own what it sets."""
        query = {"fieldManager": manager, "fieldValidation": "Strict", "force": str(force).lower()}
        query["dryRun"] = "All" if dry_run else ""
        try:
            return self.ask("PATCH", self._path_of(made), query, made, _APPLY)
        except ApplyConflictError as error:
            raise ApplyConflictError(str(reference(made)), error.conflicts) from error

    def create(self, made: JSON) -> JSON:
        """Create an object; raises ClusterError (409, AlreadyExists) where there is one of its name."""
        kind = self.kind_of(made)
        return self.ask("POST", kind.path(made["metadata"].get("namespace", "")), {"fieldManager": MANAGER}, made)

    def replace(self, made: JSON) -> JSON:
        """Write an object back; raises ClusterError (409, Conflict) where it was changed since it was read."""
        return self.ask("PUT", self._path_of(made), {"fieldManager": MANAGER}, made)

    def _path_of(self, made: JSON) -> str:
        metadata = made["metadata"]
        return self.kind_of(made).path(metadata.get("namespace", ""), metadata["name"])

    def delete(self, kind: Kind, namespace: str, name: str, *, uid: str = "", dry_run: bool = False) -> None:
        """Delete an object and, in the background, what it owns; only the one with that `uid`, where one is given."""
        body = {
            "apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background",
            **({"preconditions": {"uid": uid}} if uid else {}),
            **({"dryRun": ["All"]} if dry_run else {}),  # beside a body, the query is not read
        }  # fmt: skip
        with suppress_status(404):
            self.ask("DELETE", kind.path(namespace, name), {}, body)

    def log(self, namespace: str, pod: str, container: str, *, previous: bool = False, lines: int = 20) -> str:
        """The last lines that a container printed; empty where there are none to be had."""
        query = {"container": container, "tailLines": str(lines), "previous": str(previous).lower()}
        said = self.text(log_path(namespace, pod), query)
        return "" if said.startswith(_NO_LOG) else said

    def text(self, path: str, query: Mapping[str, str]) -> str:
        """An answer that is no object; empty where there is none to be had (400, 404)."""
        with suppress_status(400, 404):
            return self._send("GET", path, query, None, "").decode(errors="replace")
        return ""

    def stream(self, path: str, query: Mapping[str, str]) -> Iterator[str]:
        """The lines of an answer as they come, until it ends.

        Raises ClusterError where it is refused, the connection is lost, or nothing came for a minute.
        """
        refused, rest = b"", b""
        try:
            answer = self._request("GET", self._url(path, query), timeout=_IDLE_SECONDS, preload_content=False)
            with closing(answer):
                if answer.status >= 300:  # noqa: PLR2004 - no success (RFC 9110)
                    refused = b"".join(answer.stream())
                else:
                    for each in answer.stream():
                        *lines, rest = (rest + each).split(b"\n")
                        yield from (line.decode(errors="replace") for line in lines)
        except Exception as error:
            raise unreachable(self.server, self.context, error) from error
        if refused:
            raise refusal(answer.status, refused, path)
        if rest:
            yield rest.decode(errors="replace")

    def converse(self, path: str, query: Iterable[tuple[str, str]]) -> RemoteProcess:
        """Connect with a process in a container (`attach`, `exec`)."""
        from kkinfra.targets.kubernetes.client.remote_process import connect

        asked = "&".join(f"{name}={quote(value, safe='')}" for name, value in query)
        url = f"{self.server.replace('http', 'ws', 1)}{path}?{asked}"
        return connect(url, self.context, {"User-Agent": MANAGER, **self.sign()}, self.upgrades)

    def ask(
        self, method: str, path: str, query: Mapping[str, str] | None = None, body: JSON | None = None, kind: str = "",
    ) -> JSON:  # fmt: skip
        """Send a request, and read the object in its answer."""
        answer = self._send(method, path, query or {}, body, kind or "application/json")
        try:
            read = json.loads(answer)
        except ValueError as error:
            raise ClusterError(f"{self.server} does not answer as an API server does: {answer[:80]!r}") from error
        return read if is_mapping(read) else {}

    def _send(self, method: str, path: str, query: Mapping[str, str], body: JSON | None, kind: str) -> bytes:
        url = self._url(path, query)
        for attempt in range(1, _TRIES + 1):
            again = attempt < _TRIES
            try:
                answer = self._request(method, url, body, kind)
            except Exception as error:
                if not again or method == "POST" or isinstance(error, ssl.SSLCertVerificationError):
                    raise unreachable(self.server, self.context, error) from error
                time.sleep(_backoff(attempt))
                continue
            if answer.status < 300:  # noqa: PLR2004 - success (RFC 9110)
                return answer.data
            if not again or not _may_come_later(answer.status, method):
                raise refusal(answer.status, answer.data, path)
            time.sleep(_backoff(attempt, answer.headers.get("Retry-After", "")))
        raise AssertionError("the last attempt returns or raises")

    def _url(self, path: str, query: Mapping[str, str]) -> str:
        asked = "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items() if value)
        return f"{self.server}{path}{'?' if asked else ''}{asked}"

    def _request(
        self, method: str, url: str, body: JSON | None = None, kind: str = "", **options: object
    ) -> Response:  # fmt: skip
        headers = {"Accept": "application/json", "User-Agent": MANAGER, **self.sign()}
        sent = None if body is None else json.dumps(body).encode()
        if sent is not None:
            headers["Content-Type"] = kind
        answer = self.transport.request(method, url, body=sent, headers=headers, **options)
        self._ahead[:] = _ahead(answer.headers.get("Date", "")) or self._ahead
        return answer

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.transport.clear()


def connect_cluster(context: str | None = None) -> Api:
    """The cluster of a context of the kubeconfig, or of the current one; raises ClusterError.

    Which files are read is as with kubectl ($KUBECONFIG, else ~/.kube/config), and so is signing in.
    """
    access = usual_access(context or "")
    if access is None:
        refuse_unusable(context or "")
        return _by_official_client(context or "")
    pool = Connections(access.server, access.tls, _CONNECT_SECONDS, _READ_SECONDS)
    upgrades = {"sslopt": {"context": access.tls}} if access.tls else {}
    return Api(access.server, access.context, cast("Transport", pool), lambda: access.headers, upgrades)


def _by_official_client(context: str) -> Api:
    """As it knows all ways to sign in."""
    try:
        from kubernetes import client, config
        from urllib3 import Timeout
    except ImportError as error:
        raise ClusterError(
            f"the Kubernetes client is not installed ({error}); {extras.remedy('kubernetes')}"
        ) from error
    made = client.Configuration()
    files: Any = config
    where = location()
    try:
        files.load_kube_config(where, context or None, made)
        active = context or str(files.list_kube_config_contexts(where)[1]["name"])
    except Exception as error:
        raise ClusterError(no_context(context, error)) from error
    made.connection_pool_maxsize = _CONNECTIONS
    made.retries = False
    pool = client.ApiClient(made).rest_client.pool_manager
    pool.connection_pool_kw["timeout"] = Timeout(connect=_CONNECT_SECONDS, read=_READ_SECONDS)

    def sign() -> dict[str, str]:
        found = cast("dict[str, dict[str, str]]", made.auth_settings())
        return {each["key"]: each["value"] for each in found.values() if each["value"]}

    return Api(str(made.host).rstrip("/"), active, cast("Transport", pool), sign, _upgrades(made))


def _upgrades(made: Any) -> dict[str, Any]:
    """What the official client's configuration says of TLS and of a proxy."""
    tls = {
        "cert_reqs": ssl.CERT_REQUIRED if made.verify_ssl else ssl.CERT_NONE, "check_hostname": made.verify_ssl,
        "ca_certs": made.ssl_ca_cert, "certfile": made.cert_file, "keyfile": made.key_file,
        "server_hostname": made.tls_server_name,
    }  # fmt: skip
    found: dict[str, Any] = {"sslopt": {name: value for name, value in tls.items() if value is not None}}
    if made.proxy:
        at = urlsplit(str(made.proxy))
        found |= {"http_proxy_host": at.hostname, "http_proxy_port": at.port or 80, "proxy_type": at.scheme}
    return found


def log_path(namespace: str, pod: str) -> str:
    """Where the logs of a pod are."""
    return f"{BUILT_IN['', 'v1', 'Pod'].path(namespace, pod)}/log"


class suppress_status(suppress):  # noqa: N801 - as contextlib names its own
    """Goes on where the API server answered with one of these statuses."""

    def __init__(self, *statuses: int) -> None:
        super().__init__(ClusterError)
        self.statuses = statuses

    def __exit__(self, _kind: object, value: BaseException | None, _trace: object) -> bool:
        return isinstance(value, ClusterError) and value.status in self.statuses


def _may_come_later(status: int, method: str) -> bool:
    """Whether to ask again: what creates may have been done by a server that stumbled, but not by one that is busy."""
    return status in _LATER and (method != "POST" or status == _BUSY)


def _backoff(attempt: int, retry_after: str = "") -> float:
    """Seconds to wait: what the server asks for, 30 at most, else twice as long each time, with some chance in it."""
    if retry_after.isdecimal():
        return min(float(retry_after), _LONGEST_SECONDS)
    return min(_FIRST_SECONDS * 2.0 ** (attempt - 1), 5.0) * (0.5 + random.random() / 2)  # noqa: S311 - no secret depends on it


def _ahead(date: str) -> list[float]:
    """How many seconds the server's clock is ahead of this machine's; nothing where it does not tell the time."""
    try:
        return [parsedate_to_datetime(date).timestamp() - time.time()]
    except ValueError:
        return []
