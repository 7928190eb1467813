"""Signing in to AWS for its parameters and secrets, with a token of GitHub's in place of a key that somebody keeps.

https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra_github_actions.secrets import needed
from kkinfra_github_actions.step import expression, run

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kkinfra.spec.environment import Environment
    from kkinfra_github_actions.step import Step

_FILE = "aws-identity-token"
_READ_VALUE = 'import json, sys; print(json.load(sys.stdin)["value"], end="")'


def is_needed(environment: Environment) -> bool:
    """Whether some secret is kept at AWS."""
    return any(needed(environment, kind) for kind in ("aws_parameter", "aws_secret"))


def sign_in(environment: Environment) -> Iterable[Step]:
    """GitHub's token, in a file that AWS's own libraries trade for a session; no argument holds the request's."""
    if is_needed(environment):
        yield run(
            "Ask GitHub for a token that AWS trusts",
            'printf \'header = "Authorization: bearer %s"\\n\' "$ACTIONS_ID_TOKEN_REQUEST_TOKEN" |',
            "  curl --config - --fail --silent --show-error --retry 3 --max-time 30"
            ' "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=sts.amazonaws.com" |',
            f"  python3 -c '{_READ_VALUE}' |",
            f'  install --mode=0600 /dev/stdin "$RUNNER_TEMP/{_FILE}"',
        )


def variables(environment: Environment) -> dict[str, str]:
    """What AWS's own libraries read; the role is a variable of GitHub's environment."""
    if not is_needed(environment):
        return {}
    return {
        "AWS_ROLE_ARN": expression("vars.AWS_ROLE_ARN"),
        "AWS_WEB_IDENTITY_TOKEN_FILE": f"{expression('runner.temp')}/{_FILE}",
    }
