"""What the errors of AWS and boto3 mean for a secret, and what to do; told by their names, so that neither is imported.

Names: botocore/exceptions.py; codes: the API reference of Systems Manager, GetParameter and "Common Errors".
"""

from __future__ import annotations

from typing import Any

_LOG_IN = "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or `aws sso login`"
_ALLOW = "allow ssm:GetParameter on it, and kms:Decrypt on its key, to who `aws sts get-caller-identity` says you are"
_UNREACHABLE = "check the network, HTTPS_PROXY, and that the region is right"

_NO_CREDENTIALS = {
    "NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError", "ProfileNotFound", "NoAuthTokenError",
    "SSOError", "LoginError", "TokenRetrievalError", "RefreshWithMFAUnsupportedError", "UnknownCredentialError",
    "MetadataRetrievalError", "InfiniteLoopConfigError", "ConfigNotFound", "ConfigParseError",
}  # fmt: skip
_NO_NETWORK = {"ConnectionError", "HTTPClientError"}
_NO_REGION = {"NoRegionError", "InvalidRegionError", "UnknownRegionError"}

_THROTTLED = {"ThrottlingException", "Throttling", "TooManyRequestsException", "RequestLimitExceeded", "TooManyUpdates"}
_EXPIRED = {"ExpiredTokenException", "ExpiredToken", "RequestExpired"}
_DENIED = {"AccessDeniedException", "AccessDenied", "NotAuthorized", "OptInRequired"}
_UNKNOWN_KEY = {
    "UnrecognizedClientException", "InvalidClientTokenId", "InvalidSignatureException", "SignatureDoesNotMatch",
    "IncompleteSignature", "MissingAuthenticationToken", "MissingAuthenticationTokenException",
}  # fmt: skip


def why(error: Exception, parameter: str, region: str | None) -> str:
    """What is wrong and what to do; AWS's own words are left out but for its code."""
    where = f"in {region}" if region else "in the region of AWS_DEFAULT_REGION"
    code = _code(error)
    if code:
        return _refused(code, parameter, where)
    names = _names(error)
    if names & _NO_CREDENTIALS:
        return f"there are no AWS credentials here ({type(error).__name__}); {_LOG_IN}"
    if names & _NO_REGION:
        return f"no AWS region is known ({type(error).__name__}); set AWS_DEFAULT_REGION"
    if names & _NO_NETWORK:
        return f"AWS Systems Manager {where} is not reached ({type(error).__name__}); {_UNREACHABLE}"
    return f"boto3 failed with {type(error).__name__}; see why with `aws ssm get-parameter --name {parameter}`"


def is_final(error: Exception) -> bool:
    """Whether the next parameter would fare no better."""
    code = _code(error)
    return code in _EXPIRED | _UNKNOWN_KEY or bool(_names(error) & (_NO_CREDENTIALS | _NO_NETWORK | _NO_REGION))


def _refused(code: str, parameter: str, where: str) -> str:
    if code in {"ParameterNotFound", "ParameterVersionNotFound"}:
        return f"there is no parameter {parameter} {where}; {_how_to_put(parameter)}, or correct its name"
    if code in _DENIED:
        return f"you may not read the parameter {parameter} {where} ({code}); {_ALLOW}"
    if code in _THROTTLED:
        return f"AWS is asked too often ({code}); try again in a minute"
    if code in _EXPIRED:
        return f"the AWS credentials have expired ({code}); log in anew: {_LOG_IN}"
    if code in _UNKNOWN_KEY:
        return f"AWS does not accept the credentials ({code}); {_LOG_IN}, and check this machine's clock"
    remedy = f"see why with `aws ssm get-parameter --name {parameter}`, without --with-decryption"
    return f"AWS refuses the parameter {parameter} {where} ({code}); {remedy}"


def _how_to_put(parameter: str) -> str:
    """A command that takes the secret from a file, since arguments are seen by everybody on the machine."""
    return f"`aws ssm put-parameter --type SecureString --name {parameter} --value file://FILE`"


def _code(error: Exception) -> str:
    """The code of what AWS answered (botocore.exceptions.ClientError), or nothing."""
    answer: Any = getattr(error, "response", None)
    try:
        return str(answer["Error"]["Code"])
    except (KeyError, TypeError):
        return ""


def _names(error: Exception) -> set[str]:
    return {kind.__name__ for kind in type(error).__mro__}
