"""What the errors of AWS and boto3 are about, told by their names, so that neither is imported.

Names: botocore/exceptions.py; codes: "Common errors" of each service's API reference.
"""

from __future__ import annotations

from typing import Any, Literal

Kind = Literal["no credentials", "no region", "no network", "throttled", "expired", "denied", "unknown key", "other"]

LOG_IN = "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or `aws sso login`"

_NO_CREDENTIALS = {
    "NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError", "ProfileNotFound", "NoAuthTokenError",
    "SSOError", "LoginError", "TokenRetrievalError", "RefreshWithMFAUnsupportedError", "UnknownCredentialError",
    "MetadataRetrievalError", "InfiniteLoopConfigError", "ConfigNotFound", "ConfigParseError",
}  # fmt: skip
_NO_NETWORK = {"ConnectionError", "HTTPClientError"}
_NO_REGION = {"NoRegionError", "InvalidRegionError", "UnknownRegionError"}

_CODES: dict[Kind, set[str]] = {
    "throttled": {
        "ThrottlingException", "Throttling", "TooManyRequestsException", "RequestLimitExceeded", "TooManyUpdates",
        "ThrottledException", "RequestThrottled", "RequestThrottledException",
    },
    "expired": {"ExpiredTokenException", "ExpiredToken", "RequestExpired"},
    "denied": {"AccessDeniedException", "AccessDenied", "NotAuthorized", "OptInRequired", "UnauthorizedOperation"},
    "unknown key": {
        "UnrecognizedClientException", "InvalidClientTokenId", "InvalidSignatureException", "SignatureDoesNotMatch",
        "IncompleteSignature", "MissingAuthenticationToken", "MissingAuthenticationTokenException", "AuthFailure",
    },
}  # fmt: skip


def kind_of(error: Exception) -> Kind:
    """What an error is about; by the code of AWS's answer where it answered, else by the type of the error."""
    code = code_of(error)
    for kind, codes in _CODES.items():
        if code in codes:
            return kind
    if code:
        return "other"
    names = {each.__name__ for each in type(error).__mro__}
    if names & _NO_CREDENTIALS:
        return "no credentials"
    if names & _NO_REGION:
        return "no region"
    return "no network" if names & _NO_NETWORK else "other"


def is_throttling(code: str) -> bool:
    """Whether a code of AWS says that it is asked too often."""
    return code in _CODES["throttled"]


def code_of(error: Exception) -> str:
    """The code of what AWS answered (botocore.exceptions.ClientError), or nothing."""
    return _said(error, "Code")


def message_of(error: Exception) -> str:
    """What AWS answered, in its words, on one line; or nothing."""
    return " ".join(_said(error, "Message").split())


def _said(error: Exception, field: str) -> str:
    answer: Any = getattr(error, "response", None)
    try:
        return str(answer["Error"][field])
    except (KeyError, TypeError):
        return ""
