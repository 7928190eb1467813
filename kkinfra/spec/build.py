"""How the product's image is made: the field `build`, which the verb of that name reads."""

from typing import Annotated, Literal

from kkinfra.spec.model import Model, value
from kkinfra.spec.names import VariableName
from kkinfra.spec.paths import Directory, RelativePath
from kkinfra.spec.stack import Text

GIVEN_ARGUMENTS = ("APP_RELEASE", "APP_REVISION", "APP_CREATED")
"""What every build is given, for a Dockerfile to declare: the tag, the commit, and the time of the commit."""


class Build(Model):
    """How the product's image is made. No renderer reads it; `kkinfra build` does."""

    context: Directory = value("Directory that is built from; of the repository, or `.` for all of it.", "app", ".")
    dockerfile: RelativePath = value(
        "Dockerfile, in the context.", "Dockerfile", "docker/Dockerfile", default=RelativePath("Dockerfile")
    )
    args: dict[Annotated[str, VariableName], Text] = value(
        "Build arguments. They can be read in the image, so secrets are none.",
        {"PYTHON_IMAGE": "python:3.11-slim-bookworm"}, default={},
    )  # fmt: skip
    dirty_tree: Literal["refuse", "allow"] = value(
        "What to do with a tree that differs from its commit.", "allow", "refuse", default="refuse"
    )
