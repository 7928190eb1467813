"""Who fills the Secrets of a cluster, where kkinfra does not put the values there itself."""

from typing import Annotated, Literal

from pydantic import Field

from kkinfra.spec.duration import Duration
from kkinfra.spec.model import Model, value
from kkinfra.spec.names import DnsLabel

NAME = "{name}"
"""What stands for a secret's name in `item`."""


class SecretStore(Model):
    """A store of External Secrets, which somebody has set up in the cluster."""

    scope: Literal["cluster", "namespace"] = value(
        "Whether it is a ClusterSecretStore, or a SecretStore in the environment's own namespace.",
        "cluster", "namespace", default="cluster",
    )  # fmt: skip
    name: DnsLabel = value("Name of the store.", "vault", "parameters")

    @property
    def store_kind(self) -> str:
        """The kind of its object."""
        return "ClusterSecretStore" if self.scope == "cluster" else "SecretStore"


class ExternalSecrets(Model):
    """External Secrets Operator, which copies the values out of a store and keeps them current."""

    kind: Literal["external-secrets"]
    store: SecretStore = value("The store.", {"name": "vault"})
    item: Annotated[str, Field(pattern=r"^[A-Za-z0-9_./:-]*(\{name\})?[A-Za-z0-9_./:-]*$", min_length=1)] | None = (
        value(
            "Item in the store, of which each secret is a property; with {name} each secret is an item of its own. "
            "PROJECT/ENVIRONMENT where it is not written.",
            "shop/alpha", "/shop/alpha/{name}", default=None,
        )
    )  # fmt: skip
    refresh: Duration = value("How often the values are read anew.", "1h", "15m", default=Duration(1, "h"))


class SealedSecrets(Model):
    """Sealed Secrets, whose controller decrypts what is committed."""

    kind: Literal["sealed-secrets"]
    controller: DnsLabel = value(
        "Service of the controller, which is asked for its certificate.",
        "sealed-secrets-controller", "sealed-secrets", default=DnsLabel("sealed-secrets-controller"),
    )  # fmt: skip
    namespace: DnsLabel = value(
        "Namespace that the controller runs in.", "kube-system", "sealed-secrets", default=DnsLabel("kube-system")
    )


SecretDelivery = Annotated[ExternalSecrets | SealedSecrets, Field(discriminator="kind")]
