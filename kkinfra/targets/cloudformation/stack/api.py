"""AWS, by way of boto3: one connection to an account's region, and every answer as plain values.

The user's own settings count (profile, variables, role), but for the region, which the specification names.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from kkinfra.errors import AwsError, DeployError
from kkinfra.host.plain import items, mapping
from kkinfra.system import extras
from kkinfra.system.aws_errors import is_throttling
from kkinfra.targets.cloudformation.stack.refusals import refusal
from kkinfra.values.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from kkinfra.targets.cloudformation.stack.place import StackPlace

_CONNECT_SECONDS, _READ_SECONDS = 5, 30
_ATTEMPTS = 6
"""Of botocore's `standard` mode, which waits up to 20 s between them.

https://docs.aws.amazon.com/boto3/latest/guide/retries.html
"""


@dataclass(slots=True)
class AwsApi:
    """An account's region. `heard` is told when AWS asks for patience; `partition` is `aws`, or that of China."""

    place: StackPlace
    session: Any
    heard: Callable[[str], None]
    partition: str = "aws"
    _clients: dict[str, Any] = field(default_factory=dict[str, Any])

    def ask(self, service: str, operation: str, **given: Any) -> dict[str, Any]:
        """One request; raises AwsError, which says what was refused and what helps."""
        with _refusing(self.place, f"{service}:{operation}"):
            client = self._client(service)
            return dict(getattr(client, _snake(operation))(**given))

    def pages(self, service: str, operation: str, **given: Any) -> Iterator[dict[str, Any]]:
        """Every page of an answer; raises AwsError."""
        token: dict[str, str] = {}
        while True:
            page = self.ask(service, operation, **given, **token)
            yield page
            if not page.get("NextToken"):
                return
            token = {"NextToken": str(page["NextToken"])}

    def each(self, service: str, operation: str, key: str, **given: Any) -> Iterator[dict[str, Any]]:
        """Every item of the list that is called `key` in the answer."""
        for page in self.pages(service, operation, **given):
            yield from map(mapping, items(page.get(key)))

    def _client(self, service: str) -> Any:
        if service not in self._clients:
            from botocore.config import Config

            config = Config(
                connect_timeout=_CONNECT_SECONDS,
                read_timeout=_READ_SECONDS,
                retries={"total_max_attempts": _ATTEMPTS, "mode": "standard"},
            )
            client = self.session.client(service, region_name=self.place.region, config=config)
            client.meta.events.register(f"needs-retry.{service}", self._hear_of_retry)
            self._clients[service] = client
        return self._clients[service]

    def _hear_of_retry(self, response: Any = None, attempts: int = 0, **_: Any) -> None:
        """Throttling is told as it happens, and otherwise left to botocore."""
        answer = mapping(response[1]) if response else {}
        code = str(mapping(answer.get("Error")).get("Code", ""))
        if is_throttling(code) and attempts < _ATTEMPTS:
            self.heard(f"AWS asks for patience ({code}), attempt {attempts} of {_ATTEMPTS}")


@contextmanager
def _refusing(place: StackPlace, asked: str) -> Generator[None]:
    """Turn what boto3 raises into AwsError."""
    try:
        yield
    except AwsError:
        raise
    except Exception as error:
        raise refusal(error, asked, place.region, place.environment) from error


def connect_aws(place: StackPlace, heard: Callable[[str], None]) -> AwsApi:
    """A connection to the account that the specification names; raises AwsError where the credentials are of another.

    Raises DeployError where boto3 is missing.
    """
    try:
        import boto3
    except ImportError as error:
        raise DeployError(f"boto3 is not installed ({error}); {extras.remedy('aws')}") from error
    with _refusing(place, "sts:GetCallerIdentity"):
        session: Any = cast("Any", boto3).Session()
        _refuse_unknown_region(place, session)
    api = AwsApi(place, session, heard)
    caller = api.ask("sts", "GetCallerIdentity")
    if str(caller["Account"]) != place.account:
        told = f"the AWS credentials are of account {caller['Account']} ({caller['Arn']})"
        remedy = "take others (AWS_PROFILE), or correct platform.host.account"
        raise AwsError(f"{told}, and {place.environment} belongs to account {place.account}; {remedy}")
    api.partition = str(caller["Arn"]).split(":")[1]
    return api


def _refuse_unknown_region(place: StackPlace, session: Any) -> None:
    known = {
        region
        for name in session.get_available_partitions()
        for region in session.get_available_regions("cloudformation", name)
    }
    if known and place.region not in known:
        hint = did_you_mean(place.region, sorted(known))
        remedy = "correct platform.host.region, or upgrade boto3 where the region is new"
        raise AwsError(f"boto3 knows no AWS region {place.region!r}{hint}; {remedy}")


def _snake(operation: str) -> str:
    """The name that boto3 gives the method of an operation."""
    from botocore import xform_name

    return str(cast("Any", xform_name)(operation))
