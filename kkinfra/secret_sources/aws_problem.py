"""What the errors of AWS and boto3 mean for a secret, and what to do.

Codes: the API reference of Systems Manager, GetParameter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.aws_errors import LOG_IN, code_of, kind_of

if TYPE_CHECKING:
    from kkinfra.aws_errors import Kind

_ALLOW = "allow ssm:GetParameter on it, and kms:Decrypt on its key, to who `aws sts get-caller-identity` says you are"
_UNREACHABLE = "check the network, HTTPS_PROXY, and that the region is right"
_HINDERS_ALL = frozenset({"expired", "unknown key", "no credentials", "no network", "no region"})


def why(error: Exception, parameter: str, region: str | None) -> str:
    """What is wrong and what to do; AWS's own words are left out but for its code."""
    where = f"in {region}" if region else "in the region of AWS_DEFAULT_REGION"
    code, kind, name = code_of(error), kind_of(error), type(error).__name__
    if code:
        return _refused(code, kind, parameter, where)
    if kind == "no credentials":
        return f"there are no AWS credentials here ({name}); {LOG_IN}"
    if kind == "no region":
        return f"no AWS region is known ({name}); set AWS_DEFAULT_REGION"
    if kind == "no network":
        return f"AWS Systems Manager {where} is not reached ({name}); {_UNREACHABLE}"
    return f"boto3 failed with {name}; see why with `aws ssm get-parameter --name {parameter}`"


def is_final(error: Exception) -> bool:
    """Whether the next parameter would fare no better."""
    return kind_of(error) in _HINDERS_ALL


def _refused(code: str, kind: Kind, parameter: str, where: str) -> str:
    if code in {"ParameterNotFound", "ParameterVersionNotFound"}:
        return f"there is no parameter {parameter} {where}; {_how_to_put(parameter)}, or correct its name"
    if kind == "denied":
        return f"you may not read the parameter {parameter} {where} ({code}); {_ALLOW}"
    if kind == "throttled":
        return f"AWS is asked too often ({code}); try again in a minute"
    if kind == "expired":
        return f"the AWS credentials have expired ({code}); log in anew: {LOG_IN}"
    if kind == "unknown key":
        return f"AWS does not accept the credentials ({code}); {LOG_IN}, and check this machine's clock"
    remedy = f"see why with `aws ssm get-parameter --name {parameter}`, without --with-decryption"
    return f"AWS refuses the parameter {parameter} {where} ({code}); {remedy}"


def _how_to_put(parameter: str) -> str:
    """A command that takes the secret from a file, since arguments are seen by everybody on the machine."""
    return f"`aws ssm put-parameter --type SecureString --name {parameter} --value file://FILE`"
