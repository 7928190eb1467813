"""Clients of AWS for what holds secrets, by way of boto3."""

from __future__ import annotations

from typing import Any, cast

from kkinfra.secrets.sources.problem import Problem
from kkinfra.system import extras

_CONNECT_SECONDS, _READ_SECONDS, _ATTEMPTS = 5, 10, 3


def connect(service: str, region: str | None) -> Any:
    """A client for a region, or for the one that AWS's own settings name; raises Problem where boto3 is missing."""
    try:
        import boto3
        from botocore.config import Config
    except ImportError as error:
        raise Problem(f"boto3 is not installed ({error}); {extras.remedy('aws')}") from error
    config = Config(
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_READ_SECONDS,
        retries={"total_max_attempts": _ATTEMPTS, "mode": "standard"},
    )
    return cast("Any", boto3).Session().client(service, region_name=region, config=config)
