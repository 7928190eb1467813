"""A renderer of somebody else's: the message of the day of a host."""

from typing import ClassVar

from kkinfra.rendering.artifacts import Artifact


class MotdRenderer:
    platforms = frozenset({"compose"})
    fidelity: ClassVar = {}

    def render(self, environment):
        yield Artifact("motd/motd", f"{environment.project} {environment.name}, {environment.purpose}\n", comment="#")
