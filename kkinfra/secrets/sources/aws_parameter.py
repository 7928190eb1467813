"""Secrets in parameters of AWS Systems Manager."""

from __future__ import annotations

from typing import Any

from kkinfra.secrets.sources.aws_client import connect
from kkinfra.secrets.sources.aws_problem import PARAMETERS, is_final, why
from kkinfra.secrets.sources.problem import Problem


class AwsParameters:
    """The parameters of an environment's region, with the credentials that boto3 finds (variables, profile, role).

    What hinders every one of them (no credentials, no network) is found out once.
    """

    def __init__(self, region: str | None) -> None:
        self._region = region
        self._client: Any = None
        self._hindrance: Problem | None = None

    def read(self, parameter: str, _entry: str = "") -> bytes:
        """What a parameter holds, decrypted; raises Problem."""
        if self._hindrance:
            raise self._hindrance
        try:
            self._client = self._client or connect(PARAMETERS.client, self._region)
            answer = self._client.get_parameter(Name=parameter, WithDecryption=True)
        except Problem as missing:
            self._hindrance = missing
            raise
        except Exception as error:
            problem = Problem(why(error, PARAMETERS, parameter, self._region))
            self._hindrance = problem if is_final(error) else None
            raise problem from error
        return str(answer["Parameter"]["Value"]).encode()
