"""A resolved environment: everything merged and checked, nothing left to guess."""

from typing import TYPE_CHECKING, Annotated, TypeVar

from pydantic import Field

from kkinfra.spec.acceptance import Accepted
from kkinfra.spec.addresses import DomainName
from kkinfra.spec.build import Build
from kkinfra.spec.delivery_model import DeliveryModel
from kkinfra.spec.image_reference import ImageReference
from kkinfra.spec.model import Model, value
from kkinfra.spec.names import DnsLabel, VariableName
from kkinfra.spec.platform_model import PlatformModel
from kkinfra.spec.platforms import Access, Logs, Registry, Secret, Tls
from kkinfra.spec.secret_delivery import SecretDelivery
from kkinfra.spec.stack import (
    AppService,
    Component,
    Cron,
    Job,
    Migration,
    Nginx,
    PostgresqlStatefulSet,
    Process,
    Redis,
    Settings,
    Text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

Part = TypeVar("Part")
PartName = Annotated[str, DnsLabel]
SecretName = Annotated[str, VariableName]

FORBIDDEN = ("name", "project", "source", "sealed")
"""Fields of an Environment that `resolve` fills in and nobody writes."""


class Environment(Model):
    """One environment of a product, resolved.

    What validates is the subclass that `environment_model` makes, which knows the installed platforms and deliveries.
    `source` is the specification's path below its project, which generated files name; `sealed` are ciphertexts by
    name of the secret, where an operator in the cluster decrypts them.
    """

    name: DnsLabel
    project: DnsLabel
    source: str
    sealed: dict[str, str] = Field(default_factory=dict)
    purpose: Text = value("What it is for.", "development and testing", "production", default="")
    domain: DomainName = value("Where it is reached.", "shop.example.org", "staging.example.org")
    image: ImageReference = value("The product's image.", "ghcr.io/example/shop:1.0.0", "ghcr.io/example/shop:1.0.1")
    build: Build | None = value(
        "How the image is made; without it, nothing is built here.", {"context": "app"}, default=None
    )
    registry: Registry | None = value(
        "The registry, where it is private.", {"pull_secret": "REGISTRY_DOCKERCONFIG"}, default=None
    )
    platform: PlatformModel = value("Where it runs.", {"kind": "kubernetes"}, {"kind": "compose"})
    access: Access = value("Who may reach it.", {"vpn": ["10.8.0.0/24"]}, default=Access())
    tls: Tls | None = value(
        "Where certificates come from; without it, HTTP only.", {"by": "traefik"}, {"by": "certbot"}, default=None
    )
    delivery: DeliveryModel = value("How a release gets there.", {"by": "apply"}, {"by": "ssh", "host": "203.0.113.10"})
    logs: Logs = value("Log rotation.", {"max_size": "10MB", "max_files": 3}, default=Logs())
    settings: Settings = value(
        "Variables of all parts that run the product's image.", {"LANGUAGE_CODE": "ko"}, default={}
    )
    secrets: dict[SecretName, Secret] = value(
        "Secrets by name: where they come from, never what they are.",
        {"DJANGO_SECRET_KEY": {"env": "DJANGO_SECRET_KEY"}}, default={},
    )  # fmt: skip
    accepted: Accepted = value(
        "Findings of proofs that are accepted, by rule and field.",
        {"capacity/steady": {"platform.host.instance_type": {"reason": "measured: 620 MB under load"}}}, default={},
    )  # fmt: skip
    stack: dict[PartName, Component] = value(
        "What runs.",
        {"web": {"kind": "container", "port": 8000, "route": "/", "memory": "256MB"}},
    )

    def __repr__(self) -> str:
        """On a line."""
        return f"<Environment {self.name} of {self.project}>"

    def parts(self, kind: type[Part]) -> "Iterator[tuple[str, Part]]":
        """Name and part, for all parts of a type, in the order of the specification."""
        for name, part in self.stack.items():
            if isinstance(part, kind):
                yield name, part

    def part(self, kind: type[Part]) -> tuple[str, Part] | None:
        """Name and part of a type of which there is one at most, or None."""
        return next(self.parts(kind), None)

    def app_parts(self) -> "Iterator[tuple[str, AppService | Migration | Job | Cron]]":
        """The parts that run the product's image and so read its settings and secrets."""
        for name, part in self.stack.items():
            if isinstance(part, AppService | Migration | Job | Cron) and self.runs_product(name):
                yield name, part

    def runs_product(self, name: str) -> bool:
        """Whether the part called `name`, if there is one, runs the product's image."""
        part = self.stack.get(name)
        return (isinstance(part, AppService | Job | Cron) and part.image is None) or isinstance(part, Migration)

    def image_of(self, part: object) -> ImageReference:
        """The image that a part runs: its own, that of its kind and version, or the product's."""
        own = getattr(part, "image", None)
        if isinstance(own, ImageReference):
            return own
        if isinstance(part, Redis | Nginx | PostgresqlStatefulSet):
            repository = "postgres" if isinstance(part, PostgresqlStatefulSet) else part.kind
            return ImageReference(repository, str(part.version))
        return self.image

    def secrets_of(self, name: str) -> tuple[str, ...]:
        """The names of the secrets that the part called `name` reads, sorted."""
        return tuple(sorted(secret for secret in self.secrets if self.reads(name, secret)))

    def mounted_secrets(self) -> tuple[str, ...]:
        """The names of the secrets that some container reads, sorted."""
        return tuple(sorted({secret for name, _ in self.parts(Process) for secret in self.secrets_of(name)}))

    def reads(self, name: str, secret: str) -> bool:
        """Whether the part called `name` reads a secret: it is named, or runs the product's image where none are.

        What images are pulled with is read by those that are named only.
        """
        readers = self.secrets[secret].readers
        if readers is not None:
            return name in readers
        return self.runs_product(name) and not (self.registry and secret == self.registry.pull_secret)

    @property
    def secret_delivery(self) -> SecretDelivery | None:
        """The operator that fills Secrets; None where kkinfra puts the values there itself."""
        return self.platform.secret_delivery

    @property
    def namespace(self) -> str:
        """The namespace that everything is called after: PROJECT-ENVIRONMENT unless said."""
        return self.platform.own_namespace or f"{self.project}-{self.name}"

    @property
    def stack_name(self) -> str | None:
        """The CloudFormation stack, PROJECT-ENVIRONMENT unless said; None where kkinfra makes nothing at AWS."""
        instance = self.platform.instance
        if instance is None or instance.account is None:
            return None
        return instance.stack_name or self.namespace
