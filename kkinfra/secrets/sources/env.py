"""Secrets in variables of whoever deploys."""

from __future__ import annotations

import os

from kkinfra.secrets.sources.problem import Problem


def read_variable(variable: str) -> bytes:
    """What a variable holds; raises Problem, also where it is empty, which would be deployed (compose#5505)."""
    content = os.environb.get(variable.encode())
    if content is None:
        raise Problem(f"the variable {variable} is not set; export it in the shell or the CI job that deploys")
    if not content.strip():
        raise Problem(f"the variable {variable} is set but empty; give it its value where it is exported")
    return content
