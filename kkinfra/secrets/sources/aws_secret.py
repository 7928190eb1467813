"""Secrets in AWS Secrets Manager: a text, or an entry of a JSON object."""

from __future__ import annotations

import json
from typing import Any, cast

from kkinfra.secrets.sources.aws_client import connect
from kkinfra.secrets.sources.aws_problem import SECRETS, is_final, why
from kkinfra.secrets.sources.problem import Problem

_REGION_IN_ARN = 3


class AwsSecrets:
    """The secrets of an environment's region, or of the one that an ARN names; each secret is asked for once.

    What hinders every one of them (no credentials, no network) is found out once.
    """

    def __init__(self, region: str | None) -> None:
        self._region = region
        self._clients: dict[str | None, Any] = {}
        self._held: dict[str, str | Problem] = {}
        self._hindrance: Problem | None = None

    def read(self, secret: str, entry: str) -> bytes:
        """What a secret holds, or an entry of it, where one is named; raises Problem."""
        if secret not in self._held:
            self._held[secret] = self._ask(secret)
        held = self._held[secret]
        if isinstance(held, Problem):
            raise held
        return (_entry(held, secret, entry) if entry else held).encode()

    def _ask(self, secret: str) -> str | Problem:
        if self._hindrance:
            return self._hindrance
        region = secret.split(":")[_REGION_IN_ARN] if secret.startswith("arn:") else self._region
        try:
            if region not in self._clients:
                self._clients[region] = connect(SECRETS.client, region)
            answer = self._clients[region].get_secret_value(SecretId=secret)
        except Problem as missing:
            self._hindrance = missing
            return missing
        except Exception as error:  # noqa: BLE001 - whatever boto3 raises is told
            problem = Problem(why(error, SECRETS, secret, region))
            self._hindrance = problem if is_final(error) else None
            return problem
        text = answer.get("SecretString")
        return str(text) if text is not None else Problem(f"{secret} is binary; keep it as text, in Base64")


def _entry(held: str, secret: str, entry: str) -> str:
    entries = _parsed(held)
    if entries is None:
        raise Problem(f"{secret} is no JSON object, so it has no entry {entry}; take `key` out to read all of it")
    if entry not in entries:
        raise Problem(f"{secret} has no entry {entry}; add it in Secrets Manager, or name another with `key`")
    if not isinstance(entries[entry], str):
        raise Problem(f"the entry {entry} of {secret} is no text; put it into quotes in Secrets Manager")
    return str(entries[entry])


def _parsed(held: str) -> dict[str, Any] | None:
    """A JSON object, or None; the error would carry the secret, so none is chained to it."""
    try:
        document: object = json.loads(held)
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, Any]", document) if isinstance(document, dict) else None
