"""Probes, with the defaults that the API server would add."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kkinfra.spec.wiring import health_check

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kkinfra.spec.environment import Environment
    from kkinfra.spec.stack import Webapp

Probe = dict[str, Any]
PORT = "http"


def _timing(period: int, failures: int, timeout: int) -> Probe:
    return {
        "timeoutSeconds": timeout,
        "periodSeconds": period,
        "successThreshold": 1,
        "failureThreshold": failures,
    }


def http(path: str, headers: dict[str, str], *, period: int = 10, failures: int = 3, timeout: int = 5) -> Probe:
    """Asks for a path; every status from 200 to 399 is good."""
    get: Probe = {"path": path, "port": PORT, "scheme": "HTTP"}
    if headers:
        get["httpHeaders"] = [{"name": name, "value": value} for name, value in headers.items()]
    return {"httpGet": get, **_timing(period, failures, timeout)}


def execute(argv: Sequence[str], *, period: int = 10, failures: int = 3, timeout: int = 5) -> Probe:
    """Runs a command; 0 is good."""
    return {"exec": {"command": list(argv)}, **_timing(period, failures, timeout)}


def connect(*, period: int = 10, failures: int = 3, timeout: int = 5) -> Probe:
    """Opens a connection."""
    return {"tcpSocket": {"port": PORT}, **_timing(period, failures, timeout)}


def three(startup: Probe, liveness: Probe, readiness: Probe) -> dict[str, Probe]:
    """The three probes under their keys in a container."""
    return {"startupProbe": startup, "livenessProbe": liveness, "readinessProbe": readiness}


def of_webapp(environment: Environment, webapp: Webapp) -> dict[str, Probe]:
    """Ready needs database and Redis; live does not, since a restart would not bring them back.

    Django refuses other hosts, and may redirect what did not come over HTTPS.
    """
    headers = {"Host": str(environment.domain)}
    if environment.tls:
        headers["X-Forwarded-Proto"] = "https"
    live, ready = webapp.health.live, webapp.health.ready
    return three(
        http(live, headers, period=2, failures=60),
        http(live, headers, period=10, failures=6),
        http(ready, headers, period=5, failures=3),
    )


def of_celery(name: str, part: object) -> dict[str, Probe]:
    """Each check starts Python, which takes a second or two of a shared processor: seldom, and with time."""
    check = health_check(name, part)
    if check is None:
        return {}
    return three(
        execute(check, period=10, failures=30, timeout=20),
        execute(check, period=60, failures=3, timeout=20),
        execute(check, period=60, failures=2, timeout=20),
    )
