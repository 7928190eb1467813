"""What every platform is, and what kkinfra asks of one: traits, with the neutral answer where a model has no other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from kkinfra.spec.architecture import AMD64
from kkinfra.spec.model import Model

if TYPE_CHECKING:
    from kkinfra.spec.architecture import Architecture
    from kkinfra.spec.platforms import Ec2, Nfs, Nodes, Traefik
    from kkinfra.spec.secret_delivery import SecretDelivery


class ClusterParts(NamedTuple):
    """What a Kubernetes cluster is made of."""

    nodes: Nodes
    ingress: Traefik
    storage: Nfs


class PlatformModel(Model):
    """A platform; a model of one has `kind: Literal[NAME]`, and is the entry point NAME of `kkinfra.platforms`.

    No field of a model may be called as a trait.
    """

    certificates: ClassVar[tuple[str, ...]] = ()
    """The ways of `tls` that it has, by their `by`."""

    databases: ClassVar[tuple[str, ...]] = ("rds",)
    """Where PostgreSQL can run, by its `on`; the usual one first."""

    kind: Any  # a Literal in each model, to which type checkers narrow a field of no other type

    @property
    def title(self) -> str:
        """What it is called in pictures and tables."""
        return str(self.kind)

    @property
    def architectures(self) -> tuple[Architecture, ...]:
        """What images must be built for."""
        return (AMD64,)

    @property
    def shares_network(self) -> bool:
        """Whether all processes share the network of one host, so that ports collide."""
        return False

    def address(self, part: str) -> str:
        """Return the host under which the others reach a part."""
        return "127.0.0.1" if self.shares_network else part

    @property
    def listen_address(self) -> str:
        """What a process binds to: loopback where the host's network is shared, else every address of its own."""
        return "127.0.0.1" if self.shares_network else "0.0.0.0"  # noqa: S104 - an address of the process alone

    @property
    def nginx_is_entrance(self) -> bool:
        """Whether requests come in through the stack's own Nginx, on its http_port and https_port."""
        return False

    @property
    def has_colours(self) -> bool:
        """Whether the webapp runs twice during a deploy, each release on a Unix socket of its own."""
        return False

    @property
    def own_namespace(self) -> str | None:
        """The namespace that the spec names; None where it is PROJECT-ENVIRONMENT."""
        return None

    @property
    def secret_delivery(self) -> SecretDelivery | None:
        """The operator that fills Secrets; None where kkinfra puts the values there."""
        return None

    @property
    def instance(self) -> Ec2 | None:
        """The one EC2 instance that everything runs on."""
        return None

    @property
    def cluster(self) -> ClusterParts | None:
        """The Kubernetes cluster that rendered objects are for."""
        return None

    @property
    def is_own_hardware(self) -> bool:
        """Whether it runs on the owner's hardware, which has no price."""
        return False

    @property
    def aws_region(self) -> str:
        """The region of AWS that it is in; empty where it is in none."""
        return self.instance.region if self.instance else ""
