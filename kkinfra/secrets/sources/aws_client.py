"""Clients of AWS for what keeps secrets, by way of boto3."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from kkinfra.secrets.sources.aws_problem import is_final, why
from kkinfra.secrets.sources.problem import Problem
from kkinfra.system import extras

if TYPE_CHECKING:
    from kkinfra.secrets.sources.aws_problem import Keeper

_CONNECT_SECONDS, _READ_SECONDS, _ATTEMPTS = 5, 10, 3


class AwsClient:
    """Asks a keeper of secrets, with the credentials that boto3 finds (variables, profile, role).

    What hinders every request (no credentials, no network) is found out once.
    """

    def __init__(self, keeper: Keeper, region: str | None) -> None:
        self._keeper = keeper
        self._region = region
        self._clients: dict[str | None, Any] = {}
        self._hindrance: Problem | None = None

    def ask(self, method: str, secret: str, region: str = "", **arguments: Any) -> dict[str, Any]:
        """The answer to a method of boto3's client, of the environment's region or of another; raises Problem."""
        if self._hindrance:
            raise self._hindrance
        where = region or self._region
        try:
            if where not in self._clients:
                self._clients[where] = _connect(self._keeper.client, where)
            answer: dict[str, Any] = getattr(self._clients[where], method)(**arguments)
        except Problem as missing:
            self._hindrance = missing
            raise
        except Exception as error:
            problem = Problem(why(error, self._keeper, secret, where))
            self._hindrance = problem if is_final(error) else None
            raise problem from error
        return answer


def _connect(service: str, region: str | None) -> Any:
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
