"""Secrets in AWS Secrets Manager: a text, or an entry of a JSON object."""

from __future__ import annotations

from kkinfra.secrets.sources.aws_client import AwsClient
from kkinfra.secrets.sources.aws_problem import SECRETS
from kkinfra.secrets.sources.json_object import json_object
from kkinfra.secrets.sources.problem import Problem

_REGION_IN_ARN = 3


class AwsSecrets:
    """The secrets of an environment's region, or of the one that an ARN names; each secret is asked for once."""

    def __init__(self, region: str | None) -> None:
        self._client = AwsClient(SECRETS, region)
        self._held: dict[str, str | Problem] = {}

    def read(self, secret: str, entry: str) -> bytes:
        """What a secret holds, or an entry of it, where one is named; raises Problem."""
        if secret not in self._held:
            self._held[secret] = self._ask(secret)
        held = self._held[secret]
        if isinstance(held, Problem):
            raise held
        return (_entry(held, secret, entry) if entry else held).encode()

    def _ask(self, secret: str) -> str | Problem:
        region = secret.split(":")[_REGION_IN_ARN] if secret.startswith("arn:") else ""
        try:
            text = self._client.ask("get_secret_value", secret, region, SecretId=secret).get("SecretString")
        except Problem as problem:
            return problem
        return str(text) if text is not None else Problem(f"{secret} is binary; keep it as text, in Base64")


def _entry(held: str, secret: str, entry: str) -> str:
    entries = json_object(held)
    if entries is None:
        raise Problem(f"{secret} is no JSON object, so it has no entry {entry}; take `key` out to read all of it")
    if entry not in entries:
        raise Problem(f"{secret} has no entry {entry}; add it in Secrets Manager, or name another with `key`")
    if not isinstance(entries[entry], str):
        raise Problem(f"the entry {entry} of {secret} is no text; put it into quotes in Secrets Manager")
    return str(entries[entry])
