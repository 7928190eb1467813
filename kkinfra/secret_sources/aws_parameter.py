"""Secrets in parameters of AWS Systems Manager, by way of boto3."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, cast

from kkinfra.platforms import Compose
from kkinfra.secret_sources.aws_problem import is_final, why
from kkinfra.secret_sources.problem import Problem

if TYPE_CHECKING:
    from kkinfra.environment import Environment

_CONNECT_SECONDS, _READ_SECONDS, _ATTEMPTS = 5, 10, 3


class Parameters(Protocol):
    """What is used of boto3's client."""

    def get_parameter(self, *, Name: str, WithDecryption: bool) -> dict[str, Any]:  # noqa: N803 - AWS's own names
        """A parameter and what it holds."""
        ...


class AwsParameters:
    """The parameters of an environment's region, with the credentials that boto3 finds (variables, profile, role).

    What hinders every one of them (no credentials, no network) is found out once.
    """

    def __init__(self, environment: Environment) -> None:
        platform = environment.platform
        self._region = str(platform.host.region) if isinstance(platform, Compose) else None
        self._client: Parameters | None = None
        self._hindrance: Problem | None = None

    def read(self, parameter: str, _entry: str = "") -> bytes:
        """What a parameter holds, decrypted; raises Problem."""
        if self._hindrance:
            raise self._hindrance
        try:
            self._client = self._client or connect(self._region)
            answer = self._client.get_parameter(Name=parameter, WithDecryption=True)
        except Problem as missing:
            self._hindrance = missing
            raise
        except Exception as error:
            problem = Problem(why(error, parameter, self._region))
            self._hindrance = problem if is_final(error) else None
            raise problem from error
        return str(answer["Parameter"]["Value"]).encode()


def connect(region: str | None) -> Parameters:
    """A client for a region, or for the one that AWS's own settings name; raises Problem where boto3 is missing."""
    try:
        import boto3
        from botocore.config import Config
    except ImportError as error:
        raise Problem(f'boto3 is not installed ({error}); pip install "kkinfra[aws]"') from error
    config = Config(
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_READ_SECONDS,
        retries={"total_max_attempts": _ATTEMPTS, "mode": "standard"},
    )
    client: Any = cast("Any", boto3).Session().client("ssm", region_name=region, config=config)
    return cast("Parameters", client)
