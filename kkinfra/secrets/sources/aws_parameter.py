"""Secrets in parameters of AWS Systems Manager."""

from __future__ import annotations

from kkinfra.secrets.sources.aws_client import AwsClient
from kkinfra.secrets.sources.aws_problem import PARAMETERS


class AwsParameters:
    """The parameters of an environment's region."""

    def __init__(self, region: str | None) -> None:
        self._client = AwsClient(PARAMETERS, region)

    def read(self, parameter: str, _entry: str = "") -> bytes:
        """What a parameter holds, decrypted; raises Problem."""
        answer = self._client.ask("get_parameter", parameter, Name=parameter, WithDecryption=True)
        return str(answer["Parameter"]["Value"]).encode()
