"""What it means when AWS does not do as it was asked, and what to do then."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from kkinfra.errors import AwsError
from kkinfra.system.aws_errors import LOG_IN, code_of, kind_of, message_of

if TYPE_CHECKING:
    from collections.abc import Mapping

_NOT_AUTHORIZED = re.compile(r"not authorized to perform:? (?P<action>[\w-]+:\w+)(?: on resource: (?P<resource>\S+))?")
_WHO = re.compile(r"(?:User|Role): (?P<who>arn:\S+) is not")
_OF_EC2 = re.compile(r"API: (?P<action>[\w-]+:\w+) You are not authorized")
_ENCODED = re.compile(r"Encoded authorization failure message: \S+")
_DENIALS: Mapping[str, str] = {
    "explicit deny": "there is an explicit deny against it",
    "permissions boundary": "a permissions boundary forbids it",
    "service control policy": "a service control policy forbids it",
}

_KINDS: Mapping[str, str] = {
    "no credentials": "there are no AWS credentials here ({name}); {log_in}",
    "expired": "the AWS credentials have expired ({name}); log in anew: {log_in}",
    "unknown key": (
        "AWS does not accept the credentials ({name}); {log_in}, check this machine's clock, and that {region} is "
        "turned on for the account"
    ),
    "throttled": "AWS is asked too often ({name}, {asked}), and still was after several tries; wait a minute",
    "no network": "AWS in {region} is not reached ({name}); check the network, HTTPS_PROXY, and platform.host.region",
    "no region": "AWS in {region} is not reached ({name}); check platform.host.region",
}

_CODES: Mapping[str, str] = {
    "InsufficientCapabilities": "the template makes IAM resources that were not agreed to; please report it",
    "LimitExceeded": "ask for a higher quota (Service Quotas in the AWS console), or delete what is not needed",
    "ChangeSetNotFound": (
        "the change set is not there any more: it was deleted, or another one was executed since; make a new one"
    ),
    "InvalidChangeSetStatus": "the stack was changed since this change set was made; look at it again, then try again",
    "TokenAlreadyExists": "this operation was begun already; the same command follows it",
}


class Denied(NamedTuple):
    """A permission that is missing: the action, on which resource, for whom; empty where AWS does not say."""

    action: str
    resource: str
    who: str


def denied_in(text: str) -> Denied | None:
    """The permission that a message of AWS says is missing: in an answer, or as the reason of a stack's event."""
    found = _NOT_AUTHORIZED.search(text) or _OF_EC2.search(text)
    if found is None:
        return None
    who = _WHO.search(text)
    resource = found.groupdict().get("resource") or ""
    return Denied(found["action"], resource.rstrip(".,"), who["who"] if who else "")


def permission_hint(text: str, environment: str) -> str:
    """What to do where a message of AWS is about a missing permission; else nothing."""
    denied = denied_in(text)
    if denied is None:
        return ""
    where = f" on {denied.resource}" if denied.resource else ""
    told = f"{denied.who or 'who deploys'} may not do {denied.action}{where}"
    why = next((says for words, says in _DENIALS.items() if words in text), "allow it")
    return f"{told}; {why}: `kkinfra provision {environment} --policy` prints all that is needed"


def refusal(error: Exception, asked: str, region: str, environment: str) -> AwsError:
    """The error that says what AWS refused and what helps; `asked` is SERVICE:OPERATION."""
    code, said, kind = code_of(error), message_of(error), kind_of(error)
    name = code or type(error).__name__
    if kind == "denied":
        hint = permission_hint(said, environment) or permission_hint(f"not authorized to perform: {asked}", environment)
        return AwsError(f"AWS refuses ({name}): {hint}", code)
    if kind != "other":
        return AwsError(_KINDS[kind].format(name=name, region=region, asked=asked, log_in=LOG_IN), code)
    remedy = _CODES.get(code.removesuffix("Exception"))
    if remedy:
        return AwsError(f"{asked} was refused ({code}): {remedy}", code)
    reason = without_encoded(said) or "no reason was given"
    return AwsError(f"{asked} in {region} failed ({name}): {reason}", code)


def without_encoded(text: str) -> str:
    """The text without what only `aws sts decode-authorization-message` can read."""
    return _ENCODED.sub("(`aws sts decode-authorization-message` tells more)", text)
