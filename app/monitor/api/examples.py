"""Examples for the API's description; a test holds them against it."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample

NEW_TARGET: dict[str, Any] = {
    "name": "Shop",
    "url": "https://shop.example/healthz",
    "expected_status": 200,
    "interval_seconds": 60,
    "timeout_seconds": 10,
    "failure_threshold": 3,
    "enabled": True,
    "position": 100,
}
TARGET: dict[str, Any] = {
    "id": 1,
    **NEW_TARGET,
    "created_at": "2026-01-05T00:00:00Z",
    "state": "up",
    "state_since": "2026-03-01T22:10:00Z",
    "last_probed_at": "2026-03-02T12:00:01Z",
    "last_latency_ms": 87,
    "last_outcome": "ok",
}
STATUS: dict[str, Any] = {
    "state": "up",
    "at": "2026-03-02T12:00:05Z",
    "stale_since": None,
    "targets": [
        {
            "id": 1,
            "name": "Shop",
            "state": "up",
            "since": "2026-03-01T22:10:00Z",
            "last_latency_ms": 87,
            "uptime_90d": 0.99987,
        }
    ],
}
PROBE: dict[str, Any] = {
    "slot": "2026-03-02T12:00:00Z",
    "at": "2026-03-02T12:00:01Z",
    "outcome": "ok",
    "latency_ms": 87,
    "status_code": 200,
}
FIGURES: dict[str, Any] = {
    "start": "2026-03-02T11:00:00Z",
    "probes": 60,
    "failures": 1,
    "latency_mean_ms": 91,
    "latency_p95_ms": 140,
}
INCIDENT: dict[str, Any] = {
    "id": 7,
    "target": 1,
    "target_name": "Shop",
    "opened_at": "2026-03-01T21:58:00Z",
    "closed_at": "2026-03-01T22:10:00Z",
    "cause": "timeout",
}


def answer(value: dict[str, Any]) -> OpenApiExample:
    """Show what is given."""
    return OpenApiExample("Answer", value=value, response_only=True)


def body(value: dict[str, Any]) -> OpenApiExample:
    """Show what is taken."""
    return OpenApiExample("Body", value=value, request_only=True)
