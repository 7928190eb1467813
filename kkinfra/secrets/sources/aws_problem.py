"""What the errors of AWS and boto3 mean for a secret, and what to do.

Codes: the API references of Systems Manager (GetParameter) and of Secrets Manager (GetSecretValue).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kkinfra.system.aws_errors import LOG_IN, code_of, kind_of

if TYPE_CHECKING:
    from kkinfra.system.aws_errors import Kind

_UNREACHABLE = "check the network, HTTPS_PROXY, and that the region is right"
_WHO = "`aws sts get-caller-identity`"
_HINDERS_ALL = frozenset({"expired", "unknown key", "no credentials", "no network", "no region"})


class Keeper(NamedTuple):
    """A service that keeps secrets: how boto3 and people call it, what is in it, and how it is asked by hand.

    `missing` are its codes of something that is not there. `put` takes the secret from a file, since arguments are seen
    by everybody on the machine.
    """

    client: str
    service: str
    noun: str
    missing: frozenset[str]
    right: str
    look: str
    put: str


PARAMETERS = Keeper(
    client="ssm",
    service="AWS Systems Manager",
    noun="parameter",
    missing=frozenset({"ParameterNotFound", "ParameterVersionNotFound"}),
    right="ssm:GetParameter",
    look="`aws ssm get-parameter --name {}`",
    put="`aws ssm put-parameter --type SecureString --name {} --value file://FILE`",
)
SECRETS = Keeper(
    client="secretsmanager",
    service="AWS Secrets Manager",
    noun="secret",
    missing=frozenset({"ResourceNotFoundException"}),
    right="secretsmanager:GetSecretValue",
    look="`aws secretsmanager describe-secret --secret-id {}`",
    put="`aws secretsmanager create-secret --name {} --secret-string file://FILE`",
)


def why(error: Exception, keeper: Keeper, secret: str, region: str | None) -> str:
    """What is wrong and what to do; AWS's own words are left out but for its code."""
    where = f"in {region}" if region else "in the region of AWS_DEFAULT_REGION"
    code, kind, name = code_of(error), kind_of(error), type(error).__name__
    if code:
        return _refused(code, kind, keeper, f"{secret} {where}", secret)
    if kind == "no credentials":
        return f"there are no AWS credentials here ({name}); {LOG_IN}"
    if kind == "no region":
        return f"no AWS region is known ({name}); set AWS_DEFAULT_REGION"
    if kind == "no network":
        return f"{keeper.service} {where} is not reached ({name}); {_UNREACHABLE}"
    return f"boto3 failed with {name}; see why with {keeper.look.format(secret)}"


def is_final(error: Exception) -> bool:
    """Whether the next one would fare no better."""
    return kind_of(error) in _HINDERS_ALL


def _refused(code: str, kind: Kind, keeper: Keeper, place: str, secret: str) -> str:
    if code in keeper.missing:
        return f"there is no {keeper.noun} {place}; {keeper.put.format(secret)}, or correct its name"
    if kind == "denied":
        allow = f"allow {keeper.right} on it, and kms:Decrypt on its key"
        return f"you may not read the {keeper.noun} {place} ({code}); {allow}, to who {_WHO} says you are"
    if kind == "throttled":
        return f"AWS is asked too often ({code}); try again in a minute"
    if kind == "expired":
        return f"the AWS credentials have expired ({code}); log in anew: {LOG_IN}"
    if kind == "unknown key":
        return f"AWS does not accept the credentials ({code}); {LOG_IN}, and check this machine's clock"
    return f"AWS refuses the {keeper.noun} {place} ({code}); see why with {keeper.look.format(secret)}"
