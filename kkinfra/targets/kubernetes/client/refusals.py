"""What an API server says against a request, in plain words and with what helps."""

from __future__ import annotations

import json
import re
from typing import Any

from kkinfra.errors import ApplyConflictError, ClusterError
from kkinfra.values.plain import is_mapping

_CONFLICT = re.compile(r'conflict with "(?P<manager>[^"]*)"(?P<more>[^:]*)')


def refusal(status: int, answer: bytes, path: str) -> ClusterError:
    """What the API server says against a request (a Status, or whatever a proxy in between says)."""
    try:
        said: Any = json.loads(answer)
    except ValueError:
        said = {}
    told = said if is_mapping(said) else {}
    message = str(told.get("message") or answer.decode(errors="replace").strip()[:200] or f"status {status}")
    reason = str(told.get("reason", ""))
    details = told.get("details")
    causes = details.get("causes") if is_mapping(details) else None
    conflicts = [_conflict(each) for each in causes or () if each.get("reason") == "FieldManagerConflict"]
    if conflicts:
        return ApplyConflictError(path.rpartition("/")[2], conflicts)
    return ClusterError(message + _remedy(status, reason), status, reason)


def _conflict(cause: dict[str, Any]) -> tuple[str, str]:
    said = _CONFLICT.search(str(cause.get("message", "")))
    return str(cause.get("field", "")), f"{said['manager']}{said['more']}" if said else str(cause.get("message", ""))


def _remedy(status: int, reason: str) -> str:
    if status == 401:  # noqa: PLR2004 - Unauthorized
        return "; sign in again: the kubeconfig's token or certificate is not taken any more"
    if status == 403 and reason == "Forbidden":  # noqa: PLR2004
        return (
            "; ask the cluster's owner for that right: build/ENV/access has all that a deploy needs, and "
            "`kkinfra bootstrap ENV` names what is missing"
        )
    return ""


def unreachable(server: str, context: str, error: Exception) -> ClusterError:
    """The error for a server that does not answer, or with something that is no answer."""
    return ClusterError(
        f"no answer from {server} (context {context}): {_cause(error)}; "
        "is the cluster up, and this machine in its network?"
    )


def _cause(error: Exception) -> str:
    """What the system said; urllib3 has it in `reason`, behind the address."""
    if untrusted := getattr(error, "verify_message", ""):
        return f"its certificate is not trusted, {untrusted}"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    reason = getattr(error, "reason", None)
    cause = reason if isinstance(reason, Exception) else error
    return str(cause).partition(": ")[2] or str(cause) or type(cause).__name__


def no_context(context: str, error: Exception) -> str:
    """Why a context of the kubeconfig cannot be used; an empty one is the current one."""
    wanted = f"context {context}" if context else "current context"
    return (
        f"the kubeconfig has no usable {wanted}: {str(error).splitlines()[0].rstrip('.')}; "
        "see `kubectl config get-contexts`, or set KUBECONFIG"
    )
