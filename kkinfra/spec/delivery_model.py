"""What every delivery is, and what kkinfra asks of one: traits, with the neutral answer where a model has no other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from kkinfra.spec.model import Model

if TYPE_CHECKING:
    from kkinfra.spec.platforms import ImageUpdater
    from kkinfra.spec.port import Port


class GitSource(NamedTuple):
    """What is read from Git by an agent at the place, and the namespace that the agent runs in."""

    repository: str
    branch: str
    path: str
    namespace: str


class DeliveryModel(Model):
    """A delivery; a model of one has `by: Literal[NAME]`, and is the `delivery` of the entry point NAME.

    The group of entry points is `kkinfra.targets`. No field of a model may be called as a trait.
    """

    platforms: ClassVar[frozenset[str]] = frozenset()
    """The kinds of platform that it delivers to."""

    stack_outputs: ClassVar[dict[str, str]] = {}
    """By field, the output of the CloudFormation stack that says it where the spec does not."""

    by: Any  # a Literal in each model, to which type checkers narrow a field of no other type

    @property
    def title(self) -> str:
        """What it is called in pictures and tables."""
        return str(self.by)

    @property
    def ssh_port(self) -> Port | None:
        """The port of the host's SSH that it comes in by; None where it needs no SSH."""
        return None

    @property
    def updater(self) -> ImageUpdater | None:
        """What chooses the tag of the product's image in place of the spec."""
        return None

    @property
    def git(self) -> GitSource | None:
        """The directory in Git that a release is committed to; None where it goes to the place itself."""
        return None

    @property
    def service(self) -> str | None:
        """The service that deploys; None where an operator does."""
        return None
