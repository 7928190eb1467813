"""A plan in a file: written by `--save-plan`, and done by `--plan` exactly as it says, or refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kkinfra.errors import DeployError
from kkinfra.system import whole_file
from kkinfra.targets.protocol.plan import FORMAT
from kkinfra.values.plain import is_mapping

if TYPE_CHECKING:
    from kkinfra.targets.protocol.plan import Plan


def save_plan(plan: Plan, path: str) -> None:
    """Write a plan; raises DeployError. It holds no secret."""
    try:
        whole_file.write(path, (json.dumps(plan.as_json(), indent=1) + "\n").encode())
    except (OSError, ValueError) as error:
        raise DeployError(f"{path} cannot be written ({getattr(error, 'strerror', None) or error})") from error


def load_plan(path: str, environment: str) -> dict[str, Any]:
    """Read a plan of an environment; raises DeployError."""
    try:
        saved = json.loads(Path(path).read_bytes())
    except (OSError, ValueError) as error:
        raise DeployError(f"{path} cannot be read as a plan ({error}); make one with --save-plan") from error
    if not is_mapping(saved) or saved.get("version") != FORMAT or saved.get("environment") != environment:
        raise DeployError(f"{path} is no plan of {environment}; make one with --save-plan")
    return saved


def refuse_other_plan(saved: dict[str, Any], plan: Plan) -> None:
    """Raise DeployError where what would be done now is not what the saved plan says."""
    now = json.loads(json.dumps(plan.as_json()))
    for key, what in (
        ("action", "something else would be done than the plan says"),
        ("tree", "what is rendered is not what the plan was made of (spec, kkinfra or image)"),
        ("fingerprint", f"{plan.environment} is not as it was when the plan was made"),
        ("changes", "something else would be done now than the plan says (other secrets, perhaps)"),
    ):
        if saved.get(key) != now[key]:
            raise DeployError(f"{what}; nothing was changed; plan again")
