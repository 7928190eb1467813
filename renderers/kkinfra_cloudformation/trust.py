"""Who may take on a role."""

from __future__ import annotations

from typing import Any


def trust(service: str, **condition: Any) -> dict[str, Any]:
    """The policy that lets one service of AWS do so, where a condition holds."""
    statement = {
        "Action": "sts:AssumeRole",
        **({"Condition": condition} if condition else {}),
        "Effect": "Allow",
        "Principal": {"Service": service},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}
